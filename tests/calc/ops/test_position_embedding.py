"""position_embedding: a learnt value a position and channel, whatever the shape."""

from hypothesis.strategies import DrawFn

from calc.ops.position_embedding import PositionEmbedding
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(_draw: DrawFn, _x: Shape) -> Drawn | None:
    """Takes no arguments and any shape."""
    return Drawn({})


def test_follows_the_input() -> None:
    op = PositionEmbedding()
    for x in (Shape((14 * 14 + 1, 768), -1), Shape((8, 3, 5), -3), Shape((7,))):
        assert op.output_shape((x,)) == x
        assert op.parameters((x,)) == {"": (1, *x.sizes)}
        assert op.macs((x,), x) == ()
    tokens = Shape((197, 768), -1)
    assert op.elementwise((tokens,), tokens) == {"position_embedding": 197 * 768}
