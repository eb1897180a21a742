"""Which layers make what a network puts out."""

import pytest

from calc.counts import count
from calc.precision.heads import heads_of
from calc.spec import load, loads
from calc.spec.expand import expand


def heads(text: str) -> list[str]:
    graph = expand(loads(text) if "\n" in text else load(text))
    return [graph.nodes[index].name for index in heads_of(graph, count(graph))]


def of_layers(layers: str, more: str = "") -> list[str]:
    return heads(f"name: x\ninput: {{shape: [4, 8], channels: last}}\nlayers: {{{layers}}}\n{more}")


def test_the_layer_that_an_output_comes_from() -> None:
    assert of_layers("a: {linear: 8}, b: {linear: 8}, soft: {softmax: -1}, flat: flatten") == ["b"]


def test_each_output_has_its_own() -> None:
    layers = "a: {linear: 8}, b: {linear: 8}, c: {linear: 8, from: a}"
    assert of_layers(layers, "output: [b, c]") == ["b", "c"]


@pytest.mark.parametrize("last", ["norm: layer_norm", "sum: {add: , from: [a, b]}", "scale: {layer_scale: -1}"])
def test_a_norm_or_a_sum_at_the_end_is_no_head(last: str) -> None:
    assert of_layers(f"a: {{linear: 8}}, b: {{linear: 8}}, {last}") == []


def test_a_network_without_macs_has_none() -> None:
    assert of_layers("act: relu") == []


def test_a_classifier() -> None:
    assert heads("mobilenetv2") == ["classifier.1"]
