"""Classifying images needs a network with one input and one output; other numbers are named in a message."""

import pytest

from calc.model.graph import Graph
from calc.spec import expand, loads

pytest.importorskip("torch")
from verify.errors import VerifyError  # after the check that torch is there
from verify.single import only_input, only_output


def graph_of(ends: str, layers: str = "{x: relu, y: {add: , from: [x, input]}}") -> Graph:
    return expand(loads(f"{{name: n, {ends}, layers: {layers}}}"))


def test_one_of_each() -> None:
    graph = graph_of("input: [3, 4]")
    assert (only_input(graph), only_output(graph)) == ((3, 4), 12)


def test_several_are_refused() -> None:
    with pytest.raises(VerifyError, match=r"n has 2 inputs \(a, b\), but images need a network with one"):
        only_input(graph_of("input: {a: [3], b: [3]}", "{y: {add: , from: [a, b]}}"))
    with pytest.raises(VerifyError, match=r"n has 2 outputs \(x, y\), but classes need a network with one"):
        only_output(graph_of("input: [3], output: [x, y]"))
