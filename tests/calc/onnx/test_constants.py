"""The arithmetic of sizes, worked out beforehand: as onnx.reference does, and never more of it than is bounded."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np
from onnx.reference import ReferenceEvaluator

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.onnx.constants import FUNCTIONS, MOST_IN_ALL, worked_out
from calc.onnx.model import OnnxNode
from calc.onnx.stored import MOST_ELEMENTS
from tests.calc.onnx.lower.cases import ints
from tests.calc.onnx.models import INT64, Small, imported, layers

A = np.array([[1, -2, 3], [4, 5, -6]], dtype=np.int64)
B = np.array([[2, 2, -2]], dtype=np.int64)
F = A.astype(np.float32) / 4
BOOLS = A > 0
CASES: list[tuple[str, list[Any], dict[str, Any]]] = [
    *[
        (op, [A, B], {})
        for op in ("Add", "Sub", "Mul", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
    ],
    *[(op, [A, B], {}) for op in ("Max", "Min", "Sum")],
    *[(op, [BOOLS, BOOLS[:1]], {}) for op in ("And", "Or", "Xor")],
    *[
        (op, [F], {})
        for op in ("Abs", "Ceil", "Cos", "Exp", "Floor", "Identity", "Neg", "Reciprocal", "Round", "Sign", "Sin")
    ],
    *[(op, [abs(F)], {}) for op in ("Sqrt", "Log")],
    *[(op, [F], {"keepdims": 0}) for op in ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd")],
    ("ReduceSum", [A, ints(1)], {}),
    ("Div", [abs(A), abs(B)], {}),
    ("Div", [F, F], {}),
    ("Mod", [F, F + 1], {"fmod": 1}),
    ("Pow", [A, ints(2)], {}),
    ("Not", [BOOLS], {}),
    ("Cast", [F], {"to": INT64}),
    ("CastLike", [F, A], {}),
    ("Clip", [F, np.array(-0.5, np.float32), np.array(1, np.float32)], {}),
    ("Concat", [A, B], {"axis": 0}),
    ("ConstantOfShape", [ints(2, 3)], {}),
    ("CumSum", [F, np.array(1, np.int64)], {}),
    ("Expand", [B, ints(2, 1)], {}),
    ("Gather", [A, ints(1, 0)], {"axis": 1}),
    ("GatherElements", [A, ints(1, 0, 0).reshape(1, 3)], {"axis": 0}),
    ("GatherND", [A, ints(1, 0, 0, 2).reshape(2, 1, 2)], {}),
    ("NonZero", [A - 1], {}),
    ("Range", [np.array(2), np.array(9), np.array(3)], {}),
    ("Reshape", [A, ints(0, -1)], {}),
    ("ScatterND", [A, ints(1).reshape(1, 1), B], {}),
    ("Slice", [A, ints(-1), ints(-(2**62)), ints(1), ints(-2)], {}),
    ("Split", [A], {"axis": 1, "num_outputs": 2}),
    ("Squeeze", [B, ints(0)], {}),
    ("Tile", [A, ints(1, 2)], {}),
    ("Transpose", [A], {"perm": [1, 0]}),
    ("Trilu", [A], {"upper": 0}),
    ("Unsqueeze", [A, ints(0, 2)], {}),
    ("Where", [BOOLS, A, B], {}),
]


@pytest.mark.parametrize("op, arrays, attributes", CASES, ids=[case[0] for case in CASES])
def test_each_gives_what_the_reference_gives(op: str, arrays: list[Any], attributes: dict[str, Any]) -> None:
    names = [f"i{at}" for at in range(len(arrays))]
    outputs = ["a", "b"] if op == "Split" else ["a"]
    model = Small(
        [(op, " ".join(names), " ".join(outputs), attributes)],
        {},
        dict(zip(names, arrays, strict=True)),
        outputs,
        opset=18,
    )
    wanted = ReferenceEvaluator(model.proto()).run(None, {})
    node = OnnxNode("", op, "", tuple(names), tuple(outputs), FrozenDict(attributes), 0, 18)
    made = worked_out(node, arrays)
    assert len(made) == len(wanted)
    for one, other in zip(made, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_every_function_is_tried() -> None:
    assert set(FUNCTIONS) - {case[0] for case in CASES} == {"Constant"}


def refused(op: str, *arrays: Any, **attributes: Any) -> str:
    """Why a node is not worked out."""
    node = OnnxNode("", op, "", ("x",) * len(arrays), ("y",), FrozenDict(attributes), 0, 18)
    with pytest.raises(OpError) as raised:
        worked_out(node, arrays)
    return raised.value.fact


def test_much_is_refused_before_it_is_made() -> None:
    large = f"at most {MOST_ELEMENTS:,} are computed"
    assert large in refused("ConstantOfShape", ints(2**20, 2**20))
    assert large in refused("Expand", ints(1), ints(2**40))
    assert large in refused("Tile", ints(1, 2), ints(2**40))
    assert large in refused("Range", np.int64(0), np.int64(2**62), np.int64(1))
    assert large in refused("Gather", np.zeros((2**10, 2**10), np.int64), np.zeros(2**20, np.int64))
    assert large in refused("GatherND", np.zeros((2, 2**20), np.int64), ints(0, 1).reshape(2, 1))
    assert large in refused("Add", np.zeros((2**15, 1), np.int64), np.zeros((1, 2**15), np.int64))


def test_what_cannot_be_is_told_in_a_line() -> None:
    assert "a division by 0" in refused("Div", ints(1), ints(0))
    assert "a division by 0" in refused("Mod", ints(1), ints(0))
    assert "a step of 0" in refused("Range", np.int64(0), np.int64(3), np.int64(0))
    assert "cannot be computed" in refused("Reshape", A, ints(4, 4))
    assert "cannot be computed" in refused("Gather", A, ints(7))
    assert "cannot be computed" in refused("Concat", A, B, axis=7)
    assert "cannot be computed" in refused("Add", A, ints(1, 2))
    assert "cannot be computed" in refused("GatherND", A, ints(0).reshape(1, 1), batch_dims=1)


def test_many_that_are_small_have_an_end_too(tmp_path: Path) -> None:
    times = MOST_IN_ALL // MOST_ELEMENTS + 2
    nodes = [("Expand", "n s", f"e{at}") for at in range(times)]
    model = Small([*nodes, ("Relu", "x", "y")], tensors={"n": ints(1), "s": ints(MOST_ELEMENTS)})
    with pytest.raises(SpecError, match=f"this file needs more than {MOST_IN_ALL:,} constant numbers"):
        imported(model._replace(inputs={"x": (1, 3)}), tmp_path)


def test_what_torch_writes_around_a_reshape_is_nothing(tmp_path: Path) -> None:
    nodes = [
        ("Shape", "x", "s"),
        ("Gather", "s zero", "b", {"axis": 0}),
        ("Unsqueeze", "b first", "u"),
        ("Constant", "", "rest", {"value_ints": [-1]}),
        ("Concat", "u rest", "t", {"axis": 0}),
        ("Reshape", "x t", "y"),
    ]
    model = Small(nodes, tensors={"zero": np.array(0, np.int64), "first": ints(0)})
    assert layers(imported(model, tmp_path)) == ["flatten"]
