"""torchvision's detectors as networks of one graph: the part that runs for every image.

A detector resizes a list of images and returns as many boxes as it finds. Between the two is a network, from the image
to the outputs of the heads, if the numbers of proposals and detections are given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum
from torchvision.models.detection.rpn import concat_box_prediction_layers
from torchvision.ops import MultiScaleRoIAlign

from verify.build.initialise import skipping_initialisers

Sizes = tuple[int, ...]

REMARK = (
    "It runs from the resized and normalised image to the outputs of the heads. Anchors, the decoding of boxes and "
    "their suppression are not part of it."
)


def detector(name: str) -> tuple[nn.Module, dict[str, Sizes]]:
    """Return the network of torchvision's detector ``name``, built for its published weights but without them.

    It also returns the sizes of the inputs: those of a square image after torchvision resizes it, and those for the
    largest number of boxes that torchvision passes on.
    """
    with _without_weights(), skipping_initialisers(True):
        whole: Any = models.get_model(name, weights="DEFAULT").eval()
    fixed = whole.transform.fixed_size
    height, width = fixed or whole.transform.min_size[-1:] * 2
    sizes: dict[str, Sizes] = {"image": (3, height, width)}
    if not hasattr(whole, "roi_heads"):
        return OfAnchors(whole), sizes
    sizes["proposals"] = (whole.rpn.post_nms_top_n(), 4)
    for kind in ("mask", "keypoint"):
        if getattr(whole.roi_heads, f"has_{kind}")():
            return OfDetections(whole, kind), {**sizes, "detections": (whole.roi_heads.detections_per_img, 4)}
    return OfProposals(whole), sizes


@contextmanager
def _without_weights() -> Iterator[None]:
    """Keep torchvision from downloading and loading weights when it builds a network inside the ``with`` block."""
    read, load = WeightsEnum.get_state_dict, nn.Module.load_state_dict
    WeightsEnum.get_state_dict = lambda *_, **__: {}
    nn.Module.load_state_dict = lambda *_, **__: None  # type: ignore[method-assign]  # restored below
    try:
        yield
    finally:
        WeightsEnum.get_state_dict = read
        nn.Module.load_state_dict = load  # type: ignore[method-assign]  # the original method


class OfAnchors(nn.Module):
    """A detector that gives scores and a box for every anchor or position: RetinaNet, FCOS, SSD."""

    def __init__(self, whole: Any) -> None:
        super().__init__()
        self.backbone = whole.backbone
        self.head = whole.head

    def forward(self, image: torch.Tensor) -> Any:
        """Return the outputs of the head by name, for images of the shape (N, 3, height, width)."""
        return self.head(list(self.backbone(image).values()))


class OfProposals(nn.Module):
    """Faster R-CNN. It gives a row for each anchor, and scores and boxes for each proposal."""

    def __init__(self, whole: Any) -> None:
        super().__init__()
        self.backbone = whole.backbone
        self.rpn = whole.rpn
        self.roi_heads = whole.roi_heads
        for kind in ("box", "mask", "keypoint"):
            pool = getattr(self.roi_heads, f"{kind}_roi_pool")
            if pool is not None:
                setattr(self.roi_heads, f"{kind}_roi_pool", Aligned(pool))

    def forward(self, image: torch.Tensor, proposals: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return objectness and deltas of each anchor.

        Scores and deltas of each of ``proposals``, (N, proposals, 4).
        """
        return self.found(image, proposals, self.backbone(image))

    def found(self, image: torch.Tensor, proposals: torch.Tensor, maps: Any) -> tuple[torch.Tensor, ...]:
        """Like ``forward``, but from the feature maps of the backbone."""
        heads = self.roi_heads
        anchors = concat_box_prediction_layers(*self.rpn.head(list(maps.values())))
        pieces = heads.box_roi_pool(maps, proposals, image)
        boxes = heads.box_predictor(heads.box_head(pieces))
        return tuple([of_each(image, rows) for rows in (*anchors, *boxes)])


class OfDetections(OfProposals):
    """Mask R-CNN and Keypoint R-CNN, which also give a map for each detection; ``kind`` is mask or keypoint."""

    def __init__(self, whole: Any, kind: str) -> None:
        super().__init__(whole)
        self.kind = kind

    def forward(  # type: ignore[override]  # a network of three inputs
        self, image: torch.Tensor, proposals: torch.Tensor, detections: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        """Return the outputs of ``OfProposals``, then a map for each of ``detections``, (N, detections, 4)."""
        maps = self.backbone(image)
        pool, head, predictor = (
            getattr(self.roi_heads, f"{self.kind}_{part}") for part in ("roi_pool", "head", "predictor")
        )
        shown = predictor(head(pool(maps, detections, image)))
        return (*self.found(image, proposals, maps), of_each(image, shown))


def of_each(image: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Return the ``rows`` of all images in sequence, split by image."""
    return rows.reshape(len(image), -1, *rows.shape[1:])


class Aligned(nn.Module):
    """Runs torchvision's MultiScaleRoIAlign ``pool`` as one operation, so that torch.export need not know the boxes."""

    def __init__(self, pool: MultiScaleRoIAlign) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, maps: dict[str, torch.Tensor], boxes: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
        """Return the crops, (N · boxes, channels, height, width), for boxes (N, boxes, 4) in pixels of ``image``."""
        pool = self.pool
        read = [each for name, each in maps.items() if name in pool.featmap_names]
        found: torch.Tensor = multi_scale_roi_align(
            read, boxes, list(image.shape[-2:]), list(pool.output_size), pool.sampling_ratio, pool.canonical_scale,
            pool.canonical_level,
        )  # fmt: skip
        return found


@torch.library.custom_op("verify::multi_scale_roi_align", mutates_args=())
def multi_scale_roi_align(
    maps: list[torch.Tensor], boxes: torch.Tensor, image: list[int], output_size: list[int], sampling_ratio: int,
    canonical_scale: int, canonical_level: int,
) -> torch.Tensor:  # fmt: skip
    """Return crops by torchvision's MultiScaleRoIAlign, for boxes (N, boxes, 4) of N images of size ``image``."""
    named = {str(index): each for index, each in enumerate(maps)}
    pool = MultiScaleRoIAlign(
        list(named), output_size, sampling_ratio, canonical_scale=canonical_scale, canonical_level=canonical_level
    )
    found: torch.Tensor = pool(named, list(boxes), [tuple(image)] * len(boxes))
    return found


@multi_scale_roi_align.register_fake
def _sizes_alone(
    maps: list[torch.Tensor], boxes: torch.Tensor, _image: list[int], output_size: list[int], *_how: int
) -> torch.Tensor:
    return maps[0].new_empty(boxes.shape[0] * boxes.shape[1], maps[0].shape[1], *output_size)
