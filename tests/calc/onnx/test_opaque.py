"""Nodes that calc has no op for, kept as layers that are not counted."""

from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.spec.write import require_same, spec_text
from tests.calc.onnx.models import FLOAT, INT64, Small, layers, saved

NODES = [
    ("Conv", "x w", "c", {"pads": [1, 1, 1, 1]}),
    ("Swirl", "c table", "s rest", {"domain": "com.mine"}),
    ("Relu", "s", "r", {}),
    ("Flatten", "r", "y", {}),
]


def model(told: dict[str, tuple[int, list[Any]]], *, batch: Any = "N", nodes: Any = NODES) -> Any:
    from onnx import helper

    made = Small(nodes, {"x": (batch, 3, 8, 8)}, {"w": (4, 3, 3, 3), "table": (5, 6)}, domains=("com.mine",)).proto()
    made.graph.value_info.extend([helper.make_tensor_value_info(name, *kind) for name, kind in told.items()])
    return made


def imported(made: Any, folder: Path, *, opaque: bool = True) -> Any:
    from calc.onnx.load import import_onnx

    return import_onnx(saved(made, folder), opaque=opaque)


@pytest.mark.parametrize("batch", ["N", 1])
def test_a_node_that_is_not_known_stays_with_the_sizes_that_the_file_tells(tmp_path: Path, batch: Any) -> None:
    found = imported(model({"s": (FLOAT, [batch, 2, 8, 5])}, batch=batch), tmp_path)
    assert layers(found) == ["conv2d", "tensor", "opaque", "relu", "flatten"]
    node = found.graph.nodes[3]
    assert node.op.values() | {"channels": None} == {
        "op": "com.mine.Swirl", "shape": (2, 8, 5), "reason": "calc has no op for it", "tensors": "none",
        "channels": None, "dtype": "float32",
    }  # fmt: skip
    assert node.inputs == (1, 2)
    totals = analyse(found.graph)
    assert "macs" in totals.at_least
    assert totals.totals.params == 4 * 3 * 9 + 5 * 6
    require_same(found.graph, spec_text(found.graph))


def test_several_outputs_are_a_layer_each(tmp_path: Path) -> None:
    nodes = [*NODES[:2], ("Add", "s rest", "y", {})]
    told = {"s": (FLOAT, ["N", 2]), "rest": (FLOAT, ["N", 1])}
    assert layers(imported(model(told, nodes=nodes), tmp_path)) == ["conv2d", "tensor", "opaque", "opaque", "add"]
    nodes[-1] = ("Add", "s s", "y", {})  # of which one is not read
    assert layers(imported(model(told, nodes=nodes), tmp_path)) == ["conv2d", "tensor", "opaque", "add"]


def test_integers_are_token_ids(tmp_path: Path) -> None:
    nodes = [*NODES[:2], ("Gather", "table s", "y", {})]
    graph = imported(model({"s": (INT64, ["N", 7])}, nodes=nodes), tmp_path).graph
    assert [(node.op.word, node.output.dtype) for node in graph.layers][-2:] == [
        ("opaque", "int64"),
        ("embedding", "float32"),
    ]


def test_without_being_asked_for_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"calc has no op for com\.mine\.Swirl"):
        imported(model({"s": (FLOAT, ["N", 2])}), tmp_path, opaque=False)


@pytest.mark.parametrize(
    "told, fact",
    [
        ({}, "and the file does not state the sizes of s"),
        ({"s": (FLOAT, None)}, "and the file does not state the sizes of s"),
        ({"s": (FLOAT, ["N", "K"])}, "and the file states only the sizes N×K of s"),
        ({"s": (FLOAT, [4, 5])}, "and the file states only the sizes 4×5 of s"),
    ],
)
def test_sizes_that_the_file_does_not_tell_are_not_made_up(tmp_path: Path, told: dict[str, Any], fact: str) -> None:
    with pytest.raises(SpecError, match=fact):
        imported(model(told), tmp_path)


def test_a_node_that_reads_nothing_that_flows_is_no_layer(tmp_path: Path) -> None:
    nodes = [("Swirl", "", "s", {"domain": "com.mine"}), ("Add", "x s", "y", {})]
    with pytest.raises(SpecError, match="and it does not read anything that depends on the network"):
        imported(model({"s": (FLOAT, [1])}, nodes=nodes), tmp_path)


def test_a_branch_by_values_and_a_loop_stay_where_the_file_tells_sizes(tmp_path: Path) -> None:
    from onnx import helper

    from tests.calc.onnx.models import made

    ends = [helper.make_tensor_value_info("z", FLOAT, None)]
    branch = helper.make_graph([made("MatMul", "x w", "z")], "branch", [], ends)
    arrives = [helper.make_tensor_value_info("v", FLOAT, None)]
    turn = helper.make_graph([made("Relu", "v", "z")], "turn", arrives, ends)
    nodes = [
        made("ReduceMax", "x", "c", axes=[1], keepdims=1),
        made("If", "c", "chosen", then_branch=branch, else_branch=branch),
        made("Loop", "- - chosen", "y", body=turn),
    ]
    proto = Small(nodes, {"x": ("N", 3)}, {"w": (3, 4)}).proto()
    sizes = {"chosen": ["N", 4], "y": ["N", 4]}
    proto.graph.value_info.extend([helper.make_tensor_value_info(name, FLOAT, each) for name, each in sizes.items()])
    found = imported(proto, tmp_path)
    assert layers(found) == ["reduce", "opaque", "opaque"]
    assert {"macs", "params"} <= {*analyse(found.graph).at_least}
