"""Random samples of a grid, without repetition.

A seed defines a permutation of the networks of the grid, and a sample is the beginning of this permutation. Each place
of the permutation is computed by itself, so that a sample needs no memory and any part of it can be computed alone. A
larger sample begins with the smaller one of the same seed.
"""

from typing import Any, NamedTuple

from calc.amounts import amount
from calc.errors import OpError

MOST = 2**62
"""The largest number of networks that a grid may have to be sampled."""
_ROUNDS = 6
_MASK = 2**64 - 1


class Sample(NamedTuple):
    """The first ``networks`` of a grid in the random order of ``seed``."""

    networks: int
    seed: int

    def number(self, at: Any, grid: int) -> Any:
        """Return the number of the network at the place ``at`` of the permutation of ``grid`` networks.

        ``at`` is an integer or an array of int64.
        """
        half = max(1, ((grid - 1).bit_length() + 1) // 2)
        keys = [_mixed((self.seed * _ROUNDS + turn) & _MASK) for turn in range(_ROUNDS)]
        if isinstance(at, int):
            found = _shuffled(at, half, keys)
            while found >= grid:  # repeated until the number is in the grid, which keeps it a permutation
                found = _shuffled(found, half, keys)
            return found
        found = _shuffled(at.astype("uint64"), half, keys)
        while (outside := found >= grid).any():
            found[outside] = _shuffled(found[outside], half, keys)
        return found.astype("int64")


def read_sample(networks: str | None, seed: str) -> Sample | None:
    """Read the values of ``--sample 1e6`` and ``--seed 1``. Raises OpError for any other text."""
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
    """Return a permutation of the numbers of 2 · ``half`` bits by a Feistel network, whose rounds are invertible."""
    mask = (1 << half) - 1
    left, right = number >> half, number & mask
    for key in keys:
        left, right = right, left ^ (_mixed((right + key) & _MASK) & mask)
    return left << half | right


def _mixed(number: Any) -> Any:
    """Return 64 bits that each depend on all bits of ``number``: the last steps of SplitMix64 (Steele et al. 2014)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _MASK
    return number ^ number >> 31
