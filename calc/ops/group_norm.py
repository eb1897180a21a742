"""Group normalisation, torch.nn.GroupNorm."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Number, Positive
from calc.ops.base.normalisation import Norm, affine_parameters, first_axis_channels
from calc.shape import Shape, Shapes


class GroupNorm(Norm):
    """(x − mean) / √(var + eps) · weight + bias, with the statistics of each group of channels."""

    layout = "maps"
    word = "group_norm"

    num_groups: Positive
    eps: Number = 1e-5
    affine: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channels = first_axis_channels(x)
        if channels % self.num_groups:
            raise OpError(f"num_groups={self.num_groups} does not divide the {channels} channels")
        return Shape(x.sizes, -x.rank)

    def refuses_one_sample(self, inputs: Shapes) -> str:
        single = inputs[0].elements == self.num_groups
        return f"needs more than 1 value per group, got {inputs[0]} in num_groups={self.num_groups}" if single else ""

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.affine, (inputs[0].sizes[0],))
