"""``quantise`` returns codes and values for each kind of scheme, and refuses bad input."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import same_bits, weights
from verify.quantise import QuantiseError, Scheme, quantise, quantise_given

pytestmark = pytest.mark.torch

GIVEN = Scheme(8, estimator="given")
ZERO = torch.tensor(0, dtype=torch.int32)

EVERY_KIND = [
    Scheme(1),
    Scheme(1, axis=0),
    Scheme(2, ternary=True),
    Scheme(2, ternary=True, axis=1),
    *(
        Scheme(bits, symmetric=symmetric, axis=axis, estimator=estimator, percentile=80)
        for bits in (2, 3, 8, 16)
        for symmetric in (True, False)
        for axis in (None, 0, 1)
        for estimator in ("max", "percentile", "mse")
    ),
]


@settings(deadline=None, max_examples=100)
@given(weights(), st.sampled_from(EVERY_KIND))
def test_values_are_codes_on_the_grid(tensor, scheme):
    quantised = quantise(tensor, scheme)
    shape = [1, 1]
    if scheme.axis is not None:
        shape[scheme.axis] = -1
    scale, zero_point = quantised.scale.reshape(shape), quantised.zero_point.reshape(shape)
    assert same_bits((quantised.codes - zero_point) * scale, quantised.values)
    assert scheme.qmin <= int(quantised.codes.min()) <= int(quantised.codes.max()) <= scheme.qmax
    assert quantised.codes.dtype == quantised.zero_point.dtype == torch.int32
    wanted = () if scheme.axis is None else (tensor.shape[scheme.axis],)
    assert quantised.scale.shape == quantised.zero_point.shape == quantised.all_zero.shape == wanted


@pytest.mark.parametrize("bits", range(2, 17))
def test_the_default_is_the_definition_of_the_notebook(bits):
    weight = torch.randn(6, 5, generator=torch.Generator().manual_seed(bits))
    quantised = quantise(weight, Scheme(bits))
    qmax = 2 ** (bits - 1) - 1
    assert quantised.scale == weight.abs().max() / qmax
    assert quantised.zero_point == 0
    assert int(quantised.codes.abs().max()) == qmax  # -2^(bits - 1) is never used


@pytest.mark.parametrize("scheme", EVERY_KIND, ids=str)
def test_all_zero_weights_stay_zero(scheme):
    weight = torch.zeros(3, 4, requires_grad=True)
    quantised = quantise(weight, scheme)
    assert same_bits(quantised.values, torch.zeros(3, 4))
    assert not quantised.codes[quantised.codes != quantised.zero_point.max()].any()
    assert quantised.all_zero.all()
    assert quantised.scale.unique().tolist() == [1.0]
    quantised.values.sum().backward()
    assert weight.grad.tolist() == torch.ones(3, 4).tolist()  # training can leave zero


def test_weights_below_the_smallest_normal_float_count_as_zero():
    quantised = quantise(torch.tensor([[1e-40, -1e-40], [1.0, -1.0]]), Scheme(8, axis=0))
    assert quantised.all_zero.tolist() == [True, False]
    assert quantised.values.tolist() == [[0.0, 0.0], [1.0, -1.0]]


def test_a_channel_axis_gives_each_channel_its_own_scale():
    weight = torch.tensor([[1.0, 20.0], [-3.0, 5.0]])
    assert quantise(weight, Scheme(3, axis=0)).scale.tolist() == pytest.approx([20 / 3, 5 / 3])
    assert quantise(weight, Scheme(3, axis=1)).scale.tolist() == pytest.approx([3 / 3, 20 / 3])


def test_affine_keeps_zero_exact():
    weight = torch.tensor([-0.3, 0.0, 0.9])
    quantised = quantise(weight, Scheme(4, symmetric=False))
    assert quantised.scale.item() == pytest.approx((0.9 + 0.3) / 15)
    assert quantised.zero_point == round(0.3 / (1.2 / 15))
    assert quantised.values[1] == 0
    assert quantised.codes.tolist() == [0, 4, 15]


def test_a_layout_that_is_not_contiguous():
    weight = torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    for scheme in (Scheme(1, axis=1), Scheme(2, ternary=True, axis=1), Scheme(8), Scheme(8, axis=0), Scheme(8, axis=3)):
        assert same_bits(quantise(weight, scheme).values, quantise(weight.contiguous(), scheme).values)


@pytest.mark.parametrize(
    "tensor, fact",
    [
        (torch.tensor([1.0, math.nan]), "1 of 2 values are NaN or infinite"),
        (torch.tensor([math.inf, 1.0, -math.inf]), "2 of 3 values are NaN or infinite"),
        (torch.tensor([1.0], dtype=torch.float64), "torch.float64"),
        (torch.tensor([1.0], dtype=torch.float16), "torch.float16"),
        (torch.tensor([1]), "torch.int64"),
        (torch.empty(0, 3), "no elements"),
    ],
)
@pytest.mark.parametrize("scheme", [Scheme(8), Scheme(1), Scheme(2, ternary=True), Scheme(8, estimator="mse")], ids=str)
def test_refused_tensors(tensor, fact, scheme):
    with pytest.raises(QuantiseError, match=fact):
        quantise(tensor, scheme)


@pytest.mark.parametrize("scheme", [Scheme(2), Scheme(1), Scheme(2, ternary=True), Scheme(2, symmetric=False)], ids=str)
def test_values_too_large_for_a_scale_are_refused(scheme):
    with pytest.raises(QuantiseError, match="need a scale"):
        quantise(torch.tensor([3.4e38, -3.4e38]), scheme)


@pytest.mark.parametrize("scheme", [Scheme(8, axis=2), Scheme(1, axis=2)], ids=str)
def test_a_missing_axis_is_refused(scheme):
    with pytest.raises(QuantiseError, match=r"axis=2, but the tensor has shape \(2, 3\)"):
        quantise(torch.ones(2, 3), scheme)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf, 1e-39, 1e38])
def test_a_scale_that_is_not_usable_is_refused(scale):
    with pytest.raises(QuantiseError, match="a scale of"):
        quantise_given(torch.ones(2), GIVEN, torch.tensor(scale), ZERO)


@pytest.mark.parametrize("zero_point", [-129, 128])
def test_a_zero_point_outside_the_codes_is_refused(zero_point):
    with pytest.raises(QuantiseError, match=f"a zero point of {zero_point} is not from qmin=-128 to qmax=127"):
        quantise_given(torch.ones(2), GIVEN, torch.tensor(1.0), torch.tensor(zero_point, dtype=torch.int32))


@pytest.mark.parametrize(
    "scheme, scale, zero_point, fact",
    [
        (GIVEN, torch.tensor(1.0, dtype=torch.float64), ZERO, "scale is torch.float64"),
        (GIVEN, torch.tensor(1.0), torch.tensor(0), "zero point torch.int64"),
        (GIVEN, torch.ones(2), torch.zeros(2, dtype=torch.int32), r"the scale has the shape \(2,\).* needs \(\)"),
        (GIVEN, torch.tensor(1.0), torch.zeros(2, dtype=torch.int32), "1 scales, but 2 zero points"),
        (Scheme(8, axis=0, estimator="given"), torch.tensor(1.0), ZERO, r"the scale has the shape \(\).* needs \(2,\)"),
        (Scheme(8), torch.tensor(1.0), ZERO, "'max' finds its own scale"),
    ],
)
def test_a_given_grid_that_does_not_fit_is_refused(scheme, scale, zero_point, fact):
    with pytest.raises(QuantiseError, match=fact):
        quantise_given(torch.ones(2), scheme, scale, zero_point)


def test_a_scheme_without_estimator_is_refused():
    with pytest.raises(QuantiseError, match="its scale is given"):
        quantise(torch.ones(2), GIVEN)
