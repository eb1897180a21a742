"""What rounding each layer hurts, and a stated proxy of it."""

import math
from collections.abc import Iterable
from typing import Protocol

from calc.analysis import Analysis

Asked = tuple[int, int]
"""A node and a width."""


class Sensitivities(Protocol):
    """Where sensitivities come from; ``name`` is for the certificate, ``caution`` for who goes by it."""

    @property
    def name(self) -> str: ...

    @property
    def caution(self) -> str: ...

    def weight(self, node: int, bits: int) -> float:
        """What rounding the weights of the layer at ``node`` to ``bits`` hurts."""

    def activation(self, node: int, bits: int) -> float:
        """What rounding what that layer reads to ``bits`` hurts."""

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        """Raise SpecError for every layer and width asked that there is no value of."""


class Proxy:
    """weights × 4^−bits, and for activations elements read × 4^−bits: rounding errors of equal ranges.

    A uniform rounding error has variance step² / 12, and a bit halves the step.
    """

    name = "weights × 4^−bits, a proxy: nothing was measured"
    caution = (
        "These are the best bits by a proxy that says what fits a budget, not what is accurate: measured on "
        "MobileNetV2, the same bits everywhere were better. calc sensitivity measures; --sensitivity FILE takes it."
    )

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis

    def weight(self, node: int, bits: int) -> float:
        return math.ldexp(self.analysis.counts[node].weight_elements, -2 * bits)

    def activation(self, node: int, bits: int) -> float:
        graph = self.analysis.graph
        return math.ldexp(sum([shape.elements for shape in graph.input_shapes(graph.nodes[node])]), -2 * bits)

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        pass  # it knows every width
