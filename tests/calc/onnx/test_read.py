"""Files that are damaged, or hold what is not read: everything is told at once, with the node and its op."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from calc.errors import SpecError
from calc.onnx.load import import_onnx
from calc.onnx.read import read_model
from calc.onnx.stored import MOST_ELEMENTS
from calc.onnx.wire import pared
from calc.reading import opened
from tests.calc.onnx.lower.cases import CASES
from tests.calc.onnx.models import FLOAT, Small, made, saved

CONV = Small([("Conv", "x w", "y")], tensors={"w": (4, 3, 3, 3)})


def problems(model: Any, folder: Path) -> list[str]:
    """Every problem that reading ``model`` raises, without the path."""
    path = saved(model, folder) if not isinstance(model, bytes) else str(folder / "net.onnx")
    if isinstance(model, bytes):
        Path(path).write_bytes(model)
    with pytest.raises(SpecError) as raised:
        read_model(path)
    texts = [str(problem) for problem in raised.value.problems]
    assert all(text.startswith(f"{path}: ") for text in texts)
    return [text.removeprefix(f"{path}: ") for text in texts]


def test_what_a_file_says(tmp_path: Path) -> None:
    found = read_model(saved(CONV, tmp_path))
    assert (found.opset, found.producer) == (17, "tests")
    assert found.inputs == (("x", "float", ("N", 3, 8, 8)),)
    (node,) = found.graph.nodes
    assert (node.op, node.inputs, node.outputs) == ("Conv", ("x", "w"), ("y",))
    assert found.graph.tensors["w"].sizes == (4, 3, 3, 3)


def test_initialisers_may_be_inputs_too(tmp_path: Path) -> None:
    proto = CONV.proto()
    proto.graph.input.append(helper.make_tensor_value_info("w", FLOAT, [4, 3, 3, 3]))
    assert [each.name for each in read_model(saved(proto, tmp_path)).inputs] == ["x"]


@pytest.mark.parametrize("cut", [1, 20, 100, 300])
def test_a_file_that_is_cut_short(cut: int, tmp_path: Path) -> None:
    data = CONV.proto().SerializeToString()
    (text,) = problems(data[:-cut], tmp_path)
    assert text.startswith("byte ")
    assert "cut short" in text


@pytest.mark.parametrize(
    "data", [b"", b"PK\3\4 a zip", b"name: net\nlayers: [relu]\n", b"\x00" * 100, b"<html>", b"\xff" * 64]
)
def test_what_is_no_onnx_file(data: bytes, tmp_path: Path) -> None:
    (text,) = problems(data, tmp_path)
    assert "not an ONNX file" in text


def test_a_folder_and_what_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.onnx"):
        with pytest.raises(SpecError, match="cannot be read"):
            read_model(str(path))


def test_a_circle_names_its_nodes(tmp_path: Path) -> None:
    circle = Small([("Add", "x b", "a"), ("Relu", "a", "b"), ("Relu", "b", "y")])
    assert problems(circle, tmp_path) == [
        "nodes depend on one another in a circle: node 0, which makes a, node 1, which makes b, node 2, which makes y"
    ]


def test_nodes_in_another_order_are_sorted(tmp_path: Path) -> None:
    turned = Small([("Relu", "b", "y"), ("Relu", "a", "b"), ("Relu", "x", "a")])
    assert [node.outputs for node in read_model(saved(turned, tmp_path)).graph.nodes] == [("a",), ("b",), ("y",)]


def test_everything_that_is_missing_or_made_twice_is_told_at_once(tmp_path: Path) -> None:
    nodes = [made("Relu", "xx", "a", name="first"), made("Relu", "x", "a", name="second"), made("Add", "a q", "w")]
    assert problems(Small(nodes, tensors={"w": (1,)}), tmp_path) == [
        "no node computes the output 'y'\n  hint: known here: a, w, x",
        "node second (Relu): it computes a, which node first computes too",
        "node 2, which makes w (Add): it computes w, which exists already",
        "node first (Relu): it reads 'xx', which no node computes\n  hint: did you mean x?",
        "node 2, which makes w (Add): it reads 'q', which no node computes\n  hint: known here: a, w, x",
    ]


def test_old_opsets_are_refused(tmp_path: Path) -> None:
    assert problems(CONV._replace(opset=6), tmp_path) == [
        "opset 6 is older than 7, the oldest that calc reads\n  hint: convert it: onnx.version_converter"
    ]


def test_sizes_that_no_tensor_has(tmp_path: Path) -> None:
    proto = CONV.proto()
    for name, sizes in (("a", [-1, 3]), ("b", [2**40, 2**40]), ("c", [2**31]), ("d", [5, 5])):
        proto.graph.initializer.append(TensorProto(name=name, dims=sizes, data_type=FLOAT, raw_data=bytes(20)))
    texts = problems(proto, tmp_path)
    assert texts == [
        "the tensor a has the sizes [-1, 3], which a tensor cannot have",
        "the tensor b has the sizes [1099511627776, 1099511627776], which a tensor cannot have",
        "the tensor c, 2147483648 of float, needs 8,589,934,592 bytes, but has 20\n  hint: the file is damaged",
        "the tensor d, 5×5 of float, needs 100 bytes, but has 20\n  hint: the file is damaged",
    ]


def test_numbers_one_by_one_have_to_be_as_many(tmp_path: Path) -> None:
    proto = CONV.proto()
    proto.graph.initializer.append(TensorProto(name="a", dims=[4], data_type=FLOAT, float_data=[1, 2, 3]))
    assert problems(proto, tmp_path) == ["the tensor a, 4 of float, holds 3 numbers"]


def beside(**entries: str) -> Any:
    """A model whose weight lies in another file."""
    proto = CONV.proto()
    (tensor,) = proto.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    return proto


WEIGHT_BYTES = 4 * 3 * 3 * 3 * 4


@pytest.mark.parametrize(
    "location", ["../w.bin", "/etc/passwd", "a/../../w.bin", "C:\\w.bin", "\\w.bin", "..\\w.bin", ""]
)
def test_weights_outside_the_folder_are_refused(location: str, tmp_path: Path) -> None:
    proto = beside(location=location)
    proto.graph.initializer.add().CopyFrom(proto.graph.initializer[0])
    proto.graph.initializer[1].name = "other"
    (text,) = problems(proto, tmp_path)
    assert "which is outside the folder of the model" in text


def test_a_link_out_of_the_folder_is_refused_once_for_all_tensors(tmp_path: Path) -> None:
    proto = beside(location="sub/w.bin")
    proto.graph.initializer.add().CopyFrom(proto.graph.initializer[0])
    proto.graph.initializer[1].name = "other"
    folder, outside = tmp_path / "model", tmp_path / "outside"
    for each in (folder, outside):
        each.mkdir()
    (outside / "w.bin").write_bytes(bytes(WEIGHT_BYTES))
    (folder / "sub").symlink_to(outside)
    fact = "the tensor w, and 1 more: sub/w.bin is a link that leads out of the folder of the model"
    assert problems(proto, folder) == [f"{fact}\n  hint: weights beside a model are read only from its own folder"]


def test_links_within_the_folder_and_a_model_that_is_one_itself_are_followed(tmp_path: Path) -> None:
    """As a cache of downloads has them: a folder of links to a folder of files."""
    store, shown = tmp_path / "store", tmp_path / "shown"
    for each in (store, shown):
        each.mkdir()
    (store / "1").write_bytes(bytes(WEIGHT_BYTES))
    (store / "w.bin").symlink_to("1")
    path = Path(saved(beside(location="w.bin"), store))
    assert read_model(str(path)).graph.tensors
    for link in (shown / "w.bin", shown / "net.onnx"):
        link.symlink_to(store / (path.name if link.suffix == ".onnx" else "1"))
    assert read_model(str(shown / "net.onnx")).graph.tensors


def test_weights_beside_the_model_are_not_read(tmp_path: Path) -> None:
    weights = tmp_path / "w.bin"
    weights.write_bytes(bytes(range(256)) * 4)
    (tensor,) = read_model(saved(beside(location="w.bin", offset="16"), tmp_path)).graph.tensors.values()
    assert tensor.beside == ("w.bin", 16, WEIGHT_BYTES)
    assert tensor.numbers().tobytes() == weights.read_bytes()[16 : 16 + WEIGHT_BYTES]


def test_weights_that_are_not_where_they_should_be(tmp_path: Path) -> None:
    assert problems(beside(location="w.bin"), tmp_path) == ["the tensor w: w.bin does not exist"]
    (tmp_path / "w.bin").write_bytes(bytes(100))
    assert problems(beside(location="w.bin"), tmp_path) == [
        "the tensor w: w.bin has 100 bytes, but the tensor would be at 0 to 432"  # 4 · 3 · 3 · 3 numbers of 4 bytes
    ]
    (text,) = problems(beside(location="w.bin", offset="-4"), tmp_path)
    assert text == "the tensor w: offset '-4' and length '432' must be numbers of bytes"


def test_large_weights_are_left_where_they_are(tmp_path: Path) -> None:
    numbers = np.arange(MOST_ELEMENTS + 1, dtype=np.float32)
    path = saved(Small([("Relu", "x")], tensors={"w": numbers}), tmp_path)
    (tensor,) = read_model(path).graph.tensors.values()
    assert tensor.proto is None
    assert tensor.lies is not None
    assert tensor.lies.raw == numbers.nbytes
    assert (tensor.all_numbers() == numbers).all()


def test_what_is_large_and_not_needed_costs_nothing(tmp_path: Path) -> None:
    """A file of 2 GB that is mostly a hole: its weights, a text, graphs that are never run."""
    path = tmp_path / "net.onnx"
    head = Small([("Relu", "x")]).proto().SerializeToString()
    with path.open("wb") as file:
        file.write(head)
        file.write(b"\x32" + b"\x80\x80\x80\x80\x08")  # doc_string, of 2^31 bytes
        file.truncate(len(head) + 6 + 2**31)
    with opened(path) as opened_file:
        assert len(pared(opened_file)) == len(head)


def test_long_names_are_cut_in_messages(tmp_path: Path) -> None:
    nodes = [made("Relu", "q" * 5000, "y", name="n" * 5000)]
    (text,) = problems(Small(nodes), tmp_path)
    assert len(text) < 400


def test_graphs_within_graphs_have_an_end(tmp_path: Path) -> None:
    inner = [made("Relu", "x", "y")]
    for _ in range(25):
        graph = helper.make_graph(inner, "inner", [], [helper.make_tensor_value_info("y", FLOAT, None)])
        inner = [
            made("If", "c", "y", then_branch=graph, else_branch=graph)
            if len(inner) > 1
            else made("If", "c", "y", then_branch=graph)
        ]
    (text, *_) = problems(Small(inner, inputs={"x": ("N", 3), "c": ()}), tmp_path)
    assert "graphs are nested more than 20 deep" in text


def test_functions_of_the_file_are_written_out(tmp_path: Path) -> None:
    twice = helper.make_function(
        "mine",
        "Twice",
        ["a"],
        ["b"],
        [made("Relu", "a", "c"), made("Concat", "c c", "b")],
        [helper.make_opsetid("", 17)],
        ["axis"],
    )
    twice.node[1].attribute.add(name="axis", ref_attr_name="axis", type=2)
    nodes = [made("Twice", "x", "t", domain="mine", axis=1, name="one"), made("Twice", "t", "y", domain="mine", axis=2)]
    found = read_model(saved(Small(nodes, domains=["mine"], functions=[twice]), tmp_path))
    assert [(node.op, node.inputs, node.outputs) for node in found.graph.nodes] == [
        ("Relu", ("x",), ("one/c",)),
        ("Concat", ("one/c", "one/c"), ("t",)),
        ("Relu", ("t",), ("y/c",)),
        ("Concat", ("y/c", "y/c"), ("y",)),
    ]
    assert [node.attributes.get("axis") for node in found.graph.nodes] == [None, 1, None, 2]


def test_a_function_that_calls_itself_has_an_end(tmp_path: Path) -> None:
    own = helper.make_function(
        "mine", "Own", ["a"], ["b"], [made("Own", "a", "b", domain="mine")], [helper.make_opsetid("mine", 1)]
    )
    (text,) = problems(Small([made("Own", "x", domain="mine")], domains=["mine"], functions=[own]), tmp_path)
    assert "(mine.Own): functions call functions more than 50 deep" in text


def test_text_that_is_no_utf_8_is_told_as_text(tmp_path: Path) -> None:
    data = Small([made("Swirl", "x", "yyyy", name="name")], outputs=["yyyy"]).proto().SerializeToString()
    data = data.replace(b"yyyy", b"y\xff\xfey").replace(b"name", b"\xfe" + b"ame")
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    (node,) = read_model(str(path)).graph.nodes
    assert (node.name, node.outputs) == ("\ufffdame", ("y\ufffd\ufffdy",))


@pytest.mark.parametrize("op", ["Shape", "ConstantOfShape", "If", "Conv", "Add", "Concat", "Gather", "Resize", "LSTM"])
def test_a_node_that_reads_nothing_is_told(op: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=rf"node alone \({op}\): "):
        import_onnx(saved(Small([made("Relu", "x", "z"), made(op, "", "y", name="alone")]), tmp_path))


@given(places=st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=40)
def test_damaged_bytes_end_in_a_message(
    places: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(CASES["lstm with its states"].model.proto().SerializeToString())
    for place, byte in places:
        data[place % len(data)] = byte
    path = tmp_path_factory.mktemp("damaged") / "net.onnx"
    path.write_bytes(data)
    with suppress(SpecError):
        import_onnx(str(path))
