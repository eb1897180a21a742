"""attention: two products over the pairs of tokens of every head."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.attention import Attention
from calc.ops.base import Input, Product
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """``x`` as queries; keys and values of any length, shared by groups of heads or not, masked or not."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    heads = draw(st.sampled_from(divisors(x.sizes[-1], 4)))
    kv_heads = draw(st.sampled_from(divisors(heads)))
    keys, head_dim = draw(st.integers(1, 6)), x.sizes[-1] // heads
    k = Shape((*x.sizes[:-2], keys, kv_heads * head_dim), -1)
    v = Shape((*x.sizes[:-2], keys, kv_heads * draw(st.integers(1, 4))), draw(st.sampled_from([None, -1])))
    arguments: dict[str, object] = {"num_heads": heads, "is_causal": draw_causal(draw, x, keys)}
    if kv_heads != heads:
        arguments["num_kv_heads"] = kv_heads
    if draw(st.booleans()):
        arguments["scale"] = 0.5
    if draw(st.booleans()):
        arguments["softcap"] = 2.5
    if arguments["is_causal"] and keys >= x.sizes[-2] and draw(st.booleans()):
        arguments["sliding_window"] = draw(st.integers(1, 3))
    if draw(st.booleans()):
        return Drawn(arguments | {"sinks": True}, (k, v, Shape((heads,))))
    if arguments["is_causal"] or draw(st.booleans()):
        return Drawn(arguments, (k, v))
    bias = Shape((draw(st.sampled_from([1, heads])), draw(st.sampled_from([1, x.sizes[-2]])), keys))
    return Drawn(arguments, (k, v, bias))


def draw_causal(draw: DrawFn, x: Shape, keys: int) -> bool | str:
    """A mask under which every query of ``x`` sees a key."""
    return draw(st.sampled_from([False, True, "lower_right"] if keys >= x.sizes[-2] else [False, True]))


def test_counts_self_attention() -> None:
    x = Shape((197, 768), -1)
    op = Attention(num_heads=12)
    output = op.output_shape((x, x, x))
    assert output == x
    macs = 12 * 197 * 197 * (768 // 12)
    assert op.macs((x, x, x), output) == (
        Product(None, macs, macs, 768 // 12, operands=(Input(0), Input(1))),
        Product(None, macs, macs, 197, operands=(Input(2),)),
    )
    assert op.elementwise((x, x, x), output) == {"softmax": 12 * 197 * 197}


def test_counts_grouped_heads_and_other_values() -> None:
    q, k, v = Shape((4, 5, 8 * 3)), Shape((4, 7, 2 * 3)), Shape((4, 7, 2 * 6))
    op = Attention(num_heads=8, num_kv_heads=2)
    output = op.output_shape((q, k, v))
    assert output == Shape((4, 5, 8 * 6), -1)
    scores, values = op.macs((q, k, v), output)
    assert (scores.macs, scores.fan_in) == (4 * 8 * 5 * 7 * 3, 3)
    assert (values.macs, values.fan_in) == (4 * 8 * 5 * 7 * 6, 7)
    assert op.elementwise((q, k, v), output) == {"softmax": 4 * 8 * 5 * 7}


def test_a_mask_counts_in_full() -> None:
    x, mask = Shape((5, 8), -1), Shape((1, 5, 5))
    full = Attention(num_heads=2).macs((x, x, x), x)
    assert Attention(num_heads=2, is_causal=True).macs((x, x, x), x) == full
    assert Attention(num_heads=2).output_shape((x, x, x, mask)) == x
    assert Attention(num_heads=2).macs((x, x, x, mask), x) == full


Q, K = Shape((5, 8), -1), Shape((7, 8), -1)


@pytest.mark.parametrize(
    "arguments, inputs, fact",
    [
        ({"num_heads": 3}, (Q, K, K), "num_heads=3 does not divide the 8 features of 5×8"),
        ({"num_heads": 2}, (Q, K, Shape((6, 8))), "k 7×8 has 7 tokens, but v 6×8 has 6"),
        ({"num_heads": 2}, (Q, Shape((7, 6)), K), "a head of q 5×8 has 4 features, one of k 7×6 has 3"),
        ({"num_heads": 2}, (Q, K, Shape((7, 5))), "num_kv_heads=2 does not divide the 5 features of 7×5"),
        ({"num_heads": 2}, (Q, Shape((7, 5)), K), "^num_kv_heads=2 does not divide the 5 features of 7×5"),
        ({"num_heads": 3}, (Shape((2, 6, 8)),) * 3, "num_heads=3 does not divide the 8 features of 2×6×8"),
        ({"num_heads": 2}, (Shape((3, 5, 8)), Shape((3, 7, 6)), Shape((3, 7, 8))), "one of k 3×7×6 has 3$"),
        (
            {"num_heads": 2},
            (Shape((3, 5, 8)),) * 3 + (Shape((4, 2, 5, 5)),),
            "the mask 4×2×5×5 does not broadcast to the scores 3×2×5×5",
        ),
        ({"num_heads": 2}, (Q, Shape((2, 7, 8)), K), "the leading axes of q 5×8 and k 2×7×8 differ"),
        ({"num_heads": 2}, (Shape((8,)), K, K), r"q must be \(…, tokens, features\), got 8"),
        ({"num_heads": 2}, (Shape((5, 8), -2), K, K), "needs its channels on axis -1"),
        ({"num_heads": 2}, (Q, K, K, Shape((3, 5, 7))), "the mask 3×5×7 does not broadcast to the scores 2×5×7"),
        ({"num_heads": 2}, (Q, K, K, Shape((1, 1, 5, 7))), "the mask 1×1×5×7 does not broadcast"),
    ],
)
def test_refuses_inputs(arguments: dict[str, object], inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Attention(**arguments).output_shape(inputs)


def test_refuses_groups_of_unequal_size() -> None:
    with pytest.raises(OpError, match="num_kv_heads=3 does not divide num_heads=8"):
        Attention(num_heads=8, num_kv_heads=3)
