"""The page of a file of weights: its content, its bytes by role, and its tensors in groups that repeat."""

from collections.abc import Sequence
from typing import Any

from calc.errors import number_of
from calc.names import pattern_of
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.table import NOTHING, Column, Table
from calc.report.units import exact, share, short, short_bytes
from calc.weights.fit import StorageFit, policy_fit, type_fit
from calc.weights.groups import TensorGroup, alone, common_name, repeated, tensor_groups
from calc.weights.packed import unpacked
from calc.weights.roles import ROLES, StoredRole, roles
from calc.weights.stored import StoredTensor, WeightFile

_ROLE_COLUMNS = (
    Column("role", "Role", "text"),
    Column("tensors", "Tensors", "count", 2),
    Column("elements", "Elements", "count"),
    Column("bytes", "Bytes", "count"),
    Column("share", "Share", "share", 3),
    Column("bits", "Bits each", "number", 4),
)
_GROUP_COLUMNS = (
    Column("name", "Tensor", "text"),
    Column("times", "×", "count"),
    Column("shape", "Shape", "size"),
    Column("format", "Format", "text"),
    Column("role", "Role", "text", 1),
    Column("bytes", "Bytes", "count"),
    Column("bits", "Bits each", "number", 2),
)
_PARTS = ("codes", "scales", "zero points")
_PART_COLUMNS = (
    Column("format", "Format", "text"),
    Column("matrices", "Matrices", "count", 2),
    Column("elements", "Elements", "count", 3),
    *[Column(word.replace(" ", "_"), word.capitalize(), "count", 4) for word in _PARTS],
    Column("rest", "Rest", "count", 4),
    Column("bytes", "Bytes", "count"),
    Column("bits", "Bits each", "number"),
)
_TENSOR_COLUMNS = (
    Column("name", "Tensor", "text"),
    Column("role", "Role", "text"),
    Column("shape", "Shape", "size"),
    Column("format", "Format", "text"),
    Column("elements", "Elements", "count"),
    Column("bytes", "Bytes", "count"),
    Column("start", "First byte", "count"),
    Column("bits", "Bits each", "number"),
)
MOST_DIFFERENCES = 8
"""The largest number of notes on tensors that differ from their file type. JSON lists all."""


def page(file: WeightFile, list_all: bool) -> Page:
    """Return the page of the whole file. Tensors that belong to one matrix are one row."""
    tensors = unpacked(file.tensors)
    found = roles(tensors)
    fit = type_fit(file) if file.kind.startswith("GGUF") else policy_fit(tensors, found)
    groups = [alone(*pair) for pair in zip(tensors, found, strict=True)] if list_all else tensor_groups(tensors, found)
    by_role = _by_role(tensors, found)
    records = Table(_TENSOR_COLUMNS, tuple([_record(*pair) for pair in zip(tensors, found, strict=True)]))
    notes = (*file.notes, *_differences(fit))
    sections = (
        Section("", Table(_GROUP_COLUMNS, tuple([_row(group) for group in groups])), notes),
        *_quantised(tensors),
        Section("Bytes by role, judged by names and shapes", by_role),
    )
    data = _data(file, tensors, _buffers(tensors, found), by_role, records) | {"fits": _fit_data(fit)}
    return Page((*_lines(file, tensors, found), *_fit_lines(fit)), sections, data, records)


def _buffers(tensors: Sequence[StoredTensor], found: Sequence[StoredRole]) -> int:
    return sum([tensor.elements for tensor, role in zip(tensors, found, strict=True) if role == "buffer"])


def _lines(file: WeightFile, tensors: Sequence[StoredTensor], found: Sequence[StoredRole]) -> tuple[Line, ...]:
    buffers = _buffers(tensors, found)
    elements = sum([tensor.elements for tensor in tensors])
    again = repeated(tensors)
    lines = [
        Line("file", file.path, number_of(len(file.parts), "file") if file.parts else ""),
        Line("format", file.kind),
        Line("tensors", exact(len(file.tensors))),
        Line("params", exact(elements - buffers), f"{short(elements - buffers)}; buffers {exact(buffers)}"),
        Line("tensor bytes", exact(file.tensor_bytes), short_bytes(file.tensor_bytes)),
        Line(
            "file bytes",
            exact(file.file_bytes),
            f"{short_bytes(file.file_bytes)}; header {exact(file.header_bytes)}, padding {exact(file.padding_bytes)}",
        ),
    ]
    if elements:
        bits = _bits(file.tensor_bytes, elements)
        lines.append(Line("effective bits", bits, "stored bits for each element of all tensors"))
    if 0 < sum([tensor.elements for tensor in again]) < elements:
        some = _bits(sum([tensor.bytes for tensor in again]), sum([tensor.elements for tensor in again]))
        what = f"of the {exact(len(again))} that repeat with other numbers in their names"
        lines.append(Line("repeated bits", some, what))
    return tuple(lines)


def _fit_lines(fit: StorageFit | None) -> list[Line]:
    if fit is None:
        return []
    but = f", but for {number_of(len(fit.differences), 'tensor')} of {exact(fit.tensors)}" if fit.differences else ""
    said = "" if fit.declared in (None, fit.name) else f"; the file says {fit.declared}"
    return [Line("fits", fit.name, f"{fit.source}{but}{said}")]


def _differences(fit: StorageFit | None) -> list[str]:
    """Return notes on the tensors that differ from the file type. Names that differ only in numbers are one note."""
    if fit is None:
        return []
    alike: dict[tuple[object, ...], list[str]] = {}
    for name, has, wanted in fit.differences:
        alike.setdefault((pattern_of(name), has, wanted or "no quantised one"), []).append(name)
    notes = [f"{common_name(names)}: {has}, where {fit.name} has {wanted}" for (_, has, wanted), names in alike.items()]
    more = len(notes) - MOST_DIFFERENCES
    return notes if more <= 0 else [*notes[:MOST_DIFFERENCES], f"and {number_of(more, 'more difference')}"]


def _by_role(tensors: Sequence[StoredTensor], found: Sequence[StoredRole]) -> Table:
    rows = []
    whole = sum([tensor.bytes for tensor in tensors])
    for role in ROLES:
        members = [tensor for tensor, its in zip(tensors, found, strict=True) if its == role]
        if members:
            elements, size = sum([t.elements for t in members]), sum([t.bytes for t in members])
            rows.append((role, len(members), elements, size, share(size, whole), _bits(size, elements)))
    return Table(_ROLE_COLUMNS, tuple(rows))


def _quantised(tensors: Sequence[StoredTensor]) -> list[Section]:
    """Return the matrices that are stored in several tensors each, by format."""
    formats: dict[str, list[StoredTensor]] = {}
    for tensor in tensors:
        if tensor.parts:
            formats.setdefault(tensor.format, []).append(tensor)
    rows = []
    for format_, members in formats.items():
        size, elements = sum([tensor.bytes for tensor in members]), sum([tensor.elements for tensor in members])
        parts = [sum([tensor.parts.get(word, 0) for tensor in members]) for word in _PARTS]
        rows.append((format_, len(members), elements, *parts, size - sum(parts), size, _bits(size, elements)))
    return [Section("Quantised matrices, each in several tensors", Table(_PART_COLUMNS, tuple(rows)))] if rows else []


def _row(group: TensorGroup) -> tuple[object, ...]:
    formats = (
        group.formats[0][0]
        if len(group.formats) == 1
        else ", ".join([f"{name} ×{times}" for name, times in group.formats])
    )
    times = group.tensors if group.tensors > 1 else None
    return (
        group.name,
        times,
        group.sizes,
        formats,
        group.role,
        group.bytes,
        _bits(group.bytes, group.elements),
    )


def _record(tensor: StoredTensor, role: StoredRole) -> tuple[object, ...]:
    bits = 8 * tensor.bytes / tensor.elements if tensor.elements else None
    return (tensor.name, role, tensor.sizes, tensor.format, tensor.elements, tensor.bytes, tensor.start, bits)


def _bits(size: int, elements: int) -> str:
    """Return the bits for each element; a dash if there is no element."""
    return f"{8 * size / elements:.4f}".rstrip("0").rstrip(".") if elements else NOTHING


def _fit_data(fit: StorageFit | None) -> dict[str, Any] | None:
    return None if fit is None else fit._asdict() | {"differences": [one._asdict() for one in fit.differences]}


def _data(
    file: WeightFile, tensors: Sequence[StoredTensor], buffers: int, by_role: Table, records: Table
) -> dict[str, Any]:
    role_keys = [column.key for column in _ROLE_COLUMNS if column.key not in ("share", "bits")]
    keys = [column.key for column in _TENSOR_COLUMNS]
    elements = sum([tensor.elements for tensor in tensors])
    again = repeated(tensors)
    return {
        "schema": "calc.weights/1",
        "file": file.path,
        "format": file.kind,
        "parts": list(file.parts),
        "totals": {
            "tensors": len(file.tensors),
            "elements": elements,
            "params": elements - buffers,
            "buffers": buffers,
            "tensor_bytes": file.tensor_bytes,
            "header_bytes": file.header_bytes,
            "padding_bytes": file.padding_bytes,
            "file_bytes": file.file_bytes,
            "effective_bits": 8 * file.tensor_bytes / elements if elements else None,
            "repeated_tensors": len(again),
            "repeated_elements": sum([tensor.elements for tensor in again]),
            "repeated_bytes": sum([tensor.bytes for tensor in again]),
        },
        "roles": [{key: row[_ROLE_COLUMNS.index(c)] for key, c in _keyed(role_keys)} for row in by_role.rows],
        "notes": list(file.notes),
        "tensors": [
            dict(zip(keys, row, strict=True)) | ({"parts": tensor.parts} if tensor.parts else {})
            for row, tensor in zip(records.rows, tensors, strict=True)
        ],
    }


def _keyed(keys: Sequence[str]) -> list[tuple[str, Column]]:
    return [(column.key, column) for column in _ROLE_COLUMNS if column.key in keys]
