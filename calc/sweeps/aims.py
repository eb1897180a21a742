"""The choice of points of a sweep: a Pareto front, or a number of best points."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

from calc.errors import OpError
from calc.extras import install_hint
from calc.spec import ModelSpec
from calc.sweeps.conditions import Condition
from calc.sweeps.job import SweepJob, condition_of
from calc.sweeps.kinds import check_kinds
from calc.sweeps.wanted import checked_totals
from calc.tape.trace import total_named

MOST_KEPT = 10_000
"""The largest number of points that are chosen, because each of them is counted again for its row."""


class Aim(NamedTuple):
    """The Pareto front over the totals ``by``, or the ``best`` so many points by one total.

    A total is minimised, or maximised if its name follows a plus sign. ``where`` is a condition that the points
    satisfy.
    """

    by: tuple[str, ...]
    best: int | None
    where: Condition | None

    @property
    def totals(self) -> tuple[str, ...]:
        """The names of the totals in ``by``."""
        return tuple([name.removeprefix("+") for name in self.by])


def aim_of(job: SweepJob, model: ModelSpec, front: Sequence[str], best: int | None, by: str | None) -> Aim | None:
    """Return the points that are wanted of ``job``, which counts ``model``; None if all points are wanted.

    ``front`` has the totals of a front; otherwise ``best`` points are taken ``by`` one total. Raises OpError if the
    options contradict each other, if a total is unknown or cannot be computed by tapes, or if numpy is missing.
    """
    if not front and best is None and by is None:
        return None
    if bool(front) == (best is not None):
        raise OpError("--by goes with --best, and --best with --front does not", "--front macs,+params")
    if (best is None) != (by is None):
        raise OpError("--best and --by go together", "--best 10 --by macs")
    if find_spec("numpy") is None:
        raise OpError("--front and --best need numpy, which is not installed", install_hint("search"))
    if job.tells_bounds:
        fact = f"{model.name} has layers that are not fully known"
        raise OpError(f"{fact}, and lower bounds do not say which points are best")
    wanted = tuple(front) if by is None else tuple(by.split(","))
    if best is not None and (len(wanted) != 1 or not 1 <= best <= MOST_KEPT):
        raise OpError(f"--best {best} --by {','.join(wanted)}: takes one total, and from 1 to {MOST_KEPT:,} points")
    if best is None and not 2 <= len(wanted) <= 3:
        raise OpError(f"--front {','.join(wanted)}: takes two or three totals", "--front macs,+params")
    option = "--front" if best is None else "--by"
    if len({each.removeprefix("+") for each in wanted}) < len(wanted):
        raise OpError(f"--front {','.join(wanted)}: a total is given twice", "--front macs,+params")
    totals = checked_totals([each.removeprefix("+") for each in wanted], option)
    for each in totals:
        if not total_named(each).is_integer:
            raise OpError(f"{option} {each}: is not an integer, and only integers can be minimised")
    check_kinds(job, model, option, totals)
    return Aim(wanted, best, condition_of(job))
