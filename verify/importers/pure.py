"""Networks that are no function of their inputs, or that torch.export does not see into: refused in plain words."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._pytree import tree_leaves

from verify.errors import VerifyError


def require_python(source: str, network: nn.Module) -> None:
    """Raise VerifyError for modules that are compiled to TorchScript: what they do is no Python that can be traced."""
    paths = [path for path, module in network.named_modules() if isinstance(module, torch.jit.ScriptModule)]
    if paths:
        raise VerifyError(
            f"{source}: {_shown(paths)} of TorchScript, which torch.export does not trace",
            "the module that torch.jit.script or torch.jit.trace was given",
        )


def require_own_layers(source: str, network: nn.Module) -> None:
    """Raise VerifyError where tracing has left parameters in ``network``: its forward makes them."""
    held = dict(network.named_parameters()) | dict(network.named_buffers())
    made = [name for name, tensor in held.items() if _is_fake(tensor)]
    if made:
        raise VerifyError(f"{source}: its forward makes {made[0]} at each call", "layers are made in __init__")


@contextmanager
def leaving_no_fakes(network: nn.Module) -> Iterator[None]:
    """Afterwards ``network`` keeps nothing of what its forward saw within: those tensors have sizes and no values."""
    before = attributes(network)
    try:
        yield
    finally:
        for module in network.modules():
            for name, value in list(vars(module).items()):
                if isinstance(value, FakeTensor) or (
                    isinstance(value, (list, tuple)) and any(map(_is_fake, tree_leaves(value)))
                ):
                    earlier = before.get(module, {})
                    if name in earlier:
                        setattr(module, name, earlier[name])
                    else:
                        delattr(module, name)


def attributes(network: nn.Module) -> dict[nn.Module, dict[str, Any]]:
    """What each module of ``network`` holds."""
    return {module: dict(vars(module)) for module in network.modules()}


def _is_fake(value: object) -> bool:
    return isinstance(value, FakeTensor)


def _shown(paths: Iterable[str]) -> str:
    first, *others = [path or "the network" for path in paths]
    return f"{first} and {len(others)} more are" if others else f"{first} is"
