"""A small ONNX model and the layers that it becomes."""

from typing import Any, NamedTuple

import pytest

np = pytest.importorskip("numpy")

from tests.calc.onnx.models import Small  # noqa: E402 (after it is known to be there)


class Case(NamedTuple):
    """``words``: the layers that ``model`` becomes; ``macs``: of one sample. ``sizes``: what is given of the input."""

    model: Small
    words: tuple[str, ...]
    macs: int = 0
    sizes: Any = None


def one(
    op: str,
    words: str,
    x: tuple[Any, ...] = ("N", 6, 8, 8),
    *,
    macs: int = 0,
    inputs: str = "x",
    opset: int = 17,
    **more: Any,
) -> Case:
    """A model of one node that reads x and ``inputs``, of which ``tensors`` are in the file."""
    tensors = more.pop("tensors", {})
    return Case(Small([(op, inputs, "y", more)], {"x": x}, tensors, opset=opset), tuple(words.split()), macs)


def ints(*numbers: int) -> Any:
    """Integers of the file."""
    return np.array(numbers, dtype=np.int64)


MAP, TOKENS = ("N", 6, 8, 8), ("N", 5, 6)
