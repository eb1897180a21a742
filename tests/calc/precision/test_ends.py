"""The first and the last quantised layer at bits of their own."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError
from calc.model.graph import Bits
from calc.precision import resolve
from calc.precision.ends import ends_of, with_ends
from tests.calc.graphs import Draft, chain


def test_ends_get_their_bits_and_the_rest_keeps_its_own() -> None:
    analysis = analyse(chain(4, 8, 8, convolutions=3), bits=with_ends(resolve("2"), "8"))
    given = [row.bits for row in analysis.assigned if row]
    assert given == [Bits(8, 8), Bits(2, 2), Bits(2, 2), Bits(8, 8)]
    assert analysis.policy == "2, ends 8"
    assert [row.rule for row in analysis.assigned if row] == ["first", "all layers", "all layers", "last"]


@pytest.mark.parametrize("ends", ["rest", "excluded"])
def test_words_that_change_no_bits(ends: str) -> None:
    policy = resolve("4")
    assert with_ends(policy, ends) is policy


def test_a_product_of_activations_is_no_end() -> None:
    draft = Draft(5, 8, channels="last")
    draft.add("qk", "scaled_dot_product_attention", (0, 0, 0))
    draft.add("fc", "linear", out_features=4)
    analysis = analyse(draft.graph())
    assert ends_of(analysis.counts) == (2,)


def test_an_unknown_word() -> None:
    with pytest.raises(OpError, match="unknown ends"):
        with_ends(resolve("4"), "wide")
