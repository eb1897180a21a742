"""Files of weights, made by hand from what their formats document."""

import io
import json
import struct
from typing import Any

from calc.errors import SpecError
from calc.reading import OpenFile
from calc.weights.header import HeaderReader

F32, Q4_K = 0, 12
U8, U32, FLOAT, TEXT, ARRAY = 0, 4, 6, 8, 9
ENTRIES = {
    "a.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
    "a.bias": {"dtype": "F32", "shape": [2], "data_offsets": [12, 20]},
}


def safetensors_bytes(header: object, data: int = 20) -> bytes:
    """A file with ``header``, text or a value for JSON, and ``data`` bytes behind it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)


def text(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def key(name: str | bytes, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def info(name: str | bytes, sizes: list[int], kind: int, offset: int) -> bytes:
    """A tensor; ``sizes`` in the order of the file, the innermost first."""
    return text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset)


def gguf_bytes(keys: list[bytes], infos: list[bytes], data: int, version: int = 3, **counts: int) -> bytes:
    """A file with ``data`` bytes from where the tensors begin; ``counts`` may lie."""
    numbers = counts.get("tensors", len(infos)), counts.get("keys", len(keys))
    header = b"GGUF" + struct.pack("<IQQ", version, *numbers) + b"".join([*keys, *infos])
    return header + bytes(-len(header) % 32 + data)


class Counting(io.BytesIO):
    """Bytes that remember how far they were read."""

    furthest = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        return found


def reader(data: bytes, size: int | None = None) -> HeaderReader:
    """A reader of ``data``, of a file of ``size`` bytes."""
    return HeaderReader(OpenFile("f", Counting(data), len(data) if size is None else size))


def refusal(read: Any, *arguments: Any) -> str:
    """What ``read`` says of bad input; fails where it takes it."""
    try:
        found = read(*arguments)
    except SpecError as error:
        return str(error)
    raise AssertionError(f"taken: {found}")
