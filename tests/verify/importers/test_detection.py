"""torchvision's detectors as networks of one graph equal the detectors that torchvision runs."""

from typing import Any

import pytest
import torch
from torch import nn
from torchvision import models
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

from calc.analysis import analyse
from tests.verify.importers.modules import loaded
from tests.verify.importers.proving import held_against, said
from verify.importers import lowered, traced
from verify.importers.detection import Aligned, _without_weights, detector
from verify.importers.samples import samples
from verify.lively import lively
from verify.measure.conditions import counting_conditions


class Heads(nn.Module):
    """A small box head of a detector."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=8, padding=1)
        self.norm = FrozenBatchNorm2d(4, eps=1e-3)
        self.pool = Aligned(MultiScaleRoIAlign(["fine", "coarse"], (3, 2), 2, canonical_level=5))
        self.mask = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.scores = nn.Linear(24, 5)

    def forward(self, image: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.norm(self.conv(image))
        maps = {"fine": fine, "none": fine, "coarse": nn.functional.max_pool2d(fine, 2)}
        pieces = self.pool(maps, boxes, image)
        masks = nn.functional.interpolate(self.mask(pieces), scale_factor=2.0, mode="bilinear")
        return self.scores(pieces.flatten(1)), masks


@pytest.mark.parametrize("boxes", [7, 1])
def test_what_follows_boxes_is_a_row_for_each(boxes: int) -> None:
    found = lowered(traced(loaded(Heads(), image=(3, 64, 80), boxes=(boxes, 4))))
    assert said(held_against(found)) == []
    analysis = analyse(found.imported.graph)
    rows = {layer.name: layer for layer in analysis.layers}
    assert {name: row.op for name, row in rows.items() if name in ("norm", "pool")} == {
        "norm": "frozen_batch_norm", "pool": "roi_align",
    }  # fmt: skip
    assert rows["scores"].macs == boxes * 24 * 5
    assert rows["mask"].macs == boxes * 4 * 2 * 4 * (3 * 2)


def test_boxes_to_try_are_of_every_size_and_in_the_image() -> None:
    found = lowered(traced(loaded(Heads(), image=(3, 64, 80), boxes=(100, 4))))
    _, boxes = samples(found.imported.graph)
    assert boxes.shape == (2, 100, 4)
    sides = boxes[..., 2:] - boxes[..., :2]
    assert 0 <= float(boxes.min()) < float(boxes.max()) <= 64
    assert float(sides.min()) < 4
    assert float(sides.max()) > 48


class Watched:
    """The last arguments and the last result of a module."""

    def __init__(self, module: nn.Module) -> None:
        module.register_forward_hook(self)

    def __call__(self, _: nn.Module, arguments: tuple[Any, ...], returned: Any) -> None:
        self.arguments, self.returned = arguments, returned


@pytest.mark.oracles("torchvision")
@pytest.mark.parametrize("name", ["fasterrcnn_mobilenet_v3_large_320_fpn", "ssdlite320_mobilenet_v3_large"])
def test_it_is_what_torchvision_runs_on_an_image(name: str) -> None:
    ours, _ = detector(name)
    with _without_weights():
        theirs = models.get_model(name, weights="DEFAULT").eval()
    state = lively(ours.state_dict())
    theirs.load_state_dict(state, strict=True)
    ours.load_state_dict(state, strict=True)
    watched = {path: Watched(module) for path, module in theirs.named_modules()}
    with counting_conditions(theirs):
        theirs([torch.rand(3, 90, 120, generator=torch.Generator().manual_seed(0))])
        image = watched["backbone"].arguments[0]
        if name.startswith("ssd"):
            assert_same(ours(image), watched["head"].returned)
            return
        proposals = watched["roi_heads.box_roi_pool"].arguments[1][0]
        objectness, deltas, *boxes = ours(image, proposals[None])
    assert_same(boxes, [each[None] for each in watched["roi_heads.box_predictor"].returned])
    assert_same(rows(objectness, 1), rows(watched["rpn.head"].returned[0], 1))
    assert_same(rows(deltas, 4), rows(watched["rpn.head"].returned[1], 4))


def assert_same(ours: Any, theirs: Any) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5, check_stride=False)


def rows(maps: Any, columns: int) -> torch.Tensor:
    """The elements of maps (1, anchors · columns, height, width), or of rows of them, an anchor each, sorted."""
    several = maps if isinstance(maps, list) else [maps.reshape(1, -1, columns).transpose(1, 2)]
    found = [each.reshape(-1, columns, *each.shape[2:]).movedim(1, -1).reshape(-1, columns) for each in several]
    return torch.cat(found).sort(0).values
