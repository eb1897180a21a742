"""A bilinear form of two inputs, torch.nn.Bilinear."""

from calc.errors import OpError
from calc.ops.base import Op, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, Positive
from calc.shape import Shape, Shapes, channel_size


class Bilinear(Op):
    """y = x1ᵀ W x2 + b at every position of the leading axes."""

    word = "bilinear"
    formula = "in1_features · in2_features · out_features · positions"
    roles = ("x1", "x2")

    out_features: Positive
    bias: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x1, x2 = inputs
        for shape in inputs:
            channel_size(shape, -1, "(…, features)")
        if x1.sizes[:-1] != x2.sizes[:-1]:
            raise OpError(f"the leading axes of the inputs {x1} and {x2} differ")
        return Shape((*x1.sizes[:-1], self.out_features), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        tensors: Tensors = {"weight": (self.out_features, inputs[0].sizes[-1], inputs[1].sizes[-1])}
        if self.bias:
            tensors["bias"] = (self.out_features,)
        return tensors

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        fan_in = inputs[0].sizes[-1] * inputs[1].sizes[-1]
        macs = output.elements * fan_in
        return (Product(Parameter("weight"), macs, macs, fan_in),)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {"bias": output.elements} if self.bias else {}
