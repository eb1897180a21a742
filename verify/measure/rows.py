"""The result of measuring: one row for each layer, and the totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from verify.measure.errors import MeasureError


class MeasuredRow(NamedTuple):
    """The measurements of one layer, for the whole batch. MACs are summed over its calls.

    ``output_shape`` has the batch first and is that of the last call; it is None if the layer never ran or returned no
    tensor. ``parameter_elements`` does not include a Parameter that an earlier layer also holds. ``dispatcher_macs``
    and ``probe_macs`` are dense, with zero padding; ``effective_macs`` are without zero padding.
    """

    output_shape: tuple[int, ...] | None
    parameter_elements: int
    calls: int
    dispatcher_macs: int
    probe_macs: int
    effective_macs: int


class Seen(NamedTuple):
    """The output shape and the calls of one layer in a run on the meta device, as in MeasuredRow."""

    output_shape: tuple[int, ...] | None
    calls: int


@dataclass(frozen=True)
class Measured:
    """A measured network: its rows by layer name, in the given order.

    ``unowned_parameter_elements`` belong to the network but to none of its layers. ``on_meta`` has the observations of
    each layer in the run on meta, in which MACs were counted; they equal the rows unless the network behaves
    differently on meta. ``weight_macs`` are the dense MACs of each layer that multiply with a weight, by the probe.
    ``returned`` has the shapes, batch first, of the tensors that the network returned, in order.
    """

    rows: Mapping[str, MeasuredRow]
    unowned_parameter_elements: int
    on_meta: Mapping[str, Seen]
    weight_macs: Mapping[str, int]
    returned: tuple[tuple[int, ...], ...]

    @property
    def parameter_elements(self) -> int:
        """The number of parameter elements of the whole network, each counted once."""
        return self.unowned_parameter_elements + sum(row.parameter_elements for row in self.rows.values())

    @property
    def macs(self) -> int:
        """The dense MACs of the whole network, by the probe."""
        return sum(row.probe_macs for row in self.rows.values())

    @property
    def effective_macs(self) -> int:
        """The MACs of the whole network, without those on zero padding."""
        return sum(row.effective_macs for row in self.rows.values())


def require_disjoint(network: nn.Module, layers: Mapping[str, nn.Module]) -> None:
    """Raise MeasureError if a layer is not part of ``network``, or if two layers hold the same module.

    In both cases a cost would be counted in the wrong row.
    """
    members = set(network.modules())
    holder: dict[nn.Module, str] = {}
    own = _own_modules(layers)
    for name, layer in layers.items():
        if layer not in members:
            raise MeasureError("is not a module of the network", name)
        for module in own[name]:
            if holder.setdefault(module, name) != name:
                raise MeasureError(f"shares a module ({type(module).__name__}) with {holder[module]}", name)


def parameter_elements(network: nn.Module, layers: Mapping[str, nn.Module]) -> tuple[dict[str, int], int]:
    """Return the parameter elements of each layer, and those of the network that no layer holds.

    A Parameter that several layers hold counts for the first of them.
    """
    counted: set[nn.Parameter] = set()
    elements = {}
    for name, modules in _own_modules(layers).items():
        own = {parameter for module in modules for parameter in module.parameters(recurse=False)} - counted
        elements[name] = sum(parameter.numel() for parameter in own)
        counted |= own
    return elements, sum(parameter.numel() for parameter in set(network.parameters()) - counted)


def _own_modules(layers: Mapping[str, nn.Module]) -> dict[str, list[nn.Module]]:
    """Return the modules of each layer, without those of layers whose names are below its own.

    In timm, for example, a norm holds the activation after it: ``bn1`` and ``bn1.act`` are two layers in sequence.
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
