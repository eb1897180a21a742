"""HTML, which a notebook shows for an Analysis. Blocks open to their layers without a script.

A block is a ``summary``, and its layers are a table within. Both have one grid, so that their numbers are aligned.
Colours are translucent, so that they work on a light and on a dark background.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape

from calc.analysis import Analysis
from calc.colours import GREY, OF_BITS
from calc.errors import printable
from calc.report.html_charts import bits_strip, memory_chart
from calc.report.line import Line
from calc.report.rows import Listing, ReportRow, View, listing, table_of, usual_rows
from calc.report.summary import header, totals
from calc.report.table import Table

SHOWN = (
    "name",
    "kind",
    "out_channels",
    "output_size",
    "params",
    "macs",
    "counted",
    "bits",
    "bitops",
    "share",
    "bound_seconds",
    "binds",
)
"""The columns of ``calc run`` that are shown. The first two take the room that the others leave."""
_GROWING = ("minmax(10ch,2fr)", "minmax(11ch,1fr)")
_BREAKS = re.compile(r"(?<=[^.]\.)(?=[^.])|(?<=.)(?=_)")
MOST_ROWS = 600
"""The largest number of layers that are shown. More layers would make the page slow, so only their blocks are shown."""
_STYLE = """\
.calc{font-size:12px;line-height:1.5;overflow-x:auto;font-variant-numeric:tabular-nums}
.calc table{border-collapse:collapse;margin:0;font-size:inherit;color:inherit;border:0}
.calc tr,.calc td{background:none!important;border:0}
.calc .l td{text-align:left;padding:0 1.2em 0 0;white-space:nowrap}
.calc .l td:nth-child(2){text-align:right}
.calc .h td:nth-child(2){text-align:left}
.calc .l td:last-child{opacity:.75;white-space:normal}
.calc .g{margin:.8em 0;border-top:1px solid #8886;border-bottom:1px solid #8886}
.calc .g table{display:block}
.calc .g tbody{display:block}
.calc .r{display:grid;grid-template-columns:GRID;column-gap:.5em;border-top:1px solid #8883;padding:.1em 0}
.calc .r>*{padding:0;text-align:right;white-space:nowrap}
.calc .r>:nth-child(-n+2){text-align:left;white-space:normal;overflow-wrap:anywhere}
.calc .t{border:0}
.calc .t>*{font-weight:bold}
.calc summary{cursor:pointer}
.calc summary:hover{background:#8882}
.calc .r>:first-child{padding-left:1.2em}
.calc summary>:first-child{text-indent:-1.1em}
.calc summary>:first-child:before{content:"▸\\a0";opacity:.6}
.calc details[open]>summary>:first-child:before{content:"▾\\a0"}
.calc td.n{padding-left:2.4em!important;opacity:.85}
.calc i{font-style:normal;padding:0 .3em;border-radius:3px}
.calc p{margin:.6em 0 .2em}
.calc p b{display:inline-block;width:.9em;height:.9em;margin-left:.6em;vertical-align:-.1em}
.calc svg{display:block;width:100%;height:40px}
.calc u{text-decoration:none;display:block;background:linear-gradient(90deg,#8884 var(--s),#0000 0)}"""


def render(analysis: Analysis) -> str:
    """Return the HTML: conventions, pictures of bits and memory, the layers by block, and the totals.

    Layers of a language model that are alike are one row.
    """
    alike = usual_rows(analysis) == "repeat"
    groups = listing(analysis, View(all_layers=True, by="repeat" if alike else "block"))
    within = listing(analysis, View(all_layers=True)) if len(analysis.layers) <= MOST_ROWS and not alike else None
    table = _shown(table_of(analysis, groups))
    style = _STYLE.replace("GRID", _grid(table)) + _colour_rules([groups, within])
    return "\n".join(
        [
            f'<div class="calc"><style>{style}</style>',
            _lines(header(analysis), "l h"),
            bits_strip(analysis),
            memory_chart(analysis),
            f'<div class="g">{_row("div", "span", [escape(column.title) for column in table.columns], " t")}',
            *_blocks(analysis, groups, within, table),
            "</div>",
            *([] if alike or within else [f"<p>{len(analysis.layers):,} layers, so blocks do not open to theirs</p>"]),
            _lines(totals(analysis), "l"),
            "</div>",
        ]
    )


def _grid(table: Table) -> str:
    """Return the width of each column.

    Each row has its own grid, so columns of numbers are as wide as the longest number.
    """
    texts = [[column.title for column in table.columns], *table.texts()]
    longest = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return " ".join([*_GROWING, *[f"{characters}ch" for characters in longest[len(_GROWING) :]]])


def _blocks(analysis: Analysis, groups: Listing, within: Listing | None, table: Table) -> Iterable[str]:
    """Yield a row for each group. A group of several layers opens to them, with their names within the group."""
    largest = max([row.bitops for row in groups.rows], default=0) or 1
    by_name: dict[str, list[str]] = {}
    if within is not None:
        layers = _cells(_of_layers(analysis, within), within.rows, largest)
        by_name = dict(zip([row.name for row in within.rows], layers, strict=True))
    for row, texts in zip(groups.rows, _cells(table, groups.rows, largest), strict=True):
        inside = [layer.name for layer in row.layers if layer.name in by_name] if len(row.layers) > 1 else []
        if not inside:
            yield _row("div", "span", texts)
            continue
        lines = []
        for name in inside:
            own = _BREAKS.sub("<wbr>", escape(printable(name.removeprefix(f"{row.name}."))))
            line = _row("tr", "td", [own, *by_name[name][1:]])
            lines.append(line.replace("<td>", f'<td class="n" title="{escape(printable(name))}">', 1))
        yield f"<details>{_row('summary', 'span', texts)}<table><tbody>{''.join(lines)}</tbody></table></details>"


def _of_layers(analysis: Analysis, within: Listing) -> Table:
    """Return the table of layers, with their kernels beside their kinds."""
    table = table_of(analysis, within)
    keys = [column.key for column in table.columns]
    kind, kernel = keys.index("kind"), keys.index("kernel_size")
    rows = []
    for row in table.rows:
        size = "×".join(map(str, row[kernel] or ()))
        rows.append((*row[:kind], f"{row[kind]} {size}".rstrip(), *row[kind + 1 :]))
    return _shown(Table(table.columns, tuple(rows)))


def _shown(table: Table) -> Table:
    return table.without([column.key for column in table.columns if column.key not in SHOWN])


def _cells(table: Table, rows: Sequence[ReportRow], largest: float) -> list[list[str]]:
    """Return the texts of each row as HTML, with bits on their colour and the share with a bar."""
    keys = [column.key for column in table.columns]
    found = []
    for row, texts in zip(rows, table.texts(), strict=True):
        cells = dict(zip(keys, map(escape, texts), strict=True))
        for key in ("name", "kind"):  # where a narrow page may break them: after a dot, before an underscore
            cells[key] = _BREAKS.sub("<wbr>", cells[key])
        if row.bits:
            cells["bits"] = f'<i class="{_colour_class(row)}">{cells["bits"]}</i>'
        if row.bitops:
            cells["share"] = f'<u style="--s:{100 * row.bitops / largest:.0f}%">{cells["share"]}</u>'
        found.append([cells[key] for key in keys])
    return found


def _weight_bits(row: ReportRow) -> list[int]:
    """Return the narrowest and the widest weights of a row, or one number if they are the same."""
    bits = [layer.weight_bits for layer in row.layers if layer.weight_bits is not None]
    return sorted({min(bits), max(bits)}) if bits else []


def _colour_class(row: ReportRow) -> str:
    return "b" + "-".join(map(str, _weight_bits(row)))


def _colour_rules(listings: Iterable[Listing | None]) -> str:
    """Return CSS with a colour for the bits of each row. A block with several widths has a gradient."""
    rows = [row for each in listings if each is not None for row in each.rows if row.bits]
    rules = []
    for name, bits in {_colour_class(row): tuple(_weight_bits(row)) for row in rows}.items():
        shades = [f"{OF_BITS.get(width, GREY)}55" for width in bits]
        shade = shades[0] if len(shades) == 1 else f"linear-gradient(90deg,{','.join(shades)})"
        rules.append(f"\n.calc .{name}{{background:{shade}}}")
    return "".join(rules)


def _lines(lines: list[Line], kind: str) -> str:
    rows = ["".join([f"<td>{escape(text)}</td>" for text in line]) for line in lines]
    return f'<table class="{kind}"><tbody>{"".join([f"<tr>{row}</tr>" for row in rows])}</tbody></table>'


def _row(tag: str, cell: str, texts: Iterable[str], more: str = "") -> str:
    """Return a line of the grid. A space separates its cells if styles are not shown."""
    return f'<{tag} class="r{more}">{" ".join([f"<{cell}>{text}</{cell}>" for text in texts])}</{tag}>'
