"""Every command takes a file: what is asked for at import, by the names of the file, is not asked for again."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.analysis import analyse
from calc.sources.load import load
from tests.calc.onnx.models import INT64, Small, saved


def test_sizes_are_given_by_the_names_of_the_file(tmp_path: Path) -> None:
    model = Small([("Conv", "x w", "y")], {"x": ("N", 3, "h", "w")}, {"w": (4, 3, 3, 3)})
    path = saved(model, tmp_path)
    for given in ((3, 6, 7), {"x": (3, 6, 7)}):
        found = analyse(load(path, given), input=given)
        assert found.totals.macs == 4 * 5 * 4 * 3 * 3 * 3


def test_a_number_that_is_fixed_is_no_input(tmp_path: Path) -> None:
    nodes = [("Equal", "rate k", "c"), ("Cast", "c", "f", {"to": 1}), ("Mul", "x f", "y")]
    model = Small(nodes, {"x": ("N", 3), "rate": ()}, {"k": np.array(8, np.int64)}, types={"rate": INT64})
    found = analyse(load(saved(model, tmp_path), {"rate": (9,)}), input={"rate": (9,)})
    assert [layer.op.word for layer in found.graph.layers] == ["multiply"]
    assert found.graph.layers[0].op.values() == {"value": 0.0}
