"""Builds einsum from simple operations: sums, then a product of matrices or of elements."""

from math import prod

import torch
from torch import nn

from calc.ops.einsum import Einsum

Labels = list[str]


class EinsumOfTwo(nn.Module):
    """Computes ``equation`` for two tensors, batch first. A term without the batch has an input with a batch of 1."""

    def __init__(self, equation: str) -> None:
        super().__init__()
        left, _, self.output = equation.replace(" ", "").partition("->")
        self.inputs = left.split(",")
        self.batch = self.output[0]  # the first dot, if an ellipsis includes the batch

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return self._calculated(x, other).contiguous()  # calc's plan of memory assumes it

    def _calculated(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        tensors = [
            tensor if self.batch in term else tensor[0] for term, tensor in zip(self.inputs, (x, other), strict=True)
        ]
        more = max(
            [tensor.ndim - len(term) + 3 for term, tensor in zip(self.inputs, tensors, strict=True) if "." in term],
            default=0,
        )
        a, b, output = [_labels(term, more) for term in (*self.inputs, self.output)]
        first, a = _summed(tensors[0], a, {*b, *output})
        second, b = _summed(tensors[1], b, {*a, *output})
        inner = [label for label in a if label in b and label not in output]
        if not inner:
            return _arranged(first, a, output) * _arranged(second, b, output)
        both = [label for label in output if label in a and label in b]
        rows, columns = ([label for label in own if label not in (*both, *inner)] for own in (a, b))
        left = first.permute([a.index(label) for label in (*both, *rows, *inner)])
        right = second.permute([b.index(label) for label in (*both, *inner, *columns)])
        sizes = [*left.shape[len(both) : len(both) + len(rows)], *right.shape[len(both) + len(inner) :]]
        length = prod(left.shape[len(both) + len(rows) :])
        product = torch.matmul(
            left.reshape(*left.shape[: len(both)], -1, length), right.reshape(*right.shape[: len(both)], length, -1)
        )
        product = product.reshape(*product.shape[: len(both)], *sizes)
        labels = [*both, *rows, *columns]
        return product.permute([labels.index(label) for label in output])


def _labels(term: str, more: int) -> Labels:
    before, dots, after = term.partition("...")
    return [*before, *(map(str, range(more)) if dots else ()), *after]


def _summed(tensor: torch.Tensor, labels: Labels, kept: set[str]) -> tuple[torch.Tensor, Labels]:
    """Return ``tensor`` summed over the axes whose labels are not ``kept``, and the labels that stay."""
    gone = [axis for axis, label in enumerate(labels) if label not in kept]
    return (tensor.sum(gone), [label for label in labels if label in kept]) if gone else (tensor, labels)


def _arranged(tensor: torch.Tensor, labels: Labels, output: Labels) -> torch.Tensor:
    """Return ``tensor`` with its axes in the order of ``output``, and axes of size 1 for the labels that it lacks."""
    there = tensor.permute([labels.index(label) for label in output if label in labels])
    return there[tuple([slice(None) if label in labels else None for label in output])]


def build(op: Einsum, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.einsum, with a fixed order of operations."""
    return EinsumOfTwo(op.equation)
