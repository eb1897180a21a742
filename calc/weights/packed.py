"""Joins the tensors of a quantised matrix, which are codes, scales and zero points in a safetensors file."""

from collections.abc import Sequence
from math import prod

from calc.errors import OpError
from calc.formats import known_format
from calc.frozen import FrozenDict
from calc.weights.layouts import PackedMatrix, Parts, matrices
from calc.weights.stored import StoredTensor

_OF_A_WEIGHT = "weight"


def unpacked(tensors: Sequence[StoredTensor]) -> tuple[StoredTensor, ...]:
    """Return ``tensors`` with those of one matrix as one, which has the sizes of the matrix and all of its bytes.

    Its format has the name of ``calc formats`` if that format takes the same bytes; otherwise the name begins with
    "like".
    """
    modules: dict[str, dict[str, StoredTensor]] = {}
    for tensor in tensors:
        module, part = _split(tensor.name)
        modules.setdefault(module, {})[part] = tensor
    known = _known_sizes(tensors)
    of: dict[str, PackedMatrix] = {}
    for module, parts in modules.items():
        for matrix in matrices(module, parts, known):
            of |= dict.fromkeys(matrix.words, matrix)
    by_name = {tensor.name: tensor for tensor in tensors}
    done: set[str] = set()
    found = []
    for tensor in tensors:
        matrix_of = of.get(tensor.name)
        if matrix_of is None:
            found.append(tensor)
        elif matrix_of.name not in done:
            done.add(matrix_of.name)
            found.append(_as_one(matrix_of, by_name))
    return tuple(found)


def _split(name: str) -> tuple[str, str]:
    """Return the module and the part. Parts of bitsandbytes have more than one word: ``weight.absmax``."""
    head, within, tail = name.partition(f".{_OF_A_WEIGHT}.")
    if within and tail.startswith(("absmax", "quant_", "nested_")):
        return head, f"{_OF_A_WEIGHT}.{tail}"
    module, _, part = name.rpartition(".")
    return module, part


def _known_sizes(tensors: Sequence[StoredTensor]) -> frozenset[int]:
    """Return the sizes of tensors of floats, in which nothing is packed."""
    floats = [tensor for tensor in tensors if tensor.format in ("F32", "F16", "BF16")]
    plain = [tensor for tensor in floats if "scale" not in tensor.name.rpartition(".")[2]]
    rows = [tensor.sizes[0] for tensor in tensors if tensor.name.endswith("weight_packed") and tensor.sizes]
    return frozenset([size for tensor in plain for size in tensor.sizes] + rows)


def _as_one(matrix: PackedMatrix, by_name: Parts) -> StoredTensor:
    parts: dict[str, int] = {}
    for name, word in matrix.words.items():
        parts[word] = parts.get(word, 0) + by_name[name].bytes
    first = by_name[next(iter(matrix.words))]
    format_ = matrix.format if _is_exact(matrix, parts) else f"like {matrix.format}"
    return StoredTensor(
        matrix.name, matrix.sizes, prod(matrix.sizes), format_, first.start, sum(parts.values()), FrozenDict(parts)
    )


def _is_exact(matrix: PackedMatrix, parts: dict[str, int]) -> bool:
    """Return True if the format takes the same bytes. The tables of bitsandbytes are not part of any format."""
    try:
        known = known_format(matrix.format)
        stored = None if known is None else known.stored_bits(matrix.sizes)
    except OpError:
        return False
    size = 8 * sum([size for word, size in parts.items() if word != "tables"])
    return stored == size + (32 if matrix.format.endswith("_double") else 0)  # a table contains its offset
