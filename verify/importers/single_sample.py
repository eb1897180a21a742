"""Checks that a network is the same for one sample as for several, because it is traced only for several."""

from torch.export import ExportedProgram

from calc.analysis import analyse
from verify.errors import VerifyError
from verify.importers.foreign import foreign_of
from verify.importers.lowering import Lowered
from verify.importers.modulewise import mac_differences
from verify.importers.observed import Observed, observe
from verify.importers.outputs import Discrepancy
from verify.importers.samples import BATCH, samples
from verify.measure.errors import MeasureError


def require_same_for_one_sample(found: Lowered) -> None:
    """Raise VerifyError if the module runs a different number of MACs for one sample than the imported network.

    No values are computed. A module that also differs for several samples, or that cannot run without values, is left
    to the proof. A saved program cannot depend on the number of samples.
    """
    if isinstance(found.traced.loaded.module, ExportedProgram):
        return
    at_one = _differences(found, 1)
    if at_one and not _differences(found, BATCH):
        where, fact = at_one[0].path or "the network itself", at_one[0].fact
        raise VerifyError(
            f"{found.imported.source}: {where}: its network for one sample differs from that for several: {fact}",
            "its forward depends on the batch size, but every sample has to go through the same layers",
        )


def _differences(found: Lowered, batch: int) -> list[Discrepancy]:
    observed = _observed(found, batch)
    if observed is None:
        return []
    return list(mac_differences(analyse(found.imported.graph, batch=batch), observed, found.paths))


def _observed(found: Lowered, batch: int) -> Observed | None:
    graph = found.imported.graph
    try:
        return observe(foreign_of(found.traced), [each[:batch] for each in samples(graph)])
    except (VerifyError, MeasureError):
        return None
