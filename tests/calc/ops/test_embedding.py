"""embedding: a new last axis of features; a table looked up, nothing multiplied."""

import re

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.ops.embedding import Embedding
from calc.shape import Shape
from tests.calc.graphs import Draft
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
    assert op.no_macs == "looks rows up and multiplies nothing"


def test_the_table_may_arrive() -> None:
    op, x, table = Embedding(num_embeddings=20, embedding_dim=3), Shape((5,)), Shape((20, 3))
    assert op.output_shape((x, table)) == Shape((5, 3), -1)
    assert op.parameters((x, table)) == {}
    with pytest.raises(OpError, match="the table that arrives is 20×4, but must be 20×3"):
        op.output_shape((x, Shape((20, 4))))


def test_only_the_first_input_takes_token_ids() -> None:
    draft = Draft(5, dtype="int64")
    with pytest.raises(SpecError, match=re.escape("its weight takes float32, but token ids (int64) arrive")):
        draft.add("e", "embedding", (0, 0), num_embeddings=5, embedding_dim=1)
    table = draft.add("table", "tensor", (), shape=[5, 1])
    with pytest.raises(SpecError, match=re.escape("takes token ids (int64), but float32 arrives")):
        draft.add("e", "embedding", (table, table), num_embeddings=5, embedding_dim=1)
    draft.add("e", "embedding", (0, table), num_embeddings=5, embedding_dim=1)
    assert [(layer.params, layer.macs) for layer in analyse(draft.graph()).layers] == [(5, 0), (0, 0)]


@pytest.mark.parametrize("padding_idx", [10, -11])
def test_refuses_padding_outside(padding_idx: int) -> None:
    with pytest.raises(OpError, match=f"padding_idx={padding_idx} is outside num_embeddings=10"):
        Embedding(num_embeddings=10, embedding_dim=4, padding_idx=padding_idx)


@pytest.mark.parametrize("padding_idx", [9, -10, 0, None])
def test_takes_padding_inside(padding_idx: int | None) -> None:
    assert Embedding(num_embeddings=10, embedding_dim=4, padding_idx=padding_idx).padding_idx == padding_idx
