"""Compares the MACs of a reference, counted by PyTorch's dispatcher, with those of the layers of the same names."""

from collections.abc import Iterator, Mapping

from torch import nn

from calc.analysis import Analysis
from verify.build import Inputs
from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatcher_macs

WHOLE = ""
"""The name of the whole network in PyTorch."""


def reference_macs(reference: nn.Module, layers: Mapping[str, nn.Module], inputs: Inputs) -> dict[str, int]:
    """Return the MACs of each module of ``reference`` that has the name of one of ``layers``, and of the whole network.

    No values are computed. Raises MeasureError for products that cannot be counted.
    """
    own = {name: module for name, module in reference.named_modules() if name == WHOLE or name in layers}
    with counting_conditions(reference):
        meta_reference, meta_modules = on_meta(reference, own)
        macs = dispatcher_macs(meta_reference, meta_modules, [each.detach().to("meta") for each in inputs])
    return macs | {WHOLE: sum(macs.values())}


def count_differences(analysis: Analysis, macs: Mapping[str, int]) -> Iterator[str]:
    """Yield messages about ``macs`` that differ from those of ``analysis``.

    A module that is called several times has the MACs of all its calls, which are separate layers in calc. If nothing
    ran in a module, as in a program of torch.export, its products count only for the whole network.
    """
    for names, found, counted in _by_module(analysis, macs):
        if found and found not in counted:
            yield f"{' and '.join(names)}: {found:,} MACs in the reference, but {counted[0]:,} by calc"
    total = analysis.totals.macs
    if total != macs[WHOLE]:
        yield f"{macs[WHOLE]:,} MACs in the reference, but {total:,} by calc"


def _by_module(analysis: Analysis, macs: Mapping[str, int]) -> Iterator[tuple[list[str], int, tuple[int, ...]]]:
    """Yield the names of layers that ``macs`` has, the MACs of the reference there, and the possible counts of calc.

    There is one name, or several for layers that share tensors if one of them runs again, because the reference does
    not show which. Calls of a layer without tensors cannot be recognised: a layer with its name and a number may be a
    further call or something else, so both counts are possible.
    """
    layers = [
        (index, node, counts.macs)
        for index, (node, counts) in enumerate(zip(analysis.graph.nodes, analysis.counts, strict=True))
        if not node.training_only
    ]
    holders = {index: min(node.tied.values(), default=index) for index, node, _ in layers}
    several = {holders[index] for index, node, _ in layers if node.again}
    together: dict[int, list[tuple[str, int]]] = {}
    for index, node, counted in layers:
        key = holders[index] if holders[index] in several else index
        together.setdefault(key, []).append((node.name, counted))
    for each in together.values():
        names = [name for name, _ in each if name in macs and name != WHOLE]
        if names:
            counted = sum([counted for _, counted in each])
            further = [more for _, node, more in layers if node.name not in macs and _is_numbered(node.name, names[0])]
            yield names, sum([macs[name] for name in names]), (counted, counted + sum(further))


def _is_numbered(name: str, first: str) -> bool:
    return name.startswith(first) and name[len(first) :].lstrip("_").isdigit()
