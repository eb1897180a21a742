"""Rows as a data frame of whichever library there is: with stand-ins for both, and with those that are installed."""

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
    """By itself it rounds integers to floats in a column where some are missing."""
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setitem(
        sys.modules,
        "pandas",
        SimpleNamespace(DataFrame=lambda columns: ("pandas", columns), array=lambda values, dtype: (values, dtype)),
    )
    rows = [{"layer": "a", "macs": 1, "bits": None}, {"layer": "b", "macs": 2, "bits": 2**60 + 1}]
    assert data_frame(rows) == (
        "pandas",
        {"layer": ["a", "b"], "macs": [1, 2], "bits": ([None, 2**60 + 1], "Int64")},
    )


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_the_library_itself_holds_every_number(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(library, reason=f"nothing but this test needs {library}")
    for name in LIBRARIES.keys() - {library}:
        monkeypatch.setitem(sys.modules, name, None)
    analysis = analyse(chain(3, 8, 8, convolutions=2), bits=8)
    frame, rows = analysis.to_dataframe(), analysis.to_dicts()
    assert list(frame.columns) == list(rows[0])
    assert int(frame["macs"].sum()) == analysis.totals.macs
    missing = [row["weight_bits"] is None for row in rows]
    assert any(missing)
    assert not all(missing)
    bits = list(frame["weight_bits"].astype("object")) if library == "pandas" else frame["weight_bits"].to_list()
    assert [bit for bit, gap in zip(bits, missing, strict=True) if not gap] == [
        row["weight_bits"] for row in rows if row["weight_bits"] is not None
    ]
    assert {type(bit) for bit, gap in zip(bits, missing, strict=True) if not gap} == {int}


def test_without_either(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(OpError, match="needs polars or pandas, and neither is installed") as refused:
        data_frame([])
    assert "to_dicts()" in str(refused.value.hint)
