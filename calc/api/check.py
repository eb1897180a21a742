"""Compares networks with their lock file."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from calc.gate import allowances, budgets, gate, lockfile
from calc.gate.gate import Outcome
from calc.gate.lockfile import Lock


class Checked(NamedTuple):
    """The outcome for each network, in order, and the ``lock`` that they were compared with."""

    outcomes: tuple[Outcome, ...]
    lock: Lock

    def __repr__(self) -> str:
        statuses = Counter([outcome.status for outcome in self.outcomes])
        said = ", ".join([f"{number} {status}" for status, number in statuses.items()]) or "nothing locked"
        return f"<Checked: {said}; {'passes' if self.passes else 'fails'}>"

    @property
    def passes(self) -> bool:
        """True if nothing changed except what was allowed, and every budget is kept."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """The exit code of ``calc check``: 0 if all pass, 1 if something changed, 2 if something cannot be read."""
        return gate.exit_code(self.outcomes)


def check(
    lock: str | Path = lockfile.DEFAULT,
    specs: Sequence[str] = (),
    *,
    allow: Sequence[str] = (),
    max: Sequence[str] = (),  # noqa: A002  # the name of the option
) -> Checked:
    """Count the networks of a lock file again, and compare.

    Args:
        lock: The file that ``calc lock`` wrote.
        specs: The names of the networks to check; by default all of the lock.
        allow: Permitted changes of totals, such as ``all=+1%`` or ``params=2K``.
        max: Upper limits for every network, such as ``macs=310M``.

    Returns:
        The outcomes, one for each network. An outcome has a ``spec``, a ``status`` (same, allowed, changed, missing,
        extra, unreadable), the ``difference`` from the lock and the ``breaches`` of limits.

    Raises:
        SpecError: The lock cannot be read.
        OpError: ``allow`` or ``max`` is wrong or has an unknown name, or a spec is outside the folder of the lock.

    After ``calc lock mobilenetv2 --bits 8``:

    >>> from calc import check
    >>> found = check("calc.lock.json")
    >>> found
    <Checked: 1 same; passes>
    >>> [outcome.status for outcome in found.outcomes]
    ['same']
    >>> check("calc.lock.json", max=["macs=300M"]).outcomes[0].breaches[0].value
    300774272
    """
    allowed = allowances.allowances_from_options(list(allow))
    limits = budgets.budgets_from_options(list(max))
    path = Path(lock)
    held = lockfile.read_lock(path)
    allowances.check_policies(allowed, held.policies)
    outcomes = tuple(gate.check_specs(held, path.parent, specs, allowed, limits))
    gate.check_limits(limits, outcomes)
    return Checked(outcomes, held)
