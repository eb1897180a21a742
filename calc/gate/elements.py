"""The elements of a layer by kind, which a lock holds in the totals alone, worked out from its row."""

from collections.abc import Mapping

from calc.errors import OpError
from calc.gate.snapshot import MARKS, Row, Sizes
from calc.ops import is_op, op_class
from calc.shape import Shape


def elements(row: Row, shapes: Mapping[str, Sizes]) -> dict[str, int]:
    """What the row's op counts by kind, of one sample; ``shapes`` are those of all layers by name.

    Empty too where the row does not hold enough to say: a saved result has few of the fields.
    """
    if not is_op(row.op) or "training_only" in row.fields:
        return {}
    fields = {key: value for key, value in row.fields.items() if key not in MARKS}
    try:
        inputs = tuple([Shape(shapes[name]) for name in row.inputs])
        return dict(op_class(row.op)(**fields).elementwise(inputs, Shape(row.shape)))
    except (OpError, LookupError, TypeError, ValueError, ArithmeticError):  # a row that no network has
        return {}
