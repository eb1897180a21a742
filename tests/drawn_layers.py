"""Grows the layers of a drawn spec: ops among residuals, branches, blocks and repeats, one inside another."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import WORDS, op_class
from calc.ops.base import Op
from calc.shape import Shape
from tests.drawn_parts import Alone, Arriving, Block, Document, Tied
from tests.strategies import draw_arguments

MAX_ELEMENTS = 4096
"""Of any output in a drawn network, so that an example takes milliseconds."""
MAX_DEPTH = 3
MAX_MEMBERS = 20
"""Of all chains together; what repeats counts once."""

SHAPELESS = tuple([word for word in WORDS if op_class(word).takes == "int"])
"""What reads token ids, which no shape can tell from numbers: only the network's input brings them."""

_mostly = st.sampled_from([True, True, False])


class Writer:
    """Grows a chain of named members and follows its shape."""

    def __init__(
        self, document: Document, x: Shape, last: str | None, outer: "Writer | None" = None, depth: int = 0
    ) -> None:
        self.document = document
        self.draw = document.draw
        self.x = x
        self.members: dict[str, Any] = {}
        self.last = last
        """The name of what flows; None in a block that does not name what enters it."""
        self.visible: list[tuple[str, Shape]] = list(outer.visible) if outer else []
        self.tied: list[Tied] = list(outer.tied) if outer else []
        self.ops: list[str] = []
        """The members that are one op each, so that each name is another node's."""
        self.alone: list[Alone] = list(outer.alone) if outer else []
        self.depth = depth

    def fill(self, least: int, most: int, keep: bool = False) -> "Writer":
        """Append so many members; with ``keep`` the shape is afterwards what it was."""
        for _ in range(self.draw(st.integers(least, most))):
            self.member(keep)
        return self

    def member(self, keep: bool = False) -> None:
        """Append one op, or something that holds ops."""
        if self.depth == MAX_DEPTH or self.document.names > MAX_MEMBERS or not self.draw(st.integers(0, 3)):
            self.any_op(keep)
            return
        kinds = [
            self.residual, self.branches, self.repeated, self.call, self.shared, self.again, self.skip,
            self.training_only, self.experts,
        ]  # fmt: skip
        if not self.draw(st.sampled_from(kinds))(keep):
            self.any_op(keep)

    def any_op(self, keep: bool = False) -> bool:
        """Append one op that can follow."""
        for word in self.draw(st.permutations(_KEEPING if keep else _COMMON))[:4]:
            if self.padded(word, keep) if word in ("same", "valid") else self.op(word, keep):
                return True
        return False

    def op(self, word: str, keep: bool = False) -> bool:
        """Append op ``word``; False where it cannot follow or would grow too large."""
        drawn = draw_arguments(self.draw, word, self.x)
        if drawn is None or (drawn.others and self.last is None):
            return False
        if any(not shape.sizes for shape in drawn.others):  # a tensor has at least one axis
            return False
        if word == "compare":  # ids are for an embedding alone, and nobody knows what follows
            drawn = drawn._replace(arguments=drawn.arguments | {"dtype": "float32"})
        op = op_class(word)(**_tuples(drawn.arguments))
        output = op.output_shape((self.x, *drawn.others))
        if (word != "tensor" and output.elements > MAX_ELEMENTS) or (keep and output != self.x):
            return False
        layer: dict[str, Any] = {word: drawn.arguments}
        if drawn.others:
            arriving = None if keep else self._arriving(op, drawn.others)
            if arriving is not None:
                output = arriving.output
            names = map(self._operand, drawn.others) if arriving is None else arriving.names
            layer["from"] = [self.last, *names]
        self._append(layer, self.x if word == "tensor" else output)
        return True

    def padded(self, padding: str, keep: bool = False) -> bool:
        """Append a convolution whose padding is a word; ``same`` can keep the shape."""
        rank = self.x.rank - 1
        if not 1 <= rank <= 3 or self.x.channel_axis != -self.x.rank:
            return False
        channels, *sizes = self.x.sizes
        dilation = self.draw(st.integers(1, 2))
        kernel = [self.draw(st.integers(1, min(4, (size - 1) // dilation + 1))) for size in sizes]
        groups = self.draw(st.sampled_from([n for n in range(1, channels + 1) if channels % n == 0]))
        arguments: dict[str, Any] = {
            "out_channels": channels if keep else groups * self.draw(st.integers(1, 2)),
            "kernel_size": kernel,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
        }
        if padding == "same" and not keep:
            arguments["stride"] = self.draw(st.integers(1, 3))
        return self._unary(f"conv{rank}d", arguments, keep)

    def _unary(self, word: str, arguments: dict[str, Any], keep: bool, **modifiers: Any) -> bool:
        """Append an op that reads what flows; False where it cannot follow, would grow too large or does not keep."""
        try:
            output = op_class(word)(**_tuples(arguments)).output_shape((self.x,))
        except OpError:
            return False
        if output.elements > MAX_ELEMENTS or (keep and output != self.x):
            return False
        self._append({word: arguments, **modifiers}, output)
        return True

    def residual(self, keep: bool = False) -> bool:
        """A chain and its input, summed; or a block's output and that of the same block on the shortcut."""
        if self.draw(st.integers(0, 3)) == 0:
            block = self._block(keep)
            if block is None:
                return False
            self._append({"residual": [block.name], "shortcut": [block.name]}, block.output)
            return True
        inner = self._inner(keep or self.draw(_mostly))
        try:
            merged = op_class("add")().output_shape((inner.x, self.x))
        except OpError:
            return self._nested(inner)
        return self._structure({"residual": inner.members}, merged, inner)

    def branches(self, keep: bool = False) -> bool:
        """Two or three chains side by side; the last may be empty."""
        inner = [self._inner(keep or self.draw(_mostly)) for _ in range(self.draw(st.integers(1, 2)))]
        word = self.draw(st.sampled_from(["add", "multiply"] if keep else ["concat", "add", "concat", "multiply"]))
        through = self.draw(st.booleans()) or len(inner) == 1
        shapes = [each.x for each in inner] + ([self.x] if through else [])
        try:
            merged = op_class(word)().output_shape(tuple(shapes))
        except OpError:
            return self._nested(inner[0])
        chains = [each.members for each in inner] + ([[]] if through else [])
        return self._structure({"branches": chains, "merge": word}, merged, *inner)

    def repeated(self, _keep: bool = False) -> bool:
        """A chain that keeps the shape, so that it can follow itself."""
        inner = self._inner(True)
        if inner.x != self.x:  # a sum of single elements no longer says which axis is the channels
            return False
        repeated = {"chain": inner.members, "repeat": self.draw(st.integers(2, 3))}
        return self._structure({"chain": [repeated]}, self.x, inner)

    def call(self, keep: bool = False) -> bool:
        """A block, repeated where it keeps the shape."""
        block = self._block(keep)
        if block is None:
            return False
        times = self.draw(st.integers(1, 3)) if block.output == self.x else 1
        call: Any = {block.name: {}, "repeat": times} if times > 1 else block.name
        self._append({"chain": [call]}, block.output)
        return True

    def shared(self, keep: bool = False) -> bool:
        """An op with the weights of an earlier one."""
        fits = self._fitting() or (self.any_op(keep=True) and self._fitting())
        across = self._fitting_across()
        if across and (not fits or self.draw(st.booleans())):
            word, arguments, name = self.draw(st.sampled_from(across))
            return self._unary(word, arguments, keep, shares=name)
        if not fits:
            return False
        tied = self.draw(st.sampled_from(fits))
        return self._unary(tied.word, tied.arguments, keep, shares=tied.name)

    def again(self, keep: bool = False) -> bool:
        """An earlier member once more, where it fits."""
        fits = [each for each in self.alone if each.x == self.x and (not keep or each.output == self.x)]
        if not fits:
            return False
        earlier = self.draw(st.sampled_from(fits))
        return self._structure({"again": earlier.name}, earlier.output)

    def _fitting(self) -> list[Tied]:
        return [
            tied
            for tied in self.tied
            if tied.word not in SHAPELESS and self._parameters(tied.word, tied.arguments) == tied.parameters
        ]

    def _fitting_across(self) -> list[tuple[str, dict[str, Any], str]]:
        """Ops whose weight has the shape of one that an earlier layer of another op holds, and that layer's name."""
        found = []
        for tied in self.tied:
            weight = tied.parameters.get("weight")
            for word, arguments in _with_weight(weight) if weight else ():
                if word != tied.word and self._parameters(word, arguments).get("weight") == weight:
                    found.append((word, arguments, tied.name))
        return found

    def skip(self, keep: bool = False) -> bool:
        """What flows, joined with what an earlier member returned."""
        fits = [name for name, shape in self.visible if shape == self.x and name != self.last]
        if not fits:
            return False
        word = self.draw(st.sampled_from(["add", "multiply"] if keep else ["concat", "add"]))
        output = op_class(word)().output_shape((self.x, self.x))
        return self._structure({word: {}, "from": [self.last, self.draw(st.sampled_from(fits))]}, output)

    def training_only(self, _keep: bool = False) -> bool:
        """Something whose parameters exist, and that is not run."""
        self.document.training += 1
        inner = self._inner(False)
        self.document.training -= 1
        if not inner.members:
            return False
        self.members[self.document.name("t")] = {"chain": inner.members, "training_only": True}
        return True

    def experts(self, _keep: bool = False) -> bool:
        """Experts of one to three layers, a router before them."""
        if self.last is None or self.x.channel_axis != -1 or self.x.rank < 2:
            return False
        features, count = self.x.sizes[-1], self.draw(st.integers(1, 4))
        flat = ["relu", {"layer_norm": {}}, {"layer_scale": {"dim": -1}}, {"linear": {"out_features": features}}]
        hidden = {
            "chain": [{"linear": {"out_features": self.draw(st.integers(1, 5)), "bias": False}}, "gelu", flat[-1]]
        }
        parts = self.draw(st.lists(st.sampled_from([*flat, {"residual": [flat[-1]]}, hidden]), min_size=1, max_size=3))
        router = self.document.name("r")
        self.members[router] = {"linear": {"out_features": count}, "from": self.last}
        arguments = {
            "expert": {"chain": parts},
            "count": count,
            "active": self.draw(st.integers(1, count)),
            "normalize": self.draw(st.sampled_from(["softmax", "sum", "none"])),
        }
        self._append({"experts": arguments, "from": [self.last, router]}, self.x)
        return True

    def _inner(self, keep: bool) -> "Writer":
        return Writer(self.document, self.x, self.last, self, self.depth + 1).fill(1, 2, keep)

    def _nested(self, inner: "Writer") -> bool:
        return self._structure({"chain": inner.members}, inner.x, inner)

    def _structure(self, layer: dict[str, Any], output: Shape, *inner: "Writer") -> bool:
        if output.elements > MAX_ELEMENTS or not all(each.members for each in inner):
            return False
        self._append(layer, output)
        return True

    def _block(self, keep: bool) -> Block | None:
        """A block for what flows: one that is there already, or a new one; None where nothing came of it."""
        fits = [each for each in self.document.finished if each.x == self.x and (not keep or each.output == self.x)]
        fits = [each for each in fits if not (self.document.training and each.reads_inputs)]
        if fits and self.draw(st.booleans()):
            return self.draw(st.sampled_from(fits))
        named = self.draw(st.booleans())
        body = Writer(self.document, self.x, "x" if named else None, None, self.depth + 1)
        body.fill(1, 3, keep or self.draw(st.booleans()))
        if not body.members:
            return None
        text = json.dumps(body.members)
        known = [*self.document.inputs, *[each.name for each in self.document.finished if each.reads_inputs]]
        reads_inputs = any(f'"{name}"' in text for name in known)
        block = Block(self.document.name("Block"), self.x, body.x, reads_inputs)
        self.document.blocks[block.name] = {**({"inputs": ["x"]} if named else {}), "layers": body.members}
        self.document.finished.append(block)
        return block

    def _arriving(self, op: Op, others: Sequence[Shape]) -> Arriving | None:
        """New inputs of the network for all of ``others``, channels last, where ``op`` takes those; mostly nothing."""
        if self.document.training or self.draw(st.integers(0, 2)) or len(self.document.inputs) > 3:
            return None
        shapes = [Shape(shape.sizes, -1) for shape in others]
        try:
            op.check_batched([True] * (1 + len(shapes)))
            output = op.output_shape((self.x, *shapes))
        except OpError:
            return None
        if output.elements > MAX_ELEMENTS:
            return None
        names = [self.document.name("in") for _ in shapes]
        for name, shape in zip(names, shapes, strict=True):
            self.document.inputs[name] = {"shape": list(shape.sizes), "channels": "last"}
        return Arriving(names, output)

    def _operand(self, shape: Shape) -> str | None:
        """The name of a further input: what flows or flowed already, where it fits, or a tensor of its own."""
        if shape.sizes == self.x.sizes and self.draw(st.booleans()):
            fits = [name for name, visible in self.visible if visible == self.x]
            return self.draw(st.sampled_from([self.last, *fits]))
        name = self.document.name("p")
        self.members[name] = {"tensor": {"shape": list(shape.sizes)}}
        return name

    def _append(self, layer: dict[str, Any], output: Shape) -> None:
        name = self.document.name("m")
        self.members[name] = layer
        (word, arguments), *modifiers = layer.items()
        if word == "tensor":
            return
        if word in WORDS:
            self.ops.append(name)
        parameters = {} if modifiers or word not in WORDS else self._parameters(word, arguments)
        if parameters:
            self.tied.append(Tied(name, word, arguments, parameters))
        if not {"from", "again"} & layer.keys():
            self.alone.append(Alone(name, self.x, output))
        self.x, self.last = output, name
        self.visible.append((name, output))

    def _parameters(self, word: str, arguments: dict[str, Any]) -> dict[str, tuple[int, ...]]:
        """Those that op ``word`` would have here; none where it could not follow."""
        op = op_class(word)(**_tuples(arguments))
        try:
            op.output_shape((self.x,))
        except OpError:
            return {}
        return op.parameters((self.x,))


def _with_weight(sizes: tuple[int, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Ops that may have a weight of ``sizes``."""
    if len(sizes) == 1:
        return [("batch_norm", {}), ("layer_norm", {"normalized_axes": 1}), ("group_norm", {"num_groups": 1})]
    out, features, *kernel = sizes
    if not kernel:
        return [("linear", {"out_features": out}), ("linear", {"out_features": out, "bias": False})]
    return [
        (f"conv{len(kernel)}d", {"out_channels": out, "kernel_size": kernel}),
        (f"conv_transpose{len(kernel)}d", {"out_channels": features, "kernel_size": kernel}),
    ]


_COMMON = (
    "conv1d", "conv2d", "conv3d", "linear", "batch_norm", "relu", "max_pool2d", "avg_pool2d", "conv_transpose2d",
    "layer_norm", "gelu", "flatten", "add", "multiply", "concat", "matmul", "slice", "pad", "permute", "same", "valid",
)  # fmt: skip
_KEEPING = (
    "batch_norm",
    "layer_norm",
    "relu",
    "gelu",
    "add",
    "multiply",
    "dropout",
    "same",
    "same",
    "conv2d",
    "linear",
)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, (list, tuple)) else value
