"""Files that are made to break what reads them: each ends in a message that says where, and never in a traceback."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

from onnx import TensorProto, helper

from calc.errors import SpecError
from calc.onnx.load import import_onnx
from tests.calc.onnx.models import FLOAT, INT64, Small, made, saved

CONV = Small([("Conv", "x w", "y")], tensors={"w": (4, 3, 3, 3)})


def told(model: Any, folder: Path, *, opaque: bool = False) -> str:
    """What is wrong with ``model``, without the path."""
    path = saved(model, folder)
    with pytest.raises(SpecError) as raised:
        import_onnx(path, opaque=opaque)
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


def body(*nodes: Any, inputs: tuple[str, ...] = ()) -> Any:
    """A graph within a node."""
    given = [helper.make_tensor_value_info(name, FLOAT, None) for name in inputs]
    return helper.make_graph(list(nodes), "body", given, [helper.make_tensor_value_info("z", FLOAT, None)])


def beside(**entries: str) -> Any:
    proto = CONV.proto()
    (tensor,) = proto.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return proto


def with_tensor(**fields: Any) -> Any:
    """Reads a tensor of ``fields`` in a sum."""
    proto = Small([("Add", "x t", "y")], {"x": ("N", 3)}).proto()
    proto.graph.initializer.append(TensorProto(name="t", **fields))
    return proto


def sparse() -> Any:
    proto = Small([("Add", "x t", "y")], {"x": ("N", 3)}).proto()
    values = helper.make_tensor("t", FLOAT, [1], [1.0])
    indices = helper.make_tensor("places", INT64, [1], [2])
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3]))
    return proto


def without_nodes() -> Any:
    proto = CONV.proto()
    del proto.graph.node[:]
    return proto


def without_graph() -> Any:
    proto = CONV.proto()
    proto.ClearField("graph")
    return proto


_MINE = helper.make_function("mine", "Own", ["a"], ["b"], [made("Swirl", "a", "b")], [helper.make_opsetid("", 17)])
_BODY = body(made("Relu", "v", "z"), inputs=("v",))
_BRANCH = body(made("Relu", "x", "z"))
_SUM = made("ReduceMax", "x", "c", axes=[1], keepdims=1)
ROWS = {"x": ("N", 3)}

FILES: dict[str, tuple[Any, str]] = {
    "a circle": (Small([("Add", "x b", "a"), ("Relu", "a", "b"), ("Relu", "b", "y")]), "in a circle: node 0"),
    "a name made twice": (Small([("Relu", "x", "y"), ("Tanh", "x", "y")]), "(Tanh): it computes y, which node 0"),
    "2 GB of declared sizes": (
        with_tensor(dims=[2**29], data_type=FLOAT, raw_data=bytes(8)), "of float, needs 2,147,483,648 bytes, but has 8",
    ),
    "sizes below 0": (with_tensor(dims=[-3], data_type=FLOAT, raw_data=bytes(12)), "which a tensor cannot have"),
    "sizes of 0": (with_tensor(dims=[0], data_type=FLOAT), "3 and 0 do not broadcast"),
    "text for numbers": (
        with_tensor(dims=[3], data_type=TensorProto.STRING, string_data=[b"a"] * 3), "input 1, t, is text, not numbers",
    ),
    "a type that there is not": (with_tensor(dims=[3], data_type=99, raw_data=bytes(12)), "99"),
    "weights outside": (beside(location="../w.bin"), "outside the folder of the model"),
    "weights behind the end": (beside(location="net.onnx", offset="9999"), "the tensor would be at 9,999 to 10,431"),
    "a sparse tensor": (sparse(), "the tensor t is sparse, which calc does not read"),
    "no nodes": (without_nodes(), "no node computes the output 'y'"),
    "no graph": (without_graph(), "not an ONNX file: it has no graph"),
    "an output that nothing makes": (Small([("Relu", "x", "z")], outputs=("x2",)), "no node computes the output 'x2'"),
    "an input of size 0": (Small([("Relu", "x", "y")], {"x": ("N", 0, 3)}), "--input"),
    "a domain of its own": (
        Small([made("Swirl", "x", "y", domain="mine")], domains=["mine"]), "calc has no op for mine.Swirl",
    ),
    "a function of what is not known": (
        Small([made("Own", "x", "y", domain="mine")], domains=["mine"], functions=[_MINE]), "calc has no op for Swirl",
    ),
    "a branch by values": (
        Small([_SUM, made("If", "c", "y", then_branch=_BRANCH, else_branch=_BRANCH)], ROWS),
        "the branch that it runs depends on the network's input: on c",
    ),
    "a loop": (
        Small([made("Loop", "- - x", "y", body=_BODY)], ROWS), "(Loop): calc has no op for Loop",
    ),
    "a scan": (Small([made("Scan", "x", "y", num_scan_inputs=1, body=_BODY)], ROWS), "calc has no op for Scan"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_is_told_where(name: str, tmp_path: Path) -> None:
    model, says = FILES[name]
    text = told(model, tmp_path)
    assert says in text
    assert told(model, tmp_path, opaque=True)


def test_a_file_that_is_cut_anywhere(tmp_path: Path) -> None:
    """At every hundredth of it."""
    data = CONV.proto().SerializeToString()
    path = tmp_path / "net.onnx"
    for percent in range(100):
        path.write_bytes(data[: len(data) * percent // 100])
        with pytest.raises(SpecError, match=r"cut short|not an ONNX file|nothing makes|has no outputs|opset"):
            import_onnx(str(path))


@pytest.mark.parametrize("opset", [7, 23])
def test_the_oldest_and_the_newest_opset(opset: int, tmp_path: Path) -> None:
    proto = CONV._replace(opset=opset).proto()
    proto.graph.input.append(helper.make_tensor_value_info("w", FLOAT, [4, 3, 3, 3]))  # as old files have it
    graph = import_onnx(saved(proto, tmp_path)).graph
    assert [node.op.word for node in graph.layers] == ["conv2d"]
