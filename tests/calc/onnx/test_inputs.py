"""Which axis is the batch, which sizes are asked for, and what is said where they are missing or wrong."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.errors import SpecError
from calc.importing.value import BatchAxis
from calc.onnx.inputs import Arrivals, given_inputs
from calc.onnx.read import read_model
from tests.calc.onnx.lower.cases import ints
from tests.calc.onnx.models import INT64, Small, imported, layers, saved


def given(folder: Path, sizes: Any = None, types: Any = None, **inputs: Any) -> Arrivals:
    """The inputs of a model that reads all of ``inputs``."""
    nodes = [("Relu", name, f"{name}_out") for name in inputs]
    model = Small(nodes, inputs, outputs=[f"{name}_out" for name in inputs], types=types or {})
    return given_inputs(read_model(saved(model, folder)), sizes)


def said(folder: Path, sizes: Any = None, types: Any = None, **inputs: Any) -> list[str]:
    """What is wrong with them, without the path."""
    with pytest.raises(SpecError) as raised:
        given(folder, sizes, types, **inputs)
    return [str(problem).partition(".onnx: ")[2] for problem in raised.value.problems]


@pytest.mark.parametrize(
    "sizes, sample, axis, batches",
    [
        (("N", 3, 8, 8), (3, 8, 8), 0, (1, 3)),
        ((1, 3, 8, 8), (3, 8, 8), 0, (1,)),
        ((4, 3, 8, 8), (3, 8, 8), 0, (4,)),
        ((5, "batch", 6), (5, 6), 1, (1, 3)),
        ((5, "batch_size", 6), (5, 6), 1, (1, 3)),
        (("N",), (), 0, (1, 3)),
    ],
)
def test_the_batch_is_the_first_axis_or_has_its_name(
    sizes: Any, sample: Any, axis: int, batches: Any, tmp_path: Path
) -> None:
    found = given(tmp_path, x=sizes)
    assert (found.inputs[0].sample, found.inputs[0].batch, found.batches) == (sample, BatchAxis(axis), batches)


def test_the_batch_of_other_inputs_is_the_axis_of_that_size(tmp_path: Path) -> None:
    found = given(tmp_path, x=("n", 5), state=(2, "n", 7))
    assert [each.batch for each in found.inputs] == [BatchAxis(0), BatchAxis(1)]
    found = given(tmp_path, x=(1, 5), state=(2, 1, 7))
    assert [each.batch for each in found.inputs] == [BatchAxis(0), BatchAxis(1)]


def test_with_as_many_sizes_as_axes_none_is_the_batch(tmp_path: Path) -> None:
    found = given(tmp_path, (16, 5), x=("n", 5))
    assert (found.inputs[0].sample, found.inputs[0].batch) == ((16, 5), None)


def test_sizes_that_the_file_leaves_open_are_asked_for(tmp_path: Path) -> None:
    assert said(tmp_path, x=("N", 3, "h", "w")) == [
        "the file leaves sizes of the input x open: batch×3×h×w\n"
        "  hint: --input 3xSIZExSIZE, with a number for each SIZE"
    ]
    assert given(tmp_path, (3, 8, 9), x=("N", 3, "h", "w")).inputs[0].sample == (3, 8, 9)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    assert said(tmp_path, {"x": (4, 8, 8)}, x=("N", 3, 8, 8), y=("N", "t"), c=()) == [
        "--input x=4x8x8: in the file, x is batch×3×8×8",
        "the file leaves sizes of the input y open: batch×t\n  hint: --input y=SIZE, with a number for each SIZE",
        "the input c is a single number, float, which a network of calc cannot read\n"
        "  hint: export the network with it fixed",
    ]
    assert said(tmp_path, {"xx": (3,)}, x=("N", 3)) == ["it has no input xx; its inputs are x\n  hint: did you mean x?"]
    assert said(tmp_path, (3, 8), x=("N", 3, 8), y=("N", 3)) == [
        "it has 2 inputs (x, y), so say which of them is 3x8\n  hint: --input x=SIZES"
    ]


def test_an_integer_is_fixed_and_decides_a_branch(tmp_path: Path) -> None:
    from onnx import helper

    from tests.calc.onnx.models import FLOAT, made

    def branch(op: str) -> Any:
        return helper.make_graph([made(op, "x", "z")], op, [], [helper.make_tensor_value_info("z", FLOAT, None)])

    nodes = [made("Equal", "rate k", "c"), made("If", "c", "y", then_branch=branch("Relu"), else_branch=branch("Tanh"))]
    model = Small(nodes, {"x": ("N", 3), "rate": ()}, {"k": np.array(8, np.int64)}, types={"rate": INT64})
    assert layers(imported(model, tmp_path, {"rate": (8,)})) == ["relu"]
    found = imported(model, tmp_path, {"rate": (16,)})
    assert (layers(found), dict(found.numbers), list(found.inputs)) == (["tanh"], {"rate": 16}, ["x"])
    with pytest.raises(SpecError, match="--input rate=NUMBER fixes it"):
        imported(model, tmp_path)


def test_a_branch_that_follows_from_what_flows_is_an_error(tmp_path: Path) -> None:
    from onnx import helper

    from tests.calc.onnx.models import FLOAT, made

    graph = helper.make_graph([made("Relu", "x", "z")], "g", [], [helper.make_tensor_value_info("z", FLOAT, None)])
    model = Small(
        [made("ReduceMax", "x", "c", keepdims=1, axes=[1]), made("If", "c", "y", then_branch=graph, else_branch=graph)],
        {"x": ("N", 3)},
    )
    with pytest.raises(SpecError, match=r"\(If\): the branch that it runs depends on the network's input: on c"):
        imported(model, tmp_path)


def test_integers_that_nothing_looks_up_are_numbers(tmp_path: Path) -> None:
    ids = Small([("Gather", "w x", "y")], {"x": ("N", 5)}, {"w": (10, 6)}, types={"x": INT64})
    mask = Small([("Cast", "x", "f", {"to": 1}), ("Mul", "f w", "y")], {"x": ("N", 6)}, {"w": (6,)}, types={"x": INT64})
    assert imported(ids, tmp_path).graph.nodes[0].output.dtype == "int64"
    assert imported(mask, tmp_path).graph.nodes[0].output.dtype == "float32"


def test_a_reshape_that_names_the_batch_fixes_it(tmp_path: Path) -> None:
    model = Small([("Reshape", "x s", "y")], {"x": ("N", 2, 3)}, {"s": ints(1, 6)})
    found = imported(model, tmp_path)
    assert layers(found) == ["flatten"]
    assert found.remarks == ("The file runs for one sample at a time only: its reshapes name the size of the batch.",)
