"""Who makes the rows of a sweep: the engine, or tapes, which give the same."""

from collections.abc import Callable, Collection
from functools import partial
from importlib.util import find_spec

from calc.spec import ModelSpec
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


def without_effect(job: SweepJob, model: ModelSpec, by: Collection[str] = ()) -> tuple[str, ...]:
    """The axes on which nothing that is told, compared or chosen ``by`` depends, as far as tapes tell."""
    if not _has_tapes(job, model):
        return ()
    from calc.sweeps.taped import TapedGrid

    where = condition_of(job)
    compared = set() if where is None else where.names
    totals = {*[each.name for each in job.told], *by, *filter(is_named, compared)}
    found = TapedGrid(job, model, sorted(totals)).without_effect()
    return tuple([name for name in found if name not in compared])


def counted_singly(job: SweepJob, model: ModelSpec) -> tuple[str, ...]:
    """The totals for which each network of a space of structures is counted, where all others could be looked up."""
    if not job.uses_tapes:
        return ()
    from calc.sweeps.additive import additive_totals, looked_up

    others = [each.name for each in job.told if looked_up(each.name) is None]
    sums = [each.name for each in job.told if each.name not in others]
    if not others or not sums or additive_totals(job, model, sums) is None:
        return ()
    return tuple(others)
