"""einsum in simple operations equals torch.einsum."""

import pytest
import torch

from calc.ops.einsum import Einsum
from verify.build import einsum

pytestmark = pytest.mark.torch

SIZES = {"b": 2, "i": 3, "j": 4, "k": 5, "l": 1}


@pytest.mark.parametrize(
    "equation",
    [
        "bij,bjk->bik",
        "bij,bkj->bki",
        "bij,kj->bik",
        "bij,bij->b",
        "bi,bj->bji",
        "bij,bk->bk",
        "bil,blj->bij",
        "bijk,bji->bk",
        "jk,bij->bik",
        "bijk, bkj -> bi",
    ],
)
def test_letters(equation: str) -> None:
    terms = equation.replace(" ", "").partition("->")[0].split(",")
    tensors = [torch.randn([SIZES[letter] for letter in term]) for term in terms]
    arriving = [tensor if "b" in term else tensor[None] for term, tensor in zip(terms, tensors, strict=True)]
    module = einsum.build(Einsum(equation=equation), ())
    assert torch.allclose(module(*arriving), torch.einsum(equation, *tensors), atol=1e-5)


def test_an_ellipsis() -> None:
    x, other, w = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5), torch.randn(5, 7)
    both = einsum.build(Einsum(equation="...id,...jd->...ij"), ())
    assert torch.allclose(both(x, other), torch.einsum("...id,...jd->...ij", x, other), atol=1e-5)
    one = einsum.build(Einsum(equation="...d,dk->...k"), ())
    assert torch.allclose(one(x, w[None]), torch.einsum("...d,dk->...k", x, w), atol=1e-5)


def test_a_batch_of_one_is_for_all() -> None:
    x, other = torch.randn(2, 3, 4), torch.randn(1, 4, 5)
    module = einsum.build(Einsum(equation="bij,bjk->bik"), ())
    assert torch.allclose(module(x, other), torch.matmul(x, other), atol=1e-6)
