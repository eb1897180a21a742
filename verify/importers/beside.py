"""Outputs of a foreign network and of ours, side by side, whatever axis the foreign batch stands on."""

from typing import NamedTuple

import torch

from calc.importing import BatchAxis

LEAST_CONTRAST = 100
"""So many tolerances the outputs of two samples have to be apart, or equal outputs prove nothing."""


class OutputPair(NamedTuple):
    """One output of both networks, samples first."""

    theirs: torch.Tensor
    ours: torch.Tensor
    has_batch: bool

    def fault(self) -> str:
        """Why the two cannot be compared value by value; empty where they can."""
        if self.theirs.shape != self.ours.shape:
            return f"is {tuple(self.theirs.shape)}, that of the spec's network {tuple(self.ours.shape)}"
        for whose, tensor in (("", self.theirs), ("of the spec's network ", self.ours)):
            if not torch.isfinite(tensor).all():
                return f"{whose}is not finite, so that nothing is proved by it"
        return ""

    def difference(self, tolerance: float, least_contrast: float = LEAST_CONTRAST) -> str:
        """How the two differ, or that both samples look the same; empty where neither.

        ``tolerance``: the largest difference that is rounding, in parts of the largest value; ``least_contrast``: how
        many times as much two samples are apart.
        """
        scale = float(self.theirs.abs().max())
        difference = float((self.theirs - self.ours).abs().max())
        if difference > tolerance * scale:
            return f"differs by {difference / (scale or 1.0):.0e} of its largest value"
        contrast = float((self.theirs[0] - self.theirs[-1]).abs().max())
        if self.has_batch and contrast <= least_contrast * tolerance * scale:
            return f"is the same for every input, but for {contrast / (scale or 1.0):.0e}: nothing is proved by it"
        return ""


def samples_first(theirs: torch.Tensor, batch: BatchAxis | None) -> torch.Tensor:
    """A foreign tensor with its samples on the first axis, as ours are; one without a batch with an axis of 1."""
    if batch is None:
        return theirs.unsqueeze(0)
    axis, outer, inner = batch
    before, after = theirs.shape[:axis], theirs.shape[axis + 1 :]
    apart = theirs.reshape(*before, outer, -1, inner, *after).movedim(axis + 1, 0)
    folded = (outer * inner,) if outer * inner > 1 else ()
    return apart.reshape(len(apart), *before, *folded, *after)


def as_foreign(ours: torch.Tensor, batch: BatchAxis | None) -> torch.Tensor:
    """A tensor of ours, samples first, as the foreign network has it: ``samples_first`` backwards."""
    if batch is None:
        return ours[0]
    axis, outer, inner = batch
    before, after = ours.shape[1 : axis + 1], ours.shape[axis + 1 + (outer * inner > 1) :]
    apart = ours.reshape(len(ours), *before, outer, inner, *after).movedim(0, axis + 1)
    return apart.reshape(*before, outer * len(ours) * inner, *after)
