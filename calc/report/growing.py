"""A table in a terminal whose rows arrive a few at a time, in constant memory."""

from collections.abc import Callable

from calc.report.fit import Fitted, Need, drawn, fitted, head, joined, row_lines, too_narrow
from calc.report.table import Table
from calc.report.units import exact


class Growing:
    """Makes the lines of tables that follow each other. Tables with the same columns and widths share one head.

    ``width`` is that of the terminal, and ``count`` formats counts.
    """

    def __init__(self, width: int, count: Callable[[int | float], str] = exact) -> None:
        self.width = width
        self.count = count
        self._needs: dict[str, Need] = {}
        self._dropped: dict[str, None] = {}
        self._head: list[str] = []

    def begin(self, like: Table) -> list[str]:
        """Return the head for rows like those of ``like``, which are not shown themselves."""
        return self._fit(like)[1]

    def lines(self, more: Table) -> list[str]:
        """Return the rows of ``more``, below a head if it differs from the last one. No column becomes narrower."""
        fit, above = self._fit(more)
        if fit.stacked:
            return [*drawn(fit, self.width), ""]
        return above + [joined(fit, line) for texts in fit.texts for line in row_lines(fit, texts)]

    def _fit(self, more: Table) -> tuple[Fitted, list[str]]:
        """Return ``more`` at these widths or larger ones, and its head if it differs from the last one."""
        fit = fitted(more, self.width, self.count, self._needs)
        self._needs |= fit.needs
        self._dropped.update(dict.fromkeys(fit.dropped))
        if fit.stacked:
            return fit, []
        last, self._head = self._head, head(fit)
        return fit, [] if last == self._head else [*([""] if last else []), *self._head]

    @property
    def narrowed(self) -> str:
        """A sentence that names the columns that any of the tables left out; empty if there are none."""
        return too_narrow(tuple(self._dropped))
