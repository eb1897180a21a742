"""Computes accuracies and loss of a network over a data set, batch by batch."""

import math
from collections.abc import Callable, Iterable

import torch
from torch.nn import functional

from verify.data import Batch
from verify.errors import VerifyError
from verify.evaluate.measured import Score


def score(
    run: Callable[[torch.Tensor], torch.Tensor],
    batches: Iterable[Batch],
    done: Callable[[int], None] = lambda images: None,
    device: str = "cpu",
) -> Score:
    """Return the score of ``run``, which maps inputs (batch, 3, height, width) to logits (batch, classes).

    ``done`` is called with the number of images of each batch. Raises VerifyError if outputs or loss are not finite, or
    if there are no images.
    """
    hits: list[bool] = []
    hits5: list[bool] = []
    total = 0.0
    with torch.no_grad():
        for batch in batches:
            logits, labels = run(batch.inputs.to(device)), batch.labels.to(device)
            loss = float(functional.cross_entropy(logits, labels, reduction="none").double().sum())
            if not (torch.isfinite(logits).all() and math.isfinite(loss)):
                raise VerifyError(f"the network's output or loss is not finite after {len(hits)} images (loss {loss})")
            best = logits.topk(min(5, logits.shape[1])).indices == labels[:, None]
            hits += best[:, 0].tolist()
            hits5 += best.any(dim=1).tolist()
            total += loss
            done(len(labels))
    if not hits:
        raise VerifyError("no image could be scored")
    return Score(tuple(hits), tuple(hits5), total / len(hits))
