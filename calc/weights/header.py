"""Reads the header of a file without reading any byte that may be after it."""

from typing import Literal

from calc.errors import Problem, SpecError
from calc.reading import OpenFile
from calc.weights.stored import FileByte

_LENGTH_BYTES = 8
PIECE_BYTES = 2**16
"""The number of bytes that are read at once if the header is known to be longer."""


class HeaderReader:
    """Reads the first bytes of a file, in order. ``position`` is that of the next byte.

    Each call states the smallest number of bytes of the header that follow, which may be read ahead.
    """

    def __init__(self, opened: OpenFile) -> None:
        self.path = opened.path
        self.size = opened.size
        self.position = 0
        self._file = opened.file
        self._held = b""
        self._used = 0

    @property
    def left(self) -> int:
        """The number of bytes from here to the end of the file."""
        return self.size - self.position

    def take(self, count: int, what: str, certain: int = 0) -> bytes:
        """Return the next ``count`` bytes. Raises SpecError if the file ends before."""
        self.require(count, what)
        if count > len(self._held) - self._used:
            self._fill(count, certain)
        taken = self._held[self._used : self._used + count]
        self._used += count
        self.position += count
        return taken

    def skip(self, count: int, what: str) -> None:
        """Skip ``count`` bytes without reading them. Raises SpecError if the file ends before."""
        self.require(count, what)
        held = min(count, len(self._held) - self._used)
        self._used += held
        if count > held:
            self._file.seek(count - held, 1)
        self.position += count

    def skip_texts(self, count: int, order: Literal["little", "big"], what: str, certain: int) -> None:
        """Skip ``count`` texts, each after eight bytes with its length. Raises SpecError."""
        left = count
        while left:
            if len(self._held) - self._used < _LENGTH_BYTES:
                self.require(_LENGTH_BYTES, what)
                self._fill(_LENGTH_BYTES, _LENGTH_BYTES * (left - 1) + certain)
            held, begins, last = self._held, self._used, len(self._held) - _LENGTH_BYTES
            at, length = begins, 0
            while left and at + length <= last:  # no calls in this loop, because a vocabulary has 300,000 texts
                at += length
                length = int.from_bytes(held[at : at + _LENGTH_BYTES], order)
                at += _LENGTH_BYTES
                left -= 1
            self._used = at
            self.position += at - begins
            self.skip(length, what)

    def require(self, count: int, what: str) -> None:
        """Raise SpecError if the file does not have ``count`` more bytes."""
        if count > self.left:
            raise self.error(f"the file is cut: {what} takes {count:,} bytes from here, and {self.left:,} are left")

    def error(self, fact: str, hint: str = "", byte: int | None = None) -> SpecError:
        """Return the error with ``fact`` at the current position, or at ``byte``."""
        return SpecError([Problem(FileByte(self.path, self.position if byte is None else byte), fact, hint)])

    def _fill(self, count: int, certain: int) -> None:
        held = self._held[self._used :]
        wanted = count - len(held) + min(certain, PIECE_BYTES)
        pieces = [held]
        while wanted > 0 and (piece := self._file.read(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
        self._held, self._used = b"".join(pieces), 0
        if len(self._held) < count:
            raise self.error("the file ended while it was read: it had more bytes before")
