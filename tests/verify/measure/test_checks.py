"""Each check inside measure can fail, and contradictions are returned with both counts."""

import pytest
import torch
from torch import nn

from tests.verify.measure.networks import Calls, leaves, measure_function, measure_layer
from verify.measure import MeasuredRow, MeasureError, Seen, closed_world, dispatcher, measure, probe

pytestmark = pytest.mark.torch

aten = torch.ops.aten


def test_a_product_outside_every_layer_raises():
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    with pytest.raises(MeasureError, match=r"runs the product aten.addmm.default outside of all layers"):
        measure(network, {"first": network[0]}, torch.ones(1, 3))


def test_a_layer_of_another_network_raises():
    with pytest.raises(MeasureError, match=r"^stranger: is not a module of the network$"):
        measure(nn.Sequential(nn.ReLU()), {"stranger": nn.Linear(3, 3)}, torch.ones(1, 3))


def test_layers_that_overlap_raise():
    inner = nn.Sequential(nn.Linear(3, 3))
    network = nn.Sequential(inner)
    with pytest.raises(MeasureError, match=r"^part: shares a module \(Linear\) with whole$"):
        measure(network, {"whole": inner, "part": inner[0]}, torch.ones(1, 3))


def test_a_layer_whose_name_stands_below_anothers_is_apart_from_it():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.Linear(3, 3)
            self.norm.act = nn.PReLU()

        def forward(self, x):
            return self.norm.act(self.norm(x))

    network = Net()
    layers = {"norm": network.norm, "norm.act": network.norm.act}
    rows = measure(network, layers, torch.ones(1, 3)).rows
    assert [rows[name].parameter_elements for name in layers] == [3 * 3 + 3, 1]
    assert [rows[name].calls for name in layers] == [1, 1]
    assert [rows[name].probe_macs for name in layers] == [3 * 3, 0]


def test_one_module_under_two_names_raises():
    layer = nn.Linear(3, 3)
    with pytest.raises(MeasureError, match=r"^b: shares a module \(Linear\) with a$"):
        measure(nn.Sequential(layer, layer), {"a": layer, "b": layer}, torch.ones(1, 3))


def counts(row: MeasuredRow) -> tuple[int, int]:
    return row.dispatcher_macs, row.probe_macs


def test_a_hole_in_the_dispatcher_is_noticed(monkeypatch):
    monkeypatch.delitem(dispatcher.MISSING_FORMULAS, aten.mv)
    assert counts(measure_function(lambda x: torch.mv(x, x[0]), 3, 4)) == (0, 3 * 4)


def test_a_wrong_formula_of_the_dispatcher_is_noticed(monkeypatch):
    monkeypatch.setitem(dispatcher.MISSING_FORMULAS, aten.mv, lambda *_, **__: 2 * 13)
    assert counts(measure_function(lambda x: torch.mv(x, x[0]), 3, 4)) == (13, 3 * 4)


def test_a_count_of_flops_that_cannot_be_halved_is_noticed(monkeypatch):
    monkeypatch.setitem(dispatcher.MISSING_FORMULAS, aten.mv, lambda *_, **__: 2 * 12 + 1)
    with pytest.raises(MeasureError, match=r"the dispatcher counts 25 FLOPs, but its layers have 12 MACs"):
        measure_function(lambda x: torch.mv(x, x[0]), 3, 4)


def test_a_product_taken_for_free_is_noticed(monkeypatch):
    monkeypatch.delitem(closed_world.PRODUCTS, aten.mm.default)
    monkeypatch.setitem(closed_world.FREE, "mm", "a mistake")
    assert counts(measure_layer(nn.Linear(3, 4, bias=False), 2, 3)) == (2 * 3 * 4, 0)


def test_a_probe_that_forgets_padding_is_noticed(monkeypatch):
    monkeypatch.setattr(probe, "_padded_with_ones", lambda convolution: convolution)
    assert counts(measure_layer(nn.Conv1d(1, 1, 3, padding=1), 1, 1, 5)) == (3 * 5, 3 * 5 - 2)


def test_every_contradiction_is_returned(monkeypatch):
    monkeypatch.delitem(dispatcher.MISSING_FORMULAS, aten.mv)
    network = nn.Sequential(Calls(lambda x: torch.mv(x, x[0])), Calls(lambda x: torch.mv(x.outer(x), x)))
    rows = measure(network, leaves(network), torch.ones(3, 4)).rows
    assert [counts(row) for row in rows.values()] == [(0, 3 * 4), (0, 3 * 3)]


def test_a_network_that_changes_on_meta_is_noticed():
    layer = Calls(lambda x: x[:1] if x.is_meta else x)
    measured = measure(nn.Sequential(layer), {"layer": layer}, torch.ones(2, 3))
    assert (measured.rows["layer"].output_shape, measured.on_meta["layer"]) == ((2, 3), Seen((1, 3), 1))


def test_calls_that_differ_on_meta_are_noticed():
    layer = nn.ReLU()
    measured = measure(Twice(layer), {"layer": layer}, torch.ones(2, 3))
    assert (measured.rows["layer"].calls, measured.on_meta["layer"]) == (1, Seen((2, 3), 2))


def test_a_product_larger_than_memory_names_its_layer_and_its_sizes():
    with torch.device("meta"):
        network = nn.Sequential(nn.Linear(10**7, 10**8, bias=False))
    with pytest.raises(MeasureError, match=r"^layer: the probe runs aten.mm.default on ones of \(1, 10000000\) and "):
        measure(network, {"layer": network[0]}, torch.empty(1, 10**7, device="meta"))


@pytest.mark.parametrize("device, passes", [("cpu", 2), ("meta", 1)])
def test_every_layer_of_every_pass_is_told_of(device, passes):
    with torch.device(device):
        network, inputs = nn.Sequential(nn.Linear(3, 3), nn.ReLU()), torch.ones(1, 3)
    told = []
    measure(network, leaves(network), inputs, told.append)
    assert told == [1] * 2 * passes


class Twice(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)
        return self.layer(out) if x.is_meta else out
