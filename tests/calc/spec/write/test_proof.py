"""Two networks held against one another."""

from dataclasses import replace

import pytest

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.spec.write import first_difference, require_same, spec_text
from tests.calc.spec.written import graph_of, text_of

LAYERS = "[{conv2d: {out_channels: 4, kernel_size: 3}}, relu]"


def test_a_network_is_itself_wherever_it_is_written() -> None:
    assert first_difference(graph_of(LAYERS), graph_of(f"\n\n{LAYERS}")) == ""


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("[{conv2d: {out_channels: 5, kernel_size: 3}}, relu]", "0 (conv2d): op Conv2d(out_channels=4"),
        ("{'0': {conv2d: {out_channels: 4, kernel_size: 3}}, act: relu}", "1 (relu): name 1 became act"),
        (f"[{LAYERS[1:-1]}, relu]", "2 layers became 3"),
        ("[{conv2d: {out_channels: 4, kernel_size: 3}, bits: 8}, relu]", "0 (conv2d): bits None became 8"),
    ],
)
def test_the_first_difference_is_said(layers: str, said: str) -> None:
    assert first_difference(graph_of(LAYERS), graph_of(layers)).startswith(said)


def test_other_ends_are_a_difference() -> None:
    graph = graph_of(LAYERS)
    other = replace(graph, outputs=FrozenDict({"0": 1}))
    assert first_difference(graph, other) == "input and the outputs 1 became input and the outputs 0"
    entered = replace(graph, inputs=FrozenDict({"x": 0}))
    assert first_difference(graph, entered) == "input and the outputs 1 became x and the outputs 1"
    ends = [replace(graph, outputs=FrozenDict(each)) for each in ({"0": 1, "1": 2}, {"1": 2, "0": 1})]
    assert first_difference(*ends) == "input and the outputs 0, 1 became input and the outputs 1, 0"
    assert first_difference(graph, replace(graph, reference="torchvision/x")) == "reference None became torchvision/x"


def test_a_text_that_is_another_network_is_refused() -> None:
    graph = graph_of(LAYERS)
    require_same(graph, spec_text(graph))
    with pytest.raises(OpError) as caught:
        require_same(graph, text_of("[relu, relu]"))
    assert caught.value.fact.startswith("the written spec would be another network: 0 (conv2d): op Conv2d(")
    assert caught.value.hint == "this is a fault of calc; please report it"
