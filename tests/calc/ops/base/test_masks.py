"""What a causal mask leaves of an attention, against a mask that is written out."""

from itertools import product

import pytest

from calc.errors import OpError
from calc.ops.attention import Attention
from calc.ops.base.attention import seen_pairs
from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from calc.shape import Shape


def sees(query: int, key: int, queries: int, keys: int, is_causal: bool | str, window: int | None) -> bool:
    place = query + (keys - queries if is_causal == "lower_right" else 0)
    return not is_causal or (key <= place and (window is None or key > place - window))


@pytest.mark.parametrize("queries, keys", [(1, 1), (1, 6), (5, 5), (3, 8)])
@pytest.mark.parametrize("is_causal", [False, True, "lower_right"])
def test_pairs_are_those_of_a_mask_written_out(queries: int, keys: int, is_causal: bool | str) -> None:
    for window in (None, 1, 2, 4, 30) if is_causal else (None,):
        pairs = [sees(*pair, queries, keys, is_causal, window) for pair in product(range(queries), range(keys))]
        assert seen_pairs(queries, keys, is_causal, window) == sum(pairs)


def test_more_queries_than_keys_see_all_keys_in_the_end() -> None:
    assert seen_pairs(5, 3, True, None) == 1 + 2 + 3 + 3 + 3


def test_masked_macs_are_those_of_the_other_pairs() -> None:
    q, k, v = Shape((4, 8 * 6), -1), Shape((10, 2 * 6), -1), Shape((10, 2 * 5), -1)
    op = Attention(num_heads=8, num_kv_heads=2, is_causal="lower_right", sliding_window=3)
    output = op.output_shape((q, k, v))
    seen = 4 * 3
    assert op.masked_macs((q, k, v), output) == 8 * (4 * 10 - seen) * (6 + 5)
    assert sum(each.macs for each in op.macs((q, k, v), output)) == 8 * 4 * 10 * (6 + 5)
    heads = ScaledDotProductAttention(is_causal=True)
    q, k = Shape((2, 8, 4, 6)), Shape((2, 8, 10, 6))
    assert heads.masked_macs((q, k, k), q) == 2 * 8 * (4 * 10 - (1 + 2 + 3 + 4)) * (6 + 6)
    assert ScaledDotProductAttention().masked_macs((q, k, k), q) == 0


@pytest.mark.parametrize(
    "op", [Attention(num_heads=1, is_causal="lower_right"), Attention(num_heads=1, is_causal=True, sliding_window=2)]
)
def test_a_query_without_a_key_is_refused(op: Attention) -> None:
    with pytest.raises(OpError, match="5 queries and 3 keys: with this mask some query would see no key"):
        op.output_shape((Shape((5, 4)), Shape((3, 4)), Shape((3, 4))))


def test_a_window_without_a_mask_is_refused() -> None:
    x = Shape((5, 4))
    for op in (Attention(num_heads=1, sliding_window=2), ScaledDotProductAttention(sliding_window=2)):
        with pytest.raises(OpError, match="sliding_window=2 needs a causal mask"):
            op.output_shape((x, x, x))


def test_a_sink_joins_the_softmax_of_each_head() -> None:
    x, sinks = Shape((5, 8)), Shape((2,))
    op = Attention(num_heads=2, sinks=True, softcap=50.0)
    assert op.elementwise((x, x, x, sinks), op.output_shape((x, x, x, sinks))) == {
        "softmax": 2 * 5 * (5 + 1),
        "tanh": 2 * 5 * 5,
    }
    for others in ((), (Shape((3,)),)):
        with pytest.raises(OpError, match="sinks=true needs a fourth input with one score for each of num_heads=2"):
            op.output_shape((x, x, x, *others))
    with pytest.raises(OpError, match=r"softcap=0.0: must be above 0"):
        Attention(num_heads=2, softcap=0)
