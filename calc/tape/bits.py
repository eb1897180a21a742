"""Handles bits as variables: one for all layers with MACs, or one for their weights and another for their inputs."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.formats.plain import NARROWEST, WIDEST
from calc.model.graph import Bits
from calc.precision.uniform import Uniform, uniform_bits

BITS, WEIGHT_BITS, ACTIVATION_BITS = "bits", "weight_bits", "activation_bits"
NAMES = (BITS, WEIGHT_BITS, ACTIVATION_BITS)
USUAL = 8
"""The width at which the engine is run if the range contains it."""
RANGE = (NARROWEST, WIDEST)


class VariedBits(NamedTuple):
    """The widths of weights and of activations in all layers. Each is the name of a variable or a number."""

    weights: str | int
    activations: str | int

    def at(self, values: Mapping[str, Any]) -> Uniform:
        """Return the policy for these ``values`` of the variables. It has no name."""
        weights, activations = [values[each] if isinstance(each, str) else each for each in self]
        return Uniform("", Bits(weights, activations))

    def __str__(self) -> str:
        """Return a description of the width that is fixed, such as ``activations of 8 bits``."""
        if isinstance(self.weights, int):
            return f"weights of {self.weights} bits"
        return f"activations of {self.activations} bits" if isinstance(self.activations, int) else ""


def varied_bits(names: Collection[str], bits: str | None) -> VariedBits | None:
    """Return the bits among the variables ``names``, with the others fixed by the policy ``bits``; None without such
    names.

    Raises OpError if bits are asked for twice, or if the fixed width has a format that is not a plain width.
    """
    named = [name for name in NAMES if name in names]
    if not named:
        return None
    both = BITS in named
    if both and len(named) > 1:
        raise OpError(f"--in {','.join(named)}: {BITS} already covers weights and activations", f"--in {BITS}")
    if both or len(named) > 1:
        if bits is not None:
            raise OpError(f"--bits {bits}: --in {','.join(named)} makes the bits variables", "leave out one of them")
        return VariedBits(BITS, BITS) if both else VariedBits(WEIGHT_BITS, ACTIVATION_BITS)
    rest = uniform_bits(bits or "fp32")
    if rest is None or rest.format is not None:
        fact = f"--bits {bits}: --in {named[0]} takes the other width from it, but it is not a plain width"
        raise OpError(fact, "--bits 8, or --in weight_bits,activation_bits")
    return VariedBits(WEIGHT_BITS, rest.activation) if named[0] == WEIGHT_BITS else VariedBits(rest.weight, named[0])
