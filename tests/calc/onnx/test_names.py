"""What layers are called: as the module that an exporter wrote them for, as their tensors are, or as in the file."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

from calc.spec.values import is_layer_name
from tests.calc.onnx.models import Small, imported, made

CONV = {"w.weight": (4, 3, 1, 1), "w.bias": (4,)}


def names(model: Small, folder: Path) -> list[str]:
    """Those of the layers, in order."""
    return [node.name for node in imported(model, folder).graph.layers]


def test_modules_that_torch_writes_into_names(tmp_path: Path) -> None:
    nodes = [
        made("Conv", "x layer1.0.conv1.weight", "a", name="/layer1/layer1.0/conv1/Conv"),
        made("Relu", "a", "b", name="/layer1/layer1.0/relu/Relu"),
        made("Conv", "b onnx::Conv_12", "c", name="/layer1/layer1.0/conv2/Conv"),
        made("Add", "c x", "d", name="/layer1/layer1.0/Add"),
        made("Relu", "d", "e", name="/layer1/layer1.0/relu_1/Relu"),
        made("Add", "e x", "y", name="/Add"),
    ]
    model = Small(nodes, tensors={"layer1.0.conv1.weight": (3, 3, 1, 1), "onnx::Conv_12": (3, 3, 1, 1)})
    assert names(model, tmp_path) == [
        "layer1.0.conv1",
        "layer1.0.relu",
        "layer1.0.conv2",
        "layer1.0.add",
        "layer1.0.relu_1",
        "add",
    ]


def test_modules_that_torch_writes_beside_the_name(tmp_path: Path) -> None:
    node = made("Relu", "x", "y", name="node_relu_3")
    node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value="['', 'layer1', 'layer1.act', 'relu_3']")
    assert names(Small([node]), tmp_path) == ["layer1.act"]
    node.metadata_props[0].value = "[" * 3000
    assert names(Small([node]), tmp_path) == ["node_relu_3"]


def test_tensors_of_caffe_name_nodes_without_a_name(tmp_path: Path) -> None:
    nodes = [made("Conv", "x conv1/7x7_w_0", "conv1/7x7_1"), made("Relu", "conv1/7x7_1", "relu_1")]
    model = Small(nodes, tensors={"conv1/7x7_w_0": (4, 3, 1, 1)}, outputs=["relu_1"])
    assert names(model, tmp_path) == ["conv1_7x7", "relu_1"]


@pytest.mark.parametrize(
    "name", ["a/b:0", "with space", "'quoted'", "<script>", "=cmd()", "\x1b[31m", "..", "/", "é", "n" * 5000]
)
def test_any_name_becomes_one_of_the_language(name: str, tmp_path: Path) -> None:
    model = Small([made("Relu", "x", "a", name=name), made("Relu", "a", "y", name=name)])
    found = names(model, tmp_path)
    assert len(set(found)) == 2
    assert all(is_layer_name(each) for each in found)


def test_what_stands_beside_a_layer_is_not_called_as_if_it_stood_in_it(tmp_path: Path) -> None:
    nodes = [
        made("Add", "x emb.weight", "a", name="/emb/Add"),
        made("Relu", "a", "y", name="/act/Relu"),
    ]
    found = names(Small(nodes, tensors={"emb.weight": (3, 8, 8)}), tmp_path)
    assert found == ["emb.weight", "emb_add", "act"]
