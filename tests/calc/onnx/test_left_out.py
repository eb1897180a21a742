"""The numbers of a file that no layer has: none of a whole import, and each that is taken away."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

from calc.onnx.left_out import left_out
from calc.onnx.load import import_onnx
from calc.onnx.read import read_model
from tests.calc.onnx.models import Small, saved

TWO_LAYERS = Small(
    [("Gemm", "x w", "h", {}), ("MatMul", "h table", "y", {}), ("Gemm", "x unread", "z", {})],
    {"x": ("N", 8)},
    {"w": (8, 6), "table": (6, 10), "unread": (8, 3)},
)
HALVES = [("Split", "table", "a b", {"axis": 1}), ("MatMul", "x a", "m", {}), ("MatMul", "x b", "n", {})]
ONE_TABLE = Small([*HALVES, ("Add", "m n", "y", {})], {"x": ("N", 8)}, {"table": (8, 12)})


@pytest.mark.parametrize("small, name", [(TWO_LAYERS, "w"), (ONE_TABLE, "table")])
def test_what_is_taken_away_is_missing(tmp_path: Path, small: Small, name: str) -> None:
    path = saved(small.proto(), tmp_path)
    model, weights = read_model(path), list(import_onnx(path).weights.values())
    assert left_out(model, weights) == []
    assert [(each.name, missing) for each, missing in left_out(model, weights[1:])] == [(name, 8 * 6)]
