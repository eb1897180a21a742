"""Reads an ONNX file without its weights: the bytes of the model, with locations in place of large tensors.

Protobuf cannot skip fields, so that reading a model of 2 GB would load all of it into memory. This module walks through
the messages by their lengths and skips large data. The package ``onnx`` reads the small rest. The encoding is described
at https://protobuf.dev/programming-guides/encoding and the numbers of the fields in onnx.proto.
"""

import io
from typing import NamedTuple, NoReturn, cast

from calc.errors import Problem, SpecError
from calc.reading import OpenFile

KEPT_BYTES = 4096
"""The largest field that is always copied."""
MOST_PARED_BYTES = 256 * 2**20
DEEPEST = 64
MOST_FIELDS = 5_000_000

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
PAYLOAD = "payload"
RAW_DATA = 9
"""The number of the field with raw data, whose length follows from the sizes and the type."""
MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {4: PAYLOAD, 5: PAYLOAD, 6: PAYLOAD, 7: PAYLOAD, RAW_DATA: PAYLOAD, 10: PAYLOAD, 11: PAYLOAD},
}
"""For each kind of message, the fields that may be large and contain something needed. Other large fields are not."""
KEPT_WHOLE: dict[str, tuple[int, ...]] = {
    "graph": (11, 12), "node": (1, 2), "attribute": (7, 8), "tensor": (1,), "function": (4, 5),
}  # fmt: skip
"""Fields of any length that are needed completely: inputs, outputs, lists of numbers, sizes."""

IN_THIS_FILE = "calc: in this file"
"""A key in a tensor's ``external_data`` for the entry that this module adds: offset, length and raw bytes."""


class Lying(NamedTuple):
    """The location of a tensor: its message in the file of the model. ``raw`` is the length of its raw data, or −1."""

    offset: int
    length: int
    raw: int


def pared(file: OpenFile) -> bytes:
    """Return the model in ``file`` without the data of large tensors.

    Raises SpecError if it is damaged or not protobuf.
    """
    walk = _Walk(file)
    try:
        return walk.message("model", file.size, 0)
    finally:
        walk.reader.detach()  # or the reader would close the file, which is still in use


def reference_text(lying: Lying) -> str:
    """Return the location as text, for the entry ``IN_THIS_FILE``."""
    return ",".join(map(str, lying))


def lying(text: str) -> Lying | None:
    """Return the location that ``reference_text`` wrote, or None for any other text."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.lstrip("-").isdecimal() and len(part) < 20 for part in parts):
        return None
    return Lying(*map(int, parts))


class _Walk:
    def __init__(self, file: OpenFile) -> None:
        self.path = file.path
        self.reader = io.BufferedReader(cast("io.RawIOBase", file.file), 2**16)  # opened() returns a raw file
        self.at = 0
        self.kept = self.fields = 0

    def message(self, kind: str, end: int, depth: int) -> bytes:
        """Return the message from the current position to ``end``, without the data of large tensors."""
        if depth > DEEPEST:
            self.refuse(f"messages are nested more than {DEEPEST} deep")
        parts: list[bytes] = []
        begins, raw, skipped = self.at, -1, False
        inner, whole = MESSAGES[kind], KEPT_WHOLE.get(kind, ())
        while self.at < end:
            self.fields += 1
            if self.fields > MOST_FIELDS:
                self.refuse(f"more than {MOST_FIELDS:,} fields")
            start = self.at
            key = self.varint(end)
            field, encoding = key >> 3, key & 7
            if encoding != _BYTES:
                self.skip_number(encoding, field, start, end)
                parts.append(self.again(start))
                continue
            length = self.varint(end)
            if self.at + length > end:
                left = f"{end - self.at:,} of its {length:,} bytes are there"
                self.refuse(f"cut short, or not an ONNX file: of field {field} ({kind}) {left}", start)
            looked_into = inner.get(field)
            if kind == "tensor" and field == RAW_DATA:
                raw = length
            if length <= KEPT_BYTES or field in whole:
                self.at += length
                self.reader.seek(self.at)
                parts.append(self.again(start))
            elif looked_into == PAYLOAD or looked_into is None:
                skipped = skipped or looked_into == PAYLOAD
                self.at += length
                self.reader.seek(self.at)
            else:
                body = self.message(looked_into, self.at + length, depth + 1)
                parts += [_number(key), _number(len(body)), body]
        if skipped:
            parts.append(_reference(Lying(begins, end - begins, raw)))
        return b"".join(parts)

    def again(self, start: int) -> bytes:
        """Return the bytes from ``start`` to the current position, which are kept."""
        self.kept += self.at - start
        if self.kept > MOST_PARED_BYTES:
            self.refuse(f"more than {MOST_PARED_BYTES:,} bytes besides its weights", start)
        self.reader.seek(start)
        return self.reader.read(self.at - start)

    def skip_number(self, encoding: int, field: int, start: int, end: int) -> None:
        if encoding == _VARINT:
            self.varint(end)
            return
        if encoding not in (_EIGHT, _FOUR) or not field:
            self.refuse("not an ONNX file: this is not protobuf", start)
        self.at += 8 if encoding == _EIGHT else 4
        if self.at > end:
            self.refuse("cut short within a number", start)
        self.reader.seek(self.at)

    def varint(self, end: int) -> int:
        """Return the integer at the current position, which is stored with seven bits per byte."""
        start, found = self.at, 0
        for shift in range(0, 70, 7):
            byte = self.reader.read(1) if self.at < end else b""
            if not byte:
                self.refuse("cut short, or not an ONNX file", start)
            self.at += 1
            found |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return found
        return self.refuse("not an ONNX file: this is not protobuf", start)

    def refuse(self, fact: str, at: int | None = None) -> NoReturn:
        raise SpecError([Problem(None, f"{self.path}: byte {self.at if at is None else at:,}: {fact}")])


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _reference(place: Lying) -> bytes:
    """Return the field ``external_data`` of a tensor, with one entry of key and value."""
    key, value = IN_THIS_FILE.encode(), reference_text(place).encode()
    entry = b"\x0a" + _number(len(key)) + key + b"\x12" + _number(len(value)) + value
    return _number(13 << 3 | _BYTES) + _number(len(entry)) + entry
