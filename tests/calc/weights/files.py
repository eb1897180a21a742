"""Files of weights, made by hand from what their formats document."""

import io
import json
from typing import Any

from calc.errors import SpecError
from calc.reading import OpenFile
from calc.weights.header import HeaderReader

ENTRIES = {
    "a.weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
    "a.bias": {"dtype": "F32", "shape": [2], "data_offsets": [12, 20]},
}


def safetensors_bytes(header: object, data: int = 20) -> bytes:
    """A file with ``header``, text or a value for JSON, and ``data`` bytes behind it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)


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
