"""Turns rows into a data frame of polars or pandas, whichever is installed."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from calc.errors import OpError

Rows = Sequence[dict[str, Any]]


def data_frame(rows: Rows) -> Any:
    """Return a ``DataFrame`` with a row for each of ``rows``.

    Raises OpError if neither polars nor pandas is installed.
    """
    for name, frame_of in LIBRARIES.items():
        try:
            library = import_module(name)
        except ImportError:
            continue
        return frame_of(library, rows)
    fact = f"a data frame needs {' or '.join(LIBRARIES)}, and neither is installed"
    raise OpError(fact, "pip install polars; to_dicts() gives the same rows as a list")


def _polars(library: Any, rows: Rows) -> Any:
    # polars takes the type of a column from its first hundred rows, which may all be empty, unless told otherwise
    return library.DataFrame(rows, infer_schema_length=None)


def _pandas(library: Any, rows: Rows) -> Any:
    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    return library.DataFrame(
        {
            name: library.array(values, dtype="Int64") if _has_gaps(values) else values
            for name, values in columns.items()
        }
    )


def _has_gaps(values: Sequence[Any]) -> bool:
    """Return True for integers with missing values, which pandas by itself would round to floats."""
    return {type(value) for value in values} == {int, type(None)}


LIBRARIES: dict[str, Callable[[Any, Rows], Any]] = {"polars": _polars, "pandas": _pandas}
"""The libraries in the order in which they are tried. No other part of the package needs them."""
