"""What each tensor of a network is stored as, and how many bits that is."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import OpError, Problem, SpecError
from calc.formats import Format
from calc.model.graph import Bits, Graph
from calc.model.held import HeldTensor
from calc.ops.base import HeldRole
from calc.precision.base import Assigned, Assignment
from calc.precision.held import HeldFormats
from calc.precision.roles import PAPER, FormatByRole, Roles


class TensorInFormat(NamedTuple):
    """A learnt tensor, or all copies of one, at a node: its name, role and format, its elements and the bits they take.

    ``multiplied``: some layer does.
    """

    node: int
    name: str
    role: HeldRole
    format: Format
    elements: int
    bits: int
    multiplied: bool


def bits_of_layers(
    graph: Graph, counts: Sequence[Counts], assigned: Assignment, narrowed: HeldFormats, roles: Roles
) -> tuple[int, ...]:
    """By node, the bits of the tensors that it holds, or multiplies first where another one holds them.

    Raises SpecError naming each tensor that its format cannot hold.
    """
    found = [0] * len(counts)
    problems = []
    formats = roles.of
    alike: dict[tuple[int, int], int] = {}  # blocks repeat: what is equal is worked out once
    for index, row in enumerate(counts):
        if not row.held:
            continue
        given = assigned[index]
        written = narrowed.get(index) if narrowed else None
        key = (id(row), id(given or written))
        bits = alike.get(key)
        if bits is None:
            try:
                bits = _bits_of(row.held, given, written, formats)
            except OpError as error:
                node = graph.nodes[index]
                hint = f"{error.hint}, in a precision file: {{name: {node.name}, bits: fp16}}"
                problems.append(Problem(node.origin, error.fact, hint, node.name, node.op.word))
                continue
            alike[key] = bits
        found[index] = bits
    if problems:
        raise SpecError(problems)
    return tuple(found)


def stored_tensors(
    counts: Sequence[Counts], assigned: Assignment, narrowed: HeldFormats, roles: Roles
) -> Iterator[TensorInFormat]:
    """Every tensor once, with the node that holds it, or that multiplies it first; their formats can hold them."""
    formats = roles.of
    for index, (row, given) in enumerate(zip(counts, assigned, strict=True)):
        for each in row.held:
            stored = _format_of(each, given, narrowed.get(index), formats)
            elements, bits = each.copies * prod(each.sizes), each.copies * stored.stored_bits(each.sizes)
            yield TensorInFormat(
                index, each.name, each.role, stored, elements, bits, given is not None and each.role == "weight"
            )


def _format_of(tensor: HeldTensor, given: Assigned | None, narrowed: Format | None, formats: FormatByRole) -> Format:
    """``given``: the bits of its layer, if that has MACs; ``narrowed``: what is written for it, if it has none."""
    if given is None:
        return narrowed or formats[tensor.role]
    if tensor.name in given.parts:
        return given.parts[tensor.name]
    return given.bits.stored if tensor.role == "weight" else formats[tensor.role]


def _bits_of(held: Sequence[HeldTensor], given: Assigned | None, narrowed: Format | None, formats: FormatByRole) -> int:
    """The bits of all tensors that a layer holds. Raises OpError naming the first that its format cannot hold."""
    bits = 0
    for tensor in held:
        try:
            bits += tensor.copies * _format_of(tensor, given, narrowed, formats).stored_bits(tensor.sizes)
        except OpError as error:
            raise OpError(f"{tensor.name or 'its tensor'}: {error.fact}", error.hint) from None
    return bits


def multiplied_bits(counts: Counts, bits: Bits) -> int:
    """The bits of the weights that a layer multiplies first, at ``bits``."""
    return sum([held.copies * bits.stored.stored_bits(held.sizes) for held in counts.held if held.role == "weight"])


def other_bits(rows: Sequence[Counts]) -> int:
    """The bits of all that no layer multiplies, as ``paper`` stores them."""
    return PAPER.norms.code_bits * sum([row.other_params for row in rows])
