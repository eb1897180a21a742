"""The elements of a layer by kind, which a lock holds in the totals alone, worked out from its row."""

from collections.abc import Mapping

from calc.errors import OpError, unknown_key
from calc.gate.snapshot import MARKS, TOKENS, LockedLayer, Sizes
from calc.ops import MADE, WORDS, op_class
from calc.shape import Shape

SAVED_FIELDS = ("kernel_size", "stride", "groups", "out_channels")
"""What a saved result holds in place of an op's own fields, for ops that have no such field too."""


def elements(row: LockedLayer, shapes: Mapping[str, Sizes]) -> dict[str, int] | None:
    """What the row's op counts by kind, of one sample; ``shapes`` are those of all layers by name.

    None where the row does not hold enough to say: an op that is not known here, and most ops of a saved result.
    Raises OpError for a row that no network has: a file that was edited by hand.
    """
    if row.op not in WORDS and row.op not in MADE:
        return None
    if "training_only" in row.fields:
        return {}
    known = op_class(row.op).fields()
    fields = {key: value for key, value in row.fields.items() if key not in MARKS}
    foreign = [key for key in fields if key not in known]
    for key in foreign:
        if key not in SAVED_FIELDS:
            raise _unfit(row, unknown_key(key, known))
    if foreign or any(field.required and name not in fields for name, field in known.items()):
        return None
    try:
        inputs = tuple([Shape(shapes[name]) for name in row.inputs])
        found = op_class(row.op)(**fields).elementwise(inputs, Shape(row.shape))
        return {kind: row.fields.get(TOKENS, 1) * count for kind, count in found.items()}
    except (OpError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise _unfit(row, error) from None


def _unfit(row: LockedLayer, error: Exception) -> OpError:
    fact = error.fact if isinstance(error, OpError) else "its inputs and its shape do not fit it"
    return OpError(f"{row.name} ({row.op}): {fact}", error.hint if isinstance(error, OpError) else "")
