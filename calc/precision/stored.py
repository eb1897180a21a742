"""The storage format of each tensor of a network, and its bits."""

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
    """A learnt tensor of a node with all its copies: its name, role and format, its elements, and their bits.

    ``multiplied`` is True if a layer multiplies it.
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
    """Return, for each node, the bits of the tensors that it holds, or that it is the first to multiply.

    Raises SpecError with each tensor that cannot be stored in its format.
    """
    found = [0] * len(counts)
    problems = []
    formats = roles.of
    alike: dict[tuple[int, int], int] = {}  # blocks repeat, so equal layers are computed once
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
    """Yield every tensor once, with the node that holds it or is the first to multiply it.

    Their formats must fit them.
    """
    formats = roles.of
    for index, (row, given) in enumerate(zip(counts, assigned, strict=True)):
        for each in row.held:
            stored = _format_of(each, given, narrowed.get(index), formats)
            elements, bits = each.copies * prod(each.sizes), each.copies * stored.stored_bits(each.sizes)
            yield TensorInFormat(
                index, each.name, each.role, stored, elements, bits, given is not None and each.role == "weight"
            )


def _format_of(tensor: HeldTensor, given: Assigned | None, narrowed: Format | None, formats: FormatByRole) -> Format:
    """Return the format of a tensor.

    ``given`` are the bits of a layer with MACs, ``narrowed`` is the format of another one.
    """
    if given is None:
        return narrowed or formats[tensor.role]
    if tensor.name in given.parts:
        return given.parts[tensor.name]
    return given.bits.stored if tensor.role == "weight" else formats[tensor.role]


def _bits_of(held: Sequence[HeldTensor], given: Assigned | None, narrowed: Format | None, formats: FormatByRole) -> int:
    """Return the bits of all tensors that a layer holds. Raises OpError with the first that does not fit its format."""
    bits = 0
    for tensor in held:
        try:
            bits += tensor.copies * _format_of(tensor, given, narrowed, formats).stored_bits(tensor.sizes)
        except OpError as error:
            raise OpError(f"{tensor.name or 'its tensor'}: {error.fact}", error.hint) from None
    return bits


def multiplied_bits(counts: Counts, bits: Bits) -> int:
    """Return the bits of the weights that a layer is the first to multiply, at ``bits``."""
    return sum([held.copies * bits.stored.stored_bits(held.sizes) for held in counts.held if held.role == "weight"])


def other_bits(rows: Sequence[Counts]) -> int:
    """Return the bits of all tensors that no layer multiplies, as ``paper`` stores them."""
    return PAPER.norms.code_bits * sum([row.other_params for row in rows])
