"""Elements by kind from a row: those that the network itself counts, and none from a row that no network has."""

from typing import Any

import pytest
from hypothesis import given, settings

from calc.analysis import analyse
from calc.errors import OpError
from calc.gate.elements import elements
from calc.gate.snapshot import LockedLayer, snapshot
from calc.spec.load import loads
from tests.drawn_specs import DrawnSpec, specs
from tests.strategies import import_drawing

import_drawing()


@settings(max_examples=30)
@given(specs())
def test_they_are_those_of_the_network(drawn: DrawnSpec) -> None:
    analysis = analyse(loads(drawn.text))
    found = snapshot([analysis], ["fp32"])
    shapes = dict(found.inputs) | {row.name: row.shape for row in found.layers}
    assert [elements(row, shapes) for row in found.layers] == [dict(layer.elementwise) for layer in analysis.layers]


@pytest.mark.parametrize(
    "op, fields, counted",
    [
        ("warp", {}, None),
        ("max_pool2d", {}, None),
        ("max_pool2d", {"kernel_size": 3}, {"max_pool2d": 3 * 3 * (3 * 8 * 8)}),
        ("matmul", {"out_channels": 3}, None),
        ("relu", {"training_only": True}, {}),
        ("relu", {"shares": "x"}, {"relu": 3 * 8 * 8}),
    ],
)
def test_what_a_row_holds_too_little_of_is_not_said(
    op: str, fields: dict[str, Any], counted: dict[str, int] | None
) -> None:
    assert elements(LockedLayer("x", op, fields, ("input",), (3, 8, 8)), {"input": (3, 8, 8)}) == counted


@pytest.mark.parametrize(
    "op, fields, inputs, shape, fact",
    [
        ("max_pool2d", {"kernel_size": "x"}, ("input",), (3, 8, 8), "kernel_size='x': must be"),
        ("max_pool2d", {"kernel_size": 3, "self": 1}, ("input",), (3, 8, 8), "unknown key self"),
        ("max_pool2d", {"kernel_size": (1, 2, 3)}, ("input",), (3, 8, 8), "kernel_size has 3 values"),
        ("relu", {}, ("none",), (3, 8, 8), None),
        ("reduce", {"function": "mean", "dim": 1}, (), (3,), "do not fit"),
    ],
)
def test_a_row_that_no_network_has_is_an_error(
    op: str, fields: dict[str, Any], inputs: tuple[str, ...], shape: tuple[int, ...], fact: str | None
) -> None:
    with pytest.raises(OpError, match=rf"x \({op}\): .*{fact or 'do not fit'}"):
        elements(LockedLayer("x", op, fields, inputs, shape), {"input": (3, 8, 8)})
