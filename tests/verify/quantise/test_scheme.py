import pytest

from verify.quantise import QuantiseError, Scheme

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("bits", range(2, 17))
def test_codes_of_uniform_schemes(bits):
    full, narrow = Scheme(bits), Scheme(bits, narrow_range=True)
    assert (full.qmin, full.qmax) == (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    assert (narrow.qmin, narrow.qmax) == (-(2 ** (bits - 1) - 1), 2 ** (bits - 1) - 1)
    affine, narrow_affine = Scheme(bits, symmetric=False), Scheme(bits, symmetric=False, narrow_range=True)
    assert (affine.qmin, affine.qmax) == (0, 2**bits - 1)
    assert (narrow_affine.qmin, narrow_affine.qmax) == (1, 2**bits - 1)
    assert [each.levels for each in (full, narrow, affine, narrow_affine)] == [2**bits, 2**bits - 1] * 2


def test_the_two_lowest_kinds():
    assert (Scheme(1).kind, Scheme(1).levels) == ("binary", 2)
    assert (Scheme(2).kind, Scheme(2).levels) == ("uniform", 4)
    ternary = Scheme(2, ternary=True)
    assert (ternary.kind, ternary.levels, ternary.qmin, ternary.qmax) == ("ternary", 3, -1, 1)


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"bits": 0}, "bits=0"),
        ({"bits": 17}, "bits=17"),
        ({"bits": 8.0}, "bits=8.0"),
        ({"bits": True}, "bits=True"),
        ({"bits": 3, "ternary": True}, "ternary has 3 levels"),
        ({"bits": 8, "estimator": "mean"}, "'mean' is not one of max, percentile, mse, given"),
        ({"bits": 8, "percentile": 0}, "percentile=0"),
        ({"bits": 8, "percentile": 100.5}, "percentile=100.5"),
        ({"bits": 8, "axis": -1}, "axis=-1"),
        ({"bits": 1, "symmetric": False}, "binary scheme has no affine form"),
        ({"bits": 2, "ternary": True, "symmetric": False}, "ternary scheme has no affine form"),
        ({"bits": 1, "estimator": "mse"}, "no range to estimate"),
    ],
)
def test_refused(arguments, fact):
    with pytest.raises(QuantiseError, match=fact):
        Scheme(**arguments)
