"""Reads ``--allow macs=+1%``, which permits changes of a total."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from calc.amounts import amount
from calc.errors import OpError, nearest
from calc.gate.difference import Move
from calc.quantities import quantity

_ALL = "all"
_GROUPS = {"bitops": True, "elementwise": False, _ALL: True}
"""Words for several quantities, with True if some of these depend on bits."""
_SIGNS = "+-±"


class Allowance(NamedTuple):
    """The largest permitted rise ``up`` and fall ``down`` of ``quantity``, in percent of the old value or as an amount.

    A quantity without a policy means all policies. ``bitops`` alone means every convention, ``elementwise`` every kind,
    and ``all`` every total.
    """

    quantity: str
    up: Fraction
    down: Fraction
    percent: bool

    def names(self, quantity: str) -> bool:
        """Return True if this is about ``quantity``, which is named as in a snapshot."""
        base, _, policy = quantity.partition("@")
        group, _, only = self.quantity.partition("@")
        return (group in (_ALL, base) or base.startswith(f"{group}.")) and only in ("", policy)

    def permits(self, move: Move) -> bool:
        """Return True if the move is small enough. The distance from an exact number to a lower bound is not known."""
        if not move.is_comparable:
            return False
        limit = self.up if move.delta > 0 else self.down
        return abs(move.delta) * (100 if self.percent else 1) <= limit * (move.before if self.percent else 1)


def allowance(text: str) -> Allowance:
    """Read ``macs=+1%``, ``params=-2K``, ``bitops.weight@8=1%`` or ``all=1%``, which is up or down. Raises OpError."""
    name, equals, written = text.partition("=")
    if not (name and equals and written):
        raise OpError(f"--allow {text[:60]!r}: must be quantity=change, such as macs=+1%")
    moved, _, policy = name.partition("@")
    try:
        at_bits = _GROUPS[moved] if moved in _GROUPS else quantity(moved, tuple(_GROUPS)).at_bits
        if policy and not at_bits:
            raise OpError(f"{moved} does not depend on bits, so takes no @{policy[:40]}")
        percent, sign = written.endswith("%"), written[0] if written[0] in _SIGNS else ""
        size = amount(written.removesuffix("%").removeprefix(sign))
    except OpError as error:
        raise OpError(f"--allow {text[:60]}: {error.fact}", error.hint) from None
    return Allowance(name, Fraction(0) if sign == "-" else size, Fraction(0) if sign == "+" else size, percent)


def allowances_from_options(texts: Iterable[str]) -> list[Allowance]:
    """Read every ``--allow``.

    Raises OpError for the first that is wrong, and for two of one quantity in one direction.
    """
    found: list[Allowance] = []
    for given in map(allowance, texts):
        for other in found:
            if other.quantity == given.quantity and ((other.up and given.up) or (other.down and given.down)):
                raise OpError(f"two --allow are on {given.quantity[:60]} in one direction", "the larger one is enough")
        found.append(given)
    return found


def check_policies(allowances: Sequence[Allowance], policies: Iterable[str]) -> None:
    """Raise OpError for an allowance at a policy that the lock does not have, because it could never apply."""
    known = list(policies)
    for given in allowances:
        policy = given.quantity.partition("@")[2]
        if policy and policy not in known:
            raise OpError(
                f"--allow {given.quantity[:60]}: the lock is at bits {', '.join(known)}", nearest(policy, known)
            )


def permitted(move: Move, allowances: Sequence[Allowance]) -> bool:
    """Return True if any of ``allowances`` permits the move."""
    return any(given.names(move.quantity) and given.permits(move) for given in allowances)
