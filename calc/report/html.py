"""HTML: what a notebook shows for an Analysis."""

from html import escape

from calc.analysis import Analysis
from calc.report.rows import View, listing, table_of, usual_rows
from calc.report.summary import Line, header, totals


def render(analysis: Analysis) -> str:
    """Conventions, the layers with MACs (of a language model, those alike as one), totals.

    There are no scripts, and no styles but alignment.
    """
    listed = listing(analysis, View(by=usual_rows(analysis)))
    table = table_of(analysis, listed)
    alignment = ["right" if column.is_number else "left" for column in table.columns]
    titles = _row("th", [column.title for column in table.columns], alignment)
    rows = [_row("td", row, alignment) for row in table.texts()]
    return "\n".join(
        [
            _lines(header(analysis)),
            f"<table><thead>{titles}</thead><tbody>",
            *rows,
            "</tbody></table>",
            *[f"<p>not listed: {escape(what)}</p>" for what in listed.left_out],
            _lines(totals(analysis)),
        ]
    )


def _lines(lines: list[Line]) -> str:
    rows = [_row("td", list(line), ["left", "right", "left"]) for line in lines]
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _row(tag: str, texts: list[str], alignment: list[str]) -> str:
    cells = [
        f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>' for text, side in zip(texts, alignment, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>"
