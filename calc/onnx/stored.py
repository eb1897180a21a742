"""Represents tensors of an ONNX file by reference: sizes, type and location. Numbers are read only when needed."""

from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.errors import OpError
from calc.onnx.wire import IN_THIS_FILE, Lying, lying
from calc.reading import opened

if TYPE_CHECKING:
    from numpy import ndarray

BITS = {
    "float": 32, "float16": 16, "bfloat16": 16, "double": 64, "float8e4m3fn": 8, "float8e4m3fnuz": 8, "float8e5m2": 8,
    "float8e5m2fnuz": 8, "float8e8m0": 8, "float4e2m1": 4, "int2": 2, "uint2": 2, "int4": 4, "uint4": 4, "int8": 8,
    "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "int64": 64, "uint64": 64, "bool": 8,
    "complex64": 64, "complex128": 128,
}  # fmt: skip
"""The types with a fixed width, by their names in onnx.proto in lower case."""
FLOATS = ("float", "float16", "bfloat16", "double")
INTEGERS = tuple([name for name in BITS if name.startswith(("int", "uint"))])
MOST_ELEMENTS = 2**20
"""The largest tensor whose numbers are inspected."""
MOST_SIZES = 64
_LARGEST = 2**63 - 1
_OWN_FOLDER = "weights beside a model are read only from its own folder"


class FileTensor(NamedTuple):
    """A tensor of a file. ``type`` is one of ``BITS``, or ``string``.

    Exactly one of these fields gives the location of the numbers. ``lies`` is a place in the file of the model.
    ``beside`` is another file of the folder, with offset and length. ``proto`` is the message itself, if it is small.
    ``fill`` is a number that all elements have. ``joined`` is an axis with tensors that are concatenated along it.
    ``learnt`` is true if the tensor is stored in the file, and false if it was computed.
    """

    name: str
    sizes: tuple[int, ...]
    type: str
    path: str = ""
    lies: Lying | None = None
    beside: tuple[str, int, int] | None = None
    proto: Any = None
    fill: float | int | bool | None = None
    joined: tuple[int, tuple[Any, ...]] | None = None
    learnt: bool = True

    @property
    def elements(self) -> int:
        """The number of elements."""
        return prod(self.sizes)

    def numbers(self) -> "ndarray[Any, Any]":
        """Return the numbers. Raises OpError if there are too many to inspect, or if they cannot be read."""
        if self.elements > MOST_ELEMENTS:
            shown = "×".join(map(str, self.sizes))
            raise OpError(f"{self.name[:60]} is {shown}, but calc reads the numbers of at most {MOST_ELEMENTS:,}")
        return self.all_numbers()

    def all_numbers(self) -> "ndarray[Any, Any]":
        """Return the numbers, however many there are. Raises OpError if they cannot be read."""
        import numpy as np
        import onnx

        if self.fill is not None:
            return np.full(self.sizes, self.fill, numpy_type(self.type))
        if self.joined is not None:
            return np.concatenate([each.array() for each in self.joined[1]], axis=self.joined[0])
        if self.beside is not None:
            return _from_bytes(self, _bytes_beside(self))
        proto = self.proto
        if proto is None:
            assert self.lies is not None
            with opened(self.path) as file:
                file.file.seek(self.lies.offset)
                proto = onnx.TensorProto.FromString(file.file.read(self.lies.length))
        return _array(self.name, proto)


def _array(name: str, proto: Any) -> "ndarray[Any, Any]":
    from onnx import numpy_helper

    try:
        found: ndarray[Any, Any] = numpy_helper.to_array(proto)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise OpError(f"{name[:60]} cannot be read: {str(error)[:200]}") from None
    return found


def numpy_type(name: str) -> Any:
    """Return the type of numpy for the elements. Raises OpError if numpy has none."""
    import numpy as np
    import onnx
    from onnx import helper

    try:
        return np.dtype(helper.tensor_dtype_to_np_dtype(onnx.TensorProto.DataType.Value(name.upper())))
    except (KeyError, ValueError):
        raise OpError(f"calc does not read tensors of {name}") from None


def as_text(value: str | bytes) -> str:
    """Return a text of a file. Protobuf returns bytes if it is not valid UTF-8."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def stored(proto: Any, path: str, name: str = "") -> FileTensor:
    """Return the tensor that ``proto`` describes, a TensorProto of the model at ``path``.

    Raises OpError if it is invalid.
    """
    import onnx

    name = name or as_text(proto.name)
    shown = f"the tensor {name[:60]}" if name else "a tensor"
    sizes = tuple(proto.dims)
    if len(sizes) > MOST_SIZES or any(size < 0 for size in sizes) or prod(sizes) > _LARGEST:
        raise OpError(f"{shown} has the sizes {list(sizes[:8])}, which a tensor cannot have")
    kinds = onnx.TensorProto.DataType
    type_ = kinds.Name(proto.data_type).lower() if proto.data_type in kinds.values() else str(proto.data_type)
    if type_ == "string":
        return FileTensor(name, sizes, type_, path, proto=proto)
    if type_ not in BITS:
        raise OpError(f"{shown} has the type {type_}, which a tensor cannot have")
    entries = {as_text(entry.key): as_text(entry.value) for entry in proto.external_data}
    lies = lying(entries[IN_THIS_FILE]) if IN_THIS_FILE in entries else None
    if lies is not None:
        _check_bytes(shown, sizes, type_, lies.raw)
        return FileTensor(name, sizes, type_, path, lies=lies)
    if proto.data_location == onnx.TensorProto.EXTERNAL:
        return FileTensor(name, sizes, type_, path, beside=_beside(shown, entries, sizes, type_))
    if proto.HasField("raw_data"):
        _check_bytes(shown, sizes, type_, len(proto.raw_data))
    else:
        _check_count(shown, proto, sizes, type_)
    return FileTensor(name, sizes, type_, path, proto=proto)


def _bytes_of(sizes: tuple[int, ...], type_: str) -> int:
    return -(-prod(sizes) * BITS[type_] // 8)


def _check_bytes(shown: str, sizes: tuple[int, ...], type_: str, held: int) -> None:
    wanted = _bytes_of(sizes, type_)
    if held not in (-1, wanted):
        fact = (
            f"{shown}, {'×'.join(map(str, sizes)) or 'one number'} of {type_}, needs {wanted:,} bytes, but has {held:,}"
        )
        raise OpError(fact, "the file is damaged")


def _check_count(shown: str, proto: Any, sizes: tuple[int, ...], type_: str) -> None:
    """Check the count of numbers that are stored one by one. Narrow types store several numbers in one element."""
    fields = (proto.float_data, proto.int32_data, proto.int64_data, proto.double_data, proto.uint64_data)
    held = sum(map(len, fields))
    wanted = prod(sizes) * (2 if type_.startswith("complex") else 1)
    packed = -(-wanted * BITS[type_] // 8) if BITS[type_] < 8 else wanted
    if held not in (wanted, packed):
        raise OpError(f"{shown}, {'×'.join(map(str, sizes)) or 'one number'} of {type_}, holds {held:,} numbers")


def _beside(shown: str, entries: dict[str, str], sizes: tuple[int, ...], type_: str) -> tuple[str, int, int]:
    """Return the file beside the model with the data of a tensor, the offset and the length.

    Raises OpError if it is invalid.
    """
    location = entries.get("location", "")
    inside = PurePosixPath(location.replace("\\", "/"))
    if (
        not location
        or "\0" in location
        or inside.is_absolute()
        or PureWindowsPath(location).anchor
        or ".." in inside.parts
    ):
        raise OpError(f"weights are in {location[:80]!r}, which is outside the folder of the model", _OWN_FOLDER)
    wanted = _bytes_of(sizes, type_)
    texts = (entries.get("offset", "0"), entries.get("length", str(wanted)))
    if not all(text.isascii() and text.isdecimal() and len(text) < 20 for text in texts):
        raise OpError(f"{shown}: offset {texts[0][:20]!r} and length {texts[1][:20]!r} must be numbers of bytes")
    offset, length = map(int, texts)
    _check_bytes(shown, sizes, type_, length)
    return str(inside), offset, length


def check_beside(tensors: Iterable[FileTensor], model: Path) -> list[tuple[str, str]]:
    """Return the faults of the files beside ``model`` that contain ``tensors``, one for each file, with a hint."""
    held: dict[str, list[FileTensor]] = {}
    for tensor in tensors:
        if tensor.beside is not None:
            held.setdefault(tensor.beside[0], []).append(tensor)
    return [fault for name, within in held.items() for fault in _faults(name, within, model)]


def _faults(name: str, within: list[FileTensor], model: Path) -> Iterator[tuple[str, str]]:
    """Yield the fault of the file ``name``, if it has one. The message names the first tensor that it affects."""
    try:
        file, folders = (model.parent / name).resolve(), (model.parent.resolve(), model.resolve().parent)
        size = file.stat().st_size if file.is_file() else None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
        yield f"{_first(within)}: {name[:80]} cannot be read: {getattr(error, 'strerror', None) or error}", ""
        return
    beyond = [each for each in within if each.beside is not None and sum(each.beside[1:]) > (size or 0)]
    if not any(file.is_relative_to(folder) for folder in folders):
        yield f"{_first(within)}: {name[:80]} is a link that leads out of the folder of the model", _OWN_FOLDER
    elif size is None:
        yield f"{_first(within)}: {name[:80]} does not exist", ""
    elif beyond:
        _, offset, length = beyond[0].beside or ("", 0, 0)
        fact = f"{name[:80]} has {size:,} bytes, but the tensor would be at {offset:,} to {offset + length:,}"
        yield f"{_first(beyond)}: {fact}", ""


def _first(tensors: list[FileTensor]) -> str:
    more = f", and {len(tensors) - 1:,} more" if len(tensors) > 1 else ""
    return f"the tensor {tensors[0].name[:60]}{more}"


def _bytes_beside(tensor: FileTensor) -> bytes:
    assert tensor.beside is not None
    name, offset, length = tensor.beside
    with opened(Path(tensor.path).parent / name) as file:
        file.file.seek(offset)
        return file.file.read(length)


def _from_bytes(tensor: FileTensor, data: bytes) -> "ndarray[Any, Any]":
    import onnx

    proto = onnx.TensorProto(dims=tensor.sizes, data_type=onnx.TensorProto.DataType.Value(tensor.type.upper()))
    proto.raw_data = data
    return _array(tensor.name, proto)
