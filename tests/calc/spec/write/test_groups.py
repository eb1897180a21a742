"""Bits that only a chain around a layer can give it."""

import pytest

from calc.errors import SpecError
from calc.model.graph import Bits
from calc.spec.write import spec_text
from tests.calc.spec.write.test_chain import TOKENS, layers_of
from tests.calc.spec.written import graph_of

LINEAR_8 = {"linear": 4, "bits": 8}


@pytest.mark.parametrize(
    ("layers", "written"),
    [
        ("[{chain: [{linear: 4}, relu, {layer_norm: }], bits: w4a8}]",
         [{"splice": {"0.0": {"linear": 4}, "0.1": "relu", "0.2": "layer_norm"}, "bits": "w4a8"}]),
        ("[relu, {chain: [relu, {linear: 4, bits: 8}, {layer_norm: }], bits: 4}, relu]",
         [{"splice": {"0": "relu"}}, {"splice": {"1.0": "relu", "1.1": LINEAR_8, "1.2": "layer_norm"}, "bits": 4},
          {"splice": {"2": "relu"}}]),
        ("[{chain: [{linear: 4, bits: 8}, relu], bits: int8}]",
         [{"splice": {"0.0": LINEAR_8, "0.1": "relu"}, "bits": "int8"}]),
        ("[{chain: [{layer_norm: }, relu], bits: 4}, {chain: [relu, {layer_norm: }], bits: 8}]",
         [{"splice": {"0.0": {"layer_norm": None, "bits": 4}, "0.1": "relu"}, "bits": 4},
          {"splice": {"1.0": "relu", "1.1": {"layer_norm": None, "bits": 8}}, "bits": 8}]),
        ("[{linear: 4, bits: 8}, {layer_norm: , bits: int8}, {gru: {hidden_size: 4}, bits: {weight_hh: 4}}]",
         {"0": LINEAR_8, "1": {"layer_norm": None, "bits": "int8"}, "2": {"gru": 4, "bits": {"weight_hh_l0": 4}}}),
        ("[relu, {gru: {hidden_size: 4}, bits: {weight_hh: 4, weight_ih: 2}}]",
         {"0": "relu", "1": {"gru": 4, "bits": {"weight_hh_l0": 4, "weight_ih_l0": 2}}}),
        ("[{chain: [{gru: {hidden_size: 4}, bits: {weight_hh: 4, weight_ih: 2}}], bits: 8}]",
         [{"splice": {"0.0": {"gru": 4, "bits": {"weight_hh_l0": 4, "weight_ih_l0": 2}}}, "bits": 8}]),
        ("[relu, {chain: [relu, {linear: 4}, tanh], training_only: true}, relu, tanh]",
         [{"splice": {"0": "relu"}},
          {"splice": {"1.0": "relu", "1.1": {"linear": 4}, "1.2": "tanh"}, "training_only": True},
          {"splice": {"2": "relu", "3": "tanh"}}]),
        ("[{linear: 4, bits: 8}, {layer_norm: , bits: 8}, {chain: [relu, {linear: 4}], bits: 4}, relu, tanh]",
         [{"splice": {"0": LINEAR_8, "1": {"layer_norm": None, "bits": 8}}},
          {"splice": {"2.0": "relu", "2.1": {"linear": 4}}, "bits": 4}, {"splice": {"3": "relu", "4": "tanh"}}]),
        ("[gelu, {chain: [{linear: 4, bits: 8}, {linear: 4, bits: 8}, tanh], bits: 4}]",  # no more than is needed
         [{"splice": {"0": "gelu", "1.0": LINEAR_8}}, {"splice": {"1.1": LINEAR_8, "1.2": "tanh"}, "bits": 4}]),
        ("[gelu, {chain: [tanh, {linear: 4, bits: 8}, {linear: 4, bits: 8}], bits: 4}]",
         [{"splice": {"0": "gelu"}}, {"splice": {"1.0": "tanh", "1.1": LINEAR_8}, "bits": 4},
          {"splice": {"1.2": LINEAR_8}}]),
    ],
)  # fmt: skip
def test_bits_are_those_of_every_layer(layers: str, written: object) -> None:
    assert layers_of(graph_of(layers, input=TOKENS)) == written


def test_bits_inside_what_is_not_run() -> None:
    found = layers_of(graph_of("[{chain: [relu, {linear: 4}], bits: 4, training_only: true}, relu]", input=TOKENS))
    relu = {"relu": None, "training_only": True}
    linear = {"linear": 4, "from": "0.0", "training_only": True}
    aside = [{"splice": {"0.0": relu, "0.1": linear}, "bits": 4}]
    assert found == [{"splice": aside, "training_only": True}, {"splice": {"1": "relu"}}]


def test_bits_stand_at_the_layer_where_they_can() -> None:
    found = layers_of(graph_of("[{chain: [{linear: 4}], bits: w4a8}, {layer_norm: , bits: 8}]", input=TOKENS))
    assert found == {"0.0": {"linear": 4, "bits": "w4a8"}, "1": {"layer_norm": None, "bits": 8}}


def test_bits_for_nothing_are_refused() -> None:
    graph = graph_of("[relu, tanh]")
    node = graph.nodes[1]._replace(bits=Bits(4, 4))
    wrong = type(graph)("n", "s", (graph.nodes[0], node, graph.nodes[2]), graph.inputs, graph.outputs)
    with pytest.raises(SpecError) as caught:
        spec_text(wrong)
    assert str(caught.value) == (
        "0 (relu): it has bits=4, but no layer next to it has MACs or tensors that these bits apply to\n"
        "  hint: the language cannot express this"
    )
