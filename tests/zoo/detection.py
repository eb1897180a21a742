"""torchvision's detectors as published: the network alone, without what resizes images and what suppresses boxes."""

from collections.abc import Callable
from unittest import mock

import torch
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum
from torchvision.models.detection.rpn import concat_box_prediction_layers

Tensors = tuple[torch.Tensor, ...]

DETECTORS = (
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fasterrcnn_mobilenet_v3_large_fpn",
    "fasterrcnn_resnet50_fpn",
    "fasterrcnn_resnet50_fpn_v2",
    "fcos_resnet50_fpn",
    "keypointrcnn_resnet50_fpn",
    "maskrcnn_resnet50_fpn",
    "maskrcnn_resnet50_fpn_v2",
    "retinanet_resnet50_fpn",
    "retinanet_resnet50_fpn_v2",
    "ssd300_vgg16",
    "ssdlite320_mobilenet_v3_large",
)


def detector(name: str) -> nn.Module:
    """torchvision's detector ``name``, built as for its published weights, which are not loaded.

    It takes what the spec's network takes, and returns what its heads return, in the order of the spec's outputs.
    """
    with (
        mock.patch.object(WeightsEnum, "get_state_dict", return_value={}),
        mock.patch.object(nn.Module, "load_state_dict"),
    ):
        network: nn.Module = models.get_model(name, weights="DEFAULT").eval()
    heads = _of_proposals if "rcnn" in name else _of_every_anchor
    network.forward = heads(network)  # type: ignore[method-assign]  # torchvision's own takes lists of images
    return network


def _of_every_anchor(network: nn.Module) -> Callable[[torch.Tensor], Tensors]:
    def forward(image: torch.Tensor) -> Tensors:
        found = network.head(list(network.backbone(image).values()))
        return tuple(found[name] for name in ("cls_logits", "bbox_regression", "bbox_ctrness") if name in found)

    return forward


def _of_proposals(network: nn.Module) -> Callable[..., Tensors]:
    heads = network.roi_heads
    kind = next((kind for kind in ("mask", "keypoint") if getattr(heads, f"has_{kind}")()), None)

    def forward(image: torch.Tensor, proposals: torch.Tensor, *detections: torch.Tensor) -> Tensors:
        maps = network.backbone(image)
        objectness, deltas = concat_box_prediction_layers(*network.rpn.head(list(maps.values())))
        pieces = _aligned(heads.box_roi_pool, maps, proposals, image)
        outputs = [objectness, deltas, *heads.box_predictor(heads.box_head(pieces))]
        for boxes in detections:
            pieces = _aligned(getattr(heads, f"{kind}_roi_pool"), maps, boxes, image)
            outputs.append(getattr(heads, f"{kind}_predictor")(getattr(heads, f"{kind}_head")(pieces)))
        return tuple(output.reshape(len(image), -1, *output.shape[1:]) for output in outputs)

    return forward


def _aligned(pool: nn.Module, maps: dict[str, torch.Tensor], boxes: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """What ``pool`` cuts out; on meta, where no box has a level, its shape: it multiplies nothing."""
    if image.is_meta:
        return torch.empty(boxes.shape[0] * boxes.shape[1], 256, *pool.output_size, device="meta")
    sizes = [tuple(image.shape[-2:])] * len(image)
    pieces: torch.Tensor = pool(maps, list(boxes), sizes)
    return pieces
