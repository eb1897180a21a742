"""The MACs of a reference, by PyTorch's dispatcher, beside those of the layers of the same names."""

from collections.abc import Iterator, Mapping

from torch import nn

from calc.analysis import Analysis
from verify.build import Inputs
from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatcher_macs

WHOLE = ""
"""The name of the whole network, as PyTorch has it."""


def reference_macs(reference: nn.Module, layers: Mapping[str, nn.Module], inputs: Inputs) -> dict[str, int]:
    """The MACs of each module of ``reference`` that has the name of one of ``layers``, and of the whole.

    Nothing real is run. Raises MeasureError for products that cannot be counted.
    """
    own = {name: module for name, module in reference.named_modules() if name == WHOLE or name in layers}
    with counting_conditions(reference):
        meta_reference, meta_modules = on_meta(reference, own)
        macs = dispatcher_macs(meta_reference, meta_modules, [each.detach().to("meta") for each in inputs])
    return macs | {WHOLE: sum(macs.values())}


def count_differences(analysis: Analysis, macs: Mapping[str, int]) -> Iterator[str]:
    """What of ``macs`` is not as ``analysis`` has it, in words.

    Of a module in which nothing ran, as in a program of torch.export, the products are in the whole.
    """
    layers = zip(analysis.graph.nodes, analysis.counts, strict=True)
    counted = {node.name: counts.macs for node, counts in layers if not node.training_only}
    for name, found in macs.items():
        if found and name != WHOLE and name in counted and counted[name] != found:
            yield f"{name}: {found:,} MACs in the reference, {counted[name]:,} by calc"
    total = analysis.totals.macs
    if total != macs[WHOLE]:
        yield f"{macs[WHOLE]:,} MACs in the reference, {total:,} by calc"
