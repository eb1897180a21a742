"""A network at chosen bits: what it stores, what it keeps from call to call, and what it moves."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from calc.counts import Counts
from calc.frozen import FrozenDict
from calc.memory import UNQUANTISED_BITS, Plan, allocated_bytes, planner, storage_bits
from calc.model.graph import Graph
from calc.moved import MovedBits, moved_bits
from calc.ops.base import Aspect
from calc.precision import Assignment
from calc.precision.base import read_bits
from calc.precision.by_role import NO_BITS, EffectiveBits, PolicyRole, bytes_by_role, effective_bits, formats_by_role
from calc.precision.held import HeldFormats
from calc.precision.roles import PAPER, Roles
from calc.precision.states import StoredState, formats_of_states, stored_states
from calc.precision.stored import TensorInFormat, bits_of_layers, stored_tensors
from calc.workload import Workload

if TYPE_CHECKING:
    from calc.serving.bound import Bound
    from calc.serving.device import Device
    from calc.serving.energy import Energy, EnergyTable


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AtBits:
    """A counted network with bits for its layers and tensors.

    It cannot be changed, and values are computed on first use.
    """

    workload: Workload
    assigned: Assignment
    held: HeldFormats = field(default_factory=FrozenDict)
    """The formats of tensors in layers without MACs, where the policy sets them."""
    roles: Roles = PAPER
    """The formats of tensors that no layer multiplies, by role."""
    written: tuple[int, ...] | None = None
    """The bits that each node writes, if layers read their inputs at the bits that were written; otherwise None."""

    device: "Device | None" = None
    """The device for which reports show a lower bound of the time."""
    energy_table: "EnergyTable | None" = None
    """The table with which reports compute the energy."""
    runtime: str | None = None
    """The runtime whose padding of the cache reports show beside the exact bytes, one of
    ``calc.serving.runtimes.RUNTIMES``.
    """
    full_windows: frozenset[str] = frozenset()
    """The names of caches whose sliding window is as long as the context. It is empty without a runtime."""

    @property
    def graph(self) -> Graph:
        """The network that is counted."""
        return self.workload.graph

    @property
    def batch(self) -> int:
        """The number of samples that all counts are for."""
        return self.workload.batch

    @property
    def counts(self) -> tuple[Counts, ...]:
        """The counts of each node of the graph."""
        return self.workload.counts

    @property
    def unknown(self) -> frozenset[Aspect]:
        """The facts that are not known about layers. Totals that they affect are lower bounds."""
        return self.workload.unknown

    @property
    def has_experts(self) -> bool:
        """True if some layers are experts, of which each token runs only some."""
        return self.workload.active_params is not None

    @property
    def has_state(self) -> bool:
        """True if some layers keep a state from call to call."""
        return self.workload.has_state

    @cached_property
    def weight_bits(self) -> tuple[int, ...]:
        """The bits of the learnable tensors of each node. Raises SpecError if a format cannot store one."""
        return bits_of_layers(self.graph, self.counts, self.assigned, self.held, self.roles)

    @cached_property
    def stored(self) -> tuple[TensorInFormat, ...]:
        """The storage format of each learnable tensor."""
        return tuple(stored_tensors(self.counts, self.assigned, self.held, self.roles))

    @cached_property
    def states(self) -> tuple[StoredState, ...]:
        """The states that layers keep from call to call. Raises SpecError if a format cannot store one."""
        return stored_states(self.graph, self.counts, self.held, self.roles.state) if self.has_state else ()

    @cached_property
    def weight_bytes_by_role(self) -> FrozenDict[PolicyRole, int]:
        """The bytes of weights, head, biases, norms and so on, each rounded up once."""
        return FrozenDict(bytes_by_role(self.stored, self.workload.heads))

    @cached_property
    def formats_by_role(self) -> FrozenDict[PolicyRole, tuple[str, ...]]:
        """The names of the formats of weights, head, biases, norms and so on."""
        return FrozenDict(formats_by_role(self.stored, self.workload.heads) | formats_of_states(self.states))

    @cached_property
    def effective_bits(self) -> EffectiveBits:
        """The stored bits per weight, or None if some tensors are not known."""
        if "tensors" in self.unknown:
            return NO_BITS
        return effective_bits(self.graph, self.stored)

    @cached_property
    def training_only_weight_bytes(self) -> int:
        """The bytes of weights in layers that do not run in inference."""
        nodes = self.graph.nodes
        return (sum([tensor.bits for tensor in self.stored if nodes[tensor.node].unused]) + 7) // 8

    @cached_property
    def storage_bits(self) -> tuple[int, ...]:
        """The bits per element in which the output of each node is stored."""
        others = self.roles.activations or UNQUANTISED_BITS
        read = read_bits(self.assigned, self.workload.unknown_work, others)
        return tuple(storage_bits(self.workload.lifetimes, read, others, self.written))

    @cached_property
    def storage_bytes(self) -> tuple[int, ...]:
        """The bytes of the tensor that each node allocates; 0 for a view and for a parameter."""
        return tuple(allocated_bytes(self.workload.lifetimes, self.storage_bits))

    @cached_property
    def moved(self) -> tuple[MovedBits, ...]:
        """The weights, cache and activations that each node moves in a call."""
        return moved_bits(self.workload, self.weight_bits, self.states, self.storage_bits)

    @cached_property
    def liveness(self) -> Plan:
        """The largest sum of activations that are alive at once, and where it occurs."""
        return planner("liveness")(self.workload.lifetimes, self.storage_bytes)

    @cached_property
    def kv_bytes_of_runtime(self) -> int | None:
        """The bytes of the cache with the padding of the runtime, if there is one."""
        if self.runtime is None:
            return None
        from calc.serving.runtimes import kv_bytes_of, runtime_named

        return kv_bytes_of(runtime_named(self.runtime), self.graph, self.states, self.full_windows)

    @cached_property
    def bound(self) -> "Bound | None":
        """The lower bound of the time on the device, if there is one. Raises SpecError for bits without a rate."""
        if self.device is None:
            return None
        from calc.serving.bound import bound_of

        padded = self.kv_bytes_of_runtime
        kept = (sum([state.bits for state in self.states]) + 7) // 8 if padded is None else padded
        needed_bytes = (sum(self.weight_bits) + 7) // 8 + kept + self.liveness.bytes
        return bound_of(self.device, self.workload, self.assigned, self.moved, needed_bytes)

    @cached_property
    def energy(self) -> "Energy | None":
        """The energy of the call, if there is a table. Raises SpecError for bits that the table lacks."""
        if self.energy_table is None:
            return None
        from calc.serving.energy import energy_of

        return energy_of(self.energy_table, self.workload, self.assigned, self.moved)
