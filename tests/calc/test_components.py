"""What a convention's file says is counted: by name, or of one operand."""

import pytest

from calc.components import Component, OfOperand, component
from calc.ops.base import Input, Parameter


@pytest.mark.parametrize(
    "text, expected",
    [
        ("macs", "macs"),
        ("softmax", "softmax"),
        ("qkv.weight elements", OfOperand(Parameter("qkv.weight"), "elements")),
        ("input 1 macs", OfOperand(Input(1), "macs")),
        ("input macs", OfOperand(Parameter("input"), "macs")),
        ("input one macs", OfOperand(Parameter("input one"), "macs")),
        ("qkv.weight sums", "qkv.weight sums"),
    ],
)
def test_component(text: str, expected: Component) -> None:
    assert component(text) == expected
    assert str(component(text)) == text
