"""Layers whose tensors are another's: which are, what counts once, and one width for each tensor."""

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.model.graph import Bits
from calc.spec import loads
from tests.calc.graphs import Draft

TIED_HEAD = """
name: tied head
input: {shape: [16], dtype: int64}
layers:
  emb: {embedding: {num_embeddings: 100, embedding_dim: 8}}
  head: {linear: {out_features: 100, bias: false}, shares: emb}
"""


def tokens() -> Draft:
    draft = Draft(5, dtype="int64")
    draft.add("table", "embedding", num_embeddings=6, embedding_dim=4)
    return draft


def test_a_head_uses_the_table_of_the_tokens() -> None:
    found = analyse(loads(TIED_HEAD)).totals
    assert found.params == 100 * 8
    assert found.macs == 16 * 8 * 100


def test_the_table_is_held_at_the_bits_of_the_layer_that_multiplies_it() -> None:
    analysis = analyse(loads(TIED_HEAD), bits="4")
    assert analysis.totals.weight_bits_total == 100 * 8 * 4
    table, head = analysis.layers
    assert (table.params, table.weight_elements, head.params, head.weight_elements) == (800, 0, 0, 800)


def test_a_bias_that_only_one_of_two_ops_has_is_its_own() -> None:
    draft = tokens()
    draft.add("head", "linear", out_features=6, shares=1)
    draft.add("back", "linear", out_features=4)
    draft.add("again", "linear", out_features=6, shares=2)
    nodes = draft.graph().nodes
    assert [dict(node.tied) for node in nodes] == [{}, {}, {"weight": 1}, {}, {"weight": 1, "bias": 2}]
    assert [layer.params for layer in analyse(draft.graph()).layers] == [6 * 4, 6, 4 * 6 + 4, 0]


def test_what_agrees_is_tied_whatever_the_ops() -> None:
    draft = Draft(4, 8, 8)
    first = draft.add("a", "conv2d", out_channels=4, kernel_size=3)
    draft.add("b", "conv_transpose2d", out_channels=4, kernel_size=3, shares=first)
    draft.add("c", "batch_norm")
    draft.add("d", "group_norm", num_groups=2, shares=draft.last)
    counts = analyse(draft.graph()).layers
    assert [dict(node.tied) for node in draft.graph().layers] == [
        {},
        {"weight": 1, "bias": 1},
        {},
        {"weight": 3, "bias": 3},
    ]
    assert [layer.params for layer in counts] == [4 * 4 * 9 + 4, 0, 4 + 4, 0]
    assert counts[3].buffers == 0


def test_two_norms_of_one_op_share_their_statistics_and_two_of_different_ops_do_not() -> None:
    draft = Draft(4, 8, 8)
    first = draft.add("a", "group_norm", num_groups=2)
    second = draft.add("b", "batch_norm", shares=first)
    draft.add("c", "batch_norm", shares=second)
    assert [(layer.params, layer.buffers) for layer in analyse(draft.graph()).layers] == [(8, 0), (0, 9), (0, 0)]


@pytest.mark.parametrize(
    "word, values, said",
    [
        (
            "linear",
            {"out_features": 7},
            "shares table (embedding), which has weight 6×4; its own would be weight 7×4, bias 7",
        ),
        ("relu", {}, "shares table (embedding), which has weight 6×4; its own would be no tensors"),
        ("lstm", {"hidden_size": 2}, "shares table (embedding), which has weight 6×4; its own would be weight_ih_l0"),
    ],
)
def test_tensors_that_do_not_agree(word: str, values: dict[str, int], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        tokens().add("head", word, shares=1, **values)
    assert f"net.yaml:3:3: head ({word}): {said}" in str(caught.value)


def test_two_layers_of_one_op_agree_on_all() -> None:
    draft = Draft(4)
    draft.add("a", "linear", out_features=4)
    with pytest.raises(SpecError, match=r"which has weight 4×4, bias 4; its own would be weight 4×4$"):
        draft.add("b", "linear", out_features=4, bias=False, shares=1)


# one tensor has one width


def test_the_same_width_may_be_written_at_each() -> None:
    draft = Draft(8)
    draft.add("a", "linear", out_features=8, bits=Bits(4, 4))
    draft.add("b", "linear", out_features=8, bits=Bits(4, 8), shares=1)
    draft.add("c", "linear", out_features=8, shares=2)
    bits = [layer.weight_bits for layer in analyse(draft.graph(), bits="spec").layers]
    assert bits == [4, 4, 4]


@pytest.mark.parametrize(
    "first, said",
    [
        (Bits(8, 8), "bits=4: its weight is that of a, and a has bits=8"),
        (None, "bits=4: its weight is that of a, and a has none"),
    ],
)
def test_another_width_is_refused(first: Bits | None, said: str) -> None:
    draft = Draft(8)
    draft.add("a", "linear", out_features=8, bits=first)
    with pytest.raises(SpecError) as caught:
        draft.add("b", "linear", out_features=8, bits=Bits(4, 4), shares=1)
    assert str(caught.value).startswith(f"net.yaml:3:3: b (linear): {said}\n  hint: one tensor has one width")


def test_two_heads_of_one_table_have_one_width() -> None:
    draft = tokens()
    draft.add("a", "linear", out_features=6, bits=Bits(4, 4), shares=1)
    draft.add("back", "linear", out_features=4)
    with pytest.raises(SpecError, match="bits=2: its weight is that of table, and a has bits=4"):
        draft.add("b", "linear", out_features=6, bits=Bits(2, 2), shares=1)


def test_a_width_is_asked_of_every_tensor_that_is_tied() -> None:
    draft = tokens()
    draft.add("a", "linear", out_features=6, shares=1)
    draft.add("back", "linear", out_features=4)
    with pytest.raises(SpecError, match="bits=2: its bias is that of a, and a has none"):
        draft.add("b", "linear", out_features=6, bits=Bits(2, 2), shares=2)
