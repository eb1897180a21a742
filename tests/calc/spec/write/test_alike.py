"""Which chains are built alike, and which of those are worth a block."""

from collections.abc import Mapping

import pytest

from calc.spec.write.alike import alike
from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import hierarchy
from calc.spec.write.rolled import NO_CLASSES
from tests.calc.spec.write.test_chain import TOKENS
from tests.calc.spec.written import graph_of


def blocks(layers: str, classes: Mapping[str, str] = NO_CLASSES) -> list[str]:
    """The names of the chains of each block, those built otherwise behind a stroke."""
    graph = graph_of(layers, input=TOKENS)
    entries = entries_of(graph)
    found = alike(graph, entries, hierarchy(graph, entries), classes)
    return [" | ".join(" ".join(chain.name for chain in same) for same in each.structures) for each in found]


INNER = "i: [relu, tanh]"


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ("{a: [relu, tanh], b: [relu, tanh]}", ["a b"]),
        ("{a: {x: {linear: 4}, y: relu}, b: {x: {linear: 8}, y: relu}}", ["a b"]),  # up to numbers
        ("{a: {x: relu}, b: {x: relu}}", []),  # a layer alone is as short
        (f"{{a: {{{INNER}, o: relu}}, b: {{{INNER}, o: relu}}}}", ["a b"]),  # inside each a there is one i
        (f"{{a: {{{INNER}, j: [relu, tanh]}}, b: {{{INNER}, j: [relu, tanh]}}}}", ["a.i a.j b.i b.j", "a b"]),
        (f"{{a: {{{INNER}, o: relu}}, b: {{{INNER}, o: relu}}, c: [relu, tanh]}}", ["a.i b.i c", "a b"]),
        (f"{{a: {{{INNER}, o: relu}}, b: {{{INNER}, p: relu}}}}", ["a.i b.i"]),
        ("{a: {x: [relu, tanh], y: {again: x}}, b: {x: [relu, tanh], y: {again: x}}}", ["a b"]),
        (
            "{a: [[relu, tanh], [relu, tanh]], b: gelu, c: [[relu, tanh], [relu, tanh]]}",
            ["a.0 a.1 c.0 c.1"],
        ),  # runs of it
        ("{t: [{residual: [{linear: 4}]}], u: tanh, v: {again: t}}", ["t"]),  # whose add reads what enters
        ("{t: [{residual: [{linear: 4}]}], u: tanh}", []),
        ("{t: {x: {linear: 4}, y: relu}, u: tanh, v: {again: t}}", []),
        ("{l: relu, m: tanh, a: {x: {add: , from: [l, l]}, y: relu}, b: {x: {add: , from: [m, m]}, y: relu}}", ["a b"]),
        ("{l: {input: tanh, x: relu}, a: [relu, tanh], m: gelu, b: [relu, tanh]}", ["a b"]),  # input is elsewhere
    ],
)
def test_what_is_worth_a_block(layers: str, found: list[str]) -> None:
    assert blocks(layers) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[relu, tanh]", "[relu, gelu]"),
        ("[tanh, gelu]", "[tanh, {gelu: {approximate: tanh}}]"),
        ("{x: relu, y: tanh}", "{x: relu, z: tanh}"),
        ("[relu, {linear: 4, bits: 8}]", "[relu, {linear: 4}]"),
        ("{chain: [relu, tanh], training_only: true}", "[relu, tanh]"),
        ("{x: {linear: 4}, y: {add: , from: [x, input]}}", "{x: {linear: 4}, y: {add: , from: [x, x]}}"),
        ("{x: {linear: 4}, y: {add: , from: [x, input]}}", "{x: {linear: 4}, y: {add: , from: [x, l]}}"),
        ("[{linear: 4, shares: l}, relu]", "[{linear: 4}, relu]"),
        ("[{linear: 4, shares: l}, relu]", "[{linear: 4, shares: m}, relu]"),
        ("[{again: l}, relu]", "[{again: m}, relu]"),
        ("[{linear: 4}, {again: '0'}]", "[{linear: 4}, {linear: 4}]"),  # tied to the first layer, and to none
        ("[{linear: 4}, {linear: 4, shares: '0'}]", "[{linear: 4}, {linear: 4}]"),
        ("{x: [relu, {linear: 4}], y: {again: x}}", "{x: [relu, {linear: 4}], y: [relu, {linear: 4}]}"),
        ("{input: relu, b: tanh}", "{input: relu, b: tanh}"),  # alike, but what enters could not be called input
    ],
)
def test_what_is_not_alike(one: str, other: str) -> None:
    assert not [
        each for each in blocks(f"{{l: {{linear: 4}}, m: {{linear: 4}}, a: {one}, b: {other}}}") if "a b" in each
    ]


def test_ties_inside_are_alike_wherever_they_stand() -> None:
    for layer in ("{linear: 4, shares: '0'}", "{again: '0'}"):
        assert blocks(f"{{a: [{{linear: 4}}, {layer}], b: relu, c: [{{linear: 4}}, {layer}]}}") == ["a c"]


SIX = "[relu, tanh, relu, tanh, relu, tanh]"
UNITS = {"a": "Unit", "b": "Unit", "a.i": "Inner", "b.i": "Inner"}
SHORT, LONG = "{x: relu, y: {linear: 4}}", "{x: relu, z: tanh, y: {linear: 4}}"


@pytest.mark.parametrize(
    ("layers", "classes", "found"),
    [
        (f"{{a: {SHORT}, b: {LONG}}}", {"a": "Unit", "b": "Unit"}, ["a | b"]),
        (f"{{a: {SHORT}, b: {LONG}, c: {LONG}}}", {"a": "Unit", "b": "Unit", "c": "Unit"}, ["b c | a"]),
        (f"{{a: {SHORT}, b: {LONG}}}", {"a": "Unit", "b": "Other"}, []),
        (f"{{a: {SHORT}, b: {LONG}}}", {"a": "Sequential", "b": "Sequential"}, []),
        (f"{{a: {SHORT}, b: {SHORT}, c: {LONG}}}", {"a": "Unit", "b": "Same", "c": "Same"}, ["a b | c"]),
        (f"{{a: {SHORT}, b: {SHORT}, c: {LONG}}}", {"b": "Unit", "c": "Unit"}, ["a b | c"]),
        (f"{{a: {{i: {SHORT}}}, b: {{i: {LONG}}}}}", dict.fromkeys(("a", "b"), "Unit"), ["a | b"]),  # one i in each
        (f"{{a: {{i: {SHORT}}}, b: {{i: {LONG}}}}}", dict.fromkeys(("a", "b", "a.i", "b.i"), "Unit"), []),  # in itself
        (f"{{a: {{i: {SIX}}}, b: {{i: {SIX}, o: relu}}}}", UNITS, ["a.i b.i", "a | b"]),  # which may be written twice
        (f"{{a: {{i: {SIX}}}, b: {{i: {SIX}}}}}", UNITS, ["a b"]),
        (f"{{a: {{i: {SHORT}}}, b: {{i: {SHORT}, o: relu}}}}", UNITS, ["a | b"]),  # short
        ("{a: {i: [{residual: [relu]}]}, b: {i: [{residual: [relu]}]}}",
         {"a": "Unit", "b": "Unit", "a.i": "Gate", "b.i": "Gate"}, ["a.i b.i", "a b"]),  # only a block says input
        ("{a: [[relu, tanh], [relu, tanh]], b: gelu, c: [[relu, tanh], [relu, tanh]]}", {"a": "Stage", "c": "Stage"},
         ["a.0 a.1 c.0 c.1", "a c"]),
        (f"{{a: {{i: {SHORT}, j: {SHORT}}}, b: {{i: {LONG}, j: {SHORT}}}}}", dict.fromkeys("ab", "Unit"), ["a | b"]),
        (f"{{a: {{i: {SHORT}, o: relu}}, b: {{j: {LONG}, o: tanh}}}}",
         {"a": "One", "a.i": "Two", "b": "Two", "b.j": "One"}, ["a | b.j", "a.i | b"]),  # each in the other
        (f"{{a: [relu, tanh], b: {{i: {SIX}}}, c: {{i: {SIX}, o: relu}}}}",
         {**dict.fromkeys("abc", "Unit"), "b.i": "Inner", "c.i": "Inner"}, ["b.i c.i", "a | b | c"]),  # the inner first
    ],
)  # fmt: skip
def test_modules_of_one_class_may_be_one_block(layers: str, classes: dict[str, str], found: list[str]) -> None:
    assert blocks(layers, classes) == found
