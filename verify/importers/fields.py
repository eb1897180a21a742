"""Converts arguments of ATen operations to fields of calc's ops, in their shortest form."""

from collections.abc import Mapping, Sequence
from typing import Any


def one_or_each(values: Sequence[int] | int, rank: int) -> int | tuple[int, ...]:
    """Return one number if it is the same for all ``rank`` axes, else one per axis.

    ATen gives one value or one per axis.
    """
    if isinstance(values, int):
        return values
    each = tuple(values) * rank if len(values) == 1 else tuple(values)
    return each[0] if len(set(each)) == 1 else each


def given(usual: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """Return the ``values`` without those that are equal to the defaults ``usual``, which need not be written."""
    return {name: value for name, value in values.items() if value != usual.get(name, None) or name not in usual}
