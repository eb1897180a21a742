"""Counts the multiplications of one product op by running it on ones.

If every operand is 1, each multiplication gives 1, so the sum of the result is their number. This needs no formula and
no knowledge of the op.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch._ops import OpOverload

from verify.measure.errors import MeasureError

# Below these limits every integer is exact, and so is a sum of ones in any order. A sum that reaches the
# limit never falls below it again, so the result itself tells whether it is exact.
EXACT_BELOW = {torch.float32: 2**24, torch.float64: 2**53}

Step = tuple[OpOverload, tuple[tuple[str, Any], ...]]


class Operand(NamedTuple):
    """A tensor of ``value`` everywhere, to which ``steps`` are applied: an op and its further arguments by name."""

    shape: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    value: int = 1

    def tensor(self, dtype: torch.dtype) -> torch.Tensor:
        """Make the tensor, on the CPU."""
        tensor = torch.full(self.shape, self.value, dtype=dtype, device="cpu")
        for op, arguments in self.steps:
            tensor = op(tensor, **dict(arguments))
        return tensor


def multiplications(op: OpOverload, arguments: Mapping[str, Any]) -> int:
    """Return the number of multiplications of ``op`` with the named ``arguments``, whose tensors are Operands.

    Raises MeasureError if the result is not a whole number or too large for float64.
    """
    return _executed(op, tuple(arguments.items()))


@lru_cache(maxsize=4096)  # repeated layers, and networks of one family, run the same products
def _executed(op: OpOverload, arguments: tuple[tuple[str, Any], ...]) -> int:
    for dtype, limit in EXACT_BELOW.items():
        result = op(**{name: _materialised(value, dtype) for name, value in arguments})
        if result.numel() == 0:
            return 0
        if result.max() < limit:
            break
    else:
        raise MeasureError(f"{op} sums more products than float64 can count")
    if not torch.equal(result, result.trunc()):
        raise MeasureError(f"{op} on ones gives a fraction, because this build of torch does not sum products directly")
    return int(result.sum(dtype=torch.int64))


def _materialised(value: Any, dtype: torch.dtype) -> Any:
    return value.tensor(dtype) if isinstance(value, Operand) else value
