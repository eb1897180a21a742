"""Crops of feature maps at boxes."""

from math import log2

from calc.importing import Value
from verify.importers.fields import given, one_or_each
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import regrouped_to


@lowers("verify.multi_scale_roi_align.default")
def multi_scale_roi_align(op: Operation) -> Value:
    """Return a crop from one of several feature maps for each box. Each sample has as many crops as boxes."""
    finest, *coarser = op.aligned([op.valued(each) for each in op["maps"]])
    boxes = op.value("boxes")
    channels = [op.draft.without_channels_elsewhere(op.within, each.node, -3) for each in (finest, *coarser)]
    made = Value(-1, op.sizes, op.batch)
    fields = given(
        {"canonical_scale": 224, "canonical_level": 4},
        canonical_scale=op["canonical_scale"], canonical_level=op["canonical_level"],
    )  # fmt: skip
    scale = 2.0 ** round(log2(finest.sizes[-2] / op["image"][0]))
    found = op.draft.add(
        op.name("roi_align"), "roi_align", [channels[0], boxes.node, *channels[1:]], (boxes.sizes[1], *op.sizes[1:]),
        output_size=one_or_each(op["output_size"], 2), sampling_ratio=op["sampling_ratio"], spatial_scale=scale,
        **fields,
    )  # fmt: skip
    return made._replace(node=regrouped_to(op, made._replace(node=found), made.sample))
