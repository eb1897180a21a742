"""The data sets that have a name: ``cifar10`` of torchvision, and ``fake``, random images without a file."""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torchvision import datasets

from verify.data.images import Images, Sample, takes_pictures
from verify.errors import VerifyError

FAKE_IMAGES = 100


class Cifar10(Images):
    """CIFAR-10 under ``root``. Raises VerifyError if it is missing and ``download`` is false."""

    def __init__(self, root: Path, split: str, download: bool) -> None:
        try:
            self.data: Any = datasets.CIFAR10(str(root), train=split == "train", download=download)
        except (RuntimeError, OSError) as error:
            raise VerifyError(f"cifar10: {error}", f"--download fetches it into {root}") from None
        self.classes = tuple(self.data.classes)
        self.labels = self.data.targets
        self.names = [f"cifar10 {split} {index}" for index in range(len(self.labels))]
        self.identity = f"cifar10 {split}"

    def open(self, index: int) -> Image.Image:
        return Image.fromarray(self.data.data[index])


class Fake(Images):
    """``count`` random inputs of ``sizes`` with random labels, equal in each run; pictures if ``sizes`` fit one."""

    def __init__(self, sizes: tuple[int, ...], classes: int, count: int = FAKE_IMAGES) -> None:
        self.sizes = sizes
        self.are_pictures = takes_pictures(sizes)
        self.classes = tuple(map(str, range(classes)))
        self.labels = torch.randint(classes, (count,), generator=torch.Generator().manual_seed(0)).tolist()
        self.names = [f"fake {index}" for index in range(count)]
        self.identity = f"fake {count} {sizes} {classes}"

    def open(self, index: int) -> Sample:
        generator = torch.Generator().manual_seed(index)
        if not self.are_pictures:
            return torch.randn(self.sizes, generator=generator).numpy()
        channels, height, width = self.sizes
        pixels = torch.randint(256, (height, width, channels), generator=generator).to(torch.uint8).numpy()
        return Image.fromarray(pixels if channels == 3 else pixels[..., 0])
