"""Reads labelled images or arrays from folders, zips, .npz files and torchvision's data sets, as batches."""

from typing import TYPE_CHECKING

from verify.lazily import lazily

if TYPE_CHECKING:
    from verify.data.batches import Batch, Loader, evenly
    from verify.data.images import Images
    from verify.data.preprocess import Preprocess, preprocess_of
    from verify.data.sources import open_images

__all__ = ["Batch", "Images", "Loader", "Preprocess", "evenly", "open_images", "preprocess_of"]

__getattr__ = lazily(
    __name__,
    {
        "Batch": "batches",
        "Images": "images",
        "Loader": "batches",
        "Preprocess": "preprocess",
        "evenly": "batches",
        "open_images": "sources",
        "preprocess_of": "preprocess",
    },
)
