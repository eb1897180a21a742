"""relative_position_attention: projections, two products for the scores, and positions that run once a call."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.ops.base import Parameter, Product
from calc.ops.relative_position_attention import RelativePositionAttention
from calc.shape import Shape
from calc.spec import expand, loads
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Every field, for (…, tokens, features) of more than one token: one more row than tokens is drawn as a tensor."""
    if x.rank < 2 or x.channel_axis not in (None, -1) or x.sizes[-2] == 1:
        return None
    arguments = {"num_heads": draw(st.sampled_from(divisors(x.sizes[-1], 8))), "bias": draw(st.booleans())}
    return Drawn(arguments, (Shape((2 * x.sizes[-2] - 1, x.sizes[-1])),))


def test_counts_a_conformer_block() -> None:
    inputs = (Shape((50, 144), -1), Shape((99, 144), -1))
    op = RelativePositionAttention(num_heads=4)
    output = op.output_shape(inputs)
    assert output == inputs[0]
    tensors = op.parameters(inputs)
    assert tensors["pos_bias_u"] == tensors["pos_bias_v"] == (4, 144 // 4)
    assert sum(rows * columns for rows, columns in (size for size in tensors.values() if len(size) == 2)) == (
        5 * 144 * 144 + 2 * 144
    )
    assert "linear_pos.bias" not in tensors
    projection, positions = 50 * 144 * 144, 99 * 144 * 144
    assert op.macs(inputs, output) == (
        *(Product(Parameter(f"linear_{name}.weight"), projection, projection, 144) for name in "qkv"),
        Product(Parameter("linear_pos.weight"), positions, positions, 144, per_call=True),
        Product(None, 4 * 50 * 50 * 36, 4 * 50 * 50 * 36, 36),
        Product(None, 4 * 50 * 99 * 36, 4 * 50 * 99 * 36, 36),
        Product(None, 4 * 50 * 50 * 36, 4 * 50 * 50 * 36, 50),
        Product(Parameter("linear_out.weight"), projection, projection, 144),
    )
    assert op.elementwise(inputs, output) == {
        "softmax": 4 * 50 * 50,
        "add": 2 * 50 * 144 + 4 * 50 * 50,
        "bias": 4 * 50 * 144,
    }


SPEC = """
name: x
input: {{shape: [5, 8], channels: last}}
layers:
  distances: {{tensor: {{shape: [9, 8], buffer: true}}}}
  longer: {{pad: {{dim: 1, padding: [[0, 4]]}}, from: input}}
  attention: {{relative_position_attention: 2, from: [input, {positions}]}}
"""


def test_positions_run_once_a_call() -> None:
    graph = expand(loads(SPEC.format(positions="distances")))
    one, two = (analyse(graph, batch=batch).totals.macs for batch in (1, 2))
    assert 2 * one - two == 9 * 8 * 8


def test_refuses_positions_of_the_sample() -> None:
    with pytest.raises(SpecError) as caught:
        expand(loads(SPEC.format(positions="longer")))
    problem = caught.value.problems[0]
    assert problem.fact == "positions differ from sample to sample, but must be the same for all samples"
    assert problem.hint == "pass a tensor:"


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((Shape((5, 8)), Shape((5, 8))), "positions are 5×8, but 5 tokens of 8 features need 9×8"),
        ((Shape((5, 9)), Shape((9, 9))), "num_heads=2 does not divide the 9 features"),
        ((Shape((8,)), Shape((9, 8))), r"needs \(…, tokens, features\), got 1 axis"),
        ((Shape((5, 8), -2), Shape((9, 8))), "needs its channels on axis -1"),
    ],
)
def test_refuses(inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        RelativePositionAttention(num_heads=2).output_shape(inputs)


def test_without_biases() -> None:
    inputs = (Shape((3, 8), -1), Shape((5, 8), -1))
    op = RelativePositionAttention(num_heads=2, bias=False)
    assert list(op.parameters(inputs)) == [
        "linear_q.weight", "linear_k.weight", "linear_v.weight", "linear_out.weight", "linear_pos.weight",
        "pos_bias_u", "pos_bias_v",
    ]  # fmt: skip
    assert op.elementwise(inputs, inputs[0]) == {"softmax": 2 * 3 * 3, "add": 2 * 3 * 8 + 2 * 3 * 3}
