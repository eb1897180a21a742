"""``python -m verify.importers.published FILE`` compares GMACs and params with those that timm publishes.

The file has the columns ``model``, ``img_size``, ``gmacs``, ``params_m`` and ``why``, like
tests/verify/importers/timm_published.csv. timm's results/benchmark-infer-*.csv have other names for these columns. timm
counts with fvcore and without fused attention, which fvcore cannot count, so the networks are created without it here
too. Some figures are of networks that timm's ``reparameterize_model`` has changed. The program prints one line for each
row, and then the number of equal rows.
"""

import argparse
import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from typing import NamedTuple

import torch
from torch import fx, nn

from calc.analysis import analyse
from calc.conventions import counted
from verify.importers.load import Loaded
from verify.importers.lowering import Lowered
from verify.importers.survey import libraries, lowered_on_meta
from verify.importers.surveyed import Surveyed, SurveyFile, tell_each
from verify.importers.trace import BATCH

AS_PRINTED = "printed"


class PublishedRow(NamedTuple):
    """The published figures of a network for an image of ``side`` × ``side``, as they are printed.

    ``why`` is the reason if the import has another figure.
    """

    model: str
    side: int
    gmacs: str
    params: str
    why: str = ""

    @property
    def name(self) -> str:
        """The network and the side of its image: ``resnet50@224``."""
        return f"{self.model}@{self.side}"


def read_rows(path: Path) -> list[PublishedRow]:
    """Return the rows of a file, sorted by GMACs."""
    with path.open(encoding="utf-8", newline="") as file:
        found = [
            PublishedRow(each["model"], int(each["img_size"]), each["gmacs"], each["params_m"], each.get("why", ""))
            for each in csv.DictReader(file)
        ]
    return sorted(found, key=lambda row: float(row.gmacs))


@contextmanager
def unfused() -> Iterator[None]:
    """Make timm create networks whose attention is two products and a softmax, inside the ``with`` block."""
    from timm.layers import set_fused_attn

    set_fused_attn(False)
    try:
        yield
    finally:
        set_fused_attn(True)


def figures(row: PublishedRow) -> tuple[str, str]:
    """Return the GMACs and millions of params of the network of ``row``, counted and printed as timm does."""
    with unfused():
        network = lowered_on_meta(row.model, {"input": (3, row.side, row.side)}, partial(_as_published, row))
    found = analyse(network.imported.graph)
    count = counted("fvcore", found.workload)
    pools = sum([part.amount for part in count.parts if part.name == "adaptive pool inputs"])
    printed = count.printed - pools + _pooled(network) + _scaled(network)
    return f"{printed / 1e9:.2f}", _millions(found.totals.params)


def _as_published(row: PublishedRow, loaded: Loaded) -> Loaded:
    """Return ``loaded``, with its branches and norms fused if the number of its params differs from the published one.

    timm publishes some networks after ``--reparam``, which converts them for inference, and does not say which.
    """
    from timm.utils import reparameterize_model

    module = loaded.module
    assert isinstance(module, nn.Module)
    if _millions(sum([each.numel() for each in module.parameters()])) == row.params:
        return loaded
    return replace(loaded, module=reparameterize_model(module))


def _millions(params: int) -> str:
    return f"{params / 1e6:.2f}"


def _pooled(network: Lowered) -> int:
    """Return the number of elements that adaptive pools of one sample read.

    Means become such layers too, but fvcore does not count means, so only the pools in the code are counted here.
    """
    pools = [node for node in network.traced.graph.nodes if node.target is torch.ops.aten.adaptive_avg_pool2d.default]
    return sum([prod(network.traced.sizes[node.args[0].name][0][0]) // BATCH for node in pools])


def _scaled(network: Lowered) -> int:
    """Return the number of elements scaled by a factor that the code computes, as in weight standardisation.

    The scale is a separate layer here, but fvcore counts one operation more for each element of a norm with a weight.
    """
    norms = [node for node in network.traced.graph.nodes if node.target is torch.ops.aten.batch_norm.default]
    made = [node for node in norms if isinstance(node.args[1], fx.Node) and node.args[1].op == "call_function"]
    return sum([prod(network.traced.sizes[node.args[0].name][0][0]) for node in made])


def _outcome(row: PublishedRow) -> Surveyed:
    began = time.process_time()
    try:
        gmacs, params = figures(row)
    except Exception as error:  # the table also lists networks that cannot be created or imported
        return Surveyed(row.name, "refused", str(error).partition("\n")[0][:300], time.process_time() - began)
    kind = AS_PRINTED if (gmacs, params) == (row.gmacs, row.params) else "differs"
    said = f"{gmacs} GMACs, {params} M params"
    if kind != AS_PRINTED:
        said += f"; published {row.gmacs} and {row.params}: {row.why or 'the reason is not known'}"
    return Surveyed(row.name, kind, said, time.process_time() - began)


def main() -> None:
    """Count every network of a file and compare it with the published figures."""
    parser = argparse.ArgumentParser(prog="python -m verify.importers.published", description="timm's own figures.")
    parser.add_argument("file", type=Path, metavar="FILE", help="rows that timm has published")
    parser.add_argument("--limit", type=int, default=180, metavar="SECONDS", help="CPU time of a network")
    parser.add_argument("names", nargs="*", metavar="NAME", help="count only these networks")
    parser.add_argument("--results", type=Path, metavar="FILE", help="a file for results; its rows are not tried again")
    asked = parser.parse_args()
    rows = {row.name: row for row in read_rows(asked.file) if not asked.names or row.model in asked.names}
    about = f"{len(rows)} rows of {asked.file.name}, {libraries()}"
    results = SurveyFile(asked.results, about) if asked.results else None
    print(f"{about}: {tell_each(rows, asked.limit, _outcome, results)}")


if __name__ == "__main__":
    main()
