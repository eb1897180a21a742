"""One tensor or another, element by element: torch.where."""

from calc.errors import OpError
from calc.ops.base import InPlace, Op
from calc.ops.base.fields import OptionalNumber
from calc.shape import Shape, Shapes, broadcast


class Where(Op):
    """x where the condition is not 0, and other or ``value`` elsewhere; all inputs broadcast."""

    word = "where"
    no_macs = "selects elements only"
    layout = "elementwise"
    roles = ("condition", "x", "other?")

    value: OptionalNumber = None

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.value is None and len(inputs) < 3:
            raise OpError("takes 3 inputs (condition, x, other), or 2 and a value, got 2")
        if self.value is not None and len(inputs) > 2:
            raise OpError(f"value={self.value} takes 2 inputs (condition, x), got {len(inputs)}")
        shape = broadcast(inputs)
        return shape._replace(channel_axis=broadcast(inputs[1:]).channel_axis)

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"
