"""One spec by width and resolution is the whole MobileNet family, V1's and V2's: against torch and as published."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from calc.analysis import Analysis, analyse
from calc.spec import load
from tests.zoo.test_identity import dispatched

# million MACs by width and resolution
V2 = {
    (1.4, 224): 582,
    (1.3, 224): 509,
    (1.0, 224): 300,
    (1.0, 192): 221,
    (1.0, 160): 154,
    (1.0, 128): 99,
    (1.0, 96): 56,
    (0.75, 224): 209,
    (0.75, 192): 153,
    (0.75, 160): 107,
    (0.75, 128): 69,
    (0.75, 96): 39,
    (0.5, 224): 97,
    (0.5, 192): 71,
    (0.5, 160): 50,
    (0.5, 128): 32,
    (0.5, 96): 18,
    (0.35, 224): 59,
    (0.35, 192): 43,
    (0.35, 160): 30,
    (0.35, 128): 20,
    (0.35, 96): 11,
}
"""TF-slim, research/slim/nets/mobilenet/README.md at github.com/tensorflow/models; cut off, not rounded."""
V2_PARAMS = {1.4: "6.06", 1.3: "5.34", 1.0: "3.47", 0.75: "2.61", 0.5: "1.95", 0.35: "1.66"}
"""The same table's million parameters; those of the batch norms are not in them."""
V1 = {
    (1.0, 224): 569,
    (1.0, 192): 418,
    (1.0, 160): 291,
    (1.0, 128): 186,
    (0.5, 160): 77,
    (0.5, 128): 49,
    (0.5, 192): 110,
    (0.25, 224): 41,
    (0.25, 160): 21,
    (0.25, 128): 14,
}
"""TF-slim's mobilenet_v1.md, rounded. Left out, and in V1_ODD: what no count of these networks gives."""
V1_ODD = {(0.75, 224): 317, (0.75, 192): 233, (0.75, 160): 162, (0.75, 128): 104, (0.5, 224): 150, (0.25, 192): 34}
"""The paper's Table 6 has 325 at (0.75, 224) and 149 at (0.5, 224), which is what is counted here."""
V1_GRID = [(width, resolution) for width in (1.0, 0.75, 0.5, 0.25) for resolution in (224, 192, 160, 128)]


def ends(grid: Iterable[tuple[float, int]]) -> list[Any]:
    """The points of ``grid``: those at its smallest resolution, and for the zoo those above."""
    points = list(grid)
    least = min(size for _, size in points)
    return [pytest.param(*point, marks=() if point[1] == least else pytest.mark.zoo) for point in points]


def at(spec: str, width: float, resolution: int) -> Analysis:
    return analyse(load(spec), {"width": width, "resolution": resolution})


@pytest.mark.parametrize("width, resolution", V2)
def test_mobilenet_v2_as_published(width: float, resolution: int) -> None:
    analysis = at("mobilenetv2", width, resolution)
    without_norms = sum(layer.params for layer in analysis.layers if layer.op != "batch_norm")
    assert analysis.totals.macs // 10**6 == V2[width, resolution]
    assert f"{without_norms / 1e6:.2f}" == V2_PARAMS[width]


@pytest.mark.parametrize("width, resolution", ends(V2))
def test_mobilenet_v2_in_torch(width: float, resolution: int) -> None:
    totals = at("mobilenetv2", width, resolution).totals
    network = made(mobilenet_v2, width)
    with torch.device("meta"):
        assert dispatched(network, (torch.empty(1, 3, resolution, resolution),)) == totals.macs
    assert sum(parameter.numel() for parameter in network.parameters()) == totals.params


@pytest.mark.parametrize("width, resolution", V1)
def test_mobilenet_v1_as_published(width: float, resolution: int) -> None:
    assert round(at("mobilenetv1", width, resolution).totals.macs / 1e6) == V1[width, resolution]


def test_mobilenet_v1_is_not_what_was_misprinted() -> None:
    counted = {size: round(at("mobilenetv1", *size).totals.macs / 1e6) for size in V1_ODD}
    assert counted.keys() | V1.keys() == set(V1_GRID)
    assert (counted[0.75, 224], counted[0.5, 224]) == (325, 149)
    assert all(counted[size] != V1_ODD[size] for size in V1_ODD)


@pytest.mark.parametrize("width, resolution", ends(V1_GRID))
def test_mobilenet_v1_in_torch(width: float, resolution: int) -> None:
    totals = at("mobilenetv1", width, resolution).totals
    network = made(mobilenet_v1, width)
    with torch.device("meta"):
        assert dispatched(network, (torch.empty(1, 3, resolution, resolution),)) == totals.macs
    assert sum(parameter.numel() for parameter in network.parameters()) == totals.params


@cache
def made(network: Callable[..., nn.Module], width: float) -> nn.Module:
    """``network`` of that width, for every resolution, without memory."""
    with torch.device("meta"):
        return network(width_mult=width)


def mobilenet_v1(width_mult: float) -> nn.Sequential:
    """arXiv:1704.04861, Table 1, by hand."""
    channels = [int(width_mult * c) for c in (32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024)]
    strides = [1, 2, 1, 2, 1, 2, *[1] * 5, 2, 1]
    layers = [nn.Conv2d(3, channels[0], 3, 2, 1, bias=False), nn.BatchNorm2d(channels[0]), nn.ReLU()]
    for before, after, stride in zip(channels[:-1], channels[1:], strides, strict=True):
        layers += [nn.Conv2d(before, before, 3, stride, 1, groups=before, bias=False)]
        layers += [nn.BatchNorm2d(before), nn.ReLU()]
        layers += [nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 1000))
