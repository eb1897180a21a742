"""Sums over the stored tensors of a network: bytes by role, and bits for each weight."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from calc.model.graph import Graph
from calc.names import pattern_of
from calc.precision.stored import TensorInFormat

PolicyRole = Literal["weights", "head", "biases", "norms", "embeddings", "not_run", "state"]
ROLES: tuple[PolicyRole, ...] = ("weights", "head", "biases", "norms", "embeddings", "not_run", "state")
"""The roles to which a policy gives formats, in the order of reports.

Weights that are ``not_run`` are training-only.
"""
_HELD: dict[str, PolicyRole] = {"bias": "biases", "norm": "norms", "embedding": "embeddings", "state": "state"}
HALF = 16
"""The number of bits below which codes count as quantised."""


class EffectiveBits(NamedTuple):
    """The stored bits for each element, or ``None`` if there is no such tensor.

    ``all`` is over all tensors, ``quantised`` over quantised ones, and ``repeated`` over layers of which others have
    the same op and a name that differs only in numbers. ``codes`` is over quantised tensors without scales and the
    like, which is the width that BitOps use.
    """

    all: Fraction | None
    quantised: Fraction | None
    repeated: Fraction | None
    codes: Fraction | None


NO_BITS = EffectiveBits(None, None, None, None)


def role_of(tensor: TensorInFormat, heads: Collection[int]) -> PolicyRole:
    """Return the role of a tensor in a policy. ``heads`` are the nodes that are heads of the network."""
    if tensor.role in _HELD:
        return _HELD[tensor.role]
    if not tensor.multiplied:
        return "not_run"
    return "head" if tensor.node in heads else "weights"


def bytes_by_role(stored: Sequence[TensorInFormat], heads: Collection[int]) -> dict[PolicyRole, int]:
    """Return the bytes of each role that occurs, each rounded up once."""
    bits: Counter[PolicyRole] = Counter()
    for tensor in stored:
        bits[role_of(tensor, heads)] += tensor.bits
    return {role: (bits[role] + 7) // 8 for role in ROLES if role in bits}


def formats_by_role(stored: Sequence[TensorInFormat], heads: Collection[int]) -> dict[PolicyRole, tuple[str, ...]]:
    """Return the names of the formats of each role that occurs, in the order of the network."""
    found: dict[PolicyRole, dict[str, None]] = {}
    for tensor in stored:
        found.setdefault(role_of(tensor, heads), {})[tensor.format.name] = None
    return {role: tuple(found[role]) for role in ROLES if role in found}


def effective_bits(graph: Graph, stored: Sequence[TensorInFormat]) -> EffectiveBits:
    """Return the bits for each element of the ``stored`` tensors."""
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
