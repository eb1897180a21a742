"""A table in a terminal whose rows come a few at a time, in constant memory."""

from collections.abc import Callable

from calc.report.fit import Fitted, Need, drawn, fitted, head, joined, row_lines, too_narrow
from calc.report.table import Table
from calc.report.units import exact


class Growing:
    """The lines of tables that follow each other; those whose columns and widths are the same have one head.

    ``width`` of the terminal; ``count`` writes the counts.
    """

    def __init__(self, width: int, count: Callable[[int | float], str] = exact) -> None:
        self.width = width
        self.count = count
        self._needs: dict[str, Need] = {}
        self._dropped: dict[str, None] = {}
        self._head: list[str] = []

    def begin(self, like: Table) -> list[str]:
        """The head for rows like those of ``like``, which are not shown themselves."""
        return self._fit(like)[1]

    def lines(self, more: Table) -> list[str]:
        """The rows of ``more``, below a head where it is another than the last. No column gets narrower."""
        fit, above = self._fit(more)
        if fit.stacked:
            return [*drawn(fit, self.width), ""]
        return above + [joined(fit, line) for texts in fit.texts for line in row_lines(fit, texts)]

    def _fit(self, more: Table) -> tuple[Fitted, list[str]]:
        """``more`` at these widths or larger ones, and the head where it is another than the last."""
        fit = fitted(more, self.width, self.count, self._needs)
        self._needs |= fit.needs
        self._dropped.update(dict.fromkeys(fit.dropped))
        if fit.stacked:
            return fit, []
        last, self._head = self._head, head(fit)
        return fit, [] if last == self._head else [*([""] if last else []), *self._head]

    @property
    def narrowed(self) -> str:
        """What any of them had no room for, in a sentence; empty for nothing."""
        return too_narrow(tuple(self._dropped))
