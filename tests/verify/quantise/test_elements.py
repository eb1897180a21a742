"""The numbers of each kind of code, against torch's and ml_dtypes' own floats."""

import itertools
from statistics import NormalDist

import pytest
import torch

from verify.quantise.elements import NF4, elements_of, nearest_float, power_of_two_below

pytestmark = pytest.mark.torch

KINDS = {"e2m1": 4, "e2m3": 6, "e3m2": 6, "e4m3": 8, "e5m2": 8}


def all_floats(kind):
    """Every finite number that is not negative: fraction · 2^exponent, the lowest exponent without a leading 1."""
    exponent_bits, fraction_bits = int(kind[1]), int(kind[3])
    bias, parts = 2 ** (exponent_bits - 1) - 1, 2**fraction_bits
    found = [
        ((exponent > 0) + fraction / parts) * 2.0 ** (max(exponent, 1) - bias)
        for exponent, fraction in itertools.product(range(2**exponent_bits), range(parts))
    ]
    left_out = {"e4m3": 1, "e5m2": 4}.get(kind, 0)  # NaN, and infinity with e5m2
    return torch.tensor(found[: len(found) - left_out], dtype=torch.float64)


def around(kind):
    """All of these numbers, those halfway between, close to halfway, and beyond the largest."""
    values = all_floats(kind)
    ties = (values[1:] + values[:-1]) / 2
    positive = torch.cat([values, ties, ties * (1 - 2**-10), ties * (1 + 2**-10), values[-1:] * 1.01])
    return torch.cat([positive, -positive])


@pytest.mark.parametrize("kind", KINDS)
def test_every_float_is_its_own_nearest_and_what_is_beyond_is_the_largest(kind):
    values = all_floats(kind)
    assert len(values) == 2 ** (KINDS[kind] - 1) - {"e4m3": 1, "e5m2": 4}.get(kind, 0)
    assert torch.equal(nearest_float(values, kind), values)
    assert nearest_float(torch.tensor([-1e300], dtype=torch.float64), kind).item() == -values[-1]
    assert elements_of(kind, KINDS[kind]).largest == values[-1]
    assert len(nearest_float(around(kind), kind).unique()) == 2 * len(values) - 1


@pytest.mark.parametrize("kind, dtype", [("e4m3", torch.float8_e4m3fn), ("e5m2", torch.float8_e5m2)])
def test_floats_of_8_bits_are_torchs(kind, dtype):
    assert torch.equal(nearest_float(around(kind), kind), around(kind).float().to(dtype).double())


@pytest.mark.parametrize(
    "kind, name", [(kind, f"float{bits}_{kind}{'' if kind == 'e5m2' else 'fn'}") for kind, bits in KINDS.items()]
)
def test_floats_are_those_of_ml_dtypes(kind, name):
    dtype = getattr(pytest.importorskip("ml_dtypes"), name)
    theirs = around(kind).numpy().astype(dtype).astype(float)
    assert torch.equal(nearest_float(around(kind), kind), torch.from_numpy(theirs))


def test_the_table_of_nf4_is_quantiles_of_a_normal_distribution():
    # as many above zero as below and one more; the outermost at half of 1/32 + 1/30 from the end
    end, normal = 1 - (1 / 32 + 1 / 30) / 2, NormalDist()
    above = [normal.inv_cdf(0.5 + (end - 0.5) * step / 8) for step in range(9)]
    below = [-normal.inv_cdf(0.5 + (end - 0.5) * step / 7) for step in range(7, 0, -1)]
    assert pytest.approx([value / above[-1] for value in below + above], abs=2e-7) == NF4
    nearest = elements_of("nf4", 4).nearest
    exact = torch.tensor(NF4, dtype=torch.float32).double()
    assert torch.equal(nearest(exact), exact)
    drawn = torch.linspace(-1.1, 1.1, 999, dtype=torch.float64)
    assert torch.equal(nearest(drawn), exact[(drawn[:, None] - exact).abs().argmin(dim=1)])


def test_integers_and_integers_with_a_fraction():
    values = torch.tensor([-9.0, -8.5, -1.5, -0.5, 0.5, 1.5, 7.4, 9.0], dtype=torch.float64)
    assert elements_of("int", 4).nearest(values).tolist() == [-8, -8, -2, 0, 0, 2, 7, 7]
    most = 127 / 64
    halves = [-most, -most, -0.75, -0.25, 0.25, 0.75, most, most]
    assert elements_of("fixed6", 8).nearest(values / 2).tolist() == halves


def test_powers_of_two_are_exact_over_the_whole_range():
    powers = torch.tensor([2.0**exponent for exponent in range(-200, 200)], dtype=torch.float64)
    assert torch.equal(power_of_two_below(powers), powers)
    assert torch.equal(power_of_two_below(powers * 1.999), powers)
