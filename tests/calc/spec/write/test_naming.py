"""What blocks are called."""

import pytest

from calc.spec.write.alike import alike
from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import hierarchy
from calc.spec.write.naming import BlockNames
from tests.calc.spec.write.test_chain import TOKENS
from tests.calc.spec.written import graph_of

LONG, OTHER = "{x: relu, z: {linear: 4}}", "{x: relu, se: tanh, z: {linear: 4}}"


def names_of(layers: str, classes: dict[str, str]) -> list[str]:
    graph = graph_of(layers, input=TOKENS)
    entries = entries_of(graph)
    found = alike(graph, entries, hierarchy(graph, entries), {})
    return BlockNames(entries, classes).names([chains for same in found for chains in same.structures])


@pytest.mark.parametrize(
    ("of_class", "name"),
    [
        ("Mlp", "Mlp"),
        ("_DenseLayer", "DenseLayer"),
        ("conv_bn", "Conv_bn"),
        ("Generic[int]", "Genericint"),
        ("Sequential", "ReluLinear"),  # which says nothing
        ("ModuleList", "ReluLinear"),
        ("1", "ReluLinear"),
        ("", "ReluLinear"),
        ("Größe", "Gre"),
    ],
)
def test_a_block_is_called_as_the_class_of_its_modules(of_class: str, name: str) -> None:
    assert names_of(f"{{a: {LONG}, b: {LONG}}}", {"a": of_class, "b": of_class}) == [name]


def test_most_of_its_modules_decide() -> None:
    classes = {"a": "First", "b": "Usual", "c": "Usual"}
    assert names_of(f"{{a: {LONG}, b: {LONG}, c: {LONG}}}", classes) == ["Usual"]


def test_of_two_structures_of_one_class_the_rarer_says_what_it_has_besides() -> None:
    layers = f"{{a: {OTHER}, b: {OTHER}, c: {LONG}, d: {LONG}, e: {LONG}}}"
    assert names_of(layers, dict.fromkeys("abcde", "Unit")) == ["UnitSe", "Unit"]
    layers = f"{{a: {LONG}, b: {LONG}, c: {OTHER}, d: {OTHER}, e: {OTHER}}}"
    assert names_of(layers, dict.fromkeys("abcde", "Unit")) == ["Unit2", "Unit"]  # which has less
    layers = f"{{a: {LONG}, b: {LONG}, c: {LONG}, d: {LONG[:-1]}, w: gelu}}, e: {LONG[:-1]}, w: gelu}}, UnitW: relu}}"
    assert names_of(layers, {**dict.fromkeys("abc", "Unit"), "d": "UnitW", "e": "UnitW"}) == ["Unit", "UnitW"]
