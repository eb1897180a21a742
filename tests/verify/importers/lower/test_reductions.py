"""Means, sums, extremes, variances and norms over axes."""

import pytest
from torch import Tensor
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words


def test_reductions() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        gate = x.mean((2, 3), keepdim=True) * x.amax(1, keepdim=True)
        return gate.sum((2, 3)) + x.mean((2, 3)) + gate.max(dim=-1).values.amin(-1)

    expected = "adaptive_avg_pool2d reduce multiply reduce reduce add reduce reduce add"
    assert words(net, (3, 4, 5)) == expected


def test_statistics() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        normed = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
        return normed * x.std(2, keepdim=True)

    assert words(net, (4, 5)).split().count("power") == 2


def test_norms() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return functional.normalize(x, dim=-1) + x.norm(dim=1, keepdim=True) + x.norm(p=1, dim=(1, 2), keepdim=True)

    assert words(net, (4, 5)) == "power reduce sqrt clamp expand divide power reduce sqrt add abs reduce add"


def test_sums_over_the_batch_are_refused() -> None:
    with pytest.raises(SpecError, match="reduces over the axis of the batch"):
        words(lambda _, x: x - x.mean(0), (4,))
    with pytest.raises(SpecError, match="is a norm of order 3; calc has the orders 1, 2 and inf"):
        words(lambda _, x: x.norm(p=3, dim=1), (4,))


def test_the_largest_in_order_without_where_they_were() -> None:
    assert words(lambda _, x: x.topk(2, 1).values + x.topk(2, 1, largest=False)[0], (4, 5)) == "topk topk add"


def test_any_and_all_of_conditions() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        above = x > 0.5
        return above.any(-1).float() + above.all(1).sum(1, keepdim=True) * 0.5

    assert words(net, (3, 2)) == "compare reduce reduce reduce multiply add"
    with pytest.raises(SpecError, match="calc supports it only for conditions"):
        words(lambda _, x: x.any(-1).float(), (4, 5))


def test_the_logarithm_of_a_sum_of_exponentials() -> None:
    assert words(lambda _, x: x.logsumexp((1, 2), keepdim=True) + x, (4, 5)) == "exp reduce log add"
