"""BitOps of products under each published definition. A definition is one entry of ``CONVENTIONS``."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.graph import NO_PARTS, Bits
from calc.ops.base import Product
from calc.recorded import logarithm


class BitOpsConvention(NamedTuple):
    """A definition of BitOps: how much a MAC counts, given the bits of its operands.

    ``per_mac(w, a)`` returns the bit operations of a MAC as an integer. A product of two activations has ``a`` for
    both. ``accumulator`` says that log2 fan_in is added, for sums in an accumulator that cannot overflow. The result of
    such a definition is not an integer.
    """

    name: str
    formula: str
    source: str
    per_mac: Callable[[int, int], int]
    accumulator: bool = False

    def of(self, product: Product, bits: Bits) -> int | float:
        """Return the BitOps of one product."""
        per_mac = self.per_mac(bits.activation if product.weight is None else bits.weight, bits.activation)
        return product.macs * (per_mac + logarithm(product.fan_in) if self.accumulator else per_mac)


BitOps = FrozenDict[str, int | float]
"""Maps the name of each convention to BitOps."""

CONVENTIONS = {
    convention.name: convention
    for convention in (
        BitOpsConvention(
            "weight", "MACs × weight bits", "the MobileNetV2 report that this project recomputes", lambda w, _: w
        ),
        BitOpsConvention(
            "product", "MACs × weight bits × activation bits", "HAWQ, Bayesian Bits, QONNX", lambda w, a: w * a
        ),
        BitOpsConvention(
            "uniq",
            "MACs × (w·a + w + a + log2 fan_in)",
            "Baskin et al., UNIQ, arXiv:1804.10969",
            lambda w, a: w * a + w + a,
            accumulator=True,
        ),
    )
}


def layer_bitops(products: Sequence[Product], bits: Bits, parts: Mapping[str, Format] = NO_PARTS) -> BitOps:
    """Return the BitOps of one layer under every definition: the sums over its products.

    ``parts`` has the formats of weights that differ from ``bits``, by name.
    """
    if len(products) == 1 and not parts:  # the usual case, without the general code
        (product,) = products
        return FrozenDict({name: rule.of(product, bits) for name, rule in CONVENTIONS.items()})
    pairs = [(each, bits) for each in products]
    if parts:
        widths = {name: part.code_bits for name, part in parts.items()}
        pairs = [(each, bits._replace(weight=widths.get(str(each.weight), bits.weight))) for each in products]
    return FrozenDict(
        {name: sum_in_order([rule.of(each, at) for each, at in pairs]) for name, rule in CONVENTIONS.items()}
    )


def sum_in_order(bitops: Iterable[int | float]) -> Any:
    """Return the sum of doubles, added one after another. ``sum`` itself gives different results in some Pythons."""
    return reduce(operator.add, bitops, 0)
