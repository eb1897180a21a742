"""Which choices each layer depends on, and whether one decides what another does."""

from pathlib import Path
from typing import Any

import pytest

from calc.spec import expand, load, loads
from calc.spec.watched import Chosen, expand_watched
from tests.calc.spec.written import text_of

EVERYWHERE = """
- {linear: w, for: w, over: widths}
- {$act: }
- {tanh: , repeat: deep}
- {gelu: , when: more}
- {chain: [{linear: out}, relu]}
- sigmoid
"""
UNIT = "U: {params: {n: }, layers: [{linear: n}, relu]}"
A, B = ("a", None), ("b", None)


def watched(
    layers: str, params: str, chosen: list[Chosen], given: dict[str, Any], blocks: str = ""
) -> tuple[dict[str, set[int]], bool]:
    """The choices of each layer that has any, and whether they are apart; the network is as it is unwatched."""
    model = loads(text_of(layers, input="[4]", params=params, blocks=blocks))
    found = expand_watched(model, given, chosen)
    assert found.graph == expand(model, given)
    named = zip(found.graph.nodes, found.choices, strict=True)
    return {node.name: set(choices) for node, choices in named if choices}, found.is_apart


@pytest.mark.parametrize(
    "layers, params, chosen, found",
    [
        (
            EVERYWHERE,
            "{widths: [4, 6], act: relu, deep: 2, more: true, out: 3}",
            [("widths", 0), ("widths", 1), ("act", None), ("deep", None), ("more", None), ("out", None)],
            {"0": {0}, "1": {1}, "2": {2}, "3": {3}, "4": {3}, "5": {4}, "6.0": {5}},
        ),
        ("[{linear: n, for: n, over: a}]", "{a: [2, 3, 5]}", [("a", 0), ("a", 2)], {"0": {0}, "2": {1}}),
        ("[{linear: n, for: n, over: a}]", "{a: [2, 3]}", [A], {"0": {0}, "1": {0}}),
        ("[relu, {U: a}, tanh]", "{a: 2}", [A], {"1.0": {0}, "1.1": {0}}),
        ("[{chain: [{linear: a}], repeat: a}, relu]", "{a: 2}", [A], {"0.0": {0}, "1.0": {0}}),
        ("{x: {linear: a}, y: {linear: b}}", "{a: 2, b: 3}", [A, B], {"x": {0}, "y": {1}}),
    ],
)
def test_layers_know_their_choices(layers: str, params: str, chosen: list[Chosen], found: dict[str, set[int]]) -> None:
    assert watched(layers, params, chosen, {}, UNIT * ("U:" in layers)) == (found, True)


@pytest.mark.parametrize(
    "layers, params, found",
    [
        ("[{chain: [{linear: b}], when: a == 2}, {linear: a}]", "{a: 2, b: 3}", {"0.0": {0, 1}, "1": {0}}),
        ("[{chain: [{tanh: , repeat: b}], repeat: a}]", "{a: 1, b: 2}", {"0.0": {0, 1}, "0.1": {0, 1}}),
        ("[{linear: c}, {linear: b}, {linear: a}]", "{a: 2, b: 3, c: a + 1}", {"1": {1}, "2": {0}}),
        ("{x: {linear: a}, y: {linear: b, from: input}}", "{a: 2, b: 3}", {"x": {0}, "y": {1}}),
        ("{x: {linear: 4}, y: {linear: 4, shares: x}, z: {linear: a}, w: {linear: b}}", "{a: 2, b: 3}",
         {"z": {0}, "w": {1}}),
    ],
)  # fmt: skip
def test_choices_that_may_decide_what_others_do_are_not_apart(
    layers: str, params: str, found: dict[str, set[int]]
) -> None:
    assert watched(layers, params, [A, B], {}) == (found, False)


def test_a_default_given_from_outside_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "name: base\nparams: {a: 2, b: 3}\ninput: [4]\nlayers: [{linear: a}, {linear: b}]\n", encoding="utf-8"
    )
    for child, apart in (("{b: 3}", True), ("{b: a + 1}", False)):
        path = tmp_path / "child.yaml"
        path.write_text(f"name: child\nextends: base.yaml\nparams: {child}\n", encoding="utf-8")
        found = expand_watched(load(path), {"a": 5}, [A])
        assert (found.graph.nodes[1].shape.sizes, found.is_apart) == ((5,), apart)
