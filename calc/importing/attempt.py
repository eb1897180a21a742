"""Trying to add layers, and leaving nothing of them where that cannot be: an opaque one comes in their place."""

from collections.abc import Callable
from typing import Any, NamedTuple

from calc.errors import OpError, SpecError
from calc.importing.draft import Draft


class Attempt(NamedTuple):
    """What was ``made``, or ``why`` nothing was."""

    made: Any
    why: str = ""


def attempt(draft: Draft, known: tuple[dict[Any, Any], ...], make: Callable[[], Any]) -> Attempt:
    """What ``make`` makes of layers of ``draft``, unless it raises or notes a problem; all is then as it was before.

    ``known``: what is kept of the layers besides.
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
