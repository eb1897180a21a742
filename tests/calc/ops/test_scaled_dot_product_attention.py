"""scaled_dot_product_attention: heads are an axis."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """``x`` as queries; keys and values of any length, their heads shared or not, masked or not."""
    if x.rank < 3 or x.channel_axis not in (None, -1):
        return None
    arguments: dict[str, object] = {"enable_gqa": draw(st.booleans())}
    heads = draw(st.sampled_from(divisors(x.sizes[-3]))) if arguments["enable_gqa"] else x.sizes[-3]
    leading, keys = (*x.sizes[:-3], heads), draw(st.integers(1, 6))
    causal = [False, True, "lower_right"] if keys >= x.sizes[-2] else [False, True]
    arguments["is_causal"] = draw(st.sampled_from(causal))
    if arguments["is_causal"] and keys >= x.sizes[-2] and draw(st.booleans()):
        arguments["sliding_window"] = draw(st.integers(1, 3))
    others = [Shape((*leading, keys, x.sizes[-1]), -1), Shape((*leading, keys, draw(st.integers(1, 4))))]
    if draw(st.booleans()):
        arguments["scale"] = 0.5
    if not arguments["is_causal"] and draw(st.booleans()):
        others.append(Shape((draw(st.sampled_from([1, x.sizes[-2]])), draw(st.sampled_from([1, keys])))))
    return Drawn(arguments, tuple(others))


def test_counts() -> None:
    q, k, v = Shape((6, 5, 8)), Shape((6, 7, 8)), Shape((6, 7, 3))
    op = ScaledDotProductAttention()
    output = op.output_shape((q, k, v))
    assert output == Shape((6, 5, 3), -1)
    assert op.macs((q, k, v), output) == (
        Product(None, 6 * 5 * 7 * 8, 6 * 5 * 7 * 8, 8, operands=(Input(0), Input(1))),
        Product(None, 6 * 5 * 7 * 3, 6 * 5 * 7 * 3, 7, operands=(Input(2),)),
    )
    assert op.elementwise((q, k, v), output) == {"softmax": 6 * 5 * 7}


def test_shared_heads_count_for_each_query_head() -> None:
    q, kv = Shape((6, 5, 8)), Shape((2, 7, 8))
    op = ScaledDotProductAttention(enable_gqa=True)
    assert [product.macs for product in op.macs((q, kv, kv), op.output_shape((q, kv, kv)))] == [6 * 5 * 7 * 8] * 2
    q, kv = Shape((3, 4, 6, 5, 8)), Shape((3, 4, 2, 7, 8))
    assert op.output_shape((q, kv, kv)) == Shape((3, 4, 6, 5, 8), -1)


def test_a_mask_counts_in_full() -> None:
    q = Shape((6, 5, 8), -1)
    op, causal = ScaledDotProductAttention(), ScaledDotProductAttention(is_causal=True)
    assert op.output_shape((q, q, q, Shape((5, 5)))) == q
    assert causal.macs((q, q, q), q) == op.macs((q, q, q), q)


Q = Shape((6, 5, 8))


@pytest.mark.parametrize(
    "arguments, inputs, fact",
    [
        ({}, (Q, Shape((2, 5, 8)), Q), "the leading axes of q 6×5×8 and k 2×5×8 differ"),
        ({"enable_gqa": True}, (Q, Shape((4, 5, 8)), Q), "the 4 heads of 4×5×8 do not divide the 6 heads of q 6×5×8"),
        ({"enable_gqa": True}, (Shape((5, 8)),) * 3, "enable_gqa needs"),
        ({}, (Q, Shape((6, 5, 7)), Q), "q 6×5×8 has 8 features, but k 6×5×7 has 7"),
        ({}, (Q, Q, Shape((6, 4, 8))), "k 6×5×8 has 5 tokens, but v 6×4×8 has 4"),
        ({"is_causal": True}, (Q, Q, Q, Shape((5, 5))), "PyTorch takes only one of them"),
        ({}, (Q, Q, Q, Shape((5, 4))), "the mask 5×4 does not broadcast to the scores 6×5×5"),
    ],
)
def test_refuses(arguments: dict[str, object], inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        ScaledDotProductAttention(**arguments).output_shape(inputs)
