"""A page that compares the keys and shapes of a file of weights with those of a network."""

from collections.abc import Sequence

from calc.errors import number_of
from calc.model.graph import Graph
from calc.model.inputs import input_text
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.table import Column, Table
from calc.report.units import exact
from calc.weights.against import KeyComparison
from calc.weights.stored import WeightFile

KINDS = ("missing", "surplus", "transposed", "other shape")
MOST_SPECS = 10
"""The largest number of packaged specs in the table if any key agrees, the nearest first. JSON and CSV list all."""
_COLUMNS = (
    Column("key", "Key", "text"),
    Column("kind", "What", "text"),
    Column("in_file", "In the file", "size"),
    Column("in_spec", "In the network", "size"),
)


_SPEC_COLUMNS = (
    Column("spec", "Spec", "text"),
    Column("fits", "Fits", "text"),
    Column("agreeing", "Agreeing", "count"),
    *[Column(kind.replace(" ", "_"), kind.capitalize(), "count") for kind in KINDS],
    Column("prefix", "Keys begin with", "text", 1),
)


def page(file: WeightFile, graph: Graph, found: KeyComparison) -> Page:
    """Return the page for ``found``, the comparison of ``file`` with ``graph``."""
    kinds = [f"{exact(count)} {kind}" for kind in KINDS if (count := _count(found, kind))]
    verdict = "fits" if found.fits else "differs"
    lines = (
        Line("file", file.path, file.kind),
        Line("model", graph.model, graph.spec),
        Line("input", input_text(graph.input_sizes)),
        Line("keys", f"{exact(found.agreeing)} agree", ", ".join(kinds)),
        Line("verdict", verdict, _prefix(found)),
    )
    data = {
        "schema": "calc.weights_against/1",
        "file": file.path,
        "model": graph.model,
        "spec": graph.spec,
        "fits": found.fits,
        "agreeing": found.agreeing,
        "file_prefix": found.file_prefix,
        "spec_prefix": found.spec_prefix,
        "differences": [one._asdict() for one in found.differences],
    }
    return Page(lines, (Section("", Table(_COLUMNS, found.differences)),), data)


def specs_page(file: WeightFile, found: Sequence[tuple[str, KeyComparison]]) -> Page:
    """Return the page for ``found``, the comparisons of ``file`` with packaged specs, the nearest first."""
    rows = [
        (
            name,
            "yes" if one.fits else "no",
            one.agreeing,
            *[_count(one, kind) for kind in KINDS],
            one.file_prefix or one.spec_prefix or None,
        )
        for name, one in found
    ]
    fitting = [name for name, one in found if one.fits]
    lines = (Line("file", file.path, file.kind), Line("fits", ", ".join(fitting) or "no packaged spec"))
    keys = [column.key for column in _SPEC_COLUMNS]
    data = {
        "schema": "calc.weights_against/1",
        "file": file.path,
        "fits": fitting,
        "specs": [dict(zip(keys, row, strict=True)) | {"fits": row[1] == "yes"} for row in rows],
    }
    near = [row for row, (_, one) in zip(rows, found, strict=True) if one.agreeing]
    table = Table(_SPEC_COLUMNS, tuple(near[: max(MOST_SPECS, len(fitting))]))
    return Page(lines, (Section("", table),), data, Table(_SPEC_COLUMNS, tuple(rows)))


def _count(found: KeyComparison, kind: str) -> int:
    return sum([one.kind == kind for one in found.differences])


def _prefix(found: KeyComparison) -> str:
    if found.file_prefix:
        agree = number_of(found.agreeing, "key")
        return f"all keys of the file begin with {found.file_prefix} which is left out here: {agree} agree without it"
    if found.spec_prefix:
        agree = number_of(found.agreeing, "key")
        return f"all keys of the network begin with {found.spec_prefix} which the file lacks: {agree} agree without it"
    return ""
