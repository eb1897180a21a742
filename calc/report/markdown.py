"""Markdown reports: a table as GitHub renders it, and a second one with the totals."""

import html
import re

from calc.analysis import Analysis
from calc.report.rows import View, listing, table_of
from calc.report.summary import header, totals

_ESCAPES = {ord(c): f"\\{c}" for c in "\\`*_{}[]()#~$!"} | {ord(c): f"&#{ord(c)};" for c in "&<>|"}
_CALLS = re.compile(r"(?<!\w)@|@(?=[\w.-]*\.)|#(?=[0-9])")
"""Matches text in which GitHub would see a @name, an address or a #number after rendering."""


def render(analysis: Analysis, view: View) -> str:
    """Return a heading, the conventions, the table, a note on the rows that it leaves out, and the totals."""
    listed = listing(analysis, view)
    table = table_of(analysis, listed)
    model, *conventions = header(analysis)
    parts = [
        f"## {escape_markdown(model.value)} ({escape_markdown(model.note)})",
        "\n".join(
            f"- {line.label}: {escape_markdown(line.value)} ({escape_markdown(line.note)})" for line in conventions
        ),
        markdown_table(
            [column.title for column in table.columns], [column.is_number for column in table.columns], table.texts()
        ),
    ]
    parts += [f"Not listed: {escape_markdown(what)}" for what in listed.left_out]
    parts.append(
        markdown_table(["Total", "Value", ""], [False, True, False], [list(line) for line in totals(analysis)])
    )
    return "\n\n".join(parts) + "\n"


def escape_markdown(text: str) -> str:
    """Return ``text`` so that it is shown literally: no markup, mention, reference or link, no end of a cell."""
    return _apart(text).translate(_ESCAPES).replace("://", "&#58;//").replace("www.", "www&#46;")


def escape_html(text: str) -> str:
    """Return ``text`` so that it is shown literally inside a tag, where Markdown is not read."""
    return html.escape(_apart(text))


def _apart(text: str) -> str:
    """Return ``text`` with a space of no width after characters that GitHub would turn into a link."""
    return _CALLS.sub("\\g<0>\u200b", text)


def markdown_table(titles: list[str], right: list[bool], rows: list[list[str]]) -> str:
    """Return a table of ``rows`` of text. ``right`` says which columns are aligned to the right."""
    rule = ["---:" if is_right else "---" for is_right in right]
    lines = [titles, rule, *[[escape_markdown(cell) for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
