"""MaxViT's attention over windows or over a grid: Tu et al. 2022, arXiv:2204.01697, Section 3.2."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Positive
from calc.ops.base.windowed_attention import WindowedAttention
from calc.shape import Shape, Shapes


class RelativeAttention(WindowedAttention):
    """Attention among ``partition_size``² tokens of a (…, height, width, channels) map.

    The tokens are neighbours in a window, or with ``grid`` they are spread evenly over the map.
    """

    word = "relative_attention"
    projections = ("to_qkv", "merge")

    head_dim: Positive
    partition_size: Positive
    grid: Boolean = False

    def windows(self) -> tuple[int, ...]:
        return (self.partition_size, self.partition_size)

    def heads(self, channels: int) -> int:
        if channels % self.head_dim:
            raise OpError(f"head_dim={self.head_dim} does not divide the {channels} channels")
        return channels // self.head_dim

    def output_shape(self, inputs: Shapes) -> Shape:
        output = super().output_shape(inputs)
        for name, size in zip(("height", "width"), output.sizes[-3:-1], strict=True):
            if size % self.partition_size:
                raise OpError(f"partition_size={self.partition_size} does not divide the {name} {size} of {output}")
        return output

    def buffers(self, inputs: Shapes) -> Tensors:
        tokens = self.partition_size * self.partition_size
        return {"relative_position_index": (tokens, tokens)}
