"""Networks of torchvision and timm by name, with the input sizes at which these libraries run them."""

from importlib import import_module
from typing import Any

from torch import nn

from calc.errors import nearest
from verify.build.initialise import skipping_initialisers
from verify.errors import VerifyError
from verify.reference import build_reference, require_model

Sizes = tuple[int, ...]

_FRAMES = {"swin3d": 32}
"""The number of frames of a clip, by prefix of the name; other video networks of torchvision are trained with 16."""
_VIDEO = ("r3d_", "mc3_", "r2plus1d_", "s3d", "mvit_", "swin3d")
"""The prefixes of the names of networks that read clips."""


def torchvision_network(name: str, sizes: Sizes | None) -> tuple[nn.Module, Sizes]:
    """Return torchvision's network ``name`` for ``sizes``, or for its usual ones.

    Raises VerifyError if it is unknown.
    """
    sizes = sizes or _usual_sizes(name)
    return build_reference(f"torchvision/{name}", sizes=sizes), sizes


def is_detector(name: str) -> bool:
    """Return whether torchvision's network ``name`` takes a list of images. Raises VerifyError if it is unknown."""
    from torchvision import models

    require_model(name)
    return name in models.list_models(module=models.detection)


def _usual_sizes(name: str) -> Sizes:
    from torchvision import models

    weights = models.get_model_weights(name)
    keywords: dict[str, Any] = getattr(next(iter(weights)).transforms, "keywords", {}) if len(weights) else {}
    crop = keywords.get("crop_size") or keywords.get("resize_size") or 224
    size = tuple(crop) if isinstance(crop, (tuple, list)) else (crop, crop)
    if len(size) == 1:
        size = (*size, *size)
    if name.startswith(_VIDEO):
        frames = next((count for start, count in _FRAMES.items() if name.startswith(start)), 16)
        return (3, frames, *size)
    return (3, *size)


def timm_network(name: str, sizes: Sizes | None) -> tuple[nn.Module, Sizes]:
    """Return timm's network ``name`` for ``sizes``, or for those of its configuration.

    Raises VerifyError if it is unknown.
    """
    try:
        import timm
    except ImportError:
        raise VerifyError(f"timm/{name} needs timm, which is not installed", "pip install timm") from None
    if not timm.is_model(name):
        raise VerifyError(f"timm has no model {name}", nearest(name, timm.list_models()))
    with skipping_initialisers(True):
        try:
            network = _created(timm, name, sizes)
        except Exception as error:  # models raise all kinds of exceptions for sizes that they do not support
            raise VerifyError(f"timm/{name} cannot be created: {type(error).__name__}: {error}") from None
    resolved: Any = import_module("timm.data").resolve_model_data_config(network)
    return network, sizes or tuple(resolved["input_size"])


def _created(timm: Any, name: str, sizes: Sizes | None) -> nn.Module:
    network: nn.Module
    if sizes is not None and len(sizes) == 3:
        try:
            network = timm.create_model(name, pretrained=False, img_size=sizes[1:])
            return network
        except TypeError:  # models that are the same for every size have no argument img_size
            pass
    network = timm.create_model(name, pretrained=False)
    return network
