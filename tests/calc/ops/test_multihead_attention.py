"""multihead_attention: projections and heads, self, cross, and with other features for keys and values."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.multihead_attention import MultiheadAttention
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Self-attention, or keys and perhaps values of another length, with the same features or others."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    arguments = {"num_heads": draw(st.sampled_from(divisors(x.sizes[-1], 8)))}
    arguments |= {name: draw(st.booleans()) for name in ("bias", "add_bias_kv", "add_zero_attn")}
    arguments["is_causal"] = not (arguments["add_bias_kv"] or arguments["add_zero_attn"]) and draw(st.booleans())
    keys = draw(st.integers(1, 6))
    features = [draw(st.sampled_from([x.sizes[-1], 3])) for _ in range(draw(st.integers(0, 2)))]
    return Drawn(arguments, tuple(Shape((*x.sizes[:-2], keys, size), -1) for size in features))


def test_counts_self_attention() -> None:
    x = Shape((197, 768), -1)
    op = MultiheadAttention(num_heads=12)
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {
        "in_proj_weight": (3 * 768, 768),
        "in_proj_bias": (3 * 768,),
        "out_proj.weight": (768, 768),
        "out_proj.bias": (768,),
    }
    projected, heads = 197 * 3 * 768 * 768, 12 * 197 * 197 * 64
    assert op.macs((x,), x) == (
        Product(Parameter("in_proj_weight"), projected, projected, 768),
        Product(None, heads, heads, 64),
        Product(None, heads, heads, 197),
        Product(Parameter("out_proj.weight"), 197 * 768 * 768, 197 * 768 * 768, 768),
    )
    assert op.elementwise((x,), x) == {"softmax": 12 * 197 * 197, "bias": 197 * 3 * 768 + 197 * 768}


def test_counts_keys_of_another_length() -> None:
    q, k = Shape((2, 5, 8), -1), Shape((2, 7, 8), -1)
    op = MultiheadAttention(num_heads=4, bias=False)
    assert op.parameters((q, k)) == {"in_proj_weight": (3 * 8, 8), "out_proj.weight": (8, 8)}
    assert [(product.weight and str(product.weight), product.macs) for product in op.macs((q, k), q)] == [
        ("in_proj_weight", 2 * (5 + 7 + 7) * 8 * 8),
        (None, 2 * 4 * 5 * 7 * 2),
        (None, 2 * 4 * 5 * 7 * 2),
        ("out_proj.weight", 2 * 5 * 8 * 8),
    ]
    assert op.elementwise((q, k), q) == {"softmax": 2 * 4 * 5 * 7}
    assert MultiheadAttention(num_heads=4).elementwise((q, k), q)["bias"] == 2 * (5 + 7 + 7) * 8 + 2 * 5 * 8


@pytest.mark.parametrize("bias_kv, zero_attn", [(True, False), (False, True), (True, True)])
def test_more_keys_that_no_token_gave(bias_kv: bool, zero_attn: bool) -> None:
    x = Shape((5, 8), -1)
    op = MultiheadAttention(num_heads=4, add_bias_kv=bias_kv, add_zero_attn=zero_attn)
    plain = MultiheadAttention(num_heads=4)
    tokens = {"bias_k": (1, 1, 8), "bias_v": (1, 1, 8)} if bias_kv else {}
    assert op.parameters((x,)) == plain.parameters((x,)) | tokens
    assert {op.role_of(name) for name in tokens} <= {"embedding"}
    keys = 5 + bias_kv + zero_attn
    assert [product.macs for product in op.macs((x,), x)] == [
        5 * 3 * 8 * 8,
        4 * 5 * keys * 2,
        4 * 5 * keys * 2,
        5 * 8 * 8,
    ]
    assert op.elementwise((x,), x) == plain.elementwise((x,), x) | {"softmax": 4 * 5 * keys}


def test_a_causal_mask_hides_the_pairs_of_later_keys() -> None:
    """5 queries and 3 keys: hidden are (0, 1), (0, 2) and (1, 2), 3 pairs of 8 features in q kᵀ and in (…) v."""
    q, k = Shape((2, 5, 8), -1), Shape((2, 3, 8), -1)
    op = MultiheadAttention(num_heads=4, is_causal=True)
    assert op.macs((q, k), q) == MultiheadAttention(num_heads=4).macs((q, k), q)
    assert op.masked_macs((q, k), q) == 2 * 3 * (8 + 8)
    assert op.masked_macs((q,), q) == 2 * 10 * (8 + 8)
    assert MultiheadAttention(num_heads=4).masked_macs((q,), q) == 0


@pytest.mark.parametrize("more", ["add_bias_kv", "add_zero_attn"])
def test_a_causal_mask_has_no_place_for_keys_of_no_token(more: str) -> None:
    with pytest.raises(OpError, match=f"is_causal=true and {more}=true"):
        MultiheadAttention(num_heads=2, is_causal=True, **{more: True})


def test_other_features_have_weights_of_their_own() -> None:
    q, k, v = Shape((2, 5, 8), -1), Shape((2, 7, 6), -1), Shape((2, 7, 3), -1)
    op = MultiheadAttention(num_heads=2)
    assert op.parameters((q, k, v)) == {
        "q_proj_weight": (8, 8),
        "k_proj_weight": (8, 6),
        "v_proj_weight": (8, 3),
        "in_proj_bias": (3 * 8,),
        "out_proj.weight": (8, 8),
        "out_proj.bias": (8,),
    }
    assert [
        (product.weight and str(product.weight), product.macs, product.fan_in) for product in op.macs((q, k, v), q)
    ] == [
        ("q_proj_weight", 2 * 5 * 8 * 8, 8),
        ("k_proj_weight", 2 * 7 * 6 * 8, 6),
        ("v_proj_weight", 2 * 7 * 3 * 8, 3),
        (None, 2 * 2 * 5 * 7 * 4, 4),
        (None, 2 * 2 * 5 * 7 * 4, 7),
        ("out_proj.weight", 2 * 5 * 8 * 8, 8),
    ]
    assert all(product.effective_macs == product.macs for product in op.macs((q, k, v), q))


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((Shape((5, 9)),), "num_heads=4 does not divide embed_dim=9"),
        ((Shape((4, 8, 9)),), "num_heads=4 does not divide embed_dim=9"),
        ((Shape((8,)),), r"q must be \(…, tokens, features\), got 8"),
        ((Shape((5, 8), -2),), "needs its channels on axis -1"),
        ((Shape((5, 8)), Shape((2, 7, 8))), "the leading axes of q 5×8 and k 2×7×8 differ"),
        ((Shape((5, 8)), Shape((7, 8)), Shape((6, 8))), "k 7×8 has 7 tokens, but v 6×8 has 6"),
    ],
)
def test_refuses(inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        MultiheadAttention(num_heads=4).output_shape(inputs)
