"""BitOps of one product under each published convention.

``weight``   MACs · weight bits: the formula of the MobileNetV2 report the project started from.
``product``  MACs · weight bits · activation bits: HAWQ-V3, Bayesian Bits, QONNX.
``uniq``     MACs · (w·a + w + a + log2 fan_in): Baskin et al., "UNIQ", arXiv:1804.10969; the terms after
             w·a are the additions into an accumulator that does not overflow.

A product of two activations has activation bits in place of weight bits.
"""

from collections.abc import Callable, Sequence
from math import log2

from calc.graph import Bits
from calc.ops.base import Product


def weight(product: Product, bits: Bits) -> int:
    """MACs · weight bits."""
    return product.macs * (bits.activation if product.weight is None else bits.weight)


def product(product: Product, bits: Bits) -> int:
    """MACs · weight bits · activation bits."""
    return product.macs * (bits.activation if product.weight is None else bits.weight) * bits.activation


def uniq(product: Product, bits: Bits) -> float:
    """MACs · (w·a + w + a + log2 fan_in); the one convention that is no integer."""
    a = bits.activation
    w = a if product.weight is None else bits.weight
    return product.macs * (w * a + w + a + log2(product.fan_in))


BitOps = dict[str, int | float]
"""BitOps by convention, all three."""

CONVENTIONS: dict[str, Callable[[Product, Bits], int | float]] = {"weight": weight, "product": product, "uniq": uniq}
FORMULAS = {
    "weight": "MACs × weight bits",
    "product": "MACs × weight bits × activation bits",
    "uniq": "MACs × (w·a + w + a + log2 fan_in)",
}


def layer_bitops(products: Sequence[Product], bits: Bits) -> BitOps:
    """The BitOps of one layer: those of its products added up."""
    if len(products) == 1:  # nearly every layer; building the sums costs more than the formulas
        only = products[0]
        return {"weight": weight(only, bits), "product": product(only, bits), "uniq": uniq(only, bits)}
    return {name: sum([rule(part, bits) for part in products]) for name, rule in CONVENTIONS.items()}
