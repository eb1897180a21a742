"""What measuring returns: one row a layer, and the totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from verify.measure.errors import MeasureError


class MeasuredRow(NamedTuple):
    """What was seen of one layer, for the batch that ran; MACs are summed over its calls.

    ``output_shape`` has the batch first and is that of the last call; it is ``None`` for a layer that
    was never called or returned no tensor. ``parameter_elements`` leaves out a Parameter that an
    earlier layer holds too. ``dispatcher_macs`` and ``probe_macs`` are dense, zero padding included;
    ``effective_macs`` are those of the products that meet data.
    """

    output_shape: tuple[int, ...] | None
    parameter_elements: int
    calls: int
    dispatcher_macs: int
    probe_macs: int
    effective_macs: int


class Seen(NamedTuple):
    """What hooks saw of one layer in a run on the meta device, as in its Row."""

    output_shape: tuple[int, ...] | None
    calls: int


@dataclass(frozen=True)
class Measured:
    """A measured network: its rows by layer name, in the order given.

    ``unowned_parameter_elements`` belong to the network but to none of its layers. ``on_meta``: per layer what
    the run saw in which the MACs were counted; equal to the rows unless the network changes there.
    ``weight_macs``: per layer the part of the dense MACs that multiplies with a weight, by the probe.
    ``returned``: the shapes, batch first, of the tensors that the network itself returned, in order.
    """

    rows: Mapping[str, MeasuredRow]
    unowned_parameter_elements: int
    on_meta: Mapping[str, Seen]
    weight_macs: Mapping[str, int]
    returned: tuple[tuple[int, ...], ...]

    @property
    def parameter_elements(self) -> int:
        """Parameter elements of the whole network, each counted once."""
        return self.unowned_parameter_elements + sum(row.parameter_elements for row in self.rows.values())

    @property
    def macs(self) -> int:
        """Dense MACs of the whole network, by the probe."""
        return sum(row.probe_macs for row in self.rows.values())

    @property
    def effective_macs(self) -> int:
        """MACs of the whole network without those that meet zero padding."""
        return sum(row.effective_macs for row in self.rows.values())


def require_disjoint(network: nn.Module, layers: Mapping[str, nn.Module]) -> None:
    """Raises MeasureError for a layer outside ``network`` and for two layers that hold one module.

    Either would put the cost of one module on the wrong row.
    """
    members = set(network.modules())
    holder: dict[nn.Module, str] = {}
    own = _own_modules(layers)
    for name, layer in layers.items():
        if layer not in members:
            raise MeasureError("is no module of the network", name)
        for module in own[name]:
            if holder.setdefault(module, name) != name:
                raise MeasureError(f"shares a module ({type(module).__name__}) with {holder[module]}", name)


def parameter_elements(network: nn.Module, layers: Mapping[str, nn.Module]) -> tuple[dict[str, int], int]:
    """Parameter elements per layer, and those of the network that no layer holds.

    A Parameter that several layers hold counts at the first of them.
    """
    counted: set[nn.Parameter] = set()
    elements = {}
    for name, modules in _own_modules(layers).items():
        own = {parameter for module in modules for parameter in module.parameters(recurse=False)} - counted
        elements[name] = sum(parameter.numel() for parameter in own)
        counted |= own
    return elements, sum(parameter.numel() for parameter in set(network.parameters()) - counted)


def _own_modules(layers: Mapping[str, nn.Module]) -> dict[str, list[nn.Module]]:
    """The modules of each layer, without those of layers whose names stand below its own.

    In timm a norm holds the activation that runs after it: ``bn1`` and ``bn1.act`` are two layers, one after the other.
    """
    below: dict[str, set[nn.Module]] = {}
    for name, layer in layers.items():
        above = name
        while above := above.rpartition(".")[0]:
            if above in layers:
                below.setdefault(above, set()).add(layer)
    found: dict[str, list[nn.Module]] = {}
    for name, layer in layers.items():
        waiting, found[name], apart = [layer], [], below.get(name, set())
        while waiting:
            module = waiting.pop()
            found[name].append(module)
            waiting += [child for child in module.children() if child not in apart]
    return found
