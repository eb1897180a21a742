"""Chooses how the rows of a sweep are computed: by the engine, or faster by tapes. Both give the same rows."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from calc.spec import ModelSpec
from calc.sweeps.aims import Aim
from calc.sweeps.axes import INPUT
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.job import SweepJob, condition_of
from calc.tape.trace import is_named

Rows = Callable[[int, int], Chunk]
"""A function that computes the rows from a first point up to, but not including, a last one."""
FEW = 2_000
"""A sweep with fewer points is left to the engine, which has counted them before tapes are made."""


def maker_of_rows(job: SweepJob, model: ModelSpec) -> Rows:
    """Return the function that computes the rows of ``job`` in one process."""
    if job.uses_tapes and find_spec("numpy") is not None:
        from calc.sweeps.taped_rows import TapedRows

        return TapedRows(job, model).chunk
    return partial(chunk, job, model)


def can_use_tapes(job: SweepJob, model: ModelSpec) -> bool:
    """Return True if tapes can compute every row of ``job`` and are faster: points are many and totals exact."""
    return job.grid.points >= FEW and _has_tapes(job, model)


def _has_tapes(job: SweepJob, model: ModelSpec) -> bool:
    names = [policy.name for policy in job.policies]
    return (
        find_spec("numpy") is not None
        and not job.tells_bounds
        and len(set(names)) == len(names)
        and INPUT not in model.parameters
    )


def without_effect(job: SweepJob, model: ModelSpec, aim: Aim | None = None) -> tuple[str, ...]:
    """Return the axes that change no total which is shown, compared or optimised, as far as tapes can tell."""
    where = condition_of(job)
    read = set() if where is None else where.names
    may_have_none = [axis for axis in job.grid.axes if len(axis.values) > 1 and axis.name not in read]
    if not (any(set(map(type, axis.values)) <= {int, float} for axis in may_have_none) and _has_tapes(job, model)):
        return ()
    from calc.sweeps.taped import TapedGrid

    totals = {*[each.name for each in job.told], *_compared(job, aim)}
    found = TapedGrid(job, model, sorted(totals)).without_effect()
    return tuple([name for name in found if name not in read])


def counted_singly(job: SweepJob, model: ModelSpec, aim: Aim | None = None) -> tuple[str, ...]:
    """Return the totals for which every network of a space of structures is counted, while the others are sums."""
    if not (job.uses_tapes if aim is None else _has_tapes(job, model)):
        return ()
    from calc.sweeps.additive import additive_totals, looked_up

    asked = dict.fromkeys([*([each.name for each in job.told] if aim is None else ()), *_compared(job, aim)])
    others = [name for name in asked if looked_up(name) is None]
    sums = [name for name in asked if name not in others]
    if not others or not sums or additive_totals(job, model, sums) is None:
        return ()
    return tuple(others)


def _compared(job: SweepJob, aim: Aim | None) -> list[str]:
    """Return the totals that the condition of ``job`` or ``aim`` compares."""
    where = condition_of(job)
    names = [] if where is None else sorted(filter(is_named, where.names))
    return names if aim is None else [*aim.totals, *names]
