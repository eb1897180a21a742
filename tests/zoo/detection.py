"""torchvision's detectors as published: the network alone, without what resizes images and what suppresses boxes."""

from collections.abc import Callable
from unittest import mock

import torch
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum

Tensors = tuple[torch.Tensor, ...]

ONE_STAGE = (
    "fcos_resnet50_fpn",
    "retinanet_resnet50_fpn",
    "retinanet_resnet50_fpn_v2",
)


def detector(name: str) -> nn.Module:
    """torchvision's detector ``name``, built as for its published weights, which are not loaded.

    It takes what the spec's network takes, and returns what its heads return, in the order of the spec's outputs.
    """
    nothing_loaded = (
        mock.patch.object(WeightsEnum, "get_state_dict", return_value={}),
        mock.patch.object(nn.Module, "load_state_dict"),
    )
    with nothing_loaded[0], nothing_loaded[1]:
        network: nn.Module = models.get_model(name, weights="DEFAULT").eval()
    network.forward = _head_alone(network)  # type: ignore[method-assign]
    return network


def _head_alone(network: nn.Module) -> Callable[[torch.Tensor], Tensors]:
    def forward(image: torch.Tensor) -> Tensors:
        found = network.head(list(network.backbone(image).values()))
        return tuple(found[name] for name in ("cls_logits", "bbox_regression", "bbox_ctrness") if name in found)

    return forward
