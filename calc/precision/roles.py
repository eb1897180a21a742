"""What a network stores beside the weights that its policy is about: a format for each role of a tensor."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.formats import Format
from calc.formats.plain import plain_codes, whole_format
from calc.model.graph import Graph
from calc.ops.base import HeldRole
from calc.precision.base import Assigned, Assignment, Policy
from calc.precision.deployed import of_deployed
from calc.precision.held import written_formats
from calc.recorded import is_recorded, largest

DEFAULTS = ("paper", "deployed", "llm", "experts")
"""The named choices; a policy's name may end in one: ``8:deployed``."""


FormatByRole = Mapping[HeldRole, Format]


class Roles(NamedTuple):
    """The formats of tensors by role; ``name`` is what the choice is called.

    ``embeddings`` without a format are stored as the weights are, at the widest where those differ, and so are
    weights that are ``not_run``, those of layers that exist for training. Without one for the ``head``, it is a layer
    as any other, and so are each ``router``, which scores experts, and ``dense`` layers, which are no experts.
    ``activations``: the bits of what no layer with MACs makes or reads, without which they have the widest.
    """

    name: str
    biases: Format
    norms: Format
    embeddings: Format | None
    head: Format | None
    not_run: Format | None
    state: Format
    activations: int | None
    router: Format | None = None
    dense: Format | None = None

    @property
    def of(self) -> FormatByRole:
        """The formats of tensors that no layer multiplies, where each has one."""
        found: dict[HeldRole, Format | None] = {
            "bias": self.biases,
            "norm": self.norms,
            "embedding": self.embeddings,
            "weight": self.not_run,
            "state": self.state,
        }
        return {role: stored for role, stored in found.items() if stored is not None}

    def beside(self, given: Sequence[Assigned | None]) -> "Roles":
        """The roles with a format for each, where the layers with MACs are at the bits ``given``."""
        if self.embeddings and self.not_run and self.activations:
            return self
        rows = [row.bits for row in given if row is not None]
        weights = _widest([bits.stored for bits in rows] or [FP32])
        activations = largest([bits.activation for bits in rows] or [FP32.code_bits])
        return self._replace(
            embeddings=self.embeddings or weights,
            not_run=self.not_run or weights,
            activations=self.activations or activations,
        )


def _widest(formats: Sequence[Format]) -> Format:
    """The first with the widest codes; where widths are recorded, which are plain ones, codes of the largest."""
    widths = [stored.code_bits for stored in formats]
    if any(map(is_recorded, widths)):
        return plain_codes(largest(widths))
    return max(formats, key=lambda stored: stored.code_bits)


def all_in(floats: Format) -> Roles:
    """Everything at the same floats."""
    return Roles(floats.name, floats, floats, floats, None, floats, floats, floats.code_bits)


FP32 = whole_format("fp32")
INT32 = whole_format("int32")
PAPER = all_in(FP32)._replace(name="paper")
"""What published BitOps take for granted: a policy is about weights used in MACs and what their layers read."""
DEPLOYED = Roles("deployed", INT32, FP32, None, None, None, INT32, None)
"""What runs on integers: biases that accumulators begin with, tables as the weights are."""
BF16 = whole_format("bf16")
LLM = all_in(BF16)._replace(name="llm", head=BF16, router=BF16)
"""A language model with narrow matrices: the rest stays in half precision, and so do the head and routers."""
EXPERTS = LLM._replace(name="experts", dense=BF16)
"""A language model whose experts alone are narrow, as gpt-oss is published."""
_NAMED = {roles.name: roles for roles in (PAPER, DEPLOYED, LLM, EXPERTS)}


def roles_named(name: str) -> Roles:
    """The roles called ``name``, one of ``DEFAULTS``."""
    return _NAMED[name]


def roles_of(policy: Policy) -> Roles | None:
    """The ``roles`` that ``policy`` has; None where it has none and leaves them to what is usual."""
    found: Roles | None = getattr(policy, "roles", None)
    return found


class WithRoles(NamedTuple):
    """``policy`` with other ``roles``."""

    policy: Policy
    roles: Roles

    @property
    def name(self) -> str:
        """``8:deployed``."""
        return f"{self.policy.name}:{self.roles.name}"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        return self.policy.assign(graph, counts)

    def of_deployed(self) -> Policy:
        """Where ``policy`` may name what deploying took away."""
        return self._replace(policy=of_deployed(self.policy))

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Those of ``policy``."""
        return written_formats(self.policy, graph, counts)


def with_format(assigned: Assignment, layers: Sequence[int], stored: Format, role: str) -> Assignment:
    """``assigned`` with ``layers``, all of one ``role``, in the format ``stored``, except where a rule is about one.

    One that is wider than what it would read is not quantised: it reads at its own width.
    """
    result = list(assigned)
    for index in layers:
        row = assigned[index]
        if row is not None and not row.is_written:
            bits = row.bits._replace(
                weight=stored.code_bits, activation=max(stored.code_bits, row.bits.activation), format=stored
            )
            result[index] = row._replace(bits=bits, rule=f"{role}: {stored.name}")
    return tuple(result)
