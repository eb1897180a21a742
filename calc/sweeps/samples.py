"""Samples of a grid without repetition: its networks in an order that a seed shuffles, of which the first are taken.

The order is a permutation that is worked out at each place by itself, so a sample takes no memory, any part of it is
there without the rest, and a larger one begins with a smaller one of the same seed.
"""

from typing import Any, NamedTuple

from calc.amounts import amount
from calc.errors import OpError

MOST = 2**62
"""Networks of a grid from which is sampled."""
_ROUNDS = 6
_MASK = 2**64 - 1


class Sample(NamedTuple):
    """The first ``networks`` of a grid in the order of ``seed``."""

    networks: int
    seed: int

    def number(self, at: Any, grid: int) -> Any:
        """Which of the ``grid`` networks is taken at the place ``at``; of an array of places, of int64, each."""
        half = max(1, ((grid - 1).bit_length() + 1) // 2)
        keys = [_mixed((self.seed * _ROUNDS + turn) & _MASK) for turn in range(_ROUNDS)]
        if isinstance(at, int):
            found = _shuffled(at, half, keys)
            while found >= grid:  # outside, so on to where that goes: from inside one comes inside
                found = _shuffled(found, half, keys)
            return found
        found = _shuffled(at.astype("uint64"), half, keys)
        while (outside := found >= grid).any():
            found[outside] = _shuffled(found[outside], half, keys)
        return found.astype("int64")


def read_sample(networks: str | None, seed: str) -> Sample | None:
    """``--sample 1e6`` and ``--seed 1``. Raises OpError."""
    if not (seed.isascii() and seed.isdigit() and len(seed) <= 18):
        raise OpError(f"--seed {seed[:60]!r}: must be an integer from 0 on, of at most 18 digits")
    if networks is None:
        if int(seed):
            raise OpError("--seed goes with --sample", "--sample 1000")
        return None
    try:
        found = amount(networks)
    except OpError as error:
        raise OpError(f"--sample {error.fact}", error.hint) from None
    if found.denominator != 1 or found < 1:
        raise OpError(f"--sample {networks[:60]}: must be a number of networks, at least 1", "--sample 1e6")
    return Sample(int(found), int(seed))


def _shuffled(number: Any, half: int, keys: list[int]) -> Any:
    """A permutation of the numbers of 2 · ``half`` bits, by rounds of which each one can be undone."""
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for key in keys:
        left, right = right, left ^ (_mixed((right + key) & _MASK) & mask)
    return left << half | right


def _mixed(number: Any) -> Any:
    """64 bits that all hang on all of ``number``: the last steps of SplitMix64 (Steele et al. 2014)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _MASK
    return number ^ number >> 31
