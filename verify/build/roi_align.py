"""Builds roi_align."""

import math

import torch
from torch import nn

from calc.ops.roi_align import RoiAlign
from verify.build.base.batches import same_batch
from verify.build.base.function import Function


def build(op: RoiAlign, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torchvision.ops.roi_align of all boxes on every map, from which each box takes the result of its level.

    On the meta device the levels are not known.
    """
    from torchvision.ops import roi_align

    def align(x: torch.Tensor, boxes: torch.Tensor, *coarser: torch.Tensor) -> torch.Tensor:
        boxes, *maps = same_batch(boxes, x, *coarser)
        batch, number = boxes.shape[:2]
        sample = torch.arange(batch, device=x.device).to(boxes.dtype).reshape(-1, 1, 1)
        regions = torch.cat([sample.expand(batch, number, 1), boxes], -1).flatten(0, 1)
        scales = [op.spatial_scale * 2.0 ** round(math.log2(each.shape[-1] / x.shape[-1])) for each in maps]
        size = op.per_axis("output_size", 2)
        pieces = [
            roi_align(each, regions, size, scale, op.sampling_ratio, op.aligned)
            for each, scale in zip(maps, scales, strict=True)
        ]
        found: torch.Tensor = pieces[0]
        if coarser:
            first, last = (int(-math.log2(scale)) for scale in (scales[0], scales[-1]))
            level = levels(op, regions[:, 1:]).clamp(first, last) - first
            for index, piece in enumerate(pieces[1:], 1):
                found = torch.where((level == index).reshape(-1, 1, 1, 1), piece, found)
        return found.reshape(batch, number, *found.shape[1:])

    return Function(align)


def levels(op: RoiAlign, boxes: torch.Tensor) -> torch.Tensor:
    """Return the pyramid level of each box, by equation 1 of arXiv:1612.03144."""
    left, top, right, bottom = boxes.unbind(-1)
    side = torch.sqrt((right - left) * (bottom - top))
    return torch.floor(op.canonical_level + torch.log2(side / op.canonical_scale) + 1e-6)
