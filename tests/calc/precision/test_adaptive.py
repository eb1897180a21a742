"""Bits by position: 8 for the first tenth, 4 up to the half, 2 after it, the classifier 8."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from calc.counts import count
from calc.model.graph import Bits, Graph
from calc.precision import resolve
from tests.calc.graphs import Draft, chain, mobilenetv2


def widths(graph: Graph) -> list[int]:
    assigned = resolve("adaptive").assign(graph, count(graph))
    assert all(row.bits.weight == row.bits.activation for row in assigned if row)
    return [row.bits.weight for row in assigned if row]


def test_mobilenetv2() -> None:
    assert widths(mobilenetv2()) == [8] * 6 + [4] * 20 + [2] * 26 + [8]


@given(st.integers(1, 70), st.booleans())
def test_the_rule_in_fractions(convolutions: int, classifier: bool) -> None:
    graph = chain(2, 3, 3, convolutions=convolutions, classifier=classifier)
    share = [Fraction(i, convolutions) for i in range(convolutions)]
    expected = [8 if s < Fraction(1, 10) else 4 if s < Fraction(1, 2) else 2 for s in share]
    assert widths(graph) == expected + [8] * classifier


def test_a_convolution_at_the_end_is_no_classifier() -> None:
    draft = Draft(4, 8, 8)
    draft.add("a", "conv2d", out_channels=4, kernel_size=1)
    draft.add("classifier", "conv2d", out_channels=10, kernel_size=1)
    assert widths(draft.graph()) == [8, 2]


def test_the_rule_is_named() -> None:
    graph = chain(2, 3, 3, convolutions=3)
    assigned = resolve("adaptive").assign(graph, count(graph))
    assert [row.rule for row in assigned if row] == ["first 10 %", "10 to 50 %", "last 50 %", "classifier"]


def test_a_product_of_activations_takes_no_index() -> None:
    draft = Draft(4, 4, channels="last")
    first = draft.add("q", "linear", out_features=4)
    draft.add("scores", "matmul", (first, first))
    draft.add("v", "linear", out_features=4)
    draft.add("head", "linear", out_features=2)
    graph = draft.graph()
    assigned = resolve("adaptive").assign(graph, count(graph))
    # q and v are indices 0 and 1 of 2; the matmul follows q; head is the classifier
    assert [row.bits if row else None for row in assigned] == [None, Bits(8, 8), Bits(8, 8), Bits(2, 2), Bits(8, 8)]


def test_a_network_without_weights_gets_bits_for_its_products() -> None:
    draft = Draft(4, 4, channels="last")
    draft.add("scores", "matmul", (0, 0))
    assert widths(draft.graph()) == [8]
