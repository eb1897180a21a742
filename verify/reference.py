"""The published network that a spec names, and whether the spec's network is it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from calc.errors import nearest
from verify.build import Network
from verify.build.initialise import skipping_initialisers
from verify.errors import VerifyError
from verify.lively import SPREAD, lively

TOLERANCE = 1e-5
"""Largest relative difference of outputs where torch runs the same mathematics in another order."""

# The arguments with which torchvision builds the networks of its published weights, where not the defaults.
_AS_PUBLISHED: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "transform_input": True, "init_weights": False},
    "inception_v3": {"aux_logits": True, "transform_input": True, "init_weights": False},
    "deeplabv3_mobilenet_v3_large": {"aux_loss": True},
    "deeplabv3_resnet50": {"aux_loss": True},
    "deeplabv3_resnet101": {"aux_loss": True},
    "fcn_resnet50": {"aux_loss": True},
    "fcn_resnet101": {"aux_loss": True},
}


@dataclass(frozen=True)
class Identity:
    """How the built network compares with its reference, given the same weights.

    ``key_differences`` are state-dict keys that only one has, or with other shapes. ``max_difference``
    is that of the outputs; ``scale`` the reference's largest output magnitude; both None where nothing
    was run.
    """

    reference: str
    key_differences: tuple[str, ...]
    max_difference: float | None
    scale: float | None

    @property
    def identical(self) -> bool:
        """The same keys and, where run, the same outputs to rounding."""
        if self.key_differences:
            return False
        return self.max_difference is None or self.max_difference <= TOLERANCE * (self.scale or 1.0)


def build_reference(reference: str, weights: str | None = None) -> nn.Module:
    """The network that ``reference`` (``torchvision/NAME``) names, in eval mode.

    With ``weights`` (``DEFAULT`` or an entry's name) torchvision's published ones, which it downloads.
    Raises VerifyError for an unknown reference.
    """
    source, _, name = reference.partition("/")
    if source != "torchvision":
        raise VerifyError(f"unknown reference {reference}", "known: torchvision/NAME")
    from torchvision import models

    if name not in models.list_models():
        raise VerifyError(f"torchvision has no model {name}", nearest(name, models.list_models()))
    if weights is not None:
        published: nn.Module = models.get_model(name, weights=weights)
        return published.eval()
    extra = {"weights_backbone": None} if name.startswith(("deeplab", "fcn", "lraspp")) else {}
    with skipping_initialisers(True):
        fresh: nn.Module = models.get_model(name, weights=None, **extra, **_AS_PUBLISHED.get(name, {}))
    return fresh.eval()


def compare_with_reference(
    network: Network, reference: nn.Module, name: str, inputs: torch.Tensor, keep_weights: bool = False
) -> Identity:
    """Give both the same weights, lively unless ``keep_weights`` keeps the reference's, and run both.

    ``inputs`` (batch first) on meta: only keys and shapes are compared. Raises VerifyError where the
    reference's output is not finite or too flat to show a difference.
    """
    differences = key_differences(network.state_dict(), reference.state_dict())
    if differences or inputs.is_meta:
        return Identity(name, differences, None, None)
    state = reference.state_dict() if keep_weights else lively(reference.state_dict())
    reference.load_state_dict(state, strict=True)
    network.load_state_dict(state, strict=True)
    with torch.no_grad():
        expected, found = _tensor(reference.eval()(inputs)), network(inputs)
    if not torch.isfinite(expected).all() or float(expected.std()) <= SPREAD:
        flat = f"the output of {name} is not finite or too flat to compare (std {float(expected.std()):.2g})"
        raise VerifyError(flat)
    if expected.shape != found.shape:
        shapes = f"the output of {name} is {tuple(expected.shape)}, the spec's {tuple(found.shape)}"
        return Identity(name, (shapes,), None, None)
    return Identity(name, (), float((expected - found).abs().max()), float(expected.abs().max()))


def key_differences(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> tuple[str, ...]:
    """State-dict keys that only one side has, and tensors of other shapes, in words."""
    words = [f"{key}: only in the reference" for key in theirs if key not in ours]
    words += [f"{key}: only in the spec's network" for key in ours if key not in theirs]
    words += [
        f"{key}: {tuple(tensor.shape)} in the spec's network, {tuple(theirs[key].shape)} in the reference"
        for key, tensor in ours.items()
        if key in theirs and tensor.shape != theirs[key].shape
    ]
    return tuple(words)


def _tensor(output: Any) -> torch.Tensor:
    """The main output of a network that returns several (segmentation's ``out``)."""
    tensor: torch.Tensor = output["out"] if isinstance(output, dict) else output
    return tensor
