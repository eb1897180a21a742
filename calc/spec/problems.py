"""Collects the problems of an expansion. Each is kept once, with the calls that led to it."""

from typing import NoReturn

from calc.errors import MAX_SHOWN, OpError, Origin, Place, Problem
from calc.ops.base.fields import FieldError
from calc.spec.frames import Context, origins
from calc.spec.model import Site
from calc.spec.values import EvaluationError


class Stop(Exception):  # noqa: N818  # not an error: the walk ends early and reports what it has
    """Raised after too many steps or levels."""


class Problems:
    """The problems of one expansion. The same problem at the same place is kept once, however often it occurs."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._reported: set[tuple[Origin | None, str]] = set()

    def report(
        self, error: OpError, place: Place, context: Context, name: str = "", word: str = "", site: Site | None = None
    ) -> None:
        """Add the problem in ``error`` at ``place``, or at the value that is wrong."""
        if isinstance(error, EvaluationError):
            place = error.place
        if not isinstance(error, FieldError) or len(self.found) >= MAX_SHOWN:
            self.keep(Problem(place, error.fact, error.hint, name, word), context, site)
            return
        for problem in error.problems:
            value = site.arguments.get(problem.key) if site is not None else None
            where = place if value is None else value.node.place
            self.keep(Problem(where, problem.fact, problem.hint, name, word), context, site)

    def keep(self, problem: Problem, context: Context, site: Site | None = None) -> None:
        """Add ``problem`` with the calls around it, and with the origin of the values that it names."""
        if (problem.place, problem.fact) in self._reported:
            return
        self._reported.add((problem.place, problem.fact))
        if len(self.found) < MAX_SHOWN:  # the others are only counted
            notes = (*problem.notes, *context.frame.calls(), *origins(problem.fact, site, context))
            problem = problem._replace(notes=notes)
        self.found.append(problem)

    def stop(self, place: Origin, fact: str, hint: str = "") -> NoReturn:
        """Add a last problem and ends the walk. Raises Stop."""
        self.found.append(Problem(place, fact, hint))
        raise Stop
