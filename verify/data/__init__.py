"""Labelled images: folders, zips of folders, and torchvision's data sets, as batches a network takes."""

from verify.data.batches import Batch, Loader, evenly
from verify.data.images import Images
from verify.data.preprocess import Preprocess, preprocess_of
from verify.data.sources import open_images

__all__ = ["Batch", "Images", "Loader", "Preprocess", "evenly", "open_images", "preprocess_of"]
