"""The specs that name a torchvision network, and the input sizes that each of them admits."""

import re
from collections.abc import Collection
from typing import Any, NamedTuple

import pytest

from calc.spec.shelf import packaged_specs

_REFERENCE = re.compile(r"^reference: (torchvision/\w+)$", re.MULTILINE)


def _references() -> dict[str, str]:
    found = {}
    for path in sorted(packaged_specs().glob("*.yaml")):
        match = _REFERENCE.search(path.read_text(encoding="utf-8"))
        if match:
            found[path.stem] = match[1]
    return found


REFERENCES = _references()
"""torchvision/NAME by spec."""

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
"""Specs, called as torchvision's networks: these are compared up to what their heads return."""

FAST = (
    "alexnet",
    "convnext_tiny",
    "deeplabv3_mobilenet_v3_large",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "lraspp_mobilenet_v3_large",
    "mc3_18",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "mobilenetv2",
    "r2plus1d_18",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin3d_t",
    "swin_t",
    "swin_v2_t",
    "vgg11_bn",
    "vit_b_32",
)
"""A small one of every family, two of some; those of MaxViT, MViT and S3D take seconds: the default test run's."""

COUNTED = (
    "efficientnet_b0",
    "mc3_18",
    "mobilenetv2",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "vit_b_32",
)
"""Those that the dispatcher counts in half a second, of every kind of layer one; the zoo counts them all."""

QUICK = (
    "efficientnet_b0",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "mobilenetv2",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
)
"""Those that run on a small input in less than a second, which the default test run does; the zoo runs them all."""


class Sizes(NamedTuple):
    """Inputs of one network: ``small`` is for running, ``other`` a resolution that is not the spec's own."""

    small: tuple[int, ...]
    other: tuple[int, ...]


NON_SQUARE = Sizes((3, 141, 171), (3, 256, 320))
"""Sizes that no stride divides, so that every padding and ceil_mode shows; most networks admit them."""

# Where a network does not, or they show too little, by the beginning of its name, and why.
_ADMITTED = {
    # a 16th of the height has to be more than the second largest dilation, 24
    "deeplabv3": Sizes((3, 401, 75), (3, 256, 320)),
    # the position table is square: torchvision reads its side off one number
    "vit_b_16": Sizes((3, 64, 64), (3, 384, 384)),
    "vit_l_16": Sizes((3, 64, 64), (3, 512, 512)),
    "vit_b_32": Sizes((3, 128, 128), (3, 384, 384)),
    "vit_l_32": Sizes((3, 128, 128), (3, 384, 384)),
    "vit_h_14": Sizes((3, 56, 56), (3, 518, 518)),
    # built for one square size that seven windows divide at every stage
    "maxvit_t": Sizes((3, 224, 224), (3, 448, 448)),
    # torchvision passes the size itself, once for each, and takes no other
    "mvit": Sizes((3, 16, 224, 224), (3, 16, 224, 224)),
    # pools with a fixed window of 2×7×7 at a 32nd of the size
    "s3d": Sizes((3, 14, 224, 224), (3, 16, 224, 256)),
    "swin3d": Sizes((3, 5, 45, 75), (3, 8, 96, 128)),
    "mc3_18": Sizes((3, 5, 45, 75), (3, 8, 96, 128)),
    "r2plus1d_18": Sizes((3, 5, 45, 75), (3, 8, 96, 128)),
    "r3d_18": Sizes((3, 5, 45, 75), (3, 8, 96, 128)),
}


def sizes_of(spec: str) -> Sizes:
    """The inputs at which the network is checked."""
    for start, sizes in _ADMITTED.items():
        if spec.startswith(start):
            return sizes
    return NON_SQUARE


def every(by_default: Collection[str]) -> list[Any]:
    """The specs with a reference as pytest parameters; all but those ``by_default`` carry the marker zoo."""
    return [pytest.param(spec, marks=() if spec in by_default else pytest.mark.zoo, id=spec) for spec in REFERENCES]


LARGE = ("convnext_large", "regnet_y_128gf", "vit_h_14", "vit_l_16", "vit_l_32")
"""Of more than 150 million parameters: two of them at once take 16 GB."""


def grouped(spec: str) -> Any:
    """``spec`` as a parameter of a test that runs the network: large ones run in one process of several."""
    return pytest.param(spec, marks=pytest.mark.xdist_group("large") if spec in LARGE else (), id=spec)
