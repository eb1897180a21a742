"""Products of two tensors in Einstein notation, torch.einsum."""

from collections.abc import Sequence
from math import prod

from calc.errors import OpError
from calc.ops.base import Elementwise, Input, Op, Product
from calc.ops.base.axes import declared_axis
from calc.ops.base.equation import Axes, axes_of, read
from calc.ops.base.fields import Channels, Equation
from calc.shape import Shape, Shapes


class Einsum(Op):
    """Products of elements of x and other, summed over the axes that the output does not name: bij,bjk->bik.

    The first axis of the output is the batch. An input that does not name it is the same for every sample. If an axis
    of both inputs is summed, the op is a matrix product and has MACs; otherwise elements are only multiplied one by
    one. An axis that occurs in one input alone, and not in the output, is summed first.
    """

    word = "einsum"
    formula = "product of the sizes of all axes but those summed in one input alone; none if no axis of both is summed"
    roles = ("x", "other")

    equation: Equation
    channels: Channels = None

    def check(self) -> None:
        read(self.equation)

    def check_batched(self, batched: Sequence[bool]) -> None:
        terms = read(self.equation)
        for role, term, varies in zip(self.roles, terms.inputs, batched, strict=True):
            if varies and terms.batch not in term:
                named = "".join(term)
                fact = f"{role} differs from sample to sample, but {named} does not name the batch axis {terms.batch}"
                raise OpError(fact, f"write {terms.batch}{named}")

    def output_shape(self, inputs: Shapes) -> Shape:
        axes = self._axes(inputs)
        shape = Shape(tuple([axes.sizes[axis] for axis in axes.output[1:]]))
        return shape if self.channels is None else shape._replace(channel_axis=declared_axis(self.channels, shape))

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        axes = self._axes(inputs)
        x, other = axes.inputs
        inner = prod([axes.sizes[axis] for axis in x if axis in other and axis not in axes.output])
        macs = inner * output.elements
        return (Product(None, macs, macs, inner, operands=(Input(0), Input(1))),) if self._is_product(axes) else ()

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        axes = self._axes(inputs)
        x, other = axes.inputs
        summed_first = sum(
            [
                shape.elements
                for shape, own, others in zip(inputs, (x, other), (other, x), strict=True)
                if any(axis not in others and axis not in axes.output for axis in own)
            ]
        )
        multiplied = 0 if self._is_product(axes) else output.elements
        return {kind: count for kind, count in (("reduce", summed_first), ("multiply", multiplied)) if count}

    def _axes(self, inputs: Shapes) -> Axes:
        return axes_of(read(self.equation), inputs)

    def _is_product(self, axes: Axes) -> bool:
        x, other = axes.inputs
        return any(axis in other and axis not in axes.output for axis in x)
