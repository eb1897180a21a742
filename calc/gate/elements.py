"""Computes the elements of a locked layer by kind. A lock has them only in its totals."""

from collections.abc import Mapping

from calc.errors import OpError, unknown_key
from calc.gate.snapshot import MARKS, TOKENS, LockedLayer, Sizes
from calc.ops import MADE, WORDS, op_class
from calc.shape import Shape

SAVED_FIELDS = ("kernel_size", "stride", "groups", "out_channels")
"""The fields that a saved result has in place of those of the op. Some ops do not have all of them."""


def elements(row: LockedLayer, shapes: Mapping[str, Sizes]) -> dict[str, int] | None:
    """Return the elements of one sample that the op of the row counts, by kind.

    ``shapes`` are those of all layers by name.

    The result is None if the row does not say enough: its op is not known here, or the row is from a saved result.
    Raises OpError for a row that no network can have, because the file was edited by hand.
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
