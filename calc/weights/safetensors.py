"""Reads safetensors files: eight bytes with the length of a header, the header in JSON, then the tensors.

The layout is documented at https://huggingface.co/docs/safetensors. It has no gaps between tensors and none after the
last, so a header can be checked against the size of its file.
"""

import json
import re
from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple, NoReturn

from calc.errors import Nearest, Problem, SpecError, number_of
from calc.frozen import FrozenDict
from calc.weights.header import HeaderReader
from calc.weights.stored import FileByte, StoredTensor, WeightFile


class _Entry(NamedTuple):
    """The place of an entry in the header. It is searched when it is shown, because there may be 100,000 entries."""

    file: str
    text: bytes
    name: str

    def __str__(self) -> str:
        return str(FileByte(self.file, _place(self.text, self.name)))


BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
"""The bits of one element for each dtype that a header may name."""
MAX_HEADER_BYTES = 8 * 2**20
"""The largest header, with about 80,000 tensors. The format allows 100 MB, which would take gigabytes once read."""
MAX_KEYS = 2**19
"""The largest number of keys of all objects in a header or an index. An entry of a header has four."""
LEAST_BYTES_A_BRACKET = 8
"""The smallest average number of bytes for a bracket.

An entry has three brackets in 50 bytes; text with many more would make millions of empty lists.
"""
MOST_SIZES = 64
"""The largest number of axes of a tensor, which is also that of PyTorch."""
_LENGTH_BYTES = 8
_LONG_INTEGER = re.compile(rb"(?<!\d)\d{1000}")
"""Matches an integer that is too long; reading one of millions of digits takes minutes."""
_LARGEST = 2**64


def read_safetensors(reader: HeaderReader) -> WeightFile:
    """Return the content of the header. Raises SpecError with all problems of it."""
    length = int.from_bytes(reader.take(_LENGTH_BYTES, "the length of the header"), "little")
    if length > reader.left:
        raise reader.error(
            f"the file gives its header {length:,} bytes, but only {reader.left:,} follow: it is cut off, or it is not "
            "a safetensors file",
            byte=0,
        )
    if length > MAX_HEADER_BYTES:
        raise reader.error(f"the header has {length:,} bytes, at most {MAX_HEADER_BYTES:,} are read", byte=0)
    text = reader.take(length, "the header")
    entries, facts = _entries(reader, text)
    found: list[StoredTensor] = []
    problems: list[Problem] = []
    for name, entry in entries.items():
        fact = _wrong(name, entry)
        if fact:
            problems.append(Problem(_Entry(reader.path, text, name), *fact))
        else:
            sizes = tuple(entry["shape"])
            start, end = entry["data_offsets"]
            found.append(StoredTensor(name, sizes, prod(sizes), entry["dtype"], reader.position + start, end - start))
    if not problems:
        problems = [Problem(_Entry(reader.path, text, name), fact) for name, fact in _misplaced(reader, found)]
    if problems:
        raise SpecError(problems)
    return WeightFile(
        reader.path, "safetensors", tuple(found), reader.position, 0, reader.size, facts=FrozenDict(facts)
    )


def _entries(reader: HeaderReader, text: bytes) -> tuple[dict[str, Any], dict[str, object]]:
    """Return the JSON of the header: its tensors by name, and its metadata."""
    header = parse_json(reader, text, _LENGTH_BYTES, "the header")
    facts = header.pop("__metadata__", {})
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise reader.error("__metadata__ must map names to texts", byte=_place(text, "__metadata__"))
    return header, facts


def parse_json(reader: HeaderReader, text: bytes, begins: int, what: str) -> dict[str, Any]:
    """Return the object in ``text``, which begins at byte ``begins`` of the file.

    Raises SpecError if it is not an object.
    """
    if text.count(b"[") + text.count(b"{") > len(text) // LEAST_BYTES_A_BRACKET + 64:
        raise reader.error(f"{what} is nested too much: it has a bracket for every few bytes", byte=begins)
    if text.count(b":") > MAX_KEYS:
        raise reader.error(f"{what} has more than {MAX_KEYS:,} keys", byte=begins)
    long = _LONG_INTEGER.search(text)
    if long:
        raise reader.error(f"{what} has an integer of 1,000 digits or more", byte=begins + long.start())
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice.append(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]  # it is None
        return found

    try:
        decoded = text.decode()
        found = json.loads(decoded, object_pairs_hook=once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise reader.error(f"{what} is not UTF-8", byte=begins + error.start) from None
    except json.JSONDecodeError as error:
        byte = begins + len(decoded[: error.pos].encode())
        raise reader.error(f"{what} is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", byte=byte) from None
    except ValueError as error:
        raise reader.error(f"{what} is not JSON: {error}", byte=begins) from None
    except RecursionError:
        raise reader.error(f"{what} is nested too deeply", byte=begins) from None
    if not isinstance(found, dict):
        raise reader.error(f"{what} must be a JSON object", byte=begins)
    if twice:
        raise reader.error(f"{twice[0][:200]} occurs twice in {what}", byte=begins + _second(text, twice[0]))
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _wrong(name: str, entry: Any) -> tuple[str, str | Nearest] | None:
    """Return the problem of one tensor's entry by itself, with a hint; None if there is no problem."""
    if not isinstance(entry, dict) or sorted(entry) != ["data_offsets", "dtype", "shape"]:
        return f"{name[:200]}: must have dtype, shape and data_offsets", ""
    dtype, sizes, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        return f"{name[:200]}: unknown dtype {str(dtype)[:60]}", Nearest(str(dtype)[:60], BITS)
    if not _are_counts(sizes) or len(sizes) > MOST_SIZES:
        return f"{name[:200]}: shape must be at most {MOST_SIZES} integers that are not negative", ""
    if not _are_counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        return f"{name[:200]}: data_offsets must be two integers, begin and end", ""
    bits = prod(sizes) * BITS[dtype]
    if bits != 8 * (offsets[1] - offsets[0]):
        shape = "×".join(map(str, sizes)) or "one element"
        takes = f"{bits // 8:,} bytes" if bits % 8 == 0 else f"{bits:,} bits, which are not whole bytes"
        return f"{name[:200]}: {shape} of {dtype} takes {takes}, data_offsets leave {offsets[1] - offsets[0]:,}", ""
    return None


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < _LARGEST for value in values)


def _misplaced(reader: HeaderReader, tensors: list[StoredTensor]) -> Iterator[tuple[str, str]]:
    """Yield the name and the problem of tensors that overlap, leave a gap or leave the file."""
    end = reader.position
    for tensor in sorted(tensors, key=lambda tensor: (tensor.start, tensor.bytes)):
        if tensor.start + tensor.bytes > reader.size:
            over = tensor.start + tensor.bytes - reader.size
            yield tensor.name, f"{tensor.name[:200]}: ends {number_of(over, 'byte')} after the end of the file"
            return
        if tensor.start != end:
            what = "overlaps the tensor before it by" if tensor.start < end else "leaves a hole before it of"
            yield tensor.name, f"{tensor.name[:200]}: {what} {number_of(abs(end - tensor.start), 'byte')}"
        end = max(end, tensor.start + tensor.bytes)
    if end < reader.size:
        behind = number_of(reader.size - end, "byte")
        yield "", f"the tensors end at byte {end:,}, which leaves {behind} that no tensor has"


def _place(text: bytes, name: str) -> int:
    """Return the place of an entry's name in the file, or the beginning of the header if the name is not found."""
    return _LENGTH_BYTES + max(0, text.find(_written(name)))


def _second(text: bytes, name: str) -> int:
    first = text.find(_written(name))
    return max(0, first, text.find(_written(name), first + 1))


def _written(name: str) -> bytes:
    return json.dumps(name, ensure_ascii=False).encode(errors="surrogatepass")
