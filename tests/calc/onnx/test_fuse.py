"""A GELU that is written out in nodes is one layer, in each of the orders in which exporters write it."""

from pathlib import Path

import pytest

pytest.importorskip("onnx")

import numpy as np

from calc.errors import SpecError
from tests.calc.onnx.models import Small, imported, layers

NUMBERS = {
    "root": np.array(2**0.5, np.float32),
    "inverse": np.array([0.5**0.5], np.float32),
    "one": np.array(1, np.float32),
    "half": np.array(0.5, np.float32),
}
BEGIN = [("Div", "x root", "a"), ("Erf", "a", "b"), ("Add", "b one", "c")]
ORDERS = {
    "x first": [*BEGIN, ("Mul", "x c", "d"), ("Mul", "d half", "y")],
    "half first": [*BEGIN, ("Mul", "c half", "d"), ("Mul", "x d", "y")],
    "half of x": [("Mul", "half x", "h"), *BEGIN, ("Mul", "h c", "y")],
    "times the inverse": [
        ("Mul", "inverse x", "a"), ("Erf", "a", "b"), ("Add", "one b", "c"), ("Mul", "c x", "d"),
        ("Mul", "half d", "y"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_each_order_is_one_layer(order: str, tmp_path: Path) -> None:
    assert layers(imported(Small(ORDERS[order], tensors=NUMBERS), tmp_path)) == ["gelu"]


@pytest.mark.parametrize(
    "nodes",
    [
        [("Div", "x half", "a"), *BEGIN[1:], ("Mul", "x c", "d"), ("Mul", "d half", "y")],
        [*BEGIN, ("Mul", "x c", "d"), ("Mul", "d root", "y")],
        [*BEGIN, ("Mul", "x c", "d"), ("Add", "d b", "y")],
        [("Erf", "x", "y")],
    ],
)
def test_what_is_no_gelu_is_told(nodes: list[tuple[str, ...]], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"calc has no op for Erf\n +hint: gelu"):
        imported(Small(nodes, tensors=NUMBERS), tmp_path)
