"""Makes several inputs fit each other, batch first, if some have fewer axes or a batch of 1."""

import torch


def same_rank(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return ``inputs`` with axes of size 1 after the batch, so that samples broadcast and batches stay first."""
    rank = max(x.ndim for x in inputs)
    return tuple(x.reshape(x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in inputs)


def same_batch(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return ``inputs``, with those that have a batch of 1 expanded to the batch of the others."""
    batch = max(x.shape[0] for x in inputs)
    return tuple(x.expand(batch, *x.shape[1:]) for x in inputs)
