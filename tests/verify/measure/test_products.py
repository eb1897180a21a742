"""Products that run on ones are counted exactly, or refused."""

import pytest
import torch

from verify.measure.errors import MeasureError
from verify.measure.products import Operand, multiplications

pytestmark = pytest.mark.torch

aten = torch.ops.aten


def test_a_matrix_product():
    assert multiplications(aten.mm.default, {"self": Operand((3, 4)), "mat2": Operand((4, 5))}) == 3 * 4 * 5


def test_an_addend_of_zeros_adds_nothing():
    arguments = {"self": Operand((5,), value=0), "mat1": Operand((3, 4)), "mat2": Operand((4, 5))}
    assert multiplications(aten.addmm.default, arguments) == 3 * 4 * 5


def test_nothing_times_nothing():
    assert multiplications(aten.mm.default, {"self": Operand((0, 4)), "mat2": Operand((4, 5))}) == 0


def test_steps_follow_one_another():
    pad = aten.constant_pad_nd.default
    operand = Operand((1, 2), ((pad, (("pad", (1, 0)), ("value", 0))), (pad, (("pad", (0, 1)), ("value", 1)))))
    assert operand.tensor(torch.float32).tolist() == [[0, 1, 1, 1]]


@pytest.mark.parametrize("count", [2**24 - 1, 2**24, 2**24 + 1, 2**53 - 1])
def test_sums_beyond_float32_are_exact(count):
    # a multiplication by count stands for a sum of that many products
    assert multiplications(aten.mul.Scalar, {"self": Operand((1,)), "other": count}) == count


def test_sums_beyond_float64_are_refused():
    with pytest.raises(MeasureError, match="more products than float64 can count"):
        multiplications(aten.mul.Scalar, {"self": Operand((1,)), "other": 2**53})


def test_fractions_are_refused():
    with pytest.raises(MeasureError, match="gives a fraction"):
        multiplications(aten.mul.Scalar, {"self": Operand((1,)), "other": 1.5})


@pytest.mark.parametrize("groups", [1, 16])
def test_float_sums_are_those_of_integers(groups):
    x, weight = (1, 16, 12, 12), (32, 16 // groups, 3, 3)
    settings = {
        "bias": None,
        "stride": (1, 1),
        "padding": (1, 1),
        "dilation": (1, 1),
        "transposed": False,
        "output_padding": (0, 0),
        "groups": groups,
    }
    ones = {"input": torch.ones(x, dtype=torch.int64), "weight": torch.ones(weight, dtype=torch.int64)}
    counted = multiplications(aten.convolution.default, {"input": Operand(x), "weight": Operand(weight)} | settings)
    assert counted == int(aten.convolution.default(**ones, **settings).sum())
