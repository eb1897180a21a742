"""The types of inputs whose names and annotations do not state them."""

import torch
from torch import Tensor, nn

from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, said


class Recommender(nn.Module):
    """Numbers of a user, and the ids of what the user bought and saw."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = nn.Linear(3, 4)
        self.bought = nn.EmbeddingBag(10, 4, mode="sum")
        self.seen = nn.Embedding(20, 4)

    def forward(self, dense: Tensor, wide: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return self.numbers(dense) * wide + self.bought(a) + self.seen(b)


class Captioner(nn.Module):
    """An image, which a convolution reads only as floats, a question and a user."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.words = nn.Embedding(10, 4)
        self.users = nn.Embedding(20, 4)

    def forward(self, image: Tensor, question: Tensor, user: Tensor) -> Tensor:
        return self.conv(image).mean((2, 3)) + self.words(question).sum(1) + self.users(user)


def dtypes(module: nn.Module, **inputs: tuple[int, ...]) -> list[str]:
    """The types of the inputs of ``module`` after an import, which is proved."""
    found = lowered_of(module, **inputs)
    assert said(held_against(found)) == []
    graph = found.imported.graph
    return [graph.nodes[index].output.dtype for index in graph.inputs.values()]


def test_numbers_beside_several_ids() -> None:
    assert dtypes(Recommender(), dense=(3,), wide=(4,), a=(5,), b=()) == ["float32", "float32", "int64", "int64"]


def test_an_image_beside_several_ids() -> None:
    assert dtypes(Captioner(), image=(3, 5, 5), question=(7,), user=()) == ["float32", "int64", "int64"]


def test_normalised_numbers_beside_ids() -> None:
    class Normalised(Captioner):
        def forward(self, z: Tensor, question: Tensor) -> Tensor:  # type: ignore[override]  # of other arguments
            return nn.functional.normalize(z, dim=1) + self.words(question).sum(1)

    module = Normalised()
    del module.conv, module.users
    assert dtypes(module, z=(4,), question=(7,)) == ["float32", "int64"]


def test_integers_that_nothing_looks_up_stay_integers() -> None:
    class Shifted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, torch.arange(2)].float() + (x % 2 if x.dtype == torch.int64 else x)[:, :2]

    assert dtypes(Shifted(), x=(4,)) == ["float32"]
