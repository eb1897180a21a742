"""Whole files: what calc has no op for is told with its domain, all at once; what is read of them, and what is not."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.errors import SpecError
from calc.spec.write import require_same, spec_text
from tests.calc.onnx.lower.cases import CASES, ints
from tests.calc.onnx.models import Small, imported, layers, macs, made

NAN = np.array([np.nan], np.float32)


def said(model: Small, folder: Path) -> list[str]:
    """Everything that is wrong with ``model``, without the path."""
    with pytest.raises(SpecError) as raised:
        imported(model, folder)
    return [str(problem).partition(".onnx: ")[2] for problem in raised.value.problems]


def test_all_ops_that_are_not_known_are_named_at_once(tmp_path: Path) -> None:
    nodes = [
        made("Swirl", "x", "a", name="one", domain="com.swirls"),
        made("Relu", "a", "b"),
        made("NonMaxSuppression", "b b", "c", name="two"),
        made("Sofmax", "x", "y", name="three"),
        made("Tanhh", "c", "z", name="four", domain="com.microsoft"),
        made("Sign", "x", "s", name="five"),
    ]
    found = said(Small(nodes, domains=["com.swirls", "com.microsoft"]), tmp_path)
    assert found == [
        "node one (com.swirls.Swirl): calc has no op for com.swirls.Swirl\n"
        "  hint: an op of that domain is known to what made the file; export it in ops of ONNX",
        "node two (NonMaxSuppression): calc has no op for NonMaxSuppression\n"
        "  hint: leave the choice of boxes out of the export",
        "node three (Sofmax): calc has no op for Sofmax\n  hint: did you mean Softmax or LogSoftmax?",
        "node four (com.microsoft.Tanhh): calc has no op for com.microsoft.Tanhh"
        "\n  hint: known here: DequantizeLinear, Gelu, QuantizeLinear",
        "node five (Sign): calc has no op for Sign of values that depend on the network's input"
        "\n  hint: calc import --opaque keeps it as a layer that is not counted",
    ]


@pytest.mark.parametrize(
    ("op", "more"), [("Loop", "; write an EmbeddingBag as an Embedding and a sum or mean"), ("Scan", "")]
)
def test_loops_are_errors(op: str, more: str, tmp_path: Path) -> None:
    (found,) = said(Small([made(op, "x", name="loop")]), tmp_path)
    hint = f"export the network with its loops unrolled{more}"
    assert found == f"node loop ({op}): calc has no op for {op}\n  hint: {hint}"


@pytest.mark.parametrize(
    "nodes, tensors, fact",
    [
        (
            [("Reshape", "x s", "y")],
            {"s": ints(0, 5, -1)},
            "1×3×8×8 becomes 1×5×38, which has another number of elements",
        ),
        (
            [("Transpose", "x", "y", {"perm": [1, 0, 2, 3]}), ("Relu", "y", "z"), ("Conv", "z w", "q")],
            {"w": (1, 1, 1, 1)},
            "the batch is on axis 1 of its input",
        ),
        ([("ReduceMean", "x", "y", {"axes": [0]})], {}, "it reduces axis 0, which is the batch axis"),
        ([("Concat", "x x", "y", {"axis": 0})], {}, "it concatenates along axis 0, which is the batch axis"),
        ([("Slice", "x s e", "y")], {"s": ints(0), "e": ints(1)}, "it takes only some samples: 0 to 1 on axis 0"),
        ([("Softmax", "x", "y", {"axis": 7})], {}, "axis 7 is not one of the 4 axes of 1×3×8×8"),
        ([("Conv", "x w", "y")], {"w": (4, 5, 3, 3)}, "its weight is 4×5×3×3, but its inputs need 4×3×3×3"),
        ([("Gemm", "x w", "y")], {"w": (7, 3)}, "1×3×8×8 cannot be multiplied by a matrix of 7×3"),
        (
            [("MaxPool", "x", "y z", {"kernel_shape": [2, 2]}), ("Add", "y z", "q")],
            {},
            "its second output, the positions, is read",
        ),
        ([("BatchNormalization", "x s s s s", "y")], {"s": (4,)}, "its weight is 4, but there are 3 channels"),
        ([("Add", "x s", "y")], {"s": (2, 3, 8, 8)}, "2×3×8×8 differs along axis 0, which is the batch axis"),
        ([("Conv", "x", "y")], {}, "its input 1 is missing"),
        ([("Clip", "x", "a"), ("Pad", "a p", "y")], {"p": ints(1)}, "pads=[1] does not fit 4 axes"),
        ([("Conv", "x w", "y", {"strides": [0, 1]})], {"w": (4, 3, 3, 3)}, "stride=[0, 1]: must be a positive integer"),
        ([("Reshape", "x s", "y")], {"s": NAN}, "it needs integers, but one of them is nan"),
        ([("Slice", "x s s", "y")], {"s": NAN}, "it needs integers, but one of them is nan"),
        ([("Gather", "x s", "y", {"axis": 1})], {"s": NAN}, "it needs integers, but one of them is nan"),
        ([("Resize", "x - s", "y")], {"s": np.array([1, 1, np.inf, 2], np.float32)}, "must be finite numbers"),
        ([("Reshape", "x x", "y")], {}, "its input 1 (x) must be a constant, but depends on the network's input"),
    ],
)
def test_what_does_not_fit_is_told_with_its_node(nodes: Any, tensors: Any, fact: str, tmp_path: Path) -> None:
    (found, *_) = said(Small(nodes, tensors=tensors, outputs=[nodes[-1][2].split()[0]]), tmp_path)
    assert found.startswith("node ")
    assert fact in found


def test_an_output_that_follows_from_nothing_is_told(tmp_path: Path) -> None:
    (found,) = said(Small([("Relu", "x", "y")], outputs=["y", "w"], tensors={"w": (3,)}), tmp_path)
    assert found == "the output w does not depend on the inputs"


def test_a_matrix_that_two_layers_have_counts_once(tmp_path: Path) -> None:
    nodes = [("MatMul", "x w", "a"), ("MatMul", "a w", "y")]
    found = imported(Small(nodes, {"x": ("N", 5, 6)}, {"w": (6, 6)}), tmp_path)
    first, second = found.graph.layers
    assert (second.shares, macs(found)) == (1, 2 * 5 * 36)
    assert list(found.weights) == [f"{first.name}.weight", f"{second.name}.weight"]


def test_equal_vectors_that_are_stored_once_count_in_each(tmp_path: Path) -> None:
    nodes = [
        ("Identity", "a.weight", "b.weight"),
        ("InstanceNormalization", "x a.weight a.bias", "n"),
        ("InstanceNormalization", "n b.weight a.bias", "y"),
    ]
    found = imported(Small(nodes, tensors={"a.weight": (3,), "a.bias": (3,)}), tmp_path)
    assert [node.name for node in found.graph.layers] == ["a", "b"]
    assert [node.tied for node in found.graph.layers] == [{}, {}]


def test_weights_are_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.onnx.stored import FileTensor

    monkeypatch.setattr(FileTensor, "all_numbers", lambda tensor: pytest.fail(f"{tensor.name} was read"))
    nodes = [("Conv", "x w b", "c"), ("Relu", "c", "r"), ("Flatten", "r", "f"), ("Gemm", "f m v", "y")]
    tensors = {"w": (4, 3, 3, 3), "b": (4,), "m": (144, 5), "v": (5,)}
    assert layers(imported(Small(nodes, tensors=tensors), tmp_path)) == ["conv2d", "relu", "flatten", "linear"]


@pytest.mark.parametrize(
    "name", ["lstm with its states", "windows", "conv transpose uneven", "embedding", "tokens of a class"]
)
def test_what_is_imported_can_be_written(name: str, tmp_path: Path) -> None:
    found = imported(CASES[name].model, tmp_path)
    require_same(found.graph, spec_text(found.graph, flat=True))


def test_a_table_of_which_some_rows_are_read_counts_whole(tmp_path: Path) -> None:
    nodes = [("Gather", "positions i", "p"), ("Add", "x p", "y")]
    model = Small(nodes, {"x": ("N", 5, 6)}, {"positions": np.ones((9, 6), np.float32), "i": ints(0, 1, 2, 3, 4)})
    found = imported(model, tmp_path)
    assert layers(found) == ["tensor", "slice", "add"]
    assert found.weights["positions"].sizes == (9, 6)
