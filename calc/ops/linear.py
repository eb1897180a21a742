"""Fully connected layer over the last axis, torch.nn.Linear."""

from calc.errors import OpError
from calc.ops.base import Input, Op, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, Positive
from calc.shape import Shape, Shapes, channel_size


class Linear(Op):
    """y = x Wᵀ + b at every position of the leading axes."""

    word = "linear"
    formula = "in_features · out_features · positions"
    roles = ("x", "weight?", "bias?")

    out_features: Positive
    bias: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        in_features = channel_size(inputs[0], -1, "(…, features)")
        if len(inputs) > 1 and inputs[1].sizes != (self.out_features, in_features):
            raise OpError(f"the weight that arrives is {inputs[1]}, but must be {self.out_features}×{in_features}")
        if len(inputs) > 2 and inputs[2].sizes != (self.out_features,):
            raise OpError(f"the bias that arrives is {inputs[2]}, but out_features={self.out_features}")
        return Shape((*inputs[0].sizes[:-1], self.out_features), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        tensors: Tensors = {}
        if len(inputs) < 2:
            tensors["weight"] = (self.out_features, inputs[0].sizes[-1])
        if self.bias and len(inputs) < 3:
            tensors["bias"] = (self.out_features,)
        return tensors

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        in_features = inputs[0].sizes[-1]
        macs = in_features * output.elements
        if len(inputs) < 2:
            return (Product(Parameter("weight"), macs, macs, in_features),)
        return (Product(None, macs, macs, in_features, operands=(Input(0), Input(1))),)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {"bias": output.elements} if self.bias or len(inputs) > 2 else {}
