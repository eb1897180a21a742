"""The rows of a sweep as a table in a terminal, some at a time."""

import json
from collections.abc import Sequence

from calc.quantities import Quantity
from calc.report.cells import paragraph
from calc.report.growing import Growing
from calc.report.table import ALWAYS, Column, LowerBound, Table
from calc.report.units import short
from calc.sweeps.job import AT_LEAST

_IMPORTANCE = {"macs": 8, "params": 7, "weight_bytes": 6, "bitops_weight": 7, "peak_activation_bytes": 5, "input": 2}
"""The importance of columns that may be left out. That of other quantities is 1."""
ROUNDED = "Counts have three digits here; piped, or with --format csv, they are exact and all there."


class SweepTable:
    """Makes the text for each part of the rows, and for the end, in ``width`` columns of the terminal.

    ``varied`` has the names of axes, and ``told`` the totals in the rows.
    """

    def __init__(self, width: int, varied: Sequence[str], told: Sequence[Quantity]) -> None:
        self.width = width
        self.varied = frozenset([name.partition(".")[0] for name in varied])  # the column of input.text is input
        self.titles = {each.key: each.name.replace("_", " ").replace(".", " ") for each in told}
        self.table = Growing(width, short)

    def part(self, lines: Sequence[str]) -> str:
        """Return the rows of ``lines``, each a record as JSON.

        There is a column of errors if one of them has an error.
        """
        records = [json.loads(line) for line in lines]
        told = records[0].keys() - {AT_LEAST, *(() if any(record["error"] for record in records) else ("error",))}
        keys = [key for key in records[0] if key in told]
        bounds = [record.get(AT_LEAST) or () for record in records]
        rows = tuple(
            [
                tuple([LowerBound(record[key]) if key in of_row else record[key] for key in keys])
                for record, of_row in zip(records, bounds, strict=True)
            ]
        )
        return _text(self.table.lines(Table(tuple(map(self._column, keys)), rows)))

    def end(self) -> str:
        """Return notes on rounding and on the columns that were left out."""
        notes = filter(None, [self.table.narrowed, ROUNDED])
        return _text(["", *[line for note in notes for line in paragraph(note, self.width, below="  ")]])

    def _column(self, key: str) -> Column:
        if key in self.titles:
            return Column(key, self.titles[key], "count", _IMPORTANCE.get(key, 1))
        return Column(key, key, "text", ALWAYS if key in self.varied else _IMPORTANCE.get(key, ALWAYS))


def _text(lines: Sequence[str]) -> str:
    return "".join([f"{line}\n" for line in lines])
