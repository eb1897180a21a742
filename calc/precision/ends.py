"""The ways in which published BitOps treat the first and the last quantised layer: as the rest, at other bits, or left
out.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError
from calc.formats import Format
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment, Policy, is_quantised
from calc.precision.deployed import of_deployed
from calc.precision.held import written_formats
from calc.precision.roles import Roles, roles_of
from calc.precision.uniform import uniform_bits

REST, EXCLUDED = "rest", "excluded"


class WithEnds(NamedTuple):
    """The bits of ``policy``, with the first and the last quantised layer at ``bits``."""

    policy: Policy
    bits: Bits

    @property
    def name(self) -> str:
        """The name of the policy: ``4, ends 8``."""
        return f"{self.policy.name}, ends {self.bits}"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        assigned = list(self.policy.assign(graph, counts))
        for index, rule in zip(ends_of(counts), ("first", "last"), strict=False):
            assigned[index] = Assigned(self.bits, rule, is_written=True)
        return tuple(assigned)

    @property
    def roles(self) -> Roles | None:
        """The roles of ``policy``."""
        return roles_of(self.policy)

    def of_deployed(self) -> Policy:
        """Return it for a deployed network, which may lack layers that ``policy`` names."""
        return self._replace(policy=of_deployed(self.policy))

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Return the held formats of ``policy``."""
        return written_formats(self.policy, graph, counts)


def with_ends(policy: Policy, ends: str) -> Policy:
    """Return ``policy`` with the ends ``rest``, ``excluded`` or bits such as ``8``.

    ``excluded`` changes no bits, because the sum leaves these layers out. Raises OpError for any other word.
    """
    if ends in (REST, EXCLUDED):
        return policy
    bits = uniform_bits(ends)
    if bits is None:
        raise OpError(f"unknown ends {ends!r}: {REST}, {EXCLUDED}, or bits such as 8, w4a8, fp32")
    return WithEnds(policy, bits)


def ends_of(counts: Sequence[Counts]) -> tuple[int, ...]:
    """Return the indices of the first and the last quantised layer. There may be only one, or none."""
    quantised = [index for index, row in enumerate(counts) if is_quantised(row)]
    return tuple(dict.fromkeys([*quantised[:1], *quantised[-1:]]))
