"""embedding_bag: the last axis of token ids becomes one of features."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.embedding_bag import EmbeddingBag
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any table; no shape tells whether token ids arrive, so the spec has to see to that."""
    if not x.rank:
        return None
    rows = draw(st.integers(1, 20))
    arguments = {"num_embeddings": rows, "embedding_dim": draw(st.integers(1, 8))}
    arguments["mode"] = draw(st.sampled_from(["mean", "sum", "max"]))
    if draw(st.booleans()):
        arguments["padding_idx"] = draw(st.integers(-rows, rows - 1))
    return Drawn(arguments)


def test_counts() -> None:
    op, x = EmbeddingBag(num_embeddings=1000, embedding_dim=16), Shape((3, 20))
    output = op.output_shape((x,))
    assert output == Shape((3, 16), -1)
    assert op.parameters((x,)) == {"weight": (1000, 16)}
    assert op.role_of("weight") == "embedding"
    assert op.macs((x,), output) == ()
    assert op.elementwise((x,), output) == {"embedding_bag": 3 * 20 * 16}


def test_refuses() -> None:
    with pytest.raises(OpError, match="padding_idx=10 is outside num_embeddings=10"):
        EmbeddingBag(num_embeddings=10, embedding_dim=4, padding_idx=10)
    with pytest.raises(OpError, match="needs an axis of token ids, got a scalar"):
        EmbeddingBag(num_embeddings=10, embedding_dim=4).output_shape((Shape(()),))
