"""Reads GGUF files: counts, keys with values, then the names, sizes, types and offsets of tensors.

The layout is documented at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The end of a header is only known
when it has been read. But the bytes that must still follow are known at any time, so a count is checked against the
size of the file before it is used, and nothing after the header is read.
"""

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import NamedTuple

from calc.errors import OpError, Problem, SpecError, number_of
from calc.formats import Format, format_named
from calc.frozen import FrozenDict
from calc.weights.gguf_values import KEY_BYTES, GgufValues
from calc.weights.header import HeaderReader
from calc.weights.stored import FileByte, StoredTensor, WeightFile

MAGIC = b"GGUF"
TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
}  # fmt: skip
"""The types of tensors by their numbers. The missing numbers belong to types that were removed."""
PLAIN_BITS = {"I8": 8, "I16": 16, "I32": 32, "I64": 64, "F64": 64}
"""The bits of types that store numbers one by one and are not formats of weights."""
TENSOR_BYTES = 8 + 4 + 4 + 8
"""The smallest number of bytes of a tensor in the header: an empty name, no sizes, a type, an offset."""
MOST_TENSORS = MOST_KEYS = 2**16
MOST_SIZES = 4
ALIGNMENT_KEY = "general.alignment"
ALIGNMENT_BYTES = 32


class _Info(NamedTuple):
    """The entry of a tensor in the header. ``byte`` is the place of the entry."""

    name: str
    sizes: tuple[int, ...]
    type: int
    offset: int
    byte: int


def read_gguf(reader: HeaderReader) -> WeightFile:
    """Return the content of the header. Raises SpecError for a damaged header, or with the problems of every tensor."""
    order, version = _version(reader)
    values = GgufValues(reader, order)
    tensors, keys = values.u64("the number of tensors", 8), values.u64("the number of keys", 0)
    if tensors > MOST_TENSORS or keys > MOST_KEYS:
        fact = f"{tensors:,} tensors and {keys:,} keys: at most {MOST_TENSORS:,} and {MOST_KEYS:,} are read"
        raise reader.error(fact, byte=8)
    reader.require(keys * KEY_BYTES + tensors * TENSOR_BYTES, f"a header of {tensors:,} tensors and {keys:,} keys")
    facts = _facts(values, keys, tensors * TENSOR_BYTES)
    infos = _infos(values, tensors)
    header_bytes, alignment = reader.position, _alignment(reader, facts)
    begins = -(-header_bytes // alignment) * alignment
    found: list[StoredTensor] = []
    problems: list[Problem] = []
    for info in infos:
        try:
            found.append(_stored(info, begins, alignment))
        except OpError as error:
            problems.append(Problem(FileByte(reader.path, info.byte), f"{info.name[:200]}: {error.fact}", error.hint))
    problems = problems or list(_misplaced(reader, infos, found))
    if problems:
        raise SpecError(problems)
    size, end = sum([tensor.bytes for tensor in found]), max([t.start + t.bytes for t in found], default=header_bytes)
    behind = reader.size - end
    notes = (f"{number_of(behind, 'byte')} behind the last tensor belong to none",) if behind >= alignment else ()
    return WeightFile(
        reader.path,
        f"GGUF {version}" + ("" if order == "<" else ", big-endian"),
        tuple(found),
        header_bytes,
        reader.size - header_bytes - size,
        reader.size,
        facts=FrozenDict(facts),
        notes=notes,
    )


def _version(reader: HeaderReader) -> tuple[str, int]:
    """Return the byte order as struct writes it, and the version."""
    if reader.take(4, "the mark of GGUF", 4 + 8 + 8) != MAGIC:
        raise reader.error("not a GGUF file: it does not begin with GGUF", byte=0)
    data = reader.take(4, "the version", 8 + 8)
    little, big = int.from_bytes(data, "little"), int.from_bytes(data, "big")
    order, version = ("<", little) if little & 0xFFFF else (">", big)
    if version not in (2, 3):
        raise reader.error(f"version {version} of GGUF; calc reads versions 2 and 3", byte=4)
    return order, version


def _facts(values: GgufValues, keys: int, certain: int) -> dict[str, object]:
    facts: dict[str, object] = {}
    for left in range(keys - 1, -1, -1):
        begins = values.reader.position
        key = values.name("a key", left * KEY_BYTES + certain + 5)
        if not key or key in facts:
            raise values.reader.error(f"{key[:200]} occurs twice" if key else "a key without a name", byte=begins)
        facts[key] = values.value(key, left * KEY_BYTES + certain)
    return facts


def _infos(values: GgufValues, tensors: int) -> list[_Info]:
    infos: dict[str, _Info] = {}
    for left in range(tensors - 1, -1, -1):
        byte, certain = values.reader.position, left * TENSOR_BYTES
        name = values.name("the name of a tensor", certain + TENSOR_BYTES - 8)
        if not name or name in infos:
            raise values.reader.error(f"{name[:200]} occurs twice" if name else "a tensor without a name", byte=byte)
        axes = values.u32(f"the number of sizes of {name[:200]}", certain + 4 + 8)
        if axes > MOST_SIZES:
            raise values.reader.error(f"{name[:200]}: {axes:,} sizes, at most {MOST_SIZES}", byte=byte)
        *sizes, kind, offset = values.unpacked(f"{axes}QIQ", f"sizes, type and offset of {name[:200]}", certain)
        infos[name] = _Info(name, tuple(reversed(sizes)), kind, offset, byte)
    return list(infos.values())


def _alignment(reader: HeaderReader, facts: dict[str, object]) -> int:
    found = facts.get(ALIGNMENT_KEY, ALIGNMENT_BYTES)
    if type(found) is not int or found < 1 or found & (found - 1) or found > 2**31:
        raise reader.error(f"{ALIGNMENT_KEY} {str(found)[:60]}: must be a power of 2", byte=0)
    return found


def _stored(info: _Info, begins: int, alignment: int) -> StoredTensor:
    """Return a tensor with its bytes.

    Raises OpError for an unknown type, and for rows or an offset that are not possible.
    """
    if info.type not in TYPES:
        raise OpError(f"unknown type {info.type}", f"known are those up to {max(TYPES)} that are in use")
    if info.offset % alignment:
        raise OpError(f"begins at {info.offset:,}, which is not a multiple of {alignment}")
    name, elements = TYPES[info.type], prod(info.sizes)
    bits = PLAIN_BITS[name] * elements if name in PLAIN_BITS else _format(name).stored_bits(info.sizes)
    return StoredTensor(info.name, info.sizes, elements, name, begins + info.offset, bits // 8)


@cache
def _format(name: str) -> Format:
    # in files, the scale of the whole tensor is a separate tensor
    return format_named("gguf_NVFP4" if name == "NVFP4" else name)


def _misplaced(reader: HeaderReader, infos: list[_Info], tensors: list[StoredTensor]) -> Iterator[Problem]:
    """Yield problems of tensors that overlap or leave the file."""
    end = 0
    for info, tensor in sorted(zip(infos, tensors, strict=True), key=lambda both: (both[1].start, both[1].bytes)):
        place, over = FileByte(reader.path, info.byte), tensor.start + tensor.bytes - reader.size
        if over > 0:
            yield Problem(place, f"{info.name[:200]}: ends {number_of(over, 'byte')} after the end of the file")
            return
        if tensor.start < end:
            overlap = number_of(end - tensor.start, "byte")
            yield Problem(place, f"{info.name[:200]}: overlaps the tensor before it by {overlap}")
        end = max(end, tensor.start + tensor.bytes)
