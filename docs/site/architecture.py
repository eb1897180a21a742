"""The architecture in one picture, drawn from the table of who may import whom that a test holds."""

import ast
from xml.sax.saxutils import escape

from links import ROOT

TABLES = ROOT / "tests" / "test_architecture.py"
WIDTH, ROW, GAP, PAD = 1000, 30, 8, 12
COLOURS = {"light": ("#1a1a1a", "#eef5f4", "#fff", "#00897b"), "dark": ("#e6e6e6", "#26323a", "#1b2226", "#4db6ac")}
"""The colours of text, rows, boxes and edges of boxes in each scheme; the background is that of the page."""
LETTER = 7.0
"""Pixels that a letter of the picture takes, at most."""


def rows(name: str) -> list[tuple[str, ...]]:
    """The table ``name`` of the test, the highest row first."""
    for node in ast.parse(TABLES.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return list(reversed(ast.literal_eval(node.value)))
    raise LookupError(f"{TABLES} has no table {name}")


def picture(scheme: str) -> str:
    """Return both packages as SVG for a light or a dark page. A row may import from the rows below it."""
    text, row_fill, box, edge = COLOURS[scheme]
    parts: list[str] = []
    y = PAD
    for package, name in (("verify", "VERIFY"), ("calc", "CALC")):
        y += 14
        told = "runs the network in PyTorch" if package == "verify" else "counts by arithmetic; never imports torch"
        parts.append(f'<text class="head" x="{PAD}" y="{y}">{package}: {told}</text>')
        y += 8
        for row in rows(name):
            drawn, y = _row(row, y)
            parts += drawn
        y += GAP
    style = (
        f"text{{font:12px ui-monospace,monospace;fill:{text}}}.head{{font-weight:bold}}"
        f".row{{fill:{row_fill}}}.part{{fill:{box};stroke:{edge}}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-label="Layers of the packages verify and calc"><style>{style}</style>'
        f"{''.join(parts)}</svg>\n"
    )


def _row(names: tuple[str, ...], top: int) -> tuple[list[str], int]:
    """A row's boxes, in as many lines as they take, and where the next row begins."""
    boxes, x, y = [], 2 * PAD, top + GAP
    for name in names:
        width = len(name) * LETTER + 2 * GAP
        if x + width > WIDTH - 2 * PAD:
            x, y = 2 * PAD, y + ROW
        boxes.append(f'<rect class="part" x="{x}" y="{y}" width="{width}" height="{ROW - GAP}" rx="3"/>')
        boxes.append(f'<text x="{x + GAP}" y="{y + 15}">{escape(name)}</text>')
        x += width + GAP
    bottom = y + ROW
    back = f'<rect class="row" x="{PAD}" y="{top}" width="{WIDTH - 2 * PAD}" height="{bottom - top}" rx="4"/>'
    return [back, *boxes], bottom + 4


def page() -> str:
    """The picture, and a sentence of each part."""
    lines = [
        "# Architecture",
        "",
        "A package imports from itself and from the rows below its own row, and never from the rows above. A test "
        "compares every import with the table from which this picture is drawn. `calc` never imports PyTorch or "
        "`verify`, and the code of `verify` that measures never imports the formulas of `calc` that it checks.",
        "",
        *[f"![Layers of the packages verify and calc](architecture-{name}.svg#only-{name})" for name in COLOURS],
        "",
        "| Part | What it is |",
        "| --- | --- |",
    ]
    for name in ("CALC", "VERIFY"):
        lines += [f"| `{part}` | {_about(part)} |" for row in rows(name) for part in row]
    return "\n".join([*lines, ""])


def _about(part: str) -> str:
    path = ROOT.joinpath(*part.split("."))
    module = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    told = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return " ".join(told.partition("\n\n")[0].split()).replace("|", "\\|").replace("``", "`")
