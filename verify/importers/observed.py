"""Runs a foreign network and notes the shapes that each module returns, and its MACs."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from calc.frozen import FrozenDict
from verify.importers.foreign import Foreign
from verify.importers.pure import leaving_no_fakes
from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatcher_macs
from verify.measure.hooks import watched
from verify.returned import tensors_in

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Observed:
    """The shapes and MACs of the modules in one run.

    ``shapes`` has, by the path of a module, the sizes of the tensors that each call returns and that are read. ``macs``
    has, by the path of a module, the MACs in its own forward, outside the modules that it calls. A module with several
    paths is listed under the first; ``first_paths`` maps each path to the first. ``returned`` has the sizes of every
    tensor that the network returns.
    """

    shapes: Mapping[str, tuple[tuple[Sizes, ...], ...]]
    macs: Mapping[str, int]
    first_paths: Mapping[str, str]
    returned: tuple[Sizes, ...]


def observe(foreign: Foreign, inputs: Sequence[torch.Tensor]) -> Observed:
    """Run ``foreign`` on tensors with the sizes of ``inputs``, without computing values.

    It runs on the meta device. If its code holds tensors that are not on that device, it runs on fake tensors.
    Attention runs as separate products. Raises VerifyError if it cannot run.
    """
    modules = dict(foreign.network.named_modules())
    first = {module: path for path, module in modules.items()}
    paths = {path: first[each] for path, each in foreign.network.named_modules(remove_duplicate=False)}
    with counting_conditions(foreign.network):
        try:
            copy, copies = on_meta(foreign.network, modules)
            return _observed(_Running(foreign, network=copy), copies, [each.to("meta") for each in inputs], paths)
        except Exception:  # a forward with tensors of its own that are not on meta raises all kinds of exceptions
            sizes_only = FakeTensorMode(allow_non_fake_inputs=True)
            own = {name: sizes_only.from_tensor(tensor.detach()) for name, tensor in foreign.tensors.items()}
            arriving = [sizes_only.from_tensor(each) for each in inputs]
            with leaving_no_fakes(foreign.network), _in_plain_products(), sizes_only:
                return _observed(_Running(foreign, tensors=FrozenDict(own)), modules, arriving, paths)


@contextmanager
def _in_plain_products() -> Iterator[None]:
    """Make recurrent layers and attention run as products on the CPU inside the block, as on the meta device."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns about these settings
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
            yield


class _Running(nn.Module):
    """Runs a foreign network. It holds the network in no submodule, so that no further hooks are called."""

    def __init__(self, foreign: Foreign, **how: Any) -> None:
        super().__init__()
        self._foreign = foreign
        self._how = how
        self.returned: tuple[Sizes, ...] = ()

    def forward(self, *inputs: torch.Tensor) -> Any:
        found = self._foreign.run(inputs, **self._how)
        self.returned = tuple([tuple(each.shape) for each in tensors_in(found)])
        return found


def _observed(
    network: _Running,
    modules: Mapping[str, nn.Module],
    inputs: Sequence[torch.Tensor],
    first_paths: Mapping[str, str],
) -> Observed:
    seen = _EveryCall()
    with watched(modules, seen), seen:
        macs = dispatcher_macs(network, modules, inputs)
    return Observed(seen.shapes(), macs, first_paths, network.returned)


@dataclass(eq=False)
class _Returned:
    """A tensor that a call returned, with its sizes at that time, and whether it is read after the call."""

    tensor: torch.Tensor
    sizes: Sizes
    is_read: bool = False


class _EveryCall(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves its __init_subclass__ untyped
    """Notes the tensors that each call of a module returns and which of them are read."""

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._calls: dict[str, list[list[_Returned]]] = {}
        self._by_tensor: dict[int, list[_Returned]] = {}

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        if not layer:
            self._read(output)  # the caller of the whole network reads what it returns
        returned = [_Returned(each, tuple(each.shape)) for each in tensors_in(output)]
        for each in returned:
            self._by_tensor.setdefault(id(each.tensor), []).append(each)
        self._calls.setdefault(layer, []).append(returned)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._read((args, kwargs))
        return func(*args, **(kwargs or {}))

    def _read(self, values: Any) -> None:
        for tensor in tensors_in(values):
            for each in self._by_tensor.get(id(tensor), ()):
                each.is_read = True

    def shapes(self) -> dict[str, tuple[tuple[Sizes, ...], ...]]:
        """Return the sizes of the returned tensors that are read, or of all if none is, per call, by module path."""
        return {path: tuple(map(_sizes_read, calls)) for path, calls in self._calls.items()}


def _sizes_read(returned: Sequence[_Returned]) -> tuple[Sizes, ...]:
    read = [each for each in returned if each.is_read]
    return tuple(dict.fromkeys(each.sizes for each in read or returned))
