import math

import pytest
import torch
from torch.nn import functional

from calc.analysis import analyse
from calc.spec.load import loads
from tests.verify.small import model
from verify.build import build
from verify.data import Batch
from verify.errors import VerifyError
from verify.lively import lively
from verify.quantise import Scheme, quantise
from verify.sensitivity import measure_data, weight_errors

pytestmark = pytest.mark.torch

ANALYSIS = analyse(model())
SHARED = """
name: shared
input: [3, 8, 8]
layers:
  first: {conv2d: {out_channels: 3, kernel_size: 3, padding: 1}}
  second: {conv2d: {out_channels: 3, kernel_size: 3, padding: 1}, shares: first}
  pool: {adaptive_avg_pool2d: 1}
  flatten: flatten
"""


def network(analysis=ANALYSIS):
    made = build(analysis.graph)
    made.load_state_dict(lively(made.state_dict()))
    return made


def batches(count=2, size=5):
    generator = torch.Generator().manual_seed(1)
    return [
        Batch(torch.randn(size, 3, 8, 8, generator=generator), torch.arange(size) % 3, tuple(range(size)))
        for _ in range(count)
    ]


def by_hand(analysis, change, given):
    """Output error and loss increase of a copy of the network in which ``change`` sets weights."""
    plain, changed = network(analysis), network(analysis)
    change(changed)
    x, y = torch.cat([batch.inputs for batch in given]), torch.cat([batch.labels for batch in given])
    with torch.no_grad():
        reference, output = plain(x), changed(x)
    error = float((reference - output).square().sum() / reference.square().sum())
    return error, float(functional.cross_entropy(output, y) - functional.cross_entropy(reference, y))


@pytest.mark.parametrize("layer", ["conv", "last", "fc"])
@pytest.mark.parametrize("bits", [2, 5])
def test_each_layer_alone_is_what_a_changed_copy_gives(layer, bits):
    def change(made):
        weight = made.get_submodule(layer).weight
        weight.data = quantise(weight.detach(), Scheme(bits, axis=0)).values

    made = network()
    rows, rounded = weight_errors(ANALYSIS, made, [2, 5])
    rows = measure_data(made, rows, rounded, batches())
    (row,) = [row for row in rows if (row.layer, row.bits) == (layer, bits)]
    error, increase = by_hand(ANALYSIS, change, batches())
    assert row.output_error == pytest.approx(error, rel=1e-4)
    assert row.loss_increase == pytest.approx(increase, rel=1e-3, abs=1e-6)


def test_weight_errors_follow_their_definitions_and_need_no_data():
    made = network()
    rows, _ = weight_errors(ANALYSIS, made, [3], per_channel=False)
    assert [(row.layer, row.weights) for row in rows] == [("conv", 6 * 3 * 3 * 3), ("last", 8 * 6), ("fc", 3 * 8)]
    weight = made.conv.weight.detach()
    noise = (weight - quantise(weight, Scheme(3)).values).double().square().sum().item()
    assert rows[0].weight_error == pytest.approx(noise)
    assert rows[0].sqnr_db == pytest.approx(10 * math.log10(weight.double().square().sum().item() / noise))
    assert rows[0].output_error is None


def test_a_wider_weight_has_less_error():
    rows, _ = weight_errors(ANALYSIS, network(), range(2, 9))
    for layer in ("conv", "last", "fc"):
        errors = [row.weight_error for row in rows if row.layer == layer]
        assert errors == sorted(errors, reverse=True)


def test_an_output_that_is_not_finite_at_a_width_is_named():
    made = network()
    rows, rounded = weight_errors(ANALYSIS, made, [2, 4])
    rounded["last", 4]["last.weight"].fill_(float("inf"))
    with pytest.raises(VerifyError, match="not finite with last at 4 bits"):
        measure_data(made, rows, rounded, batches())


def test_the_stored_weights_stay():
    made = network()
    before = {key: tensor.clone() for key, tensor in made.state_dict().items()}
    rows, rounded = weight_errors(ANALYSIS, made, [2])
    measure_data(made, rows, rounded, batches())
    assert all(torch.equal(tensor, before[key]) for key, tensor in made.state_dict().items())


def test_the_layers_before_run_once_a_batch():
    made, calls = network(), []
    made.conv.register_forward_hook(lambda *_: calls.append("conv"))
    made.fc.register_forward_hook(lambda *_: calls.append("fc"))
    rows, rounded = weight_errors(ANALYSIS, made, [2, 4, 8])
    measure_data(made, rows, rounded, batches(count=1))
    # the reference, the way to the layers behind, and conv's own three widths
    assert calls.count("conv") == 1 + 1 + 3
    assert calls.count("fc") == 1 + 3 * 3


def test_a_shared_weight_is_rounded_wherever_it_is_used():
    def change(made):
        made.first.weight.data = quantise(made.first.weight.detach(), Scheme(2, axis=0)).values

    analysis = analyse(loads(SHARED))
    made = network(analysis)
    rows, rounded = weight_errors(analysis, made, [2])
    assert [row.layer for row in rows] == ["first"]
    (row,) = measure_data(made, rows, rounded, batches())
    assert row.output_error == pytest.approx(by_hand(analysis, change, batches())[0], rel=1e-4)
