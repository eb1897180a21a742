"""Distances and similarities of two tensors along an axis."""

from torch import Tensor
from torch.nn import functional

from tests.verify.importers.lower_check import Net, words

LENGTH = "power reduce sqrt clamp divide"


def test_cosine_similarity() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return functional.cosine_similarity(x, x.flip(1).exp(), dim=-1)

    assert words(net, (4, 5)) == f"flip exp {LENGTH} {LENGTH} multiply reduce"


def test_cosine_similarity_of_one_row_with_each() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return functional.cosine_similarity(x[:, :1], x, dim=2, eps=1e-3)

    assert words(net, (4, 5)) == f"slice {LENGTH} {LENGTH} multiply reduce"


def test_distances() -> None:
    def net(_: Net, x: Tensor) -> Tensor:
        return functional.pairwise_distance(x[:, 0], x[:, 1]) + functional.pairwise_distance(x[:, 2], x[:, 3], p=1)

    far, near = "select select subtract add power reduce sqrt", "select select subtract add abs reduce"
    assert words(net, (4, 5)) == f"{far} {near} add"
