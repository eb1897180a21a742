"""The totals of one network under every convention, side by side."""

from calc.analysis import Analysis
from calc.bitops import CONVENTIONS
from calc.conventions import Counted, convention_names, conventions, counted
from calc.model.inputs import ends_json
from calc.precision import resolve
from calc.precision.ends import EXCLUDED, REST, ends_of, with_ends
from calc.quantities import at_least
from calc.report.pages import Page, Section
from calc.report.summary import header
from calc.report.table import Column, LowerBound, Table
from calc.report.units import AT_LEAST, FROM, exact

ENDS = {REST: "as the rest", "8": "first and last at 8", EXCLUDED: "first and last left out"}
_COLUMNS = (
    Column("convention", "Convention", "text"),
    Column("total", "Total", "count"),
    Column("ratio", "× MACs", "number", 3),
    Column("unit", "Unit", "text", 2),
    Column("parts", "What it adds up", "text"),
)
_BITOPS_COLUMNS = (
    Column("convention", "BitOps", "text"),
    Column("ends", "Ends", "text"),
    Column("total", "Total", "count"),
    Column("formula", "Formula", "text", 3),
)
_LISTED_COLUMNS = (
    Column("name", "Convention", "text"),
    Column("title", "What counts so", "text"),
    Column("unit", "Unit", "text"),
    Column("version", "Version", "text", 2),
    Column("source", "Source", "text", 1),
)


def page(analysis: Analysis, with_bitops: bool) -> Page:
    """Return a page with the total of every convention for ``analysis``, and BitOps at its bits if ``with_bitops``."""
    found = [counted(name, analysis.workload) for name in convention_names()]
    macs = analysis.totals.macs
    rows = tuple([_row(row, macs) for row in found])
    wrong = [row for row in found if row.printed != row.total]
    notes = tuple([_fault_note(row) for row in wrong])
    sections = [Section("", Table(_COLUMNS, rows), notes)]
    bitops = _bitops_rows(analysis) if with_bitops else ()
    is_bound = bool(at_least(["bitops"], analysis.unknown))
    if bitops:
        told = [(*row[:2], LowerBound(row[2]) if is_bound else row[2], *row[3:]) for row in bitops]
        sections.append(Section("BitOps", Table(_BITOPS_COLUMNS, tuple(told))))
    lines = [line for line in header(analysis) if with_bitops or line.label in ("model", "input", "not known")]
    data = {
        "schema": "calc.conventions/1",
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        **ends_json(analysis.graph.input_sizes, tuple(analysis.graph.outputs)),
        "batch": analysis.batch,
        "policy": analysis.policy,
        "conventions": [row.to_json_dict() for row in found],
        "bitops": [
            dict(zip([column.key for column in _BITOPS_COLUMNS], row, strict=True))
            | ({"at_least": ["total"]} if is_bound else {})
            for row in bitops
        ],
    }
    return Page(tuple([line for line in lines if line.label != "BitOps"]), tuple(sections), data)


def listed_conventions() -> Page:
    """Return a page that lists the conventions with their sources."""
    found = conventions()
    rows = tuple([(one.name, one.title, one.unit, one.version or None, one.source) for one in found])
    keys = [column.key for column in _LISTED_COLUMNS]
    data = {"schema": "calc.conventions/1", "conventions": [dict(zip(keys, row, strict=True)) for row in rows]}
    return Page((), (Section("", Table(_LISTED_COLUMNS, rows)),), data)


def _row(found: Counted, macs: int) -> tuple[object, ...]:
    comparable = macs and not found.is_at_least and any("macs" in term.counts for term in found.convention.terms)
    ratio = f"{found.total / macs:.3f}" if comparable else None
    bound = FROM * found.is_at_least
    parts = " + ".join([f"{part} {bound}{exact(part.amount)}" for part in found.parts]) or "nothing here"
    total = LowerBound(found.total) if found.is_at_least else found.total
    return (found.convention.name, total, ratio, found.convention.unit, parts)


def _fault_note(found: Counted) -> str:
    """Return a note with the number that the tool itself prints, and the reason."""
    printed = AT_LEAST * found.is_at_least + exact(found.printed)
    return f"{found.convention.name} itself prints {printed}: {'; '.join(found.reasons)}"


def _bitops_rows(analysis: Analysis) -> tuple[tuple[str, str, int | float, str], ...]:
    rows = []
    for name, convention in CONVENTIONS.items():
        for ends, words in ENDS.items():
            rows.append((name, words, bitops_total(analysis, name, ends), convention.formula))
    return tuple(rows)


def bitops_total(analysis: Analysis, convention: str, ends: str) -> int | float:
    """Return the BitOps of the network with the first and the last quantised layer as ``ends`` says."""
    if ends not in (REST, EXCLUDED):
        analysis = analysis.with_bits(with_ends(resolve(analysis.policy), ends))
    left_out = ends_of(analysis.counts) if ends == EXCLUDED else ()
    return sum([row[convention] for index, row in analysis.bitops.items() if index not in left_out])
