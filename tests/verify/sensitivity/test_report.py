import csv
import io
import json

import pytest

from calc.report.pages import render
from verify.sensitivity import Sensitivity
from verify.sensitivity.report import heat_map, page, to_csv, to_json

pytestmark = pytest.mark.torch

ROWS = [
    Sensitivity("a", 2, 9, 5.0, 0.5, 0.25, 0.1),
    Sensitivity("a", 4, 9, None, 0.0, 0.0, -0.01),
    Sensitivity("b", 2, 4, 6.0, 0.25, 0.125, 0.2),
    Sensitivity("b", 4, 4, 18.0, 0.01, 0.01, 0.02),
]


def test_csv_has_a_row_a_layer_and_width_and_only_measured_columns():
    rows = list(csv.DictReader(io.StringIO(to_csv(ROWS))))
    assert list(rows[0]) == ["layer", "bits", "weights", "sqnr_db", "weight_error", "output_error", "loss_increase"]
    assert [(row["layer"], row["bits"]) for row in rows] == [("a", "2"), ("a", "4"), ("b", "2"), ("b", "4")]
    assert rows[1]["sqnr_db"] == ""
    assert float(rows[3]["output_error"]) == 0.01


def test_json_holds_the_same():
    found = json.loads(to_json(ROWS, {"images": 3}))
    assert (found["schema"], found["images"], len(found["layers"])) == ("calc.sensitivity/1", 3, 4)
    assert found["layers"][1]["sqnr_db"] is None


def test_the_table_has_a_column_a_width():
    lines = render(page(ROWS, "sqnr_db"), "table").splitlines()
    assert lines[0].split() == ["Layer", "Weights", "2", "bit", "4", "bit"]
    assert lines[2].split() == ["a", "9", "5.0", "exact"]


@pytest.mark.parametrize("measure", ["sqnr_db", "output_error", "loss_increase"])
def test_a_heat_map_is_drawn(tmp_path, measure):
    pytest.importorskip("matplotlib")
    heat_map(ROWS, measure, str(tmp_path / "heat.png"), "two layers")
    assert (tmp_path / "heat.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["heat.png"]
