"""Builds the published network that a spec names, and compares the spec's network with it."""

import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

import torch
from torch import nn

from calc.errors import nearest, number_of
from verify.build import Inputs, Network
from verify.build.initialise import skipping_initialisers
from verify.errors import VerifyError
from verify.first_difference import FirstDifference, first_key, first_output
from verify.lively import SPREAD, lively
from verify.returned import tensors_in
from verify.swap import run_with

TOLERANCES = {torch.float32: 0.0, torch.float64: 1e-12}
"""The largest relative difference of equal outputs, by the precision of the run.

In float32 it is 0. An eps of 1e-5 instead of 1e-6 in a layer norm changes ViT's outputs by less than float32 rounding,
so only float64 shows it.
"""

# The arguments with which torchvision builds the networks of its published weights, if they are not the defaults.
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
    """The comparison of the built network with its reference, given the same weights.

    ``key_differences`` are messages about state-dict keys that only one network has or whose shapes differ, and about
    outputs that cannot be compared, because their shapes differ or the spec's are not finite. ``max_difference`` is the
    largest difference of the outputs, and ``scale`` the reference's largest output magnitude; both are None if nothing
    was compared. ``dtype`` is the precision of the run. ``first`` is the first layer that differs, if one does.
    ``macs`` are those of the reference, if they were counted, and ``count_differences`` are messages about those that
    differ.
    """

    reference: str
    key_differences: tuple[str, ...]
    max_difference: float | None
    scale: float | None
    dtype: torch.dtype = torch.float32
    first: FirstDifference | None = None
    macs: int | None = None
    count_differences: tuple[str, ...] = ()

    @property
    def relative_difference(self) -> float:
        """``max_difference`` as a fraction of ``scale``; 0 if nothing was compared."""
        return (self.max_difference or 0.0) / (self.scale or 1.0)

    @property
    def identical(self) -> bool:
        """Whether keys are equal and, if counted and run, MACs and outputs are equal, apart from rounding."""
        return (
            not self.key_differences
            and not self.count_differences
            and self.relative_difference <= TOLERANCES[self.dtype]
        )

    @property
    def outputs(self) -> str:
        """The result of comparing the outputs, in words."""
        if self.max_difference is None:
            return "not compared" if self.key_differences else "not run"
        if self.max_difference == 0:
            return "identical"
        precision = str(self.dtype).removeprefix("torch.")
        return f"{'equal to' if self.identical else 'DIFFER by'} {self.relative_difference:.0e} in {precision}"


@dataclass(frozen=True)
class Reference:
    """A network to compare with, and its name.

    ``is_own`` says that it is the user's and not torchvision's, so all its exceptions are reported and its MACs are
    counted.
    """

    name: str
    module: nn.Module
    is_own: bool = False


def build_reference(reference: str, weights: str | None = None, sizes: tuple[int, ...] | None = None) -> nn.Module:
    """Build the network that ``reference`` (``torchvision/NAME``) names, in eval mode, with uninitialised parameters.

    ``sizes`` are those of one input sample, for networks that are built for one size (vit, maxvit). With ``weights``
    (``DEFAULT`` or the name of an entry), torchvision downloads and loads its published ones. Raises VerifyError for an
    unknown reference or entry, a size that torchvision refuses, and weights that cannot be downloaded.
    """
    source, _, name = reference.partition("/")
    if source != "torchvision":
        raise VerifyError(f"unknown reference {reference}", "known: torchvision/NAME")
    from torchvision import models

    require_model(name)
    if weights is not None:
        return _published(name, weights)
    extra: dict[str, Any] = {"weights_backbone": None} if name.startswith(("deeplab", "fcn", "lraspp")) else {}
    if sizes is not None:
        extra |= _built_for(name, sizes)
    try:
        with skipping_initialisers(True):
            fresh: nn.Module = models.get_model(name, weights=None, **extra, **_AS_PUBLISHED.get(name, {}))
    except (AssertionError, ValueError, RuntimeError) as error:
        size = "×".join(map(str, sizes or ()))
        raise VerifyError(f"{reference} cannot be built for {size}: {error}", "use another --input") from None
    return fresh.eval()


def require_model(name: str) -> None:
    """Raise VerifyError with the nearest name if torchvision has no network ``name``."""
    from torchvision import models

    if name not in models.list_models():
        raise VerifyError(f"torchvision has no model {name}", nearest(name, models.list_models()))


def _published(name: str, weights: str) -> nn.Module:
    """Return torchvision's network ``name`` with the weights of the entry ``weights``."""
    from torchvision import models

    entries = ["DEFAULT", *[entry.name for entry in models.get_model_weights(name)]]
    if weights not in entries:
        raise VerifyError(f"torchvision/{name} has no weights {weights}", nearest(weights, entries))
    try:
        # torch.hub prints on standard output what it downloads
        with redirect_stdout(sys.stderr):
            network: nn.Module = models.get_model(name, weights=weights)
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: the hash of the download is wrong
        reason = getattr(error, "reason", None) or error
        fact = f"the weights {weights} of torchvision/{name} could not be downloaded: {reason}"
        raise VerifyError(
            fact, "without --weights both networks get seeded weights, and nothing is downloaded"
        ) from None
    return network.eval()


def _built_for(name: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Return the arguments that fit a network to its input size, if it has tables with an entry for each position."""
    *_, height, width = sizes
    if name.startswith("vit_"):
        return {"image_size": height}
    return {"input_size": (height, width)} if name.startswith("maxvit_") else {}


def compare_with_reference(
    network: Network, reference: nn.Module, name: str, inputs: Inputs, keep_weights: bool = False
) -> Identity:
    """Give both networks the same weights, run both, and compare the outputs.

    The weights are seeded, or with ``keep_weights`` those of the reference. If ``inputs`` (batch first) are on meta,
    only keys and shapes are compared. Raises VerifyError if the reference's output is not finite or nearly constant.
    """
    differences = key_differences(network.state_dict(), reference.state_dict())
    if differences or any(each.is_meta for each in inputs):
        first = first_key(network, reference) if differences else None
        return Identity(name, differences, None, None, first=first)
    give_weights(network, reference, keep_weights)
    return compare_outputs(network, reference, name, inputs)


def give_weights(network: Network, reference: nn.Module, keep_weights: bool = False) -> None:
    """Give both networks the same tensors: seeded ones, or those of the reference.

    The tensors are assigned, not copied, so that a large network needs its memory only once.
    """
    state = reference.state_dict() if keep_weights else lively(reference.state_dict())
    reference.load_state_dict(state, strict=True, assign=True)
    network.load_state_dict(state, strict=True, assign=True)


def compare_outputs(network: Network, reference: nn.Module, name: str, inputs: Inputs) -> Identity:
    """Run both networks, which hold the same weights, on ``inputs`` (batch first), and compare the outputs.

    If any value differs, both run again in float64, where a small difference in the mathematics is larger than
    rounding.

    Raises VerifyError if an output of the reference is not finite or nearly constant.
    """
    identity = _compare_outputs(network, reference, name, inputs, _as_they_are)
    if not identity.key_differences and identity.max_difference:
        identity = _compare_outputs(network, reference, name, inputs, in_float64)
    if identity.identical:
        return identity
    return replace(identity, first=first_output(network, reference, inputs, in_float64, 10 * TOLERANCES[torch.float64]))


_Runs = Callable[[nn.Module, Inputs], Any]


def _as_they_are(network: nn.Module, inputs: Inputs) -> Any:
    return network(*inputs)


def in_float64(network: nn.Module, inputs: Inputs) -> Any:
    """Run ``network`` on ``inputs`` with all floats in float64, on the CPU, because some devices have no float64.

    The float64 tensors exist only during the call, so that two large networks do not need them at the same time.
    """
    own = (*network.named_parameters(), *network.named_buffers())
    return run_with(network, {name: _widened(tensor) for name, tensor in own}, *map(_widened, inputs))


def _widened(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().to("cpu", torch.float64 if tensor.is_floating_point() else tensor.dtype)


def _compare_outputs(network: Network, reference: nn.Module, name: str, inputs: Inputs, run: _Runs) -> Identity:
    """Run both networks once and compare their outputs in order. The largest difference counts.

    An output that is returned twice is compared once. If the spec has another number of outputs, those of a mapping are
    compared with the layers of the same names, for example ``out`` and ``aux`` of segmentation networks.
    """
    with torch.no_grad():
        returned = run(reference.eval(), inputs)
        theirs = tuple({id(each): each for each in tensors_in(returned)}.values())
        if isinstance(returned, dict) and _is_by_name(network, returned, len(theirs)):
            expected, found = returned, _outputs_of(network, inputs, returned.keys(), run)
        else:
            made = run(network, inputs)
            ours = made if isinstance(made, tuple) else (made,)
            if len(theirs) != len(ours):
                fact = f"{name} returns {number_of(len(theirs), 'output')}, but the spec's network returns {len(ours)}"
                return Identity(name, (fact,), None, None)
            names = network.output_names if len(ours) > 1 else ("",)
            expected, found = dict(zip(names, theirs, strict=True)), dict(zip(names, ours, strict=True))
    identities = []
    for output, tensor in expected.items():
        spread = float(tensor.std())
        if not torch.isfinite(tensor).all() or spread <= SPREAD:
            fact = f"the output of {name} is not finite or nearly constant (std {spread:.2g}), so it cannot be compared"
            raise VerifyError(fact)
        if fault := _fault(name, output, found[output], tensor):
            return Identity(name, (fault,), None, None, tensor.dtype)
        difference, scale = float((tensor - found[output]).abs().max()), float(tensor.abs().max())
        identities.append(Identity(name, (), difference, scale, tensor.dtype))
    return max(identities, key=lambda identity: identity.relative_difference)


def _is_by_name(network: Network, returned: dict[str, Any], tensors: int) -> bool:
    """Return whether the outputs in a mapping are compared by key.

    They are if the keys are the spec's outputs, or if the numbers of outputs differ and a layer has the name of a key.
    """
    if len(returned) != tensors:  # an output is nested or returned twice
        return False
    outputs = network.output_names
    return set(returned) == set(outputs) or (len(outputs) != tensors and any(key in network.layers for key in returned))


def _fault(name: str, output: str, ours: torch.Tensor, theirs: torch.Tensor) -> str | None:
    """Return the reason why ``ours`` cannot be compared with ``theirs`` value by value; None if it can.

    A NaN would count as equal, because no comparison finds it larger than a limit.
    """
    which = f"the output {output} of {name}" if output else f"the output of {name}"
    if theirs.shape != ours.shape:
        return f"{which} is {tuple(theirs.shape)}, but the spec's is {tuple(ours.shape)}"
    broken = int((~torch.isfinite(ours)).sum())
    return f"{which} is finite, but {broken} of the spec's {ours.numel()} values are not" if broken else None


def _outputs_of(network: Network, inputs: Inputs, names: Iterable[str], run: _Runs) -> dict[str, torch.Tensor]:
    """Return the outputs of the layers ``names`` when ``network`` runs on ``inputs``."""
    seen: dict[str, torch.Tensor] = {}
    layers = network.layers
    for name in names:
        if name not in layers:
            raise VerifyError(
                f"the reference returns an output {name!r}, but no layer has that name", nearest(name, layers)
            )
    handles = [
        layers[name].register_forward_hook(lambda _layer, _inputs, output, name=name: seen.update({name: output}))
        for name in names
    ]
    try:
        run(network, inputs)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def key_differences(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> tuple[str, ...]:
    """Return messages about state-dict keys that only one side has, and about tensors whose shapes differ."""
    words = [f"{key}: only in the reference" for key in theirs if key not in ours]
    words += [f"{key}: only in the spec's network" for key in ours if key not in theirs]
    words += [
        f"{key}: {tuple(tensor.shape)} in the spec's network, but {tuple(theirs[key].shape)} in the reference"
        for key, tensor in ours.items()
        if key in theirs and tensor.shape != theirs[key].shape
    ]
    return tuple(words)
