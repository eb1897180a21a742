"""Which members of a chain stand in a residual together."""

import pytest

from calc.spec.write.entries import entries_of
from calc.spec.write.hierarchy import hierarchy
from calc.spec.write.residuals import Item, Summed, items_of, leaves
from tests.calc.spec.written import graph_of


def shown(items: tuple[Item, ...]) -> str:
    """Keys in order, a residual as (main | shortcut)."""
    said = [
        f"({shown(item.main)}{f' | {shown(item.shortcut)}' if item.shortcut else ''})"
        if isinstance(item, Summed) else item.key for item in items
    ]  # fmt: skip
    return " ".join(said)


LAYERS = [
    ("{a: relu, b: tanh, add: {add: , from: [b, input]}}", "(a b)"),
    ("{a: relu, b: tanh, add: {add: , from: [b, a]}}", "a (b)"),
    ("{a: relu, b: tanh, add: {add: , from: [b, a]}, c: relu, add2: {add: , from: [c, add]}}", "a (b) (c)"),
    ("{a: relu, add: {add: , from: [a, input]}, c: relu, add2: {add: , from: [c, input]}}", "((a) c)"),
    ("{a: relu, b: {tanh: , from: input}, add: {add: , from: [a, b]}}", "(a | b)"),
    ("{a: relu, b: {tanh: , from: input}, c: relu, add: {add: , from: [a, c]}}", "(a | b c)"),
    ("{a: relu, b: [relu], c: {chain: [tanh], from: input}, add: {add: , from: [b, c]}}", "(a b | c)"),
    ("{a: relu, b: tanh, add: {add: , from: [a, b]}}", "a b add"),  # the input comes second
    ("{a: relu, b: tanh, sum: {add: , from: [b, a]}}", "a b sum"),  # another name
    ("{a: relu, b: tanh, add2: {add: , from: [b, a]}}", "a b add2"),
    ("{add: relu, b: tanh, add2: {add: , from: [b, add]}}", "add (b)"),  # add is taken
    ("{a: relu, add: {add: , from: [a, a]}}", "a add"),
    ("{a: relu, add: {add: 3}}", "a add"),
    ("{a: relu, b: tanh, c: gelu, add: {add: , from: [c, b, a]}}", "a b c add"),
    ("{a: relu, b: tanh, add: {subtract: , from: [b, a]}}", "a b add"),
    ("{a: relu, b: tanh, c: {gelu: , from: a}, d: relu, e: {tanh: , from: b}, add: {add: , from: [d, e]}}",
     "a b c d e add"),  # c reads another than what enters
    ("{a: relu, t: {tensor: {shape: [3, 8, 8]}}, b: tanh, x: {multiply: , from: [b, t]}, add: {add: , from: [x, a]}}",
     "a (t b x)"),
    ("{t: {tensor: {shape: [3, 8, 8]}}, a: relu, b: tanh, x: {multiply: , from: [b, t]}, add: {add: , from: [x, a]}}",
     "t a (b x)"),  # which is the same for every sample
    (f"{{{', '.join(f'a{at}: relu' for at in range(40))}, add: {{add: , from: [a39, input]}}}}",
     f"({' '.join(f'a{at}' for at in range(40))})"),
    (f"{{{', '.join(f'a{at}: relu' for at in range(41))}, add: {{add: , from: [a40, input]}}}}",
     f"{' '.join(f'a{at}' for at in range(41))} add"),  # too long to be seen
]  # fmt: skip


@pytest.mark.parametrize(("layers", "found"), LAYERS)
def test_what_stands_in_residuals(layers: str, found: str) -> None:
    graph = graph_of(layers)
    entries = entries_of(graph)
    root = hierarchy(graph, entries)
    items = items_of(graph, entries, root, 0)
    assert shown(items) == found
    assert [each.key for each in leaves(items)] == [
        each.key for each in root.members if not each.key.startswith("add") or each.key in found.split()
    ]
