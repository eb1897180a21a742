"""The formats of tensors that a policy is not about, by the role of the tensor."""

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
"""The names of the choices of roles. The name of a policy may end in one: ``8:deployed``."""


FormatByRole = Mapping[HeldRole, Format]


class Roles(NamedTuple):
    """The formats of tensors by role. ``name`` is the name of this choice.

    If ``embeddings`` is None, they have the format of the weights, or the widest of several; the same applies to
    ``not_run``, the weights of layers that exist only for training. If ``head``, ``router`` (which scores experts) or
    ``dense`` (which are not experts) is None, these layers are treated like any other. ``activations`` are the bits of
    tensors that no layer with MACs writes or reads; without it they have the widest bits.
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
        """The formats of tensors that no layer multiplies, by role. Roles without a format are left out."""
        found: dict[HeldRole, Format | None] = {
            "bias": self.biases,
            "norm": self.norms,
            "embedding": self.embeddings,
            "weight": self.not_run,
            "state": self.state,
        }
        return {role: stored for role, stored in found.items() if stored is not None}

    def beside(self, given: Sequence[Assigned | None]) -> "Roles":
        """Return the roles with a format for each, if the layers with MACs have the bits ``given``."""
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
    """Return the first format with the widest codes.

    Recorded widths are plain codes, so the largest of them is used.
    """
    widths = [stored.code_bits for stored in formats]
    if any(map(is_recorded, widths)):
        return plain_codes(largest(widths))
    return max(formats, key=lambda stored: stored.code_bits)


def all_in(floats: Format) -> Roles:
    """Return roles that store everything as the same floats."""
    return Roles(floats.name, floats, floats, floats, None, floats, floats, floats.code_bits)


FP32 = whole_format("fp32")
INT32 = whole_format("int32")
PAPER = all_in(FP32)._replace(name="paper")
"""The assumption of published BitOps: a policy is only about weights used in MACs and the inputs of their layers."""
DEPLOYED = Roles("deployed", INT32, FP32, None, None, None, INT32, None)
"""The formats of integer inference: accumulators begin with int32 biases, and tables have the format of the weights."""
BF16 = whole_format("bf16")
LLM = all_in(BF16)._replace(name="llm", head=BF16, router=BF16)
"""The formats of a language model with narrow matrices: the rest, the head and routers are in bf16."""
EXPERTS = LLM._replace(name="experts", dense=BF16)
"""The formats of a language model of which only the experts are narrow, as gpt-oss is published."""
_NAMED = {roles.name: roles for roles in (PAPER, DEPLOYED, LLM, EXPERTS)}


def roles_named(name: str) -> Roles:
    """Return the roles called ``name``, which is one of ``DEFAULTS``."""
    return _NAMED[name]


def roles_of(policy: Policy) -> Roles | None:
    """Return the ``roles`` of ``policy``; None if it has none, so that the default applies."""
    found: Roles | None = getattr(policy, "roles", None)
    return found


class WithRoles(NamedTuple):
    """The bits of ``policy`` with other ``roles``."""

    policy: Policy
    roles: Roles

    @property
    def name(self) -> str:
        """The name of the policy: ``8:deployed``."""
        return f"{self.policy.name}:{self.roles.name}"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        return self.policy.assign(graph, counts)

    def of_deployed(self) -> Policy:
        """Return it for a deployed network, which may lack layers that ``policy`` names."""
        return self._replace(policy=of_deployed(self.policy))

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Return the held formats of ``policy``."""
        return written_formats(self.policy, graph, counts)


def with_format(assigned: Assignment, layers: Sequence[int], stored: Format, role: str) -> Assignment:
    """Return ``assigned`` with ``layers`` of one ``role`` in the format ``stored``, except layers that a rule is about.

    If the format is wider than the bits at which a layer reads, it reads at the width of the format.
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
