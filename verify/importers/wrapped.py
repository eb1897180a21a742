"""Removes, reports or refuses wrappers around networks and their parts, such as torch.compile and observers."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from calc.importing.other_sizes import first_few
from verify.errors import VerifyError

_AROUND = {
    "torch._dynamo.eval_frame.OptimizedModule": ("torch.compile", "_orig_mod"),
    "torch.nn.parallel.data_parallel.DataParallel": ("DataParallel", "module"),
    "torch.nn.parallel.distributed.DistributedDataParallel": ("DistributedDataParallel", "module"),
}
"""The function or class that wraps, and the attribute that holds the wrapped module, by the class of the wrapper."""
_IN_CODES = ("torch.ao.nn.quantized.", "torch.ao.nn.intrinsic.quantized.")
_WATCHING = ("torch.ao.nn.qat.", "torch.ao.nn.intrinsic.qat.", "torch.ao.quantization.observer.",
             "torch.ao.quantization.fake_quantize.")  # fmt: skip
_FLOATS = ("FloatFunctional", "FXFloatFunctional")
"""Classes that also add and multiply floats beside those that work on codes."""
_STUB = "torch.ao.quantization.stubs.QuantStub"
_PARAMETRISED = ".parametrizations."

QUANTISED = "It is prepared for quantisation, but imported as a float network. Its weights have the bits of --bits."


REMADE = (
    "this work is counted. To keep only the weights, call remove_parametrizations of torch.nn.utils.parametrize, or "
    "remove_weight_norm and remove_spectral_norm of torch.nn.utils"
)


class Unwrapped(NamedTuple):
    """A network without wrappers, and a remark on each kind of wrapper."""

    network: nn.Module
    remarks: tuple[str, ...]


def unwrapped(source: str, network: nn.Module) -> Unwrapped:
    """Remove the wrappers of compiled or distributed modules; the state-dict keys are those of the inner modules.

    Raises VerifyError for modules with quantised weights or with observers, which torch.export cannot see into.
    """
    found: dict[str, str] = {}
    network = _inner(network, found)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            inner = _inner(child, found)
            if inner is not child:
                module.register_module(name, inner)
    _require_floats(source, network)
    remarks = [
        f"{maker}, around the network or its parts, is removed, and so is its {attribute} in keys."
        for maker, attribute in found.items()
    ]
    stubs = any(_full_name(module) == _STUB for module in network.modules())
    remade = [path or "the network itself" for path, module in network.named_modules() if _remakes_weights(module)]
    if remade:
        remarks.append(f"Each call computes weights of {first_few(remade)}, and {REMADE}.")
    return Unwrapped(network, (*remarks, *([QUANTISED] if stubs else [])))


def _remakes_weights(module: nn.Module) -> bool:
    """Return whether a parametrisation or a hook of torch.nn.utils computes weights of ``module`` in each call."""
    hooks = [type(hook).__module__ for hook in module._forward_pre_hooks.values()]
    return is_parametrized(module) or any(each.startswith("torch.nn.utils.") for each in hooks)


def remade_weight(path: str) -> str:
    """Return a hint for an operation in a parametrisation, which computes a weight in each call; else empty."""
    if _PARAMETRISED in f".{path}.":
        owner, _, rest = f".{path}".partition(_PARAMETRISED)
        weight = rest.partition(".")[0]
        module = f"net.get_submodule('{owner[1:]}')"
        return f"torch.nn.utils.parametrize.remove_parametrizations({module}, '{weight}') keeps only the weight"
    return ""


def _inner(module: nn.Module, found: dict[str, str]) -> nn.Module:
    while (known := _AROUND.get(_full_name(module))) is not None:
        maker, attribute = known
        found[maker] = attribute
        module = getattr(module, attribute)
    return module


def _require_floats(source: str, network: nn.Module) -> None:
    for path, name in _classes(network):
        kind = name.rpartition(".")[2]
        if kind in _FLOATS:
            continue
        if name.startswith(_IN_CODES):
            fact = f"{source}: {path} is quantised ({kind}), and torch.export cannot see into its weights"
        elif name.startswith(_WATCHING):
            fact = f"{source}: {path} was added to quantise the network ({kind})"
        else:
            continue
        raise VerifyError(fact, "import the network before it is prepared and converted; --bits 8 counts 8-bit weights")


def _classes(network: nn.Module) -> Iterator[tuple[str, str]]:
    for path, module in network.named_modules():
        yield path or "the network itself", _full_name(module)


def _full_name(module: nn.Module) -> str:
    return f"{type(module).__module__}.{type(module).__qualname__}"
