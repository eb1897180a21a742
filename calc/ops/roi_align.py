"""Crops of feature maps at boxes, torchvision.ops.roi_align and MultiScaleRoIAlign."""

from calc.errors import OpError
from calc.ops.base import Elementwise, Op
from calc.ops.base.fields import Boolean, Integer, Number, Positive, PositivePerAxis
from calc.shape import Shape, Shapes, axes_text, channel_size


class RoiAlign(Op):
    """Cuts a (channels, *output_size) crop for each box in ``boxes``, (number, 4), from (channels, height, width) maps.

    A box is x1, y1, x2, y2 in pixels of the image, and ``spatial_scale`` is the size of x divided by the image's. Each
    output position is the mean of sampling_ratio² interpolated samples; each sample counts as an element. If further,
    coarser maps are given, each box is cut from one of them, at the level ⌊canonical_level + log2(√area /
    canonical_scale)⌋. The level of x is −log2(spatial_scale), and each halving of the size adds 1.
    """

    word = "roi_align"
    no_macs = "interpolation weights follow from the boxes and are not learnt, so by convention they are not MACs"
    category = "interpolation"
    roles = ("x", "boxes", "coarser?", "third?", "fourth?", "fifth?")

    output_size: PositivePerAxis
    sampling_ratio: Positive
    spatial_scale: Number = 1.0
    aligned: Boolean = False
    canonical_scale: Positive = 224
    canonical_level: Integer = 4

    def check(self) -> None:
        if self.spatial_scale <= 0:
            raise OpError(f"spatial_scale={self.spatial_scale} must be above 0")

    def output_shape(self, inputs: Shapes) -> Shape:
        x, boxes, *coarser = inputs
        for shape in (x, *coarser):
            if shape.rank != 3:
                raise OpError(f"needs maps (channels, height, width), got {axes_text(shape.rank)} ({shape})")
        channels = channel_size(x, -3, "(channels, height, width)")
        for shape in coarser:
            if channel_size(shape, -3, "(channels, height, width)") != channels:
                raise OpError(f"the maps {x} and {shape} have different channels")
        if boxes.rank != 2 or boxes.sizes[-1] != 4:
            raise OpError(f"boxes must be (number, 4), got {boxes}")
        return Shape((boxes.sizes[0], channels, *self.per_axis("output_size", 2)), -3)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        return {self.word: output.elements * self.sampling_ratio**2}
