"""calc fit: contexts that double, both ends, and the largest that fits, to the token."""

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import OpError
from calc.fitting import contexts_within
from calc.spec import loads

LAYER = """
name: a layer
params: {tokens: 1, past: 0}
input: {shape: [tokens, 8], channels: last}
layers:
  k: {cache: past}
  a: {attention: {num_heads: 1, is_causal: lower_right}, from: [input, k, k]}
  o: {linear: {out_features: 8, bias: false}}
"""
SPEC = loads(LAYER)
WEIGHTS, OF_TOKEN, ACTIVATIONS = 8 * 8 * 2, 8 * 2, 2 * 8 * 2


def at(context: int) -> Analysis:
    return analyse(SPEC, {"past": context - 1}, bits="bf16")


def test_what_a_context_takes() -> None:
    found = contexts_within(at, 10**6, 5, 100)
    assert [row.context for row in found.rows] == [5, 10, 20, 40, 80, 100]
    assert found.largest == found.rows[-1]
    for row in found.rows:
        assert row.bytes == WEIGHTS + row.context * OF_TOKEN + ACTIVATIONS


@pytest.mark.parametrize("context", [5, 6, 9, 10, 37, 99, 100])
@pytest.mark.parametrize("spare", [0, OF_TOKEN - 1])
def test_the_largest_that_fits_is_exact(context: int, spare: int) -> None:
    found = contexts_within(at, WEIGHTS + context * OF_TOKEN + ACTIVATIONS + spare, 5, 100)
    assert found.largest is not None
    assert found.largest.context == context
    assert context in [row.context for row in found.rows]


def test_none_fits() -> None:
    found = contexts_within(at, WEIGHTS, 5, 8)
    assert found.largest is None
    assert found.smaller is None
    assert [row.context for row in found.rows] == [5, 8]


@pytest.mark.parametrize("context", [1, 3, 4])
def test_where_none_fits_of_those_asked_for_a_smaller_one_is_found(context: int) -> None:
    found = contexts_within(at, WEIGHTS + context * OF_TOKEN + ACTIVATIONS, 5, 8)
    assert found.largest is None
    assert found.smaller is not None
    assert found.smaller.context == context
    assert [row.context for row in found.rows] == [context, 5, 8]


def test_one_context_alone() -> None:
    assert [row.context for row in contexts_within(at, 10**6, 7, 7).rows] == [7]


def test_what_fits_is_not_known_where_a_layer_is_not() -> None:
    layers = ", ".join([f"l{i}: {{opaque: {{op: a, shape: [4], reason: b, tensors: none}}}}" for i in range(7)])
    odd = analyse(loads(f"name: odd\ninput: [4]\nlayers: {{{layers}}}\n"))
    with pytest.raises(
        OpError,
        match="not everything is known about l0, l1, l2, l3, l4 and 2 more layers; so the largest context is not",
    ):
        contexts_within(lambda _: odd, 10**9, 1, 8)
