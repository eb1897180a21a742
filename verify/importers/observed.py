"""What running a foreign network shows of each of its modules: the shapes that it returns, and the MACs in it."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel

from calc.frozen import FrozenDict
from verify.importers.foreign import Foreign, tensors_in
from verify.importers.pure import leaving_no_fakes
from verify.measure.conditions import counting_conditions, on_meta
from verify.measure.dispatcher import dispatcher_macs
from verify.measure.hooks import watched

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Observed:
    """``shapes``: by the path of a module that was called, what each call returned first, None where no tensor.

    ``macs``: by the path of a module those that run in its own forward, outside every module that it calls. A module
    with several paths has the first of them; ``first_paths`` has it for each. ``returned``: the sizes of every tensor
    that the network returns.
    """

    shapes: Mapping[str, tuple[Sizes | None, ...]]
    macs: Mapping[str, int]
    first_paths: Mapping[str, str]
    returned: tuple[Sizes, ...]


def observe(foreign: Foreign, inputs: Sequence[torch.Tensor]) -> Observed:
    """Run ``foreign`` on tensors of the sizes of ``inputs``; nothing is computed.

    It runs on the meta device; where its code holds tensors of its own, which are not there, on tensors that know
    nothing but their sizes. Attention runs as the products that it is made of. Raises VerifyError where it cannot run.
    """
    modules = dict(foreign.network.named_modules())
    first = {module: path for path, module in modules.items()}
    paths = {path: first[each] for path, each in foreign.network.named_modules(remove_duplicate=False)}
    with counting_conditions(foreign.network):
        try:
            copy, copies = on_meta(foreign.network, modules)
            return _observed(_Running(foreign, network=copy), copies, [each.to("meta") for each in inputs], paths)
        except Exception:  # whatever a foreign forward raises where its own tensors are not on meta
            sizes_only = FakeTensorMode(allow_non_fake_inputs=True)
            own = {name: sizes_only.from_tensor(tensor.detach()) for name, tensor in foreign.tensors.items()}
            arriving = [sizes_only.from_tensor(each) for each in inputs]
            with leaving_no_fakes(foreign.network), _in_plain_products(), sizes_only:
                return _observed(_Running(foreign, tensors=FrozenDict(own)), modules, arriving, paths)


@contextmanager
def _in_plain_products() -> Iterator[None]:
    """Within it a CPU runs recurrent layers and attention as products, as the meta device does, and not as one op."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own settings, whoever sets them
        with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
            yield


class _Running(nn.Module):
    """Runs a foreign network; it holds no module, so that nothing else is called by its own hooks."""

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
    with watched(modules, seen):
        macs = dispatcher_macs(network, modules, inputs)
    return Observed({path: tuple(shapes) for path, shapes in seen.shapes.items()}, macs, first_paths, network.returned)


class _EveryCall:
    """A watcher that notes the shape of the first tensor that each call of a module returns."""

    def __init__(self) -> None:
        self.shapes: dict[str, list[Sizes | None]] = {}

    def enter(self, layer: str) -> None:
        return None

    def leave(self, layer: str, output: Any) -> None:
        first = output[0] if isinstance(output, (tuple, list)) and output else output
        shape = tuple(first.shape) if isinstance(first, torch.Tensor) else None
        self.shapes.setdefault(layer, []).append(shape)
