"""Adds layers on trial and removes all of them if that fails; then an opaque layer takes their place."""

from collections.abc import Callable
from typing import Any, NamedTuple

from calc.errors import OpError, SpecError
from calc.importing.draft import Draft


class Attempt(NamedTuple):
    """The result of a trial: ``made``, or the reason ``why`` nothing was made."""

    made: Any
    why: str = ""


def attempt(draft: Draft, known: tuple[dict[Any, Any], ...], make: Callable[[], Any]) -> Attempt:
    """Return the result of ``make``. If it raises or reports a problem, restore ``draft`` to its earlier state.

    ``known`` are other mappings about the layers, which are restored too.
    """
    mark, before = draft.mark(), [dict(each) for each in known]
    made = None
    try:
        made = make()
        why = [problem.fact for problem in draft.problems[mark.problems :]]
    except OpError as error:
        why = [error.fact]
    except SpecError as error:
        why = [problem.fact for problem in error.problems]
    if not why:
        return Attempt(made)
    draft.back_to(mark)
    for each, was in zip(known, before, strict=True):
        each.clear()
        each.update(was)
    return Attempt(None, why[0])
