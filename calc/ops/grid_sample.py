"""Samples of a map at positions that are an input, torch.nn.functional.grid_sample."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Boolean
from calc.ops.base.spatial import AXES
from calc.shape import Shape, Shapes, channel_size


class GridSample(Op):
    """Samples x, (channels, …) over 2 or 3 spatial axes, at the positions in ``grid``, (…, 2 or 3).

    ``grid`` holds one position of x for each position of the output. Both inputs may have the same further axes in
    front; these are folded into the batch, so each has a grid of its own.
    """

    word = "grid_sample"
    no_macs = "interpolation weights follow from the grid and are not learnt, so by convention they are not MACs"
    category = "interpolation"
    roles = ("x", "grid")

    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear"
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros"
    align_corners: Boolean = False

    def output_shape(self, inputs: Shapes) -> Shape:
        x, grid = inputs
        same_rank = grid.rank == x.rank
        spatial = grid.sizes[-1] if same_rank and 2 <= grid.sizes[-1] <= x.rank - 1 else x.rank - 1
        if spatial not in (2, 3):
            raise OpError(f"needs 2 or 3 spatial axes after the channels, the input is {x}")
        channels = channel_size(x, -spatial - 1, "(channels, …)")
        if self.mode == "bicubic" and spatial == 3:
            raise OpError(f"mode=bicubic needs 2 spatial axes, the input is {x}")
        leading = x.sizes[: -spatial - 1]
        if not same_rank or grid.sizes[-1] != spatial or grid.sizes[: len(leading)] != leading:
            axes = ", ".join([*map(str, leading), *AXES[spatial]])
            raise OpError(f"the grid for {x} must be ({axes}, {spatial}), got {grid}")
        return Shape((*leading, channels, *grid.sizes[len(leading) : -1]), -spatial - 1)
