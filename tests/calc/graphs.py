"""Small graphs built by hand, without YAML, for the tests of what reads a Graph."""

from collections.abc import Sequence
from typing import Any

from calc.errors import Place
from calc.model.builder import GraphBuilder
from calc.model.graph import Bits, Graph
from calc.model.tensor import Dtype
from calc.ops import op_class
from calc.ops.base.input import Channels


class Draft:
    """A graph in the making: ``add`` appends a node and returns its index."""

    def __init__(self, *sizes: int, channels: Channels = "first", dtype: Dtype = "float32") -> None:
        self.builder = GraphBuilder()
        self.builder.input("input", sizes, Place("net.yaml", 1, 1), channels, dtype)

    @property
    def last(self) -> int:
        """The index of the latest node."""
        return len(self.builder.nodes) - 1

    def add(
        self,
        name: str,
        word: str,
        inputs: Sequence[int] | None = None,
        *,
        bits: Bits | None = None,
        training_only: bool = False,
        shares: int | None = None,
        **values: Any,
    ) -> int:
        """Append ``word`` under ``name``; without ``inputs`` it reads the node before it."""
        sources = (self.last,) if inputs is None else tuple(inputs)
        place = Place("net.yaml", self.last + 2, 3)
        op = op_class(word)(**values)
        return self.builder.add(name, op, sources, place, bits=bits, shares=shares, training_only=training_only)

    def graph(self, model: str = "net") -> Graph:
        """The graph, its output being the last node."""
        return self.builder.graph(model, "net.yaml", [self.last])


def chain(*sizes: int, convolutions: int, classifier: bool = True) -> Graph:
    """``convolutions`` equal 3×3 convolutions that keep the shape, then flatten and a linear layer of 10."""
    draft = Draft(*sizes)
    for i in range(convolutions):
        draft.add(f"features.{i}", "conv2d", out_channels=sizes[0], kernel_size=3, padding=1, bias=False)
    if classifier:
        draft.add("flatten", "flatten")
        draft.add("classifier", "linear", out_features=10)
    return draft.graph()


def mobilenetv2() -> Graph:
    """MobileNetV2 at 3×224×224 by hand: Table 2 of arXiv:1801.04381, names as torchvision's."""
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    draft = Draft(3, 224, 224)

    def convolution(name: str, out: int, kernel: int, stride: int = 1, groups: int = 1) -> int:
        draft.add(
            f"{name}.0",
            "conv2d",
            out_channels=out,
            kernel_size=kernel,
            stride=stride,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        )
        return draft.add(f"{name}.1", "batch_norm")

    convolution("features.0", 32, 3, 2)
    draft.add("features.0.2", "relu6")
    channels, block = 32, 0
    for expand, out, repeat, first_stride in table:
        for i in range(repeat):
            block += 1
            stride = first_stride if i == 0 else 1
            prefix, part, hidden = f"features.{block}.conv", 0, channels * expand
            entry = draft.last
            if expand != 1:
                convolution(f"{prefix}.0", hidden, 1)
                draft.add(f"{prefix}.0.2", "relu6")
                part = 1
            convolution(f"{prefix}.{part}", hidden, 3, stride, hidden)
            draft.add(f"{prefix}.{part}.2", "relu6")
            draft.add(f"{prefix}.{part + 1}", "conv2d", out_channels=out, kernel_size=1, bias=False)
            end = draft.add(f"{prefix}.{part + 2}", "batch_norm")
            if stride == 1 and channels == out:
                draft.add(f"features.{block}.add", "add", (entry, end))
            channels = out
    convolution("features.18", 1280, 1)
    draft.add("features.18.2", "relu6")
    draft.add("pool", "adaptive_avg_pool2d", output_size=1)
    draft.add("flatten", "flatten")
    draft.add("classifier.0", "dropout")
    draft.add("classifier.1", "linear", out_features=1000)
    return draft.graph("mobilenetv2")
