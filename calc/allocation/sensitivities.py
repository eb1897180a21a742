"""What rounding each layer hurts, and what is assumed of it where nothing was measured."""

import math
from collections.abc import Iterable
from typing import Protocol

Asked = tuple[int, int]
"""A node and a width."""


class Sensitivities(Protocol):
    """Where sensitivities come from: ``name`` says it in the report, ``measured`` whether the network was rounded."""

    @property
    def name(self) -> str: ...

    @property
    def measured(self) -> bool: ...

    def weight(self, node: int, bits: int) -> float:
        """What rounding the weights of the layer at ``node`` to ``bits`` hurts."""

    def activation(self, node: int, bits: int) -> float:
        """What rounding what that layer reads to ``bits`` hurts."""

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        """Raise SpecError for every layer and width asked that there is no value of."""


class Alike:
    """Every layer alike: rounding its weights to b bits hurts by 4^−b, and so does rounding what it reads.

    A bit more halves the step of a uniform grid and quarters the variance of its error, which is step² / 12. That
    the same noise beside its own range hurts as much in one layer as in another is an assumption.
    """

    name = "4^−bits of every layer, assumed"
    measured = False

    def weight(self, node: int, bits: int) -> float:
        return math.ldexp(1.0, -2 * bits)

    def activation(self, node: int, bits: int) -> float:
        return self.weight(node, bits)

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        pass  # it knows every width
