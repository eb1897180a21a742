"""Compares the outputs of a foreign network with ours. The batch may be any axis of the foreign outputs."""

from typing import NamedTuple

import torch

from calc.importing import BatchAxis

LEAST_CONTRAST = 100
"""The outputs of two samples must differ by this many tolerances. Otherwise equal outputs prove nothing."""


class OutputPair(NamedTuple):
    """One output of both networks, with the samples first."""

    theirs: torch.Tensor
    ours: torch.Tensor
    has_batch: bool

    def fault(self) -> str:
        """Return the reason why the two cannot be compared value by value; empty if they can."""
        if self.theirs.shape != self.ours.shape:
            return f"is {tuple(self.theirs.shape)}, but {tuple(self.ours.shape)} in the spec's network"
        for whose, tensor in (("", self.theirs), ("of the spec's network ", self.ours)):
            if not torch.isfinite(tensor).all():
                return f"{whose}is not finite, so it proves nothing"
        return ""

    def difference(self, tolerance: float) -> str:
        """Return a message that the two differ; empty if they do not.

        ``tolerance`` is the largest difference that counts as rounding, as a fraction of the largest value.
        """
        scale = float(self.theirs.abs().max())
        difference = float((self.theirs - self.ours).abs().max())
        if difference > tolerance * scale:
            return f"differs by {difference / (scale or 1.0):.0e} of its largest value"
        return ""

    def sameness(self, tolerance: float, least_contrast: float = LEAST_CONTRAST) -> str:
        """Return a message that both samples give the same output; empty if they do not.

        The two samples must differ by more than ``least_contrast`` times the ``tolerance``.
        """
        scale = float(self.theirs.abs().max())
        contrast = float((self.theirs[0] - self.theirs[-1]).abs().max())
        if self.has_batch and contrast <= least_contrast * tolerance * scale:
            return f"is the same for every input, up to {contrast / (scale or 1.0):.0e}, so it proves nothing"
        return ""


def samples_first(theirs: torch.Tensor, batch: BatchAxis | None) -> torch.Tensor:
    """Return a foreign tensor with its samples on the first axis; a tensor without batch gets an axis of size 1."""
    if batch is None:
        return theirs.unsqueeze(0)
    axis, outer, inner = batch
    before, after = theirs.shape[:axis], theirs.shape[axis + 1 :]
    apart = theirs.reshape(*before, outer, -1, inner, *after).movedim(axis + 1, 0)
    folded = (outer * inner,) if outer * inner > 1 else ()
    return apart.reshape(len(apart), *before, *folded, *after)


def as_foreign(ours: torch.Tensor, batch: BatchAxis | None) -> torch.Tensor:
    """Return a tensor of ours with the axes of the foreign network: the inverse of ``samples_first``."""
    if batch is None:
        return ours[0]
    axis, outer, inner = batch
    before, after = ours.shape[1 : axis + 1], ours.shape[axis + 1 + (outer * inner > 1) :]
    apart = ours.reshape(len(ours), *before, outer, inner, *after).movedim(0, axis + 1)
    return apart.reshape(*before, outer * len(ours) * inner, *after)
