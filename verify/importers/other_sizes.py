"""Checks a spec at other input sizes, because the foreign code may read sizes that the spec has as fixed numbers."""

from functools import partial

from torch.export import ExportedProgram

from calc.analysis import analyse
from calc.importing.other_sizes import first_few, holds_only
from calc.model.graph import Graph
from calc.model.inputs import input_option
from calc.spec.write import only_at
from verify.errors import VerifyError
from verify.importers.foreign import foreign_of
from verify.importers.lowering import Lowered
from verify.importers.modulewise import mac_differences, of_one_sample, shape_differences
from verify.importers.observed import Observed, observe
from verify.importers.samples import BATCH, samples
from verify.measure.errors import MeasureError


def differs_at(lowered: Lowered, text: str, observed: Observed) -> str:
    """Return a message about the input sizes at which the spec ``text`` is the foreign network; empty if at all.

    Example: ``holds at 3x64x64, and not at 3x128x128, where the module differs in head``. ``observed`` is the network
    at its own sizes. The module runs on tensors without values, so only MACs and shapes are compared. A saved program
    contains its sizes and cannot run at others.
    """
    own = lowered.imported.graph
    if isinstance(lowered.traced.loaded.module, ExportedProgram):
        tried = f"tried only at {input_option(own.input_sizes)}, because a saved program contains its sizes"
        return "" if only_at(own, text) else tried
    return holds_only(own, text, partial(_difference, lowered, are_comparable=_returns_as(lowered, own, observed)))


def _difference(lowered: Lowered, graph: Graph, *, are_comparable: bool) -> str:
    """Return a message about the modules that differ in the foreign network at the sizes of ``graph``.

    The message is empty if none does.
    """
    try:
        observed = observe(foreign_of(lowered.traced), samples(graph))
    except (VerifyError, MeasureError):
        return "the module fails"
    analysis = analyse(graph, batch=BATCH)
    paths = lowered.paths
    differences = (*mac_differences(analysis, observed, paths), *shape_differences(graph, observed, paths))
    found = [each.path for each in differences]
    if are_comparable and not found and not _returns_as(lowered, graph, observed):
        found = [""]
    named = [path or "the network itself" for path in found]
    return f"the module differs in {first_few(named)}" if named else ""


def _returns_as(lowered: Lowered, graph: Graph, observed: Observed) -> bool:
    """Return whether every tensor that the foreign network returns has the sizes that ``graph`` states."""
    ours = [graph.nodes[value.node].shape.sizes for value in lowered.outputs]
    return len(ours) == len(observed.returned) and all(
        sizes in of_one_sample(returned) for sizes, returned in zip(ours, observed.returned, strict=True)
    )
