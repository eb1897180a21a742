"""The gelu that code writes out with the error function is one layer, and nothing that is almost one is."""

from collections.abc import Callable
from math import sqrt

import pytest
from torch import Tensor

from calc.errors import SpecError
from tests.verify.importers.lower_check import words

ROOT = sqrt(2.0)


@pytest.mark.parametrize(
    "gelu",
    [
        lambda x: x * 0.5 * (1.0 + (x / ROOT).erf()),
        lambda x: 0.5 * x * (1.0 + (x / ROOT).erf()),
        lambda x: 0.5 * (x * ((x * 0.7071067811865476).erf() + 1)),
        lambda x: x * (0.5 * (1.0 + (x / ROOT).erf())),
        lambda x: x * (1.0 + (x / ROOT).erf()) / 2,
    ],
)
def test_it_is_one_layer(gelu: Callable[[Tensor], Tensor]) -> None:
    assert words(lambda _, x: gelu(x.exp()) + 1, (4, 5)) == "exp gelu add"


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x * 0.5 * (1.0 + x.erf()),
        lambda x: x * 0.5 * (2.0 + (x / ROOT).erf()),
        lambda x: x * 0.25 * (1.0 + (x / ROOT).erf()),
        lambda x: x * (1.0 + (x / ROOT).erf()),
        lambda x: x.exp() * 0.5 * (1.0 + (x / ROOT).erf()),
        lambda x: 0.5 / (x * (1.0 + (x / ROOT).erf())),
    ],
)
def test_another_function_is_refused(other: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(SpecError, match=r"no op for aten\.erf\.default"):
        words(lambda _, x: other(x), (4, 5))
