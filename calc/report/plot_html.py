"""A figure as one HTML file without scripts, with a table of its numbers."""

from collections.abc import Sequence
from html import escape

from calc.errors import printable
from calc.report.figure import without_folders
from calc.report.pages import Page


def document(title: str, svg: str, page: Page) -> str:
    """Return the file: the figure, which is an SVG that keeps its text, and the first table of ``page`` with its
    notes.
    """
    section = page.sections[0]
    titles = "".join([f"<th>{escape(column.title)}</th>" for column in section.table.columns])
    texts = section.table.texts()
    names = without_folders([row[0] for row in texts])
    rows = "\n".join([_row([name, *row[1:]]) for name, row in zip(names, texts, strict=True)])
    said = [f"{line.label}: {', '.join(filter(None, (line.value, line.note)))}" for line in page.lines]
    lines = "".join([f"<li>{escape(printable(text))}</li>" for text in said])
    notes = "".join([f"<p>{escape(printable(note))}</p>" for note in section.notes])
    return _DOCUMENT.format(
        title=escape(title), svg=svg[svg.index("<svg") :], titles=titles, rows=rows, lines=lines, notes=notes
    )


def _row(texts: Sequence[str]) -> str:
    cells = "".join([f"<td>{escape(text)}</td>" for text in texts])
    return f"<tr>{cells}</tr>"


_DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }}
svg {{ width: 100%; height: auto; font-family: sans-serif }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem }}
td, th {{ padding: 0.25rem 0.6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }}
td:first-child, th:first-child {{ text-align: left }}
</style>
</head>
<body>
<h1>{title}</h1>
<ul>{lines}</ul>
{svg}
<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>
{rows}
</tbody></table></div>
{notes}
</body>
</html>
"""
