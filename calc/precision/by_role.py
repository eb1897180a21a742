"""What a network stores, added up: bytes by role, and bits for each weight."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from calc.model.graph import Graph
from calc.names import pattern_of
from calc.precision.stored import TensorInFormat

PolicyRole = Literal["weights", "head", "biases", "norms", "embeddings", "not_run", "state"]
ROLES: tuple[PolicyRole, ...] = ("weights", "head", "biases", "norms", "embeddings", "not_run", "state")
"""The roles that a policy gives formats to, in the order of reports. Weights ``not_run`` are training-only."""
_HELD: dict[str, PolicyRole] = {"bias": "biases", "norm": "norms", "embedding": "embeddings", "state": "state"}
HALF = 16
"""Codes of fewer bits are quantised."""


class EffectiveBits(NamedTuple):
    """Stored bits for each element, ``None`` where there are none.

    Of ``all`` tensors; of those ``quantised``; and of layers ``repeated``: there are others with that op whose names
    differ in numbers alone. ``codes``: those of the quantised without scales and the like, which BitOps go by.
    """

    all: Fraction | None
    quantised: Fraction | None
    repeated: Fraction | None
    codes: Fraction | None


NO_BITS = EffectiveBits(None, None, None, None)


def role_of(tensor: TensorInFormat, heads: Collection[int]) -> PolicyRole:
    """What a policy calls it; ``heads``: the nodes that are the network's heads."""
    if tensor.role in _HELD:
        return _HELD[tensor.role]
    if not tensor.multiplied:
        return "not_run"
    return "head" if tensor.node in heads else "weights"


def bytes_by_role(stored: Sequence[TensorInFormat], heads: Collection[int]) -> dict[PolicyRole, int]:
    """The bytes of each role that there is, each rounded up once."""
    bits: Counter[PolicyRole] = Counter()
    for tensor in stored:
        bits[role_of(tensor, heads)] += tensor.bits
    return {role: (bits[role] + 7) // 8 for role in ROLES if role in bits}


def formats_by_role(stored: Sequence[TensorInFormat], heads: Collection[int]) -> dict[PolicyRole, tuple[str, ...]]:
    """The names of the formats of each role that there is, in the order of the network."""
    found: dict[PolicyRole, dict[str, None]] = {}
    for tensor in stored:
        found.setdefault(role_of(tensor, heads), {})[tensor.format.name] = None
    return {role: tuple(found[role]) for role in ROLES if role in found}


def effective_bits(graph: Graph, stored: Sequence[TensorInFormat]) -> EffectiveBits:
    """The bits for each element that ``stored`` take."""
    holding = {tensor.node: graph.nodes[tensor.node] for tensor in stored}
    alike = {index: (pattern_of(node.name), node.op.word) for index, node in holding.items()}
    times = Counter(alike.values())
    quantised = [tensor for tensor in stored if tensor.format.code_bits < HALF]
    return EffectiveBits(
        _bits_each(stored),
        _bits_each(quantised),
        _bits_each([tensor for tensor in stored if times[alike[tensor.node]] > 1]),
        _bits_each([tensor._replace(bits=tensor.format.code_bits * tensor.elements) for tensor in quantised]),
    )


def _bits_each(tensors: Iterable[TensorInFormat]) -> Fraction | None:
    bits = elements = 0
    for tensor in tensors:
        bits += tensor.bits
        elements += tensor.elements
    return Fraction(bits, elements) if elements else None
