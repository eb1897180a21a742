"""embedding: a new last axis of features; a table looked up, nothing multiplied."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.embedding import Embedding
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, _x: Shape) -> Drawn | None:
    """Any table; no shape tells whether token ids arrive, so the spec has to see to that."""
    rows = draw(st.integers(1, 20))
    arguments = {"num_embeddings": rows, "embedding_dim": draw(st.integers(1, 8))}
    if draw(st.booleans()):
        arguments["padding_idx"] = draw(st.integers(-rows, rows - 1))
    return Drawn(arguments)


def test_counts() -> None:
    op = Embedding(num_embeddings=30522, embedding_dim=768)
    x = Shape((128,))
    assert op.output_shape((x,)) == Shape((128, 768), -1)
    assert op.parameters((x,)) == {"weight": (30522, 768)}
    assert op.macs((x,), op.output_shape((x,))) == ()
    assert op.no_macs == "looks rows up, multiplies nothing"


@pytest.mark.parametrize("padding_idx", [10, -11])
def test_refuses_padding_outside(padding_idx: int) -> None:
    with pytest.raises(OpError, match=f"padding_idx={padding_idx} is outside num_embeddings=10"):
        Embedding(num_embeddings=10, embedding_dim=4, padding_idx=padding_idx)


@pytest.mark.parametrize("padding_idx", [9, -10, 0, None])
def test_takes_padding_inside(padding_idx: int | None) -> None:
    assert Embedding(num_embeddings=10, embedding_dim=4, padding_idx=padding_idx).padding_idx == padding_idx
