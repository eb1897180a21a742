"""The numbers of a file that no layer has: none of a whole import, and each that is taken away."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")
pytest.importorskip("numpy")

from calc.model.graph import parameters
from calc.onnx.left_out import left_out
from calc.onnx.load import import_onnx
from calc.onnx.read import read_model
from tests.calc.onnx.lower.case import ints
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


def test_only_the_part_of_a_mask_that_slices_take_is_needed(tmp_path: Path) -> None:
    """A mask for 16 tokens and two slices of it for 5."""
    slices = [
        ("Slice", "table zero five first", "rows", {}),
        ("Slice", "rows zero five last", "part", {}),
        ("Add", "x part", "y", {}),
    ]
    tensors = {"table": (16, 16), "zero": ints(0), "five": ints(5), "first": ints(0), "last": ints(1)}
    path = saved(Small(slices, {"x": ("N", 5, 5)}, tensors), tmp_path)
    found = import_onnx(path)
    weights = found.weights.values()
    assert sum(each.elements for each in weights) == 5 * 5
    assert left_out(read_model(path), weights, found.parts) == []
    assert [missing for _, missing in left_out(read_model(path), [], found.parts)] == [5 * 5]
    assert [missing for _, missing in left_out(read_model(path), weights)] == [16 * 16 - 5 * 5]


@pytest.mark.parametrize("prefix, scale, affine", [("val_", 1, False), ("norm.", 1, True), ("val_", 2, True)])
def test_a_scale_of_ones_is_no_parameter_if_the_exporter_made_up_its_name(
    tmp_path: Path, prefix: str, scale: int, affine: bool
) -> None:
    """A norm of 6 channels, whose tensors have the names of an exporter or of a module."""
    import numpy as np

    names = f"{prefix}weight", f"{prefix}bias"
    tensors = {names[0]: np.full(6, scale, "float32"), names[1]: np.zeros(6, "float32")}
    norm = Small([("InstanceNormalization", f"x {names[0]} {names[1]}", "y", {})], {"x": ("N", 6, 4, 4)}, tensors)
    path = saved(norm.proto(), tmp_path)
    found = import_onnx(path)
    assert sum(parameters(found.graph).values(), ()) == (6, 6) * affine
    assert left_out(read_model(path), found.weights.values()) == []
