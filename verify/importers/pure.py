"""Refuses networks that torch.export cannot trace, or that change in a call, with plain reasons."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._pytree import tree_leaves

from verify.errors import VerifyError


def require_python(source: str, network: nn.Module) -> None:
    """Raise VerifyError for modules compiled to TorchScript, which are not Python that can be traced."""
    paths = [path for path, module in network.named_modules() if isinstance(module, torch.jit.ScriptModule)]
    if paths:
        raise VerifyError(
            f"{source}: {_shown(paths)} compiled by TorchScript, which torch.export does not trace",
            "import the module that was given to torch.jit.script or torch.jit.trace",
        )


def require_own_layers(source: str, network: nn.Module) -> None:
    """Raise VerifyError if tracing has left new parameters or buffers in ``network``, which its forward creates."""
    held = dict(network.named_parameters()) | dict(network.named_buffers())
    made = [name for name, tensor in held.items() if _is_fake(tensor)]
    if made:
        raise VerifyError(f"{source}: its forward creates {made[0]} in each call", "create layers in __init__")


@contextmanager
def leaving_no_fakes(network: nn.Module) -> Iterator[None]:
    """Restore the attributes that hold fake tensors at the end of the ``with`` block, because these have no values."""
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
    """Return the attributes of each module of ``network``."""
    return {module: dict(vars(module)) for module in network.modules()}


def _is_fake(value: object) -> bool:
    return isinstance(value, FakeTensor)


def _shown(paths: Iterable[str]) -> str:
    first, *others = [path or "the network" for path in paths]
    return f"{first} and {len(others)} more are" if others else f"{first} is"
