"""BitOps of one product under each convention."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.bitops import CONVENTIONS, layer_bitops
from calc.model.graph import Bits
from calc.ops.base import Parameter, Product

WIDTHS = st.integers(1, 64)
PRODUCTS = st.builds(
    Product, st.sampled_from(["weight", None]), st.integers(0, 10**15), st.just(0), st.integers(1, 10**6)
)


def test_the_depthwise_example() -> None:
    # 64 channels, 32×32 outputs, 3×3, 4 bits
    depthwise = Product(Parameter("weight"), 64 * 32 * 32 * 3 * 3, 0, 3 * 3)
    found = layer_bitops([depthwise], Bits(4, 8))
    assert found["weight"] == 64 * 32 * 32 * 3 * 3 * 4 == 2_359_296
    assert found["product"] == 64 * 32 * 32 * 3 * 3 * 4 * 8
    assert found["uniq"] == pytest.approx(64 * 32 * 32 * 3 * 3 * (4 * 8 + 4 + 8 + log2(9)))


def test_a_product_of_activations_has_activation_bits_on_both_sides() -> None:
    found = layer_bitops([Product(None, 1000, 1000, 16)], Bits(2, 8))
    assert found == {"weight": 1000 * 8, "product": 1000 * 8 * 8, "uniq": 1000 * (8 * 8 + 8 + 8 + 4)}


@given(st.lists(PRODUCTS, max_size=4), WIDTHS, WIDTHS)
def test_integers_but_for_uniq_and_sums_over_products(products: list[Product], w: int, a: int) -> None:
    found = layer_bitops(products, Bits(w, a))
    parts = [layer_bitops([product], Bits(w, a)) for product in products]
    for convention in ("weight", "product"):
        assert type(found[convention]) is int
        assert found[convention] == sum(part[convention] for part in parts)
    assert found["uniq"] == pytest.approx(sum(part["uniq"] for part in parts))


@given(PRODUCTS, WIDTHS, WIDTHS)
def test_at_equal_bits_it_does_not_matter_what_the_operands_are(product: Product, w: int, a: int) -> None:
    as_weight, as_activation = product._replace(weight="weight"), product._replace(weight=None)
    for rule in CONVENTIONS.values():
        assert rule.of(as_weight, Bits(a, a)) == rule.of(as_activation, Bits(w, a))


def test_every_convention_states_its_formula() -> None:
    assert list(CONVENTIONS) == ["weight", "product", "uniq"]
    assert all(name == rule.name and rule.formula.startswith("MACs × ") for name, rule in CONVENTIONS.items())
