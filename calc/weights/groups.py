"""Groups tensors whose names differ only in numbers: ``layers.{0..31}.attn.q.weight``, 32 times."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from calc.names import number_ranges, pattern_of
from calc.weights.roles import StoredRole
from calc.weights.stored import StoredTensor


class TensorGroup(NamedTuple):
    """Tensors of one role and of the same sizes. ``formats`` counts them by format, the most used first."""

    name: str
    role: StoredRole
    sizes: tuple[int, ...]
    tensors: int
    formats: tuple[tuple[str, int], ...]
    elements: int
    bytes: int


def repeated(tensors: Sequence[StoredTensor]) -> tuple[StoredTensor, ...]:
    """Return the tensors of layers that repeat, whose names also occur with other numbers."""
    times = Counter([pattern_of(tensor.name) for tensor in tensors])
    return tuple([tensor for tensor in tensors if times[pattern_of(tensor.name)] > 1])


def tensor_groups(tensors: Sequence[StoredTensor], roles: Sequence[StoredRole]) -> tuple[TensorGroup, ...]:
    """Return ``tensors`` as groups, in the order of the first tensor of each."""
    found: dict[tuple[object, ...], list[StoredTensor]] = {}
    for tensor, role in zip(tensors, roles, strict=True):
        found.setdefault((pattern_of(tensor.name), tensor.sizes, role), []).append(tensor)
    return tuple([_group(members, key[2]) for key, members in found.items()])  # type: ignore[arg-type]  # the role


def alone(tensor: StoredTensor, role: StoredRole) -> TensorGroup:
    """Return a group of one tensor."""
    return _group([tensor], role)


def _group(members: Sequence[StoredTensor], role: StoredRole) -> TensorGroup:
    return TensorGroup(
        common_name([tensor.name for tensor in members]),
        role,
        members[0].sizes,
        len(members),
        tuple(Counter([tensor.format for tensor in members]).most_common()),
        sum([tensor.elements for tensor in members]),
        sum([tensor.bytes for tensor in members]),
    )


def common_name(names: Sequence[str]) -> str:
    """Return one name for several that differ only in numbers."""
    columns = zip(*[name.split(".") for name in names], strict=True)
    return ".".join([column[0] if len(set(column)) == 1 else f"{{{number_ranges(column)}}}" for column in columns])
