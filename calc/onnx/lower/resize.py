"""Interpolation, samples at computed positions, and rearrangement between channels and positions."""

from math import floor, isfinite
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.onnx.call import NodeCall, as_float
from calc.onnx.lower.convolutions import alike
from calc.onnx.values import Flow, Thing, sizes_text
from calc.onnx.weights import needs_samples_first

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resize(call: NodeCall) -> list[Thing | None]:
    """Convert Resize and Upsample, by factors or to sizes."""
    x = call.flow()
    needs_samples_first(x)
    rank = x.rank
    factors, to = _wanted(call, x)
    sizes: list[int] = [] if to is None else to
    if factors is not None:
        sizes = [floor(size * factor) for size, factor in zip(x.sizes, factors, strict=True)]
    if len(sizes) != rank or list(sizes[1:2]) != list(x.sizes[1:2]):
        raise OpError(
            f"{sizes_text(x.sizes)} becomes {sizes_text(tuple(sizes))}: only axes after the channels are interpolated"
        )
    if tuple(sizes[2:]) == x.sizes[2:]:
        return [x]
    fields = _mode(call, rank - 2)
    if factors is not None and all(factor == round(factor, 6) for factor in factors):
        fields["scale_factor"] = alike(tuple([float(factor) for factor in factors[2:]]))
    else:
        fields["size"] = alike(tuple(sizes[2:]))
    index = call.layer("upsample", (call.channels_at(x, 1),), **fields)
    return [Flow(Value(index, (*x.sizes[:2], *sizes[2:]), x.value.batch))]


def _wanted(call: NodeCall, x: Flow) -> tuple[list[float] | None, list[int] | None]:
    """Return the factor for each axis and None, or None and the sizes."""
    given = call.node.attributes
    axes = given.get("axes", range(x.rank))
    if call.has(3):
        sizes = list(x.at(call.building.batches[0]))
        wanted = call.integers_at_batches(3)[0]
        for axis, size in zip(axes, wanted, strict=False):
            sizes[axis] = size
        if call.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise OpError("calc does not read keep_aspect_ratio_policy")
        return None, [x.sizes[0], *sizes[1:]]
    at = 1 if call.node.op == "Upsample" or call.node.opset < 11 else 2
    found = given.get("scales") or (
        None if not call.has(at) else [as_float(each) for each in call.numbers(at).reshape(-1)]
    )
    if not found:
        raise OpError("it has neither scales nor sizes")
    factors = [1.0] * x.rank
    for axis, factor in zip(axes, found, strict=False):
        factors[axis] = factor
    if not all(map(isfinite, factors)):
        raise OpError(f"scales={factors[:8]}: must be finite numbers")
    if factors[0] != 1:
        raise OpError("it interpolates along the batch axis")
    return factors, None


def _mode(call: NodeCall, rank: int) -> dict[str, Any]:
    mode = call.attribute("mode", "nearest")
    usual = "asymmetric" if call.node.op == "Upsample" or call.node.opset < 11 else "half_pixel"
    placed = call.attribute("coordinate_transformation_mode", usual)
    if mode == "nearest":
        floors = call.attribute("nearest_mode", "round_prefer_floor") == "floor" or usual == "asymmetric"
        return {} if placed == "asymmetric" and floors else {"mode": "nearest-exact"}
    if mode not in ("linear", "cubic") or (mode == "cubic" and rank != 2):
        raise OpError(f"calc does not read mode={mode[:40]} over {rank} axes")
    if placed not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        remark = (
            f"{mode} interpolation with positions {placed[:40]} is written as PyTorch's: the outputs differ a little."
        )
        call.building.remarks.setdefault(remark)
    fields: dict[str, Any] = {"mode": "bicubic" if mode == "cubic" else LINEAR[rank]}
    if placed == "align_corners":
        fields["align_corners"] = True
    if call.attribute("antialias", 0):
        fields["antialias"] = True
    return fields


def grid_sample(call: NodeCall) -> list[Thing | None]:
    """Convert GridSample, which reads a map at positions that are its second input."""
    x, grid = call.flow(0), call.flow(1)
    needs_samples_first(x)
    needs_samples_first(grid)
    if grid.batch is None and x.batch is not None and grid.sizes[0] == 1:
        node = call.draft.regroup(call.prefix, grid.node, grid.sizes[1:])
        grid = Flow(Value(node, grid.sizes, x.value.batch))
    if grid.value.batch != x.value.batch or x.value.batch not in (None, (0, 1, 1)):
        raise OpError(f"the samples of {sizes_text(x.sizes)} and of its positions {sizes_text(grid.sizes)} differ")
    mode = call.attribute("mode", "bilinear")
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
    given = {"mode": mode, "padding_mode": call.attribute("padding_mode", "zeros")}
    usual = {"mode": "bilinear", "padding_mode": "zeros"}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value != usual[name]}
    if call.attribute("align_corners", 0):
        fields["align_corners"] = True
    index = call.layer("grid_sample", (call.channels_at(x, 1), grid.node), **fields)
    return [Flow(Value(index, (*x.sizes[:2], *grid.sizes[1:-1]), x.value.batch))]


def depth_to_space(call: NodeCall) -> list[Thing | None]:
    """Convert DepthToSpace. The mode CRD is a pixel shuffle; the default DCR has another order of the channels."""
    x = call.flow()
    needs_samples_first(x)
    size = call.attribute("blocksize", 1)
    if x.rank != 4 or x.sizes[1] % size**2:
        raise OpError(f"blocksize={size} for {sizes_text(x.sizes)}")
    _, channels, height, width = x.sizes
    sizes = (x.sizes[0], channels // size**2, height * size, width * size)
    if call.attribute("mode", "DCR") == "CRD":
        index = call.layer("pixel_shuffle", (call.channels_at(x, 1),), upscale_factor=size)
        return [Flow(Value(index, sizes, x.value.batch))]
    parts = (size, size, channels // size**2, height, width)
    return [_rearranged(call, x, parts, (2, 3, 0, 4, 1), sizes)]


def space_to_depth(call: NodeCall) -> list[Thing | None]:
    """Convert SpaceToDepth: the positions of each square become channels, in front of the existing channels."""
    x = call.flow()
    needs_samples_first(x)
    size = call.attribute("blocksize", 1)
    if x.rank != 4 or x.sizes[2] % size or x.sizes[3] % size:
        raise OpError(f"blocksize={size} for {sizes_text(x.sizes)}")
    _, channels, height, width = x.sizes
    parts = (channels, height // size, size, width // size, size)
    sizes = (x.sizes[0], channels * size**2, height // size, width // size)
    return [_rearranged(call, x, parts, (2, 4, 0, 1, 3), sizes)]


def _rearranged(
    call: NodeCall, x: Flow, parts: tuple[int, ...], order: tuple[int, ...], sizes: tuple[int, ...]
) -> Flow:
    """Split the channels and positions into ``parts``, permute these by ``order`` and merge them into ``sizes``."""
    front = x.value.sample[:-3]
    shift = len(front) + 1
    apart = call.layer("reshape", (x.node,), name=call.beside("reshape"), shape=(*front, *parts))
    dims = (*range(shift), *[axis + shift for axis in order])
    moved = call.layer("permute", (apart,), name=call.beside("permute"), dims=dims)
    index = call.layer("reshape", (moved,), shape=(*front, *sizes[1:]), channels=1 + len(front))
    return Flow(Value(index, sizes, x.value.batch), x.bits)


RULES = {
    "DepthToSpace": depth_to_space, "GridSample": grid_sample, "Resize": resize, "SpaceToDepth": space_to_depth,
    "Upsample": resize,
}  # fmt: skip
