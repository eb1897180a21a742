"""The content of a header: tensors by name, each with its sizes, its format and its place in the file."""

from typing import NamedTuple

from calc.frozen import FrozenDict


class FileByte(NamedTuple):
    """A place in a file of bytes, which are counted from 0."""

    file: str
    byte: int

    def __str__(self) -> str:
        return f"{self.file}: byte {self.byte:,}"


class StoredTensor(NamedTuple):
    """One tensor of a file.

    ``sizes`` are in PyTorch's order. ``format`` is the word of the file, such as ``BF16`` or ``Q4_K``. ``start`` is its
    first byte, from the beginning of the file. ``parts`` has the bytes of codes, scales and zero points, for a matrix
    that several tensors store.
    """

    name: str
    sizes: tuple[int, ...]
    elements: int
    format: str
    start: int
    bytes: int
    parts: FrozenDict[str, int] = FrozenDict()


class WeightFile(NamedTuple):
    """A file of weights, or the several files of one network.

    ``kind`` is ``safetensors`` or ``GGUF 3``. ``padding_bytes`` are between tensors, and between header and tensors, so
    that tensors begin at multiples of an alignment. ``facts`` are the texts and numbers of the header. ``notes`` are
    about what is legal but may be a mistake. ``parts`` are the paths of the files, if there are several.
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
