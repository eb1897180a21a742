"""CSV reports, with every column of the analysis as raw numbers and one row for each layer or group."""

import csv
import io
from fractions import Fraction
from typing import Any

from calc.analysis import Analysis
from calc.errors import printable
from calc.model.inputs import input_option
from calc.quantities import quantities
from calc.report.rows import View, listing, table_of
from calc.report.table import LowerBound, bounded

AT_LEAST = "at_least"
_FORMULA_STARTS = ("=", "+", "-", "@")
_DESCRIBED = (
    "name",
    "op",
    "kind",
    "inputs",
    "input_shape",
    "output_shape",
    "in_channels",
    "out_channels",
    "kernel_size",
    "stride",
    "groups",
)
_COUNTED = ("params", "buffers", "macs", "effective_macs", "weight_bits", "weight_format", "activation_bits")


def layer_columns() -> tuple[str, ...]:
    """Return the columns of a layer, without the count under another counter's convention."""
    bitops = [found.key for found in quantities() if found.family == "bitops"]
    return (
        *_DESCRIBED,
        *_COUNTED,
        *bitops,
        "weight_bits_total",
        "bytes_moved",
        "output_elements",
        "live_bytes",
        "rule",
    )


def render(analysis: Analysis, view: View) -> str:
    """Return a header line and the rows of ``view``."""
    listed = listing(analysis, view)
    if listed.grouped:
        table = table_of(analysis, listed)
        return csv_text([[column.key for column in table.columns], *table.rows])
    by_name = {row["name"]: row for row in analysis.to_dicts()}
    counted = () if analysis.counted is None else ("counted",)
    keys = (*layer_columns(), *counted, *(() if analysis.bound is None else ("bound_seconds", "binds")))
    rows = []
    for row in listed.rows:
        found = by_name[row.name] | {"counted": row.counted, "bound_seconds": row.bound_seconds, "binds": row.binds}
        rows.append(bounded(keys, [found[key] for key in keys], row.unknown))
    return csv_text([keys, *rows])


def csv_text(rows: list[Any]) -> str:
    """Return ``rows`` as CSV. The first row has the names of the columns.

    If values are lower bounds, a further column ``at_least`` names them in each row, and the values remain numbers.
    """
    head, *body = rows
    bounds = [[key for key, value in zip(head, row, strict=True) if isinstance(value, LowerBound)] for row in body]
    if any(bounds):
        body = [[*row, tuple(of_row)] for row, of_row in zip(body, bounds, strict=True)]
        rows = [[*head, AT_LEAST], *body]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return numbers as they are, and sizes as ``3x224x224`` or, for several inputs, as ``image=3x224x224 text=77``.

    Text that a spreadsheet would run as a formula gets a quote. Control characters are escaped, so that no cell
    contains a line break.
    """
    if isinstance(value, LowerBound):
        value = value.value
    if isinstance(value, Fraction):
        value = float(value)
    if isinstance(value, dict):
        value = input_option(value)
    if isinstance(value, tuple):
        separator = " " if value and isinstance(value[0], str) else "x"
        value = separator.join(map(str, value))
    if isinstance(value, str):
        value = printable(value)
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return value
