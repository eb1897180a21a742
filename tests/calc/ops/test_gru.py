"""gru: three gates."""

from hypothesis.strategies import DrawFn

from calc.ops.gru import Gru
from calc.shape import Shape
from tests.calc.ops.recurrent import draw_recurrent
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any hidden size, layers and directions."""
    arguments = draw_recurrent(draw, x)
    return arguments and Drawn(arguments)


def test_counts() -> None:
    x = Shape((10, 5), -1)
    op = Gru(hidden_size=7, bidirectional=True)
    output = op.output_shape((x,))
    assert output == Shape((10, 2 * 7), -1)
    assert op.parameters((x,))["weight_ih_l0_reverse"] == (3 * 7, 5)
    assert [product.macs for product in op.macs((x,), output)] == [10 * 21 * 5, 10 * 21 * 7] * 2
    assert op.elementwise((x,), output) == {
        "sigmoid": 10 * 2 * 2 * 7,
        "tanh": 10 * 2 * 7,
        "multiply": 10 * 2 * 3 * 7,
        "subtract": 10 * 2 * 7,
        "add": 10 * 2 * (3 + 1) * 7,
        "bias": 10 * 2 * 2 * 3 * 7,
    }
