"""Interpolation to another size, torch.nn.Upsample."""

from math import floor, inf
from typing import Annotated, Literal

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Boolean, NumberPerAxis, OptionalBoolean, OptionalPositivePerAxis, or_null, show
from calc.shape import Shape, Shapes, channel_size

SPATIAL_AXES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}
WITHOUT_CORNERS = ("nearest", "nearest-exact", "area")
ANTIALIASED = ("bilinear", "bicubic")


class Upsample(Op):
    """Resizes the spatial axes of (channels, …) to ``size``, or by ``scale_factor``, rounded down.

    If neither is given, they get the spatial sizes of a second input, whose values are not used. Mode ``area`` takes
    the mean of the input positions that an output position covers. ``antialias`` widens the filter if the map gets
    smaller.
    """

    layout = "maps"
    word = "upsample"
    no_macs = "interpolation weights are fixed and not learnt, so by convention they are not MACs"
    category = "interpolation"
    roles = ("x", "like?")

    scale_factor: Annotated[float | tuple[float, ...] | None, or_null(NumberPerAxis)] = None
    size: OptionalPositivePerAxis = None
    mode: Literal["nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear"] = "nearest"
    align_corners: OptionalBoolean = None
    antialias: Boolean = False

    def check(self) -> None:
        if self.scale_factor is not None and self.size is not None:
            raise OpError(f"takes size={self.size} or scale_factor={self.scale_factor}, not both")
        if self.mode in WITHOUT_CORNERS and self.align_corners is not None:
            raise OpError(f"align_corners={show(self.align_corners)} has no effect with mode={self.mode}")
        if self.antialias and self.mode not in ANTIALIASED:
            raise OpError(f"antialias=true needs mode={' or '.join(ANTIALIASED)}, got mode={self.mode}")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        spatial = x.rank - 1
        if spatial not in SPATIAL_AXES[self.mode]:
            allowed = " or ".join(map(str, SPATIAL_AXES[self.mode]))
            raise OpError(f"mode={self.mode} needs {allowed} spatial axes after the channels, the input is {x}")
        channels = channel_size(x, -x.rank, "(channels, …)")
        if len(inputs) > 1:
            return Shape((channels, *self._sizes_like(inputs[1], x)), -x.rank)
        if self.size is not None:
            return Shape((channels, *self.per_axis("size", spatial)), -x.rank)
        if self.scale_factor is None:
            raise OpError("needs size, scale_factor or a second input, got none of them", "name both inputs with from:")
        factors = self.per_axis("scale_factor", spatial)
        products = [size * factor for size, factor in zip(x.sizes[1:], factors, strict=True)]
        if not all(-inf < product < inf for product in products):
            raise OpError(f"scale_factor={show(self.scale_factor)} is too large for {Shape(x.sizes[1:])}")
        sizes = tuple(map(floor, products))
        if any(size < 1 for size in sizes):
            raise OpError(f"scale_factor={self.scale_factor} leaves {Shape(sizes)} of {Shape(x.sizes[1:])}")
        return Shape((channels, *sizes), -x.rank)

    def _sizes_like(self, like: Shape, x: Shape) -> tuple[int, ...]:
        if self.size is not None or self.scale_factor is not None:
            raise OpError("takes its sizes from the second input, so size and scale_factor must be null")
        if like.rank != x.rank:
            raise OpError(f"the second input has {like.rank} axes ({like}), but the first has {x.rank} ({x})")
        channel_size(like, -x.rank, "(channels, …)")
        return like.sizes[1:]
