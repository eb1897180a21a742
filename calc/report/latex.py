"""LaTeX reports: a longtable with booktabs rules, which may continue over pages."""

import re

from calc.analysis import Analysis
from calc.report.rows import View, listing, table_of
from calc.report.summary import header, totals

_ESCAPES = {ord(c): f"\\{c}" for c in "{}$&#%_"} | {
    ord("\\"): r"\textbackslash{}",
    ord("^"): r"\textasciicircum{}",
    ord("~"): r"\textasciitilde{}",
    ord("<"): r"\textless{}",
    ord(">"): r"\textgreater{}",
    ord("|"): r"\textbar{}",
    ord("×"): r"$\times$",
    ord("µ"): r"$\mu$",
    ord("·"): r"$\cdot$",
    ord("–"): "--",
    ord("−"): "$-$",
    ord("→"): r"$\rightarrow$",
    ord("≥"): r"$\geq$",
    ord("…"): r"\ldots{}",
    ord("`"): r"\textasciigrave{}",
    ord("'"): r"\textquotesingle{}",
}
# braces, because two hyphens make a dash, and [ or * after the end of a row are read as its arguments
_ESCAPES |= {ord(c): f"{{{c}}}" for c in "-[]*"}
_NO_GLYPH = re.compile("[^\x00-\xff]")


def render(analysis: Analysis, view: View) -> str:
    """Return one longtable. Its caption has the conventions, and its last rows have the totals."""
    listed = listing(analysis, view)
    table = table_of(analysis, listed)
    spec = "".join("r" if column.is_number else "l" for column in table.columns)
    titles = " & ".join(escape_latex(column.title) for column in table.columns)
    width = len(table.columns)
    notes = [f"{line.label}: {line.value} ({line.note})" for line in header(analysis)]
    notes += [f"not listed: {what}" for what in listed.left_out]
    lines = [
        r"% needs \usepackage{booktabs,longtable}; run LaTeX until the columns stand still",
        r"\begingroup\scriptsize\setlength{\tabcolsep}{2pt}\setlength{\LTcapwidth}{\textwidth}",
        rf"\begin{{longtable}}{{{spec}}}",
        rf"\caption{{{escape_latex('; '.join(notes))}.}} \\",
        r"\toprule",
        rf"{titles} \\",
        r"\midrule",
        r"\endhead",
        *[rf"{' & '.join(map(escape_latex, row))} \\" for row in table.texts()],
        r"\midrule",
    ]
    for line in totals(analysis):
        label, value, note = map(escape_latex, line)
        cells = rf"\multicolumn{{{width}}}{{l}}{{{label}: {value} ({note})}}"
        lines.append(rf"{cells} \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{longtable}", r"\endgroup"]) + "\n"


def escape_latex(text: str) -> str:
    """Return ``text`` so that it is typeset literally.

    Characters that the standard fonts lack become their code points.
    """
    return _NO_GLYPH.sub(lambda found: f"{{[}}U+{ord(found[0]):04X}{{]}}", text.translate(_ESCAPES))
