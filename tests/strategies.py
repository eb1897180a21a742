"""Drawing of layers and whole specs for the property tests. No torch: what is drawn is checked against it."""

import json
from importlib import import_module
from typing import Any, NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import WORDS, op_class
from calc.shape import Shape

MAX_ELEMENTS = 4096
"""Of any output in a drawn network, so that an example takes milliseconds."""


class Drawn(NamedTuple):
    """Arguments an op accepts for the shape that arrives; ``others`` are the shapes of its further inputs."""

    arguments: dict[str, Any]
    others: tuple[Shape, ...] = ()


class DrawnSpec(NamedTuple):
    """A spec as YAML text (JSON is YAML), and the words of the ops that stand in it."""

    text: str
    words: tuple[str, ...]


def import_drawing() -> None:
    """Import every op's test module now: inside a running property hypothesis would refuse their own."""
    for word in WORDS:
        import_module(f"tests.calc.ops.test_{word}")


def draw_arguments(draw: st.DrawFn, word: str, x: Shape) -> Drawn | None:
    """Arguments of op ``word`` for ``x`` as the op's own test module draws them, None where it cannot follow."""
    drawn: Drawn | None = import_module(f"tests.calc.ops.test_{word}").draw_arguments(draw, x)
    return drawn


_sizes = st.integers(3, 9)
_channels = st.sampled_from([1, 2, 3, 4, 6, 8])


@st.composite
def input_shapes(draw: st.DrawFn) -> Shape:
    """Maps of one to three axes, channels first, odd, even and not square; tokens with channels last."""
    channels = draw(_channels)
    if draw(st.integers(0, 4)) == 0:
        return Shape((draw(_sizes), channels), -1)
    spatial = draw(st.lists(_sizes, min_size=1, max_size=3))
    return Shape((channels, *spatial), -1 - len(spatial))


class _Writer:
    """Grows a chain of named members and follows its shape."""

    def __init__(self, draw: st.DrawFn, x: Shape, prefix: str, words: list[str], last: str | None = "input") -> None:
        self.draw = draw
        self.x = x
        self.prefix = prefix
        self.words = words
        self.members: dict[str, Any] = {}
        self.last = last
        """The name of what flows; None in a block, which cannot name what enters it."""

    def _name(self) -> str:
        return f"{self.prefix}{len(self.members)}"

    def op(self, word: str) -> bool:
        """Append op ``word``; False where it cannot follow or would grow too large."""
        drawn = draw_arguments(self.draw, word, self.x)
        if drawn is None or (drawn.others and self.last is None):
            return False
        if any(not shape.sizes for shape in drawn.others):  # a tensor has at least one axis
            return False
        output = op_class(word)(**_tuples(drawn.arguments)).output_shape((self.x, *drawn.others))
        if word != "tensor" and output.elements > MAX_ELEMENTS:
            return False
        layer: dict[str, Any] = {word: drawn.arguments}
        if drawn.others:
            layer["from"] = [self.last, *map(self._operand, drawn.others)]
        self._append(layer)
        self.words.append(word)
        if word != "tensor":
            self.x = output
        return True

    def _operand(self, shape: Shape) -> str | None:
        """The name of a further input: what flows already, where it fits, or a tensor of its own."""
        if shape.sizes == self.x.sizes and self.draw(st.booleans()):
            return self.last
        name = self._name()
        self.members[name] = {"tensor": {"shape": list(shape.sizes)}}
        self.words.append("tensor")
        return name

    def _append(self, layer: Any, moves: bool = True) -> None:
        name = self._name()
        self.members[name] = layer
        if moves and "tensor" not in layer:
            self.last = name

    def any_op(self) -> None:
        """Append one op that can follow."""
        for word in self.draw(st.permutations(_COMMON))[:4]:
            if self.op(word):
                return

    def structure(self) -> None:
        """Append a residual, branches, or a nested chain, of ops that can follow."""
        inner = _Writer(self.draw, self.x, "r", self.words, self.last)
        inner.any_op()
        inner.any_op()
        kind = self.draw(st.sampled_from(["residual", "add", "concat", "multiply", "chain"]))
        if kind == "chain" or not inner.members:
            self._append({"chain": inner.members})
            self.x = inner.x if inner.members else self.x
            return
        word = "add" if kind == "residual" else kind
        try:
            merged = op_class(word)().output_shape((inner.x, self.x))
        except OpError:
            self._append({"chain": inner.members})
            self.x = inner.x
            return
        self._append(
            {"residual": inner.members} if kind == "residual" else {"branches": [inner.members, []], "merge": word}
        )
        self.words.append(word)
        self.x = merged


_COMMON = (
    "conv1d", "conv2d", "conv3d", "linear", "batch_norm", "relu", "max_pool2d", "avg_pool2d", "conv_transpose2d",
    "layer_norm", "gelu", "flatten", "add", "multiply", "concat", "matmul", "slice", "pad", "permute",
)  # fmt: skip


@st.composite
def specs(draw: st.DrawFn, word: str | None = None) -> DrawnSpec:
    """A whole spec in which ``word`` stands (any, if None), among other layers, repeats and nested blocks."""
    word = word or draw(st.sampled_from(WORDS))
    words: list[str] = []
    shape = draw(input_shapes())
    writer = _Writer(draw, shape, "m", words)
    if word not in _SHAPELESS:
        for _ in range(draw(st.integers(0, 1))):
            writer.any_op()
    if not writer.op(word):
        for _ in range(12):  # what arrived does not suit: other inputs, and nothing before it
            shape = draw(input_shapes())
            words.clear()
            writer = _Writer(draw, shape, "m", words)
            if writer.op(word):
                break
        else:
            assume(False)
    for _ in range(draw(st.integers(0, 2))):
        if draw(st.booleans()):
            writer.structure()
        else:
            writer.any_op()
    spec: dict[str, Any] = {"name": "drawn", "input": _input(shape, word), "layers": writer.members}
    block = _Writer(draw, writer.x, "b", [], None)
    block.any_op()
    if block.members and block.x == writer.x:
        spec["blocks"] = {"Block": {"layers": block.members}}
        spec["layers"]["repeated"] = {"chain": [{"Block": {}, "repeat": draw(st.integers(1, 3))}]}
        words += block.words
    return DrawnSpec(json.dumps(spec), tuple(words))


_SHAPELESS = ("embedding",)


def _input(shape: Shape, word: str) -> dict[str, Any]:
    found: dict[str, Any] = {"shape": list(shape.sizes), "channels": "last" if shape.channel_axis == -1 else "first"}
    if word in _SHAPELESS:
        found["dtype"] = "int64"
    return found


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value
