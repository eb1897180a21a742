"""What a header says: tensors by name, each with its sizes, its format and its place in the file."""

from typing import NamedTuple

from calc.frozen import FrozenDict


class FileByte(NamedTuple):
    """A place in a file of bytes, which count from 0."""

    file: str
    byte: int

    def __str__(self) -> str:
        return f"{self.file}: byte {self.byte:,}"


class StoredTensor(NamedTuple):
    """One tensor of a file.

    ``sizes`` are in PyTorch's order, whatever the file's is; ``format`` is the file's own word, ``BF16`` or ``Q4_K``;
    ``start`` is its first byte, from the beginning of the file. ``parts`` are the bytes of what a matrix in several
    tensors has: codes, scales, zero points.
    """

    name: str
    sizes: tuple[int, ...]
    elements: int
    format: str
    start: int
    bytes: int
    parts: FrozenDict[str, int] = FrozenDict()


class WeightFile(NamedTuple):
    """A file of weights, or the several files that one network is split over.

    ``kind`` is ``safetensors`` or ``GGUF 3``. ``padding_bytes`` lie between tensors, and between header and tensors, so
    that tensors begin at multiples of an alignment. ``facts`` are the header's texts and numbers. ``notes`` say what is
    legal and yet may not be meant. ``parts`` are the paths of the files, where there are several.
    """

    path: str
    kind: str
    tensors: tuple[StoredTensor, ...]
    header_bytes: int
    padding_bytes: int
    file_bytes: int
    parts: tuple[str, ...] = ()
    facts: FrozenDict[str, object] = FrozenDict()
    notes: tuple[str, ...] = ()

    @property
    def tensor_bytes(self) -> int:
        """The bytes of all tensors."""
        return sum([tensor.bytes for tensor in self.tensors])
