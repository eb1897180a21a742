"""Products of two activations: matrices, named axes, attention."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from calc.errors import SpecError
from tests.verify.importers.lower_check import Net, words


def test_matrices() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        scores = torch.bmm(x, x.transpose(1, 2)) @ self.table
        return torch.baddbmm(scores, scores, scores, beta=0.5, alpha=2) @ self.vector

    found = words(net, (4, 5), table=torch.randn(4, 4), vector=torch.randn(4))
    assert found.split().count("matmul") == 4


def test_samples_that_are_rows() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        return torch.addmm(self.shift, x, self.table) + x.reshape(-1, 2).mm(self.small).reshape(-1, 6)

    found = words(net, (6,), table=torch.randn(6, 6), small=torch.randn(2, 2), shift=torch.randn(6))
    assert found.split().count("matmul") == 2


def test_named_axes() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        heads = torch.einsum("bnc,hcd->bhnd", x, self.table)
        scores = torch.einsum("...nd,...md->...nm", heads, heads)
        folded = torch.einsum("nkd,cd->nkc", heads.reshape(-1, 5, 3), self.small)
        return torch.einsum("bhnm->bmh", scores).sum((1, 2)) + folded.reshape(-1, 2, 5, 4).sum((1, 2, 3))

    found = words(net, (5, 4), table=torch.randn(2, 4, 3), small=torch.randn(4, 3))
    assert found.split().count("einsum") == 3


def test_named_axes_of_what_is_learnt() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        return x + torch.einsum("nhw,ixh->nixw", self.table, self.places).sum((0, 2))

    places = torch.randn(5, 6, 4)
    found = words(net, (5, 3), {"places": places}, table=torch.randn(2, 4, 3))
    assert found.split() == ["tensor", "tensor", "einsum", "reduce", "add"]


def test_attention() -> None:
    def net(self: Net, x: Tensor) -> Tensor:
        q, k, v = x.reshape(-1, 5, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=self.unsaved_mask, scale=0.3)
        return seen + functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    mask = torch.ones(5, 5, dtype=torch.bool).tril(1)
    found = words(net, (5, 24), {"unsaved_mask": mask}).split()
    assert found.count("scaled_dot_product_attention") == 2


def test_keys_that_all_heads_share() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        keys = x[:, :1]
        return functional.scaled_dot_product_attention(x, keys, keys * 2)

    assert words(net, (3, 5, 4)) == "slice multiply expand expand scaled_dot_product_attention"


def test_products_that_mix_samples_are_refused() -> None:
    with pytest.raises(SpecError, match="multiplies along the axis of the batch"):
        words(lambda _, x: x.transpose(0, 1) @ x, (4,))
    with pytest.raises(SpecError, match="einsum of 3 tensors; calc's takes 2"):
        words(lambda _, x: torch.einsum("bi,bj,bk->bijk", x, x, x), (4,))
