"""Rows as a data frame of whichever library is installed."""

from importlib import import_module
from typing import Any

from calc.errors import OpError

LIBRARIES: dict[str, dict[str, Any]] = {"polars": {"infer_schema_length": None}, "pandas": {}}
"""In the order in which they are tried, each with its options: neither is needed for anything else.

polars takes the type of a column from its first hundred rows, which may all be empty, unless it is told otherwise.
"""


def data_frame(rows: list[dict[str, Any]]) -> Any:
    """A ``DataFrame`` with a row for each of ``rows``. Raises OpError where no library of data frames is installed."""
    for name, options in LIBRARIES.items():
        try:
            library = import_module(name)
        except ImportError:
            continue
        return library.DataFrame(rows, **options)
    fact = f"a data frame needs {' or '.join(LIBRARIES)}, and neither is installed"
    raise OpError(fact, "pip install polars; to_dicts() gives the same rows as a list")
