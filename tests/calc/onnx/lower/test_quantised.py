"""Nodes that round become bits and formats: the sizes of scales and zero points decide which."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.bitops import layer_bitops
from calc.errors import SpecError
from calc.onnx.load import OnnxImported
from tests.calc.onnx.lower.cases import ints
from tests.calc.onnx.models import Small, imported, layers, macs, made

SCALE = np.array(0.01, np.float32)
U8, I8 = np.array(100, np.uint8), np.array(0, np.int8)
WEIGHT = (np.arange(8 * 3 * 9) % 7 - 3).astype(np.int8).reshape(8, 3, 3, 3)
MACS = 8 * 3 * 9 * 6 * 6


def bits(found: OnnxImported) -> list[str]:
    """The bits of the layers that have any."""
    return [str(node.bits) for node in found.graph.layers if node.bits is not None]


def pairs(*tensors: Any, axis: int = 0, **attributes: Any) -> Small:
    """A convolution between pairs of nodes that round: ``tensors`` are the weight's codes, scales and zero points."""
    names = [name for name, given in zip(("w", "ws", "wz"), tensors, strict=False) if given is not None]
    nodes = [
        ("QuantizeLinear", "x s z", "xq"),
        ("DequantizeLinear", "xq s z", "xd"),
        ("DequantizeLinear", " ".join(names), "wd", {"axis": axis, **attributes}),
        ("Conv", "xd wd", "c"),
        ("Relu", "c", "r"),
        ("QuantizeLinear", "r s z", "rq"),
        ("DequantizeLinear", "rq s z", "y"),
    ]
    held = {name: given for name, given in zip(("w", "ws", "wz"), tensors, strict=False) if given is not None}
    return Small(nodes, tensors={"s": SCALE, "z": U8, **held}, opset=21)


@pytest.mark.parametrize(
    "scale, zero, name",
    [
        (SCALE, None, "int8_tensor"),
        (SCALE, I8, "int8_tensor"),
        (SCALE, I8 + 3, "int8_tensor_asym"),
        (np.full(8, 0.1, np.float32), np.zeros(8, np.int8), "onnx8"),
        (np.full(8, 0.1, np.float32), np.arange(8, dtype=np.int8), "onnx8_asym"),
        (np.full(8, 0.1, np.float16), None, "int8"),
    ],
)
def test_scales_and_zero_points_give_the_format(scale: Any, zero: Any, name: str, tmp_path: Path) -> None:
    found = imported(pairs(WEIGHT, scale, zero), tmp_path)
    assert (layers(found), bits(found), macs(found)) == (["conv2d", "relu"], [name], MACS)


def test_blocks_are_groups(tmp_path: Path) -> None:
    weight = np.ones((4, 64), np.int8)
    scale = np.full((4, 2), 0.1, np.float32)
    nodes = [
        ("DequantizeLinear", "w ws", "wd", {"axis": 1, "block_size": 32}),
        ("Gemm", "x wd", "y", {"transB": 1}),
    ]
    found = imported(Small(nodes, {"x": ("N", 64)}, {"w": weight, "ws": scale}, opset=21), tmp_path)
    assert bits(found) == ["onnx8g32-a32"]
    assert (found.weights[f"{found.graph.layers[0].name}.weight"].array() == weight * np.float32(0.1)).all()


def test_weights_are_dequantised_a_row_at_a_time(tmp_path: Path) -> None:
    scale, zero = np.linspace(0.1, 0.8, 8, dtype=np.float32), np.arange(8, dtype=np.int8)
    found = imported(pairs(WEIGHT, scale, zero), tmp_path)
    (held,) = found.weights.values()
    wanted = (WEIGHT.astype(np.float32) - zero.reshape(8, 1, 1, 1)) * scale.reshape(8, 1, 1, 1)
    np.testing.assert_allclose(held.array(), wanted, rtol=1e-6)


def test_layers_of_integers(tmp_path: Path) -> None:
    conv = Small(
        [
            ("QuantizeLinear", "x s z", "q"),
            ("QLinearConv", "q s z w ws wz s z b", "r"),
            ("DequantizeLinear", "r s z", "y"),
        ],
        tensors={"s": SCALE, "z": U8, "w": WEIGHT, "ws": SCALE, "wz": I8, "b": np.arange(8, dtype=np.int32)},
    )
    found = imported(conv, tmp_path)
    assert (layers(found), bits(found), macs(found)) == (["conv2d"], ["int8_tensor"], MACS)
    product = Small(
        [
            ("QuantizeLinear", "x s z", "q"),
            ("QLinearMatMul", "q s z w ws wz s z", "r"),
            ("DequantizeLinear", "r s z", "y"),
        ],
        {"x": ("N", 5, 6)},
        {"s": SCALE, "z": U8, "w": np.ones((6, 4), np.int8), "ws": SCALE, "wz": I8},
    )
    found = imported(product, tmp_path)
    assert (layers(found), bits(found), macs(found)) == (["linear"], ["int8_tensor"], 5 * 6 * 4)


def test_layers_whose_scale_follows_from_what_flows(tmp_path: Path) -> None:
    nodes = [
        ("DynamicQuantizeLinear", "x", "q s z"),
        ("MatMulInteger", "q w z wz", "i"),
        ("Cast", "i", "f", {"to": 1}),
        ("Mul", "s ws", "t"),
        ("Mul", "f t", "y"),
    ]
    model = Small(nodes, {"x": ("N", 5, 6)}, {"w": np.ones((6, 4), np.int8), "ws": SCALE, "wz": I8})
    found = imported(model, tmp_path)
    assert (layers(found), bits(found)) == (["linear", "multiply"], ["int8_tensor"])
    assert found.remarks == ("Scales that are computed from activations are left out, because they are not layers.",)


def qonnx(op: str, weight_bits: Any, activation_bits: Any, domain: str = "qonnx.custom_op.general") -> Small:
    """A linear layer whose operands are rounded by nodes of QONNX."""
    read = "s z {}" if op == "Quant" else "s"
    nodes = [
        made(
            op, f"w {read.format('wb')}", "wq", domain=domain, **({"signed": 1, "narrow": 1} if op == "Quant" else {})
        ),
        made("Quant", "x s z ab", "xq", domain=domain, signed=0),
        made("Gemm", "xq wq", "y", transB=1),
    ]
    numbers = {"wb": np.array(weight_bits, np.float32), "ab": np.array(activation_bits, np.float32)}
    return Small(
        nodes, {"x": ("N", 6)}, {"w": (4, 6), "s": SCALE, "z": np.array(0, np.float32), **numbers}, domains=[domain]
    )


@pytest.mark.parametrize("domain", ["qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"])
def test_qonnx_gives_the_bits_that_it_counts_with(domain: str, tmp_path: Path) -> None:
    found = imported(qonnx("Quant", 3, 5, domain), tmp_path)
    (node,) = found.graph.layers
    assert str(node.bits) == "w3a5"
    assert node.bits is not None
    products = node.op.macs(found.graph.input_shapes(node), node.shape)
    assert layer_bitops(products, node.bits)["product"] == 4 * 6 * 3 * 5  # MACs × weight bits × activation bits


def test_bipolar_weights_have_one_bit(tmp_path: Path) -> None:
    assert bits(imported(qonnx("BipolarQuant", 1, 4), tmp_path)) == ["w1a4"]


def test_what_is_truncated_is_as_wide_as_what_is_left(tmp_path: Path) -> None:
    domain = "qonnx.custom_op.general"
    nodes = [
        made("Quant", "x s z a", "q", domain=domain, signed=1, narrow=0),
        made("Trunc", "q s z a b", "t", domain=domain),
        made("MatMul", "t w", "y"),
    ]
    tensors = {"w": (6, 4), "s": SCALE, "z": np.array(0, np.float32), "a": ints(8), "b": ints(4)}
    assert bits(imported(Small(nodes, {"x": ("N", 6)}, tensors, domains=[domain]), tmp_path)) == ["w32a4"]


def test_bits_go_through_what_only_moves(tmp_path: Path) -> None:
    nodes = [
        ("QuantizeLinear", "x s z", "q"),
        ("DequantizeLinear", "q s z", "d"),
        ("MaxPool", "d", "m", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Flatten", "m", "f"),
        ("Gemm", "f w", "y", {"transB": 1}),
    ]
    found = imported(Small(nodes, tensors={"s": SCALE, "z": U8, "w": (4, 48)}), tmp_path)
    assert bits(found) == ["w32a8"]


def test_a_table_in_codes_keeps_them(tmp_path: Path) -> None:
    nodes = [("DequantizeLinear", "w s", "t"), ("Gather", "t x", "y")]
    model = Small(nodes, {"x": ("N", 5)}, {"w": np.ones((10, 6), np.int8), "s": SCALE}, types={"x": 7})
    (node,) = imported(model, tmp_path).graph.layers
    assert node.held_format is not None
    assert node.held_format.name == "int8_tensor"


def test_a_width_that_codes_do_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"Quant\): 65 bits: codes have 1 to 64"):
        imported(qonnx("Quant", 65, 4), tmp_path)


def test_as_many_scales_as_nothing_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"DequantizeLinear\): 5 scales for 8×3×3×3 along axis 0"):
        imported(pairs(WEIGHT, np.ones(5, np.float32)), tmp_path)
