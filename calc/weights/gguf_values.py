"""Reads the numbers, texts and keys of a GGUF header.

The reader of the package gguf is not used, because it maps the whole file, makes an array of each of 100,000 tokens,
and trusts counts: an array that claims 2^60 elements fills the memory. Tests compare this reader with it.
"""

import struct
from typing import Literal

from calc.errors import number_of
from calc.weights.header import HeaderReader

KEY_BYTES = 8 + 4 + 1
"""The smallest number of bytes of a key: an empty name, the type of its value, a byte."""
LONGEST_NAME = 2**16
MOST_STRINGS = 2**20
"""The largest number of texts in arrays, which are read one after the other. A vocabulary has about 300,000."""
MOST_KEPT = 4096
"""The largest number of numbers in an array, and of bytes in a text, that are kept.

A number for each layer is kept, and a vocabulary is not.
"""
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The types of values that are one number, as struct writes them."""
STRING, ARRAY = 8, 9


class GgufValues:
    """Reads values one after the other, in either byte order.

    ``certain`` of each call is the smallest number of bytes of the header that follow.
    """

    def __init__(self, reader: HeaderReader, order: str) -> None:
        self.reader = reader
        self.order = order
        self._strings = 0

    def u32(self, what: str, certain: int) -> int:
        """Return an integer of 4 bytes."""
        return int.from_bytes(self.reader.take(4, what, certain), self._byte_order)

    def u64(self, what: str, certain: int) -> int:
        """Return an integer of 8 bytes."""
        return int.from_bytes(self.reader.take(8, what, certain), self._byte_order)

    def name(self, what: str, certain: int) -> str:
        """Return a text that is a name. Raises SpecError if it is too long or not UTF-8."""
        begins = self.reader.position
        length = self.u64(what, certain)
        if length > LONGEST_NAME:
            raise self.reader.error(f"{what} is said to have {length:,} bytes, at most {LONGEST_NAME:,}", byte=begins)
        try:
            return self.reader.take(length, what, certain).decode()
        except UnicodeDecodeError:
            raise self.reader.error(f"{what} is not UTF-8", byte=begins) from None

    def value(self, key: str, certain: int) -> object:
        """Return the value of ``key``; None for a long text, a long array and an array of texts."""
        begins = self.reader.position
        kind = self.u32(f"the type of {key[:200]}", certain + 1)
        if kind == STRING:
            return self._text(key, certain)
        if kind == ARRAY:
            return self._array(key, certain)
        return self._numbers(key, kind, 1, certain, begins)[0]

    def _text(self, key: str, certain: int) -> str | None:
        length = self.u64(f"the text of {key[:200]}", certain)
        if length > MOST_KEPT:
            self.reader.skip(length, f"the text of {key[:200]}")
            return None
        return self.reader.take(length, f"the text of {key[:200]}", certain).decode(errors="replace")

    def _array(self, key: str, certain: int) -> tuple[object, ...] | None:
        begins = self.reader.position
        kind = self.u32(f"the type of the elements of {key[:200]}", certain + 8)
        count = self.u64(f"the number of elements of {key[:200]}", certain)
        if kind != STRING:
            return self._numbers(key, kind, count, certain, begins) or None
        what = f"{number_of(count, 'text')} of {key[:200]}"
        self.reader.require(8 * count + certain, what)
        self._strings += count
        if self._strings > MOST_STRINGS:
            raise self.reader.error(f"{what}: at most {MOST_STRINGS:,} texts are read", byte=begins)
        self.reader.skip_texts(count, self._byte_order, what, certain)
        return None

    def _numbers(self, key: str, kind: int, count: int, certain: int, begins: int) -> tuple[object, ...]:
        """Return ``count`` numbers; empty if they are too many to keep."""
        letter = SCALARS.get(kind)
        if letter is None:
            raise self.reader.error(f"{key[:200]}: unknown type of value {kind}", byte=begins)
        size = count * struct.calcsize(letter)
        if count > MOST_KEPT:
            self.reader.skip(size, key[:200])
            return ()
        data = self.reader.take(size, key[:200], certain)
        return struct.unpack(f"{self.order}{count}{letter}", data)

    def unpacked(self, letters: str, what: str, certain: int) -> tuple[int, ...]:
        """Return integers that follow one another, as struct writes them."""
        return struct.unpack(
            f"{self.order}{letters}", self.reader.take(struct.calcsize(f"{self.order}{letters}"), what, certain)
        )

    @property
    def _byte_order(self) -> Literal["little", "big"]:
        return "little" if self.order == "<" else "big"
