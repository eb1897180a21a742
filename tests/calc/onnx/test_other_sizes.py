"""What an import of an ONNX file says of sizes at which its spec, though it takes them, is another network."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.onnx.load import import_onnx
from calc.onnx.other_sizes import file_holds_only
from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec
from calc.spec.write import spec_text
from tests.calc.onnx.models import Small, made, saved

OPEN = {"x": ("N", 3, "h", "w")}
TENSORS = {"w": (4, 3, 3, 3), "all": np.array([2, 3], np.int64), "zero": np.array([0, 0, 2, 2], np.float32)}


def says(nodes: Any, folder: Path, inputs: Any = None) -> str:
    """Of a file whose convolution makes c."""
    first = made("Conv", "x w", "c", pads=[1, 1, 1, 1], strides=[2, 2], name="conv")
    small = Small([first, *nodes], inputs or OPEN, TENSORS)
    found = import_onnx(saved(small, folder), None if inputs else (3, 8, 8))
    return file_holds_only(found, False, spec_text(found.graph))


def test_a_file_that_is_the_same_at_all_that_are_tried(tmp_path: Path) -> None:
    assert says([made("GlobalAveragePool", "c", "y")], tmp_path) == ""


def test_what_the_file_works_out_from_its_sizes_is_a_number_in_the_spec(tmp_path: Path) -> None:
    """An interpolation to the size of the input, which is twice that of the map where that is even alone."""
    nodes = [
        made("Shape", "x", "s", start=2), made("Shape", "c", "first", end=2), made("Concat", "first s", "t", axis=0),
        made("Resize", "c - - t", "y", mode="nearest", name="up"),
    ]  # fmt: skip
    assert says(nodes, tmp_path) == "holds at 3x8x8, and not at 3x16x16, where the file differs in up"


def test_a_file_that_fixes_its_sizes_takes_no_others(tmp_path: Path) -> None:
    said = says([made("GlobalAveragePool", "c", "y")], tmp_path, {"x": ("N", 3, 8, 8)})
    assert said.startswith("holds at 3x8x8, and not at 3x16x16, where the file is refused, ")


def test_it_is_a_line_of_the_spec(tmp_path: Path) -> None:
    path = saved(Small([("Conv", "x w", "y")], {"x": ("N", 3, 8, 8)}, {"w": (4, 3, 3, 3)}), tmp_path)
    text = imported_spec(path, ImportOptions()).text
    start = "# holds at 3x8x8, and not at 3x16x16, where the file is refused, "
    assert any(line.startswith(start) for line in text.splitlines()[1:3])
