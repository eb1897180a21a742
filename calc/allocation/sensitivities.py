"""The sensitivity of each layer to rounding, measured or assumed."""

import math
from collections.abc import Iterable
from typing import Protocol

Asked = tuple[int, int]
"""A node and a width."""


class Sensitivities(Protocol):
    """A source of sensitivities. ``name`` describes it in reports. ``measured`` says if the network was rounded."""

    @property
    def name(self) -> str: ...

    @property
    def measured(self) -> bool: ...

    def weight(self, node: int, bits: int) -> float:
        """Return the sensitivity to rounding the weights of the layer at ``node`` to ``bits``."""

    def activation(self, node: int, bits: int) -> float:
        """Return the sensitivity to rounding the inputs of this layer to ``bits``."""

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        """Raise SpecError with every layer and width that has no value."""


class Alike:
    """Equal sensitivities for all layers: 4^−b for weights with b bits, and 4^−b for inputs with b bits.

    One more bit halves the step of a uniform grid, and so divides the variance of its error, which is step² / 12, by
    four. It is an assumption that noise of equal relative size does equal harm in all layers.
    """

    name = "4^−bits of every layer, assumed"
    measured = False

    def weight(self, node: int, bits: int) -> float:
        return math.ldexp(1.0, -2 * bits)

    def activation(self, node: int, bits: int) -> float:
        return self.weight(node, bits)

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        pass  # every width has a value
