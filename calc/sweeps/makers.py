"""Who makes the rows of a sweep: the engine, or tapes, which give the same."""

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
"""The rows from a first point up to a last one that is not among them."""
FEW = 2_000
"""Points that the engine has counted before tapes are made."""


def maker_of_rows(job: SweepJob, model: ModelSpec) -> Rows:
    """What makes the rows of ``job``, one process long."""
    if job.uses_tapes and find_spec("numpy") is not None:
        from calc.sweeps.taped_rows import TapedRows

        return TapedRows(job, model).chunk
    return partial(chunk, job, model)


def can_use_tapes(job: SweepJob, model: ModelSpec) -> bool:
    """Whether tapes give every row of ``job``, and are faster: of many points, told by exact totals."""
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
    """The axes on which nothing that is told, compared or chosen by depends, as far as tapes tell."""
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
    """The totals for which each network of a space of structures is counted, where all others could be looked up."""
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
    """The totals that the condition of ``job`` compares, and those by which ``aim`` chooses."""
    where = condition_of(job)
    names = [] if where is None else sorted(filter(is_named, where.names))
    return names if aim is None else [*aim.totals, *names]
