import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import same_bits
from verify.quantise import ActivationQuantiser, Calibrator, QuantiseError, Scheme

pytestmark = pytest.mark.torch

AFFINE = Scheme(8, symmetric=False)
PERCENTILE = Scheme(8, symmetric=False, estimator="percentile", percentile=99)


def calibrated(scheme, *batches):
    calibrator = Calibrator(scheme)
    for batch in batches:
        calibrator.observe(batch)
    return calibrator.quantiser()


def test_values_and_gradient_equal_torch():
    batch = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0)) * 3 + 1
    quantiser = calibrated(AFFINE, batch[:2])
    ours, theirs = batch.clone().requires_grad_(), batch.clone().requires_grad_()
    values = quantiser(ours)
    expected = torch.fake_quantize_per_tensor_affine(theirs, quantiser.scale, quantiser.zero_point, 0, 255)
    assert same_bits(values.detach(), expected.detach())
    values.square().sum().backward()
    expected.square().sum().backward()
    assert same_bits(ours.grad, theirs.grad)


def test_the_range_of_all_batches_with_zero_in_it():
    quantiser = calibrated(AFFINE, torch.tensor([0.5, 2.0]), torch.tensor([[3.0], [1.0]]))
    assert quantiser.scale.item() == pytest.approx(3.0 / 255)
    assert quantiser.zero_point == 0
    quantiser = calibrated(AFFINE, torch.tensor([0.5, -2.0]), torch.tensor([1.0]))
    assert quantiser.scale.item() == pytest.approx(3.0 / 255)
    assert quantiser.zero_point == round(2 / (3 / 255))


def test_the_symmetric_range_is_the_largest_magnitude():
    quantiser = calibrated(Scheme(8), torch.tensor([0.5, -2.0]), torch.tensor([1.0]))
    assert quantiser.scale.item() == pytest.approx(2 / 127)
    assert quantiser.zero_point == 0


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.floats(-3, 3), st.sampled_from([1e-6, 0.1, 1.0, 50.0])),
        min_size=1,
        max_size=4,
    ),
    st.floats(60, 100),
    st.booleans(),
)
def test_a_percentile_is_the_ranked_value_to_one_bin(batches, percentile, symmetric):
    tensors = [
        (torch.randn(count, generator=torch.Generator().manual_seed(count)) + mean) * spread
        for count, mean, spread in batches
    ]
    scheme = Scheme(8, symmetric=symmetric, estimator="percentile", percentile=percentile)
    calibrator = Calibrator(scheme)
    for tensor in tensors:
        calibrator.observe(tensor)
    low, high = calibrator.percentile_range()
    every = torch.cat(tensors)
    rank = max(1, math.ceil(percentile * every.numel() / 100))
    ranked = (every.abs() if symmetric else every).sort().values
    largest = every.abs().max().item()
    exact = ranked[rank - 1].item()
    assert max(exact, 0) <= max(high, -low if symmetric else 0.0)
    if exact > largest / 4000:
        assert max(high, -low if symmetric else 0.0) <= exact + largest / 4000
    if not symmetric:
        exact_low = ranked[-rank].item()
        assert low <= min(exact_low, 0)
        if exact_low < -largest / 4000:
            assert low >= exact_low - largest / 4000


def test_a_percentile_does_not_depend_on_the_order_of_the_batches():
    batches = [torch.randn(500, generator=torch.Generator().manual_seed(7)) * size for size in (1e-3, 1.0, 40.0, 0.0)]
    forward, backward = calibrated(PERCENTILE, *batches), calibrated(PERCENTILE, *reversed(batches))
    assert (forward.scale, forward.zero_point) == (backward.scale, backward.zero_point)


def test_a_percentile_ignores_an_outlier():
    batch = torch.linspace(0, 1, 10_001)
    batch[3] = 500.0
    assert calibrated(replace(PERCENTILE, estimator="max"), batch).scale.item() == pytest.approx(500 / 255)
    # to one bin of the histogram, which spans the outlier too
    assert calibrated(PERCENTILE, batch).scale.item() == pytest.approx(0.99 / 255, abs=512 / 2**13 / 255)


def test_a_percentile_of_small_values_after_a_batch_of_zeros():
    batch = torch.linspace(0, 1e-4, 10_001)
    assert calibrated(PERCENTILE, torch.zeros(5), batch).scale.item() == pytest.approx(0.99e-4 / 255, rel=1e-2)


def test_the_hundredth_percentile_is_the_range_itself():
    batch = torch.randn(100, generator=torch.Generator().manual_seed(2))
    whole, ranked = calibrated(AFFINE, batch), calibrated(replace(PERCENTILE, percentile=100), batch)
    assert (whole.scale, whole.zero_point) == (ranked.scale, ranked.zero_point)


def test_a_batch_is_counted_the_same_in_pieces(monkeypatch):
    batch = torch.randn(103, generator=torch.Generator().manual_seed(4))
    at_once = calibrated(PERCENTILE, batch)
    monkeypatch.setattr("verify.quantise.activation.CHUNK_ELEMENTS", 10)
    in_pieces = Calibrator(PERCENTILE)
    in_pieces.observe(batch)
    assert int(in_pieces.counts.sum()) == 103
    assert in_pieces.quantiser().scale == at_once.scale


def test_mostly_zero_activations_keep_their_range():
    batch = torch.zeros(10_000)
    batch[0] = 6.0
    assert calibrated(PERCENTILE, batch).scale.item() == pytest.approx(6 / 255)


def test_nothing_observed_or_only_zero_is_refused():
    for batches in ([], [torch.zeros(5)]):
        for scheme in (AFFINE, PERCENTILE):
            with pytest.raises(QuantiseError, match="no activation other than 0"):
                calibrated(scheme, *batches)


@pytest.mark.parametrize(
    "scheme, fact",
    [
        (Scheme(1), "not a binary one per tensor"),
        (Scheme(8, axis=1), "not a uniform one per channel"),
        (Scheme(8, estimator="mse"), "not by 'mse'"),
    ],
)
def test_refused_schemes(scheme, fact):
    with pytest.raises(QuantiseError, match=fact):
        Calibrator(scheme)


def test_refused_activations():
    quantiser = ActivationQuantiser(AFFINE, torch.tensor(0.1), torch.tensor(3, dtype=torch.int32))
    for bad in (torch.tensor([torch.nan]), torch.tensor([torch.inf]), torch.tensor([1.0], dtype=torch.float64)):
        with pytest.raises(QuantiseError):
            quantiser(bad)
        with pytest.raises(QuantiseError):
            Calibrator(AFFINE).observe(bad)
    with pytest.raises(QuantiseError, match="a zero point of -1"):
        ActivationQuantiser(AFFINE, torch.tensor(0.1), torch.tensor(-1, dtype=torch.int32))
    with pytest.raises(QuantiseError, match="per channel"):
        ActivationQuantiser(Scheme(8, axis=0), torch.tensor(0.1), torch.tensor(0, dtype=torch.int32))
