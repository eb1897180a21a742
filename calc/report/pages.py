"""A report of several tables, such as those of compare, conventions, explain and audit.

One content has four formats.
"""

from typing import Any, NamedTuple

from calc.errors import printable
from calc.report.csv_text import csv_text
from calc.report.line import Line
from calc.report.markdown import escape_markdown, markdown_table
from calc.report.plain import table_text as plain_table
from calc.report.table import Table


class Bars(NamedTuple):
    """A bar chart for terminals: its title, the labels and their values.

    ``at_least`` marks values that are lower bounds.
    """

    title: str
    labels: tuple[str, ...]
    values: tuple[int | float, ...]
    at_least: tuple[bool, ...] = ()


class Section(NamedTuple):
    """A table under a title, with notes below it and possibly a chart.

    With ``rounded``, its counts have three digits in a terminal (10.8 M).
    """

    title: str
    table: Table
    notes: tuple[str, ...] = ()
    bars: Bars | None = None
    rounded: bool = False


class Page(NamedTuple):
    """A page. ``lines`` are at its top, and ``data`` is the whole page as plain data, for JSON.

    ``records`` is the table of CSV, which has no lines at the top. Without it, CSV has all tables under one header.
    """

    lines: tuple[Line, ...]
    sections: tuple[Section, ...]
    data: Any
    records: Table | None = None


FORMATS = ("table", "csv", "markdown", "json")


def render(page: Page, format_name: str) -> str:
    """Return ``page`` in one of FORMATS, complete and without colour."""
    if format_name == "json":
        import json

        return json.dumps(page.data, indent=2, ensure_ascii=False) + "\n"
    if format_name == "csv":
        return _csv([section.table for section in page.sections] if page.records is None else [page.records])
    return _markdown(page) if format_name == "markdown" else _plain(page)


def _csv(tables: list[Table]) -> str:
    """Return the rows of all ``tables`` under the columns of all of them.

    A cell is empty if its table lacks the column.
    """
    keys = list(dict.fromkeys([column.key for table in tables for column in table.columns]))
    rows = [
        {column.key: value for column, value in zip(table.columns, row, strict=True)}
        for table in tables
        for row in table.rows
    ]
    return csv_text([keys, *[[row.get(key) for key in keys] for row in rows]])


def _plain(page: Page) -> str:
    parts = [_lines(page.lines)] if page.lines else []
    for section in page.sections:
        parts += [printable(section.title)] if section.title else []
        parts += [plain_table(section.table)] if section.table.rows else []
        parts += ["\n".join(map(printable, section.notes))] if section.notes else []
    return "\n\n".join(parts) + "\n"


def _lines(lines: tuple[Line, ...]) -> str:
    label = max(len(line.label) for line in lines)
    value = max(len(line.value) for line in lines)
    texts = [f"{line.label:{label}}  {line.value:{value}}  {line.note}".rstrip() for line in lines]
    return "\n".join(map(printable, texts))


def _markdown(page: Page) -> str:
    texts = [(line.label, printable(f"{line.value} {line.note}".strip())) for line in page.lines]
    parts = ["\n".join([f"- {label}: {escape_markdown(text)}" for label, text in texts])]
    for section in page.sections:
        parts += [f"## {escape_markdown(printable(section.title))}"] if section.title else []
        columns = section.table.columns
        if section.table.rows:
            titles, right = [column.title for column in columns], [column.is_number for column in columns]
            parts.append(markdown_table(titles, right, section.table.texts()))
        parts.append("\n".join(f"- {escape_markdown(printable(note))}" for note in section.notes))
    return "\n\n".join(filter(None, parts)) + "\n"
