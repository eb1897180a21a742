"""Arguments of ATen operations as the fields of our ops: one number where all axes agree, nothing where it is usual."""

from collections.abc import Mapping, Sequence
from typing import Any


def one_or_each(values: Sequence[int] | int, rank: int) -> int | tuple[int, ...]:
    """One number where all of ``rank`` axes have it, else one an axis; ATen gives one, or one for each."""
    if isinstance(values, int):
        return values
    each = tuple(values) * rank if len(values) == 1 else tuple(values)
    return each[0] if len(set(each)) == 1 else each


def given(usual: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """Those ``values`` that are not as ``usual``, so that they need not be said."""
    return {name: value for name, value in values.items() if value != usual.get(name, None) or name not in usual}
