"""Bits as variables: those of all layers with MACs together, or of their weights and of what they read apart."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.formats.plain import NARROWEST, WIDEST
from calc.model.graph import Bits
from calc.precision.uniform import Uniform, uniform_bits

BITS, WEIGHT_BITS, ACTIVATION_BITS = "bits", "weight_bits", "activation_bits"
NAMES = (BITS, WEIGHT_BITS, ACTIVATION_BITS)
USUAL = 8
"""The width at which the engine is run, if it is in the range."""
RANGE = (NARROWEST, WIDEST)


class VariedBits(NamedTuple):
    """The widths of weights and of activations, the same in all layers: each the name of a variable, or a number."""

    weights: str | int
    activations: str | int

    def at(self, values: Mapping[str, Any]) -> Uniform:
        """The policy where variables have these ``values``; it has no name."""
        weights, activations = [values[each] if isinstance(each, str) else each for each in self]
        return Uniform("", Bits(weights, activations))

    def __str__(self) -> str:
        """What is no variable: ``activations of 8 bits``."""
        if isinstance(self.weights, int):
            return f"weights of {self.weights} bits"
        return f"activations of {self.activations} bits" if isinstance(self.activations, int) else ""


def varied_bits(names: Collection[str], bits: str | None) -> VariedBits | None:
    """What ``names`` of variables say of bits, the rest as the policy ``bits`` has it; None where they say nothing.

    Raises OpError for bits that are asked for twice, and for a rest that is no plain width.
    """
    named = [name for name in NAMES if name in names]
    if not named:
        return None
    both = BITS in named
    if both and len(named) > 1:
        raise OpError(f"--in {','.join(named)}: {BITS} are those of weights and activations both", f"--in {BITS}")
    if both or len(named) > 1:
        if bits is not None:
            raise OpError(f"--bits {bits}: --in {','.join(named)} makes the bits variables", "leave out one of them")
        return VariedBits(BITS, BITS) if both else VariedBits(WEIGHT_BITS, ACTIVATION_BITS)
    rest = uniform_bits(bits or "fp32")
    if rest is None or rest.format is not None:
        fact = f"--bits {bits}: --in {named[0]} takes the other width from it, and it is no plain width"
        raise OpError(fact, "--bits 8, or --in weight_bits,activation_bits")
    return VariedBits(WEIGHT_BITS, rest.activation) if named[0] == WEIGHT_BITS else VariedBits(rest.weight, named[0])
