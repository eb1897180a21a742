"""The bits a layer reads."""

import pytest

from calc.analysis import analyse
from calc.counts import count
from calc.errors import OpError
from calc.model.graph import Bits, Graph
from calc.precision import resolve
from calc.precision.activations import known_activations
from tests.calc.graphs import Draft


def activation_bits(graph: Graph, convention: str) -> dict[str, int]:
    assigned = resolve("spec").assign(graph, count(graph))
    given = analyse(graph, bits="spec", activations=convention).assigned
    for before, after in zip(assigned, given, strict=True):
        assert (before and before.bits.weight) == (after and after.bits.weight)
        assert (before and before.rule) == (after and after.rule)
    return {node.name: row.bits.activation for node, row in zip(graph.nodes, given, strict=True) if row}


def residual() -> Graph:
    draft = Draft(4, 8, 8)
    entry = draft.add("a", "conv2d", out_channels=4, kernel_size=1, bits=Bits(6, 6))
    draft.add("b", "conv2d", out_channels=4, kernel_size=1, bits=Bits(2, 2))
    draft.add("norm", "batch_norm")
    draft.add("add", "add", (entry, draft.add("act", "relu6")))
    draft.add("c", "conv2d", out_channels=4, kernel_size=1, bits=Bits(3, 3))
    return draft.graph()


def test_same_is_the_layers_own() -> None:
    assert activation_bits(residual(), "same") == {"a": 6, "b": 2, "c": 3}


def test_one_width_everywhere() -> None:
    assert activation_bits(residual(), "5") == {"a": 5, "b": 5, "c": 5}


def test_producer_is_what_the_layer_before_wrote() -> None:
    # the image has 8; b reads a's 6; c reads the wider of a's 6 and b's 2
    assert activation_bits(residual(), "producer") == {"a": 8, "b": 6, "c": 6}


def test_a_learnt_tensor_widens_nothing() -> None:
    draft = Draft(4, 4, channels="last")
    image = draft.add("a", "linear", out_features=4, bits=Bits(2, 2))
    position = draft.add("position", "tensor", (), shape=[4, 4])
    draft.add("add", "add", (image, position))
    draft.add("b", "linear", out_features=4, bits=Bits(5, 5))
    draft.add("constant", "linear", (position,), out_features=4, bits=Bits(7, 7))
    assert activation_bits(draft.graph(), "producer") == {"a": 8, "b": 2, "constant": 7}


@pytest.mark.parametrize("text, expected", [("same", "same"), ("producer", "producer"), ("08", "8"), ("064", "64")])
def test_words_and_widths(text: str, expected: str) -> None:
    assert known_activations(text) == expected


@pytest.mark.parametrize("text", ["0", "65", "999", "", "own", "8.5", "-8"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(OpError):
        known_activations(text)


@pytest.mark.parametrize("text, word", [("sam", "same"), ("produce", "producer")])
def test_the_nearest_word_is_in_the_hint(text: str, word: str) -> None:
    with pytest.raises(OpError) as caught:
        known_activations(text)
    assert caught.value.fact == f"unknown activations '{text}': same, producer or a number of bits"
    assert caught.value.hint == f"did you mean {word}?"


def test_an_embedding_writes_its_table() -> None:
    draft = Draft(6, dtype="int64")
    draft.add("table", "embedding", num_embeddings=9, embedding_dim=4)
    draft.add("first", "linear", out_features=4, bits=Bits(2, 2))
    draft.add("second", "linear", out_features=4, bits=Bits(3, 3))
    assert activation_bits(draft.graph(), "producer") == {"first": 32, "second": 2}
