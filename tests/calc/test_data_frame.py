"""Rows as a data frame of whichever library there is; the libraries are stood in for, because none is needed."""

import sys
from types import SimpleNamespace

import pytest

from calc.analysis import analyse
from calc.data_frame import LIBRARIES, data_frame
from calc.errors import OpError
from tests.calc.graphs import chain


def stand_in(name: str) -> SimpleNamespace:
    return SimpleNamespace(DataFrame=lambda rows, **options: (name, rows, options))


def test_polars_goes_first_and_looks_at_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself it takes the type of a column from the first hundred rows, which may all be empty."""
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, stand_in(name))
    assert data_frame([{"a": 1}]) == ("polars", [{"a": 1}], {"infer_schema_length": None})


def test_pandas_where_there_is_no_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setitem(sys.modules, "pandas", stand_in("pandas"))
    analysis = analyse(chain(3, 8, 8, convolutions=2), bits=8)
    assert analysis.to_dataframe() == ("pandas", analysis.to_dicts(), {})


def test_without_either(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(OpError, match="needs polars or pandas, and neither is installed") as refused:
        data_frame([])
    assert "to_dicts()" in str(refused.value.hint)
