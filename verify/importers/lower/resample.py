"""Resizes feature maps: interpolation, sampling at positions, pixel shuffle, and blocks as columns."""

from typing import Any

from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import as_sample, regrouped_to

_MODES = {
    "upsample_nearest1d": "nearest", "upsample_nearest2d": "nearest", "upsample_nearest3d": "nearest",
    "_upsample_nearest_exact1d": "nearest-exact", "_upsample_nearest_exact2d": "nearest-exact",
    "_upsample_nearest_exact3d": "nearest-exact", "upsample_linear1d": "linear", "upsample_bilinear2d": "bilinear",
    "upsample_bicubic2d": "bicubic", "upsample_trilinear3d": "trilinear", "_upsample_bilinear2d_aa": "bilinear",
    "_upsample_bicubic2d_aa": "bicubic",
}  # fmt: skip


@lowers(*_MODES)
def interpolation(op: Operation) -> Value:
    """Return interpolation of the spatial axes to a size, or by a factor."""
    x = as_sample(op, op.value("input" if op.has("input") else "self"))
    packet = op.target.split(".")[1]
    size, factors = op.get("output_size"), op.get("scale_factors")
    fields: dict[str, Any] = {"mode": _MODES[packet]} if _MODES[packet] != "nearest" else {}
    fields |= {"scale_factor": _one(factors)} if size is None else {"size": _one(size)}
    if op.get("align_corners"):
        fields["align_corners"] = True
    if packet.endswith("_aa"):
        fields["antialias"] = True
    if x.batch is not None and x.batch.folded > 1:
        return _of_each_map(op, x, fields)
    node = op.draft.without_channels_elsewhere(op.within, x.node, 1 - len(x.sizes))
    return op.layer("upsample", nodes=[node], batch=x.batch, **fields)


def _of_each_map(op: Operation, x: Value, fields: dict[str, Any]) -> Value:
    """Return interpolation of samples with an axis before the channels, which is joined with the channels."""
    made = Value(-1, op.sizes, x.batch)
    folded, channels, *sizes = made.sample
    maps = regrouped_to(op, x, (folded * channels, *x.sample[2:]))
    node = op.draft.with_channels(op.within, maps, -len(sizes) - 1)
    found = op.draft.add(op.name("upsample"), "upsample", [node], (folded * channels, *sizes), **fields)
    return made._replace(node=regrouped_to(op, made._replace(node=found), made.sample))


def _one(values: list[Any]) -> Any:
    return values[0] if len(set(values)) == 1 else tuple(values)


@lowers("grid_sampler")
def grid_sample(op: Operation) -> Value:
    """Return samples of a feature map at positions that are an input."""
    modes = ("bilinear", "nearest", "bicubic")
    outside = ("zeros", "border", "reflection")
    x, grid = op.aligned([op.value("input"), op.value("grid")])
    fields = {"mode": modes[op["interpolation_mode"]], "padding_mode": outside[op["padding_mode"]]}
    usual = {"mode": "bilinear", "padding_mode": "zeros"}
    given: dict[str, Any] = {name: value for name, value in fields.items() if value != usual[name]}
    if op["align_corners"]:
        given["align_corners"] = True
    node = op.draft.without_channels_elsewhere(op.within, x.node, 1 - len(x.sizes))
    return op.layer("grid_sample", nodes=[node, grid.node], **given)


@lowers("pixel_shuffle", "pixel_unshuffle", "channel_shuffle")
def shuffle(op: Operation) -> Value:
    """Return pixel shuffle, its inverse, and channel shuffle."""
    field = {"pixel_shuffle": "upscale_factor", "pixel_unshuffle": "downscale_factor", "channel_shuffle": "groups"}
    word = op.target.split(".")[1]
    x = as_sample(op, op.value("self"))
    channels = -3 if word.startswith("pixel") else 1 - len(x.sizes)
    node = op.draft.without_channels_elsewhere(op.within, x.node, channels)
    return op.layer(word, nodes=[node], batch=x.batch, **{field[word]: op[field[word]]})


@lowers("im2col", "col2im")
def blocks(op: Operation) -> Value:
    """Return blocks of a feature map as columns (unfold), or a map from columns, which add up where they overlap."""
    from verify.importers.fields import given, one_or_each

    is_fold = "col2im" in op.target
    x = as_sample(op, op.value("self"))
    fields = given(
        {"dilation": 1, "padding": 0, "stride": 1},
        **{name: one_or_each(op[name], 2) for name in ("dilation", "padding", "stride")},
    )
    if is_fold:
        fields["output_size"] = one_or_each(op["output_size"], 2)
    node = op.draft.without_channels_elsewhere(op.within, x.node, -2 if is_fold else -3)
    word = "fold" if is_fold else "unfold"
    return op.layer(word, nodes=[node], batch=x.batch, kernel_size=one_or_each(op["kernel_size"], 2), **fields)
