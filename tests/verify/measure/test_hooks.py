"""A watcher is told the start and the end of every call, in pairs."""

import pytest
import torch
from torch import nn

from tests.verify.measure.networks import Calls
from verify.measure.hooks import Shapes, watched

pytestmark = pytest.mark.torch


class Diary:
    def __init__(self) -> None:
        self.entries: list[str] = []

    def enter(self, layer: str) -> None:
        self.entries.append(f"+{layer}")

    def leave(self, layer: str, output: object) -> None:
        self.entries.append(f"-{layer}")


def test_calls_nest_and_repeat():
    inner = nn.ReLU()
    outer = Calls(lambda x: inner(x))
    diary = Diary()
    with watched({"outer": outer, "inner": inner}, diary):
        outer(torch.ones(1))
        inner(torch.ones(1))
        nn.Sigmoid()(torch.ones(1))
    inner(torch.ones(1))
    assert diary.entries == ["+outer", "+inner", "-inner", "-outer", "+inner", "-inner"]


def test_a_layer_that_raises_is_left():
    failing = Calls(lambda x: x[5])
    diary = Diary()
    with watched({"failing": failing}, diary), pytest.raises(IndexError):
        failing(torch.ones(1))
    assert diary.entries == ["+failing", "-failing"]


def test_shapes_of_the_last_call_and_of_the_first_of_several_outputs():
    pair, growing, textual = Calls(lambda x: (x, x[:1])), nn.Identity(), Calls(lambda _: "no tensor")
    layers = {"pair": pair, "growing": growing, "textual": textual, "unused": nn.Identity()}
    shapes = Shapes(layers)
    with watched(layers, shapes):
        pair(torch.ones(2, 3))
        growing(torch.ones(1, 1))
        growing(torch.ones(1, 4))
        textual(torch.ones(1))
    assert shapes.output_shape == {"pair": (2, 3), "growing": (1, 4), "textual": None, "unused": None}
    assert shapes.calls == {"pair": 1, "growing": 2, "textual": 1, "unused": 0}
