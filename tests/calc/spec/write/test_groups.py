"""Bits that only a chain around a layer can give it."""

import pytest

from calc.errors import SpecError
from calc.model.graph import Bits
from calc.spec.write import spec_text
from tests.calc.spec.write.test_chain import TOKENS, layers_of
from tests.calc.spec.written import graph_of


@pytest.mark.parametrize(
    "layers",
    [
        "[{chain: [{linear: 4}, relu, {layer_norm: }], bits: w4a8}]",
        "[relu, {chain: [relu, {linear: 4, bits: 8}, {layer_norm: }], bits: 4}, relu]",
        "[{chain: [{linear: 4, bits: 8}, relu], bits: int8}]",
        "[{chain: [{layer_norm: }, relu], bits: 4}, {chain: [relu, {layer_norm: }], bits: 8}]",
        "[{linear: 4, bits: 8}, {layer_norm: , bits: int8}, {gru: {hidden_size: 4}, bits: {weight_hh: 4}}]",
        "[{chain: [{gru: {hidden_size: 4}, bits: {weight_hh: 4, weight_ih: 2}}], bits: 8}]",
        "[{chain: [relu, {linear: 4}], bits: 4, training_only: true}, relu]",
    ],
)
def test_bits_are_those_of_every_layer(layers: str) -> None:
    layers_of(graph_of(layers, input=TOKENS))  # which holds them to being the same


def test_bits_stand_at_the_layer_where_they_can() -> None:
    found = layers_of(graph_of("[{chain: [{linear: 4}], bits: w4a8}, {layer_norm: , bits: 8}]", input=TOKENS))
    assert found == {"0.0": {"linear": 4, "bits": "w4a8"}, "1": {"layer_norm": None, "bits": 8}}


def test_bits_for_nothing_are_refused() -> None:
    graph = graph_of("[relu, tanh]")
    node = graph.nodes[1]._replace(bits=Bits(4, 4))
    wrong = type(graph)("n", "s", (graph.nodes[0], node, graph.nodes[2]), graph.inputs, graph.outputs)
    with pytest.raises(SpecError, match=r"0 \(relu\): it has bits=4, and no layer beside it"):
        spec_text(wrong)
