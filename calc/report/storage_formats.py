"""Pages of storage formats: the list, and one format with the arithmetic of an example tensor."""

from fractions import Fraction
from math import prod
from typing import Any

from calc.formats import Format, Stored, Taken, format_forms, formats
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.table import Column, Table
from calc.report.units import exact

SCHEMA = "calc.formats/1"
_DECIMALS = 6
_LISTED = (
    Column("format", "Format", "text"),
    Column("code_bits", "Code bits", "count"),
    Column("bits_a_weight", "Bits per weight", "text"),
    Column("activations", "Activations", "text", 3),
    Column("stored", "Bits stored", "text"),
    Column("source", "Source", "text", 1),
)
_TAKEN = (
    Column("stored", "Stored", "text"),
    Column("number", "How many", "count"),
    Column("bits", "Bits each", "count"),
    Column("per", "For each", "text"),
    Column("packed", "Rounded up to", "text", 2),
    Column("total", "Bits", "count"),
)


def listed_formats() -> Page:
    """Return the page with every format, and with the forms of names that contain numbers."""
    found = formats()
    rows = tuple([_listed(one) for one in found])
    data = {
        "schema": SCHEMA,
        "formats": [_described(one) for one in found],
        "forms": [name for name, _ in format_forms()],
    }
    return Page((), (Section("", Table(_LISTED, rows), _notes()),), data)


def format_page(found: Format, sizes: tuple[int, ...]) -> Page:
    """Return the page of ``found`` with the bits of a tensor of ``sizes``.

    Raises OpError if the format cannot hold one.
    """
    taken = found.taken(sizes)
    total = sum([part.bits for part in taken])
    weights = prod(sizes)
    shape = "×".join(map(str, sizes))
    lines = (
        Line("format", found.name, f"family {found.family}"),
        Line("code bits", str(found.code_bits), "what BitOps are counted with"),
        Line("bits per weight", _bits_a_weight(found), f"what bytes are counted with: {stored_in_short(found)}"),
        Line(
            "activations", "yes" if found.takes_activations else "no", "" if found.takes_activations else "weights only"
        ),
        Line("keys, values", "yes" if found.keeps_states else "no", "" if found.keeps_states else "no --kv"),
        Line("stored", "", found.layout),
        *[Line("takes", "", text) for text in _takes(found)],
        Line("source", "", found.source),
    )
    rows = tuple([_row(part) for part in taken])
    notes = (
        f"{shape}: {' + '.join([exact(part.bits) for part in taken])} = {exact(total)} bits",
        f"= {exact(-(-total // 8))} bytes, {decimal(Fraction(total, weights))} bits per weight, "
        f"for {exact(weights)} weights",
    )
    data = {
        "schema": SCHEMA,
        **_described(found),
        "example": {
            "shape": list(sizes),
            "stored": [dict(zip([column.key for column in _TAKEN], row, strict=True)) for row in rows],
            "bits": total,
            "bytes": -(-total // 8),
        },
    }
    return Page(lines, (Section(f"A tensor of {shape}", Table(_TAKEN, rows), notes),), data)


def decimal(number: Fraction) -> str:
    """Return ``number`` in decimals, with ≈ if it has more decimals than are shown."""
    shown = f"{float(number):.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return shown if Fraction(shown) == number else f"≈{shown}"


def stored_in_short(found: Format) -> str:
    """Return ``codes 4, scales 16 per 128``: the bits of each stored part, and the number of weights that share it."""
    return ", ".join([f"{part.name} {part.bits}{_per(part)}" for part in found.stored])


def _per(part: Stored) -> str:
    if part.per == "element":
        return ""
    return {"group": f" per {part.size}", "block": f" per {part.size}", "tile": f" per {part.size} × {part.size}"}.get(
        part.per, f" per {part.per}"
    )


def _bits_a_weight(found: Format) -> str:
    return decimal(found.bits_per_weight) + (" +" if found.fixed else "")


def _listed(found: Format) -> tuple[Any, ...]:
    activations = "yes" if found.takes_activations else None
    return (found.name, found.code_bits, _bits_a_weight(found), activations, stored_in_short(found), found.source)


def _described(found: Format) -> dict[str, Any]:
    return {
        "format": found.name,
        "family": found.family,
        "code_bits": found.code_bits,
        "bits_per_weight": float(found.bits_per_weight),
        "activations": found.takes_activations,
        "stored": [part._asdict() for part in found.stored],
        "rows": found.rows,
        "filled": found.filled,
        "columns_multiple": found.columns_multiple,
        "rows_multiple": found.rows_multiple,
        "layout": found.layout,
        "source": found.source,
    }


def _takes(found: Format) -> list[str]:
    texts = []
    if found.columns_multiple > 1:
        axis = "the last axis" if found.rows == "last" else "all axes but the first"
        texts.append(f"rows, along {axis}, of a multiple of {found.columns_multiple:,} weights")
    if found.rows_multiple > 1:
        texts.append(f"a multiple of {found.rows_multiple:,} rows")
    return texts


def _row(taken: Taken) -> tuple[Any, ...]:
    part = taken.stored
    return (part.name, taken.number, part.bits, _unit(part), _packed(part), taken.bits)


def _unit(part: Stored) -> str:
    return {
        "group": f"{part.size:,} along a row",
        "block": f"{part.size:,} of the flattened tensor",
        "tile": f"{part.size:,} × {part.size:,}",
        "element": "weight",
    }.get(part.per, part.per)


def _packed(part: Stored) -> str | None:
    if part.word == 1:
        return None
    return f"{'bytes' if part.word == 8 else f'{part.word}-bit words'} per {part.along}"


def _notes() -> tuple[str, ...]:
    few = [
        f"{name}: {', '.join([f'{letter} is {_either(numbers)}' for letter, numbers in allowed.items()])}"
        for name, allowed in format_forms()
        if allowed
    ]
    free = ", ".join([name for name, allowed in format_forms() if not allowed])
    return (
        f"Names may have other numbers: {free}, with codes of 1 to 64 bits <b> and groups <g> of any size. "
        f"{'; '.join(few)}",
        "A number alone stands for codes of so many bits. w4a8, w4g128a8 and nf4-a8 are formats of weights and "
        "activations.",
        "Bits per weight are those of a tensor of complete groups; + stands for further bits per row, column or "
        "tensor. A row is an output channel. calc formats NAME explains a format and counts an example.",
    )


def _either(numbers: tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}" if most else last
