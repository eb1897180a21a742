"""Several configurations of one or more networks, for comparison."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError
from calc.precision import resolve
from calc.precision.ends import with_ends


class Configuration(NamedTuple):
    """A network at some bits. ``fp32`` is the same network at 32 bits.

    ``network`` is its name in the comparison, and ``label`` says how it differs from the other configurations.
    """

    label: str
    network: str
    analysis: Analysis
    fp32: Analysis

    @property
    def bitops(self) -> int | float:
        """BitOps under the definition that the analysis shows first."""
        return self.analysis.totals.bitops[self.analysis.bitops_convention]

    @property
    def is_at_least(self) -> bool:
        """True if these BitOps are a lower bound."""
        return "bitops" in self.analysis.at_least

    @property
    def bitops_fp32(self) -> int | float:
        """BitOps at 32 bits."""
        return self.fp32.totals.bitops[self.analysis.bitops_convention]


def configurations(networks: Sequence[Analysis], bits: Sequence[str], ends: str = "rest") -> tuple[Configuration, ...]:
    """Return every network at all ``bits``, in this order. The labels say what differs.

    Raises OpError if a configuration occurs twice, and for unknown bits or ends. Raises SpecError if a policy does not
    fit.
    """
    policies = [with_ends(resolve(text), ends) for text in bits]
    names = _names(networks)
    found = []
    for network, name in zip(networks, names, strict=True):
        fp32 = network.with_bits("fp32")
        for policy in policies:
            label = _label(name, policy.name, len(networks) > 1, len(policies) > 1)
            found.append(Configuration(label, name, network.with_bits(policy), fp32))
    labels = [configuration.label for configuration in found]
    for label in labels:
        if labels.count(label) > 1:
            raise OpError(f"{label} occurs twice", "give every spec and every precision once")
    return tuple(found)


def _names(networks: Sequence[Analysis]) -> list[str]:
    """Return the name of each network in its spec. If two specs have the same name, the name of the spec is added."""
    graphs = [network.graph for network in networks]
    called = Counter([model for model, _ in {(graph.model, graph.spec) for graph in graphs}])
    return [graph.model if called[graph.model] == 1 else f"{graph.model} ({graph.spec})" for graph in graphs]


def _label(network: str, policy: str, several_networks: bool, several_policies: bool) -> str:
    if several_networks and several_policies:
        return f"{network}, {bits_text(policy)}"
    return network if several_networks else bits_text(policy)


def bits_text(policy: str) -> str:
    """Return the name of a policy in reports: ``8 bit``."""
    return f"{policy} bit" if policy.isdigit() else policy
