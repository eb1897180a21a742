"""Decodes images into batches of tensors, ahead of use by a few threads, in bounded memory and a fixed order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from PIL import Image

from verify.data.images import Images
from verify.errors import VerifyError

WORKERS = 2
_BAD = (OSError, ValueError, SyntaxError)


class Batch(NamedTuple):
    """A batch: ``inputs`` (batch, 3, height, width), ``labels`` (batch,), and the indices in the data set."""

    inputs: torch.Tensor
    labels: torch.Tensor
    indices: tuple[int, ...]


class Loader:
    """Iterates over ``images`` at ``indices`` in this order, in batches of ``batch_size``.

    ``transform`` maps an image and its index to a tensor, and runs in threads. One batch is decoded while another is
    used. An image that cannot be decoded raises VerifyError with its name. With ``skip_bad`` it is left out, and its
    name is added to ``skipped``.
    """

    def __init__(
        self,
        images: Images,
        indices: Sequence[int],
        transform: Callable[[Image.Image, int], torch.Tensor],
        batch_size: int,
        skip_bad: bool = False,
    ) -> None:
        self.images = images
        self.indices = indices
        self.transform = transform
        self.batch_size = batch_size
        self.skip_bad = skip_bad
        self.skipped: list[str] = []

    def __iter__(self) -> Iterator[Batch]:
        self.skipped = []
        starts = range(0, len(self.indices), self.batch_size)
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                ahead = self._submit(pool, starts[0]) if starts else []
                for start in starts:
                    current, ahead = ahead, []
                    if start + self.batch_size < len(self.indices):
                        ahead = self._submit(pool, start + self.batch_size)
                    batch = self._collected(start, current)
                    if batch is not None:
                        yield batch
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, pool: ThreadPoolExecutor, start: int) -> list[Future[torch.Tensor]]:
        return [pool.submit(self._decode, index) for index in self.indices[start : start + self.batch_size]]

    def _decode(self, index: int) -> torch.Tensor:
        return self.transform(self.images.open(index), index)

    def _collected(self, start: int, futures: list[Future[torch.Tensor]]) -> Batch | None:
        tensors, kept = [], []
        for index, future in zip(self.indices[start : start + self.batch_size], futures, strict=True):
            try:
                tensors.append(future.result())
                kept.append(index)
            except _BAD as error:
                name = self.images.names[index]
                if not self.skip_bad:
                    raise VerifyError(
                        f"{name}: cannot be decoded: {error}", "--skip-bad leaves such images out"
                    ) from None
                self.skipped.append(name)
        if not kept:
            return None
        labels = torch.tensor([self.images.labels[index] for index in kept])
        return Batch(torch.stack(tensors), labels, tuple(kept))


def evenly(count: int, limit: int | None) -> range | list[int]:
    """Return ``limit`` of ``count`` indices, evenly spaced from the first on.

    All indices are returned if ``limit`` is None or larger.
    """
    if limit is None or limit >= count:
        return range(count)
    return [position * count // limit for position in range(limit)]
