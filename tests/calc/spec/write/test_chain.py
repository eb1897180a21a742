"""Layers as they stand in the file: from, modifiers, experts, what runs again."""

import pytest

from calc.errors import SpecError
from calc.model.graph import Graph
from calc.spec.source import parse
from calc.spec.tree import plain
from calc.spec.write import require_same, spec_text
from tests.calc.spec.written import graph_of

TOKENS = "{shape: [5, 4], channels: last}"


def layers_of(graph: Graph) -> dict[str, object]:
    """The layers as they are written, which are held to being the same network."""
    text = spec_text(graph, flat=True)
    require_same(graph, text)
    found: dict[str, object] = plain(parse(text, "text"))["layers"]
    return found


def test_from_stands_only_where_it_is_not_the_layer_before() -> None:
    found = layers_of(
        graph_of("{a: relu, t: {tensor: {shape: [8]}}, b: relu, s: {add: , from: [b, t]}, c: {relu: , from: a}}")
    )
    assert found == {
        "a": "relu",
        "t": {"tensor": [8]},
        "b": "relu",
        "s": {"add": None, "from": ["b", "t"]},
        "c": {"relu": None, "from": "a"},
    }


def test_the_input_is_read_by_its_name() -> None:
    assert layers_of(graph_of("[{residual: [relu]}]"))["add"] == {"add": None, "from": [0, "input"]}
    found = layers_of(graph_of("{input: relu, b: {relu: , from: x}}", input="{x: [3, 4]}"))
    assert found == {"input": "relu", "b": {"relu": None, "from": "x"}}


def test_ties() -> None:
    layers = "{a: {linear: 4}, b: {linear: 4, shares: a}, c: {chain: [gelu, {linear: 4}]}, d: {again: c}}"
    found = layers_of(graph_of(layers, input=TOKENS))
    assert found["b"] == {"linear": 4, "shares": "a"}
    assert found["d.1"] == {"again": "c.1"}


def test_what_is_not_run_stands_together_where_it_reads_itself() -> None:
    one = "{a: relu, t: {linear: 4, training_only: true}, b: relu}"
    assert layers_of(graph_of(one, input=TOKENS))["t"] == {"linear": 4, "training_only": True}
    several = "{a: relu, t: {chain: {x: relu, y: {add: , from: [x, a]}}, training_only: true}, b: relu}"
    assert layers_of(graph_of(several, input=TOKENS)) == [
        {"splice": {"a": "relu"}},
        {"splice": {"t.x": "relu", "t.y": {"add": None, "from": ["t.x", "a"]}}, "training_only": True},
        {"splice": {"b": "relu"}},
    ]


def test_experts() -> None:
    layers = """
    a: relu
    r: {linear: 3}
    m: {experts: {expert: {linear: 4}, count: 3, active: 2}, from: [a, r]}
    n: {experts: {expert: [{residual: [{linear: 4}]}], count: 3, active: 1, normalize: none}, from: [m, r]}
    o: {again: n, from: [m, r]}
    t: {experts: {expert: [relu], count: 3, active: 1}, from: [m, r], training_only: true}
    """
    found = layers_of(graph_of(layers, input=TOKENS))
    inner = {"0": {"linear": 4}, "add": {"add": None, "from": [0, "dispatch"]}}
    assert found["m"] == {"experts": {"expert": {"linear": 4}, "count": 3, "active": 2}, "from": ["a", "r"]}
    assert found["n"]["experts"]["expert"] == {"chain": inner}  # type: ignore[index]  # of plain values
    assert found["t"]["training_only"] is True  # type: ignore[index]  # of plain values
    assert found["o"] == {"again": "n", "from": ["m", "r"]}


def test_a_layer_that_cannot_be_named_is_refused() -> None:
    layers = "{network: {x: {relu: }, y: relu}, z: {relu: , from: network.{*}}}".replace("network.{*}", "'network.{*}'")
    graph = graph_of(
        layers.replace("y: relu}", "y: relu}").replace("{*}", "x{*}").replace("x: {", "xx: {"), input="{x: [3, 4]}"
    )
    assert "from: network.xx" in spec_text(graph, flat=True)
    graph = graph_of("{network.x: relu, y: relu, z: {relu: , from: 'netwo{*}.{*}'}}", input="{x: [3, 4]}")
    with pytest.raises(SpecError) as caught:
        spec_text(graph, flat=True)
    assert str(caught.value) == (
        "network.x (relu): the name network.x in from: would mean an input of the network, not this layer\n"
        "  hint: give the layer another name"
    )


@pytest.mark.parametrize(
    ("expert", "written"),
    [
        ("relu", "relu"),
        ("[relu]", {"chain": {"0": "relu"}}),
        ("{linear: 4, bits: 8}", {"linear": 4, "bits": 8}),
        ("{chain: {a: {linear: 4}, b: {linear: 4, shares: a}, c: {again: b}}}",
         {"chain": {"a": {"linear": 4}, "b": {"linear": 4, "shares": "a"}, "c": {"again": "a"}}}),  # as good as b
        ("{chain: {a: relu, b: {add: , from: [a, dispatch]}}}",
         {"chain": {"a": "relu", "b": {"add": None, "from": ["a", "dispatch"]}}}),
        ("{chain: {a: relu, dispatch: tanh, b: {add: , from: [dispatch, a]}}}",  # a layer, which is no token
         {"chain": {"a": "relu", "dispatch": "tanh", "b": {"add": None, "from": ["dispatch", "a"]}}}),
        ("{chain: {a: relu, t: {tensor: {shape: [4]}}, b: {add: , from: [a, t]}}}",
         {"chain": {"a": "relu", "t": {"tensor": [4]}, "b": {"add": None, "from": ["a", "t"]}}}),
    ],
)  # fmt: skip
def test_what_an_expert_is(expert: str, written: object) -> None:
    layers = f"{{r: {{linear: 3}}, m: {{experts: {{expert: {expert}, count: 3, active: 2}}, from: [input, r]}}}}"
    found = layers_of(graph_of(layers, input=TOKENS))
    assert found["m"] == {"experts": {"expert": written, "count": 3, "active": 2}, "from": ["input", "r"]}
