"""pooling_attention: MViT's pools of queries, keys and values, and V2's relative positions."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.pooling_attention import PoolingAttention
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A map of all tokens but the first; pools of every kernel and stride, or none."""
    if x.rank < 2 or x.channel_axis not in (None, -1) or x.sizes[-2] < 2:
        return None
    depth = draw(st.sampled_from(divisors(x.sizes[-2] - 1)))
    height = draw(st.sampled_from(divisors((x.sizes[-2] - 1) // depth)))
    size = [depth, height, (x.sizes[-2] - 1) // depth // height]
    heads = draw(st.integers(1, 3))
    arguments: dict[str, Any] = {"num_heads": heads, "size": size, "out_features": heads * draw(st.integers(1, 3))}
    for which in ("q", "kv"):
        if draw(st.booleans()):
            # padded by half its length on either side, every kernel fits every map
            arguments[f"kernel_{which}"] = [draw(st.integers(1, 4)) for _ in range(3)]
            arguments[f"stride_{which}"] = [draw(st.integers(1, side)) for side in (3, min(3, *size[1:]), 3)]
    arguments["relative_positions"] = draw(st.booleans())
    arguments["residual_pooling"] = draw(st.booleans())
    arguments["eps"] = draw(st.sampled_from([1e-5, 1e-6]))
    return Drawn(arguments)


def test_counts_the_first_block_of_mvit_b() -> None:
    x = Shape((1 + 8 * 56 * 56, 96), -1)
    op = PoolingAttention(num_heads=1, size=[8, 56, 56], kernel_kv=3, stride_kv=[1, 8, 8])
    queries, keys = 1 + 8 * 56 * 56, 1 + 8 * 7 * 7
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {
        "qkv.weight": (3 * 96, 96),
        "qkv.bias": (3 * 96,),
        "pool_k.pool.weight": (96, 1, 3, 3, 3),
        "pool_k.norm_act.0.weight": (96,),
        "pool_k.norm_act.0.bias": (96,),
        "pool_v.pool.weight": (96, 1, 3, 3, 3),
        "pool_v.norm_act.0.weight": (96,),
        "pool_v.norm_act.0.bias": (96,),
        "project.0.weight": (96, 96),
        "project.0.bias": (96,),
    }
    pool = 96 * 27 * 8 * 7 * 7
    # of 8 windows in time the first and last have one tap on padding, of 7 a side in space the first
    on_data = 96 * (3 * 8 - 2) * (3 * 7 - 1) * (3 * 7 - 1)
    assert op.macs((x,), x) == (
        Product(Parameter("qkv.weight"), queries * 96 * 3 * 96, queries * 96 * 3 * 96, 96),
        Product(Parameter("pool_k.pool.weight"), pool, on_data, 27),
        Product(Parameter("pool_v.pool.weight"), pool, on_data, 27),
        Product(None, queries * keys * 96, queries * keys * 96, 96),
        Product(None, queries * keys * 96, queries * keys * 96, keys),
        Product(Parameter("project.0.weight"), queries * 96 * 96, queries * 96 * 96, 96),
    )
    assert op.elementwise((x,), x) == {
        "softmax": queries * keys,
        "bias": queries * 3 * 96 + queries * 96,
        "layer_norm": 2 * keys * 96,
    }


def test_counts_pooled_queries_and_relative_positions() -> None:
    x = Shape((1 + 2 * 8 * 8, 6), -1)
    op = PoolingAttention(
        num_heads=2,
        size=[2, 8, 8],
        out_features=8,
        kernel_q=3,
        stride_q=[1, 2, 2],
        kernel_kv=3,
        stride_kv=[1, 4, 4],
        relative_positions=True,
        residual_pooling=True,
    )
    output = op.output_shape((x,))
    queries, keys = 2 * 4 * 4, 2 * 2 * 2
    assert output == Shape((1 + queries, 8), -1)
    assert {name: sizes for name, sizes in op.parameters((x,)).items() if name.startswith("rel")} == {
        "rel_pos_h": (2 * 4 - 1, 4),
        "rel_pos_w": (2 * 4 - 1, 4),
        "rel_pos_t": (2 * 2 - 1, 4),
    }
    macs = {str(product.weight): product.macs for product in op.macs((x,), output) if product.weight}
    assert macs == {
        "qkv.weight": (1 + 2 * 8 * 8) * 6 * 3 * 8,
        "pool_q.pool.weight": 8 * 27 * queries,
        "pool_k.pool.weight": 8 * 27 * keys,
        "pool_v.pool.weight": 8 * 27 * keys,
        "rel_pos_t": 2 * queries * 2 * 4,
        "rel_pos_h": 2 * queries * 2 * 4,
        "rel_pos_w": 2 * queries * 2 * 4,
        "project.0.weight": (1 + queries) * 8 * 8,
    }
    assert op.elementwise((x,), output)["add"] == 2 * queries * keys + queries * 8


def test_every_axis_kernel_and_stride_of_its_own() -> None:
    x = Shape((2, 3, 1 + 4 * 9 * 6, 5), -1)
    op = PoolingAttention(
        num_heads=2,
        size=[4, 9, 6],
        out_features=8,
        kernel_q=[1, 5, 3],
        stride_q=[1, 3, 2],
        kernel_kv=[3, 1, 7],
        stride_kv=[2, 4, 1],
        relative_positions=True,
    )
    output = op.output_shape((x,))
    # (size + 2 · ⌊kernel / 2⌋ − kernel) // stride + 1 along each axis
    kv = (2, 3, 6)
    queries, keys, positions = 4 * 3 * 3, 2 * 3 * 6, 2 * 3
    assert output == Shape((2, 3, 1 + queries, 8), -1)
    parameters = op.parameters((x,))
    assert parameters["qkv.weight"] == (3 * 8, 5)
    assert parameters["pool_q.pool.weight"] == (4, 1, 1, 5, 3)
    assert parameters["pool_k.pool.weight"] == parameters["pool_v.pool.weight"] == (4, 1, 3, 1, 7)
    # the longer side is 9, the smaller stride along the height 3
    assert parameters["rel_pos_h"] == parameters["rel_pos_w"] == (2 * (9 // 3) - 1, 4)
    assert parameters["rel_pos_t"] == (2 * 4 - 1, 4)
    # taps of q: 5 around rows 0, 3, 6 of 9 lose 2 above; 3 around columns 0, 2, 4 of 6 lose 1 on the left
    q_taps = 4 * (3 + 5 + 5) * (2 + 3 + 3)
    # of kv: 3 around frames 0 and 2 of 4 lose 1 before; 7 around columns 0 to 5 of 6 see 4, 5, 6, 6, 5, 4
    kv_taps = (2 + 3) * 3 * (4 + 5 + 6 + 6 + 5 + 4)
    pairs = positions * 2 * (1 + queries) * (1 + keys)
    bias = [positions * 2 * queries * along * 4 for along in kv]
    in_products, project = positions * (1 + 4 * 9 * 6) * 5 * 3 * 8, positions * (1 + queries) * 8 * 8
    assert op.macs((x,), output) == (
        Product(Parameter("qkv.weight"), in_products, in_products, 5),
        Product(Parameter("pool_q.pool.weight"), positions * 8 * 15 * queries, positions * 8 * q_taps, 15),
        Product(Parameter("pool_k.pool.weight"), positions * 8 * 21 * keys, positions * 8 * kv_taps, 21),
        Product(Parameter("pool_v.pool.weight"), positions * 8 * 21 * keys, positions * 8 * kv_taps, 21),
        Product(None, pairs * 4, pairs * 4, 4),
        Product(Parameter("rel_pos_t"), bias[0], bias[0], 4),
        Product(Parameter("rel_pos_h"), bias[1], bias[1], 4),
        Product(Parameter("rel_pos_w"), bias[2], bias[2], 4),
        Product(None, pairs * 4, pairs * 4, 1 + keys),
        Product(Parameter("project.0.weight"), project, project, 8),
    )
    assert op.elementwise((x,), output) == {
        "softmax": pairs,
        "bias": positions * (1 + 4 * 9 * 6) * 3 * 8 + positions * (1 + queries) * 8,
        "layer_norm": positions * ((1 + queries) + 2 * (1 + keys)) * 8,
        "add": positions * 2 * queries * keys,
    }


def test_what_its_tensors_are() -> None:
    op = PoolingAttention(num_heads=2, size=[2, 2, 2], kernel_q=3)
    names = ("pool_q.norm_act.0.weight", "pool_q.norm_act.0.bias", "qkv.bias", "project.0.bias")
    assert [op.role_of(name) for name in names] == ["norm", "norm", "bias", "bias"]


def test_features_stay_where_none_are_asked_for() -> None:
    x = Shape((2, 1 + 2 * 2 * 2, 6), -1)
    assert PoolingAttention(num_heads=2, size=[2, 2, 2]).output_shape((x,)) == x


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"size": [8, 8]}, r"size=\[8, 8\] must be \[depth, height, width\]"),
        ({"stride_q": [1, 2, 2]}, r"stride_q=\[1, 2, 2\] pools, but kernel_q is null"),
        ({"kernel_kv": [3, 3]}, "kernel_kv has 2 values for 3 spatial axes"),
        (
            {"kernel_q": 3, "stride_q": 8, "kernel_kv": 3, "stride_kv": 8, "relative_positions": True},
            r"the strides leave no positions of size=\[2, 4, 4\]",
        ),
    ],
)
def test_refuses_arguments(arguments: dict[str, Any], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        PoolingAttention(**{"num_heads": 2, "size": [2, 4, 4]} | arguments)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((32, 8), -1), r"size=\[2, 4, 4\] and a class token are 33 tokens, the input 32×8 has 32"),
        (Shape((33, 9), -1), "num_heads=2 does not divide out_features=9"),
        (Shape((8, 33), -2), "needs its channels on axis -1"),
        (Shape((33,)), r"needs \(…, tokens, features\), got 1 axis \(33\)"),
    ],
)
def test_refuses_inputs(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        PoolingAttention(num_heads=2, size=[2, 4, 4]).output_shape((x,))
