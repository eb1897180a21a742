"""Every packaged spec verified, one line each."""

import sys
from time import perf_counter
from typing import NamedTuple

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.report.plain import table_text
from calc.report.table import Column, Table
from calc.spec import load
from verify.cli import as_bad_input
from verify.published import published
from verify.verification import Verification, verify

LARGEST_PARAMS = 150_000_000
"""Networks with more parameters are verified on meta: two copies of them would not fit a small machine."""

_COLUMNS = (
    Column("spec", "spec", "text"),
    Column("input", "input", "size"),
    Column("params", "params", "count"),
    Column("macs", "MACs", "count"),
    Column("counts", "3 counts", "text"),
    Column("keys", "state dict", "text"),
    Column("outputs", "outputs", "text"),
    Column("published", "published", "text"),
    Column("seconds", "s", "text"),
)


class Line(NamedTuple):
    """The outcome of one spec: a row of the table, and whether all is well."""

    row: tuple[object, ...]
    agrees: bool
    details: tuple[str, ...] = ()


def verify_all(specs: list[str], bits: str) -> bool:
    """Verify each of ``specs`` and print the table; whether all agree."""
    lines = []
    for number, spec in enumerate(specs, 1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{number}/{len(specs)} {spec}")
            sys.stderr.flush()
        lines.append(_verify(spec, bits))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    wrong = [line for line in lines if not line.agrees]
    table = Table(_COLUMNS, tuple(line.row for line in lines))
    details = [f"{line.row[0]}: {detail}" for line in wrong for detail in line.details]
    sys.stdout.write(
        "\n".join([table_text(table), "", *details, f"{len(lines)} specs, {len(wrong)} with differences"]) + "\n"
    )
    return not wrong


def _verify(spec: str, bits: str) -> Line:
    start = perf_counter()
    try:
        model = load(spec)
        analysis = analyse(model, bits=bits)
        device = "meta" if analysis.totals.params > LARGEST_PARAMS else "cpu"
        with as_bad_input():
            found = verify(analysis, model.reference is not None, device=device)
        figures = published(model)
    except (OpError, SpecError) as error:
        return Line((spec, (), 0, 0, "–", "–", "–", "error", _seconds(start)), False, (str(error),))
    agree = found.agrees and all(row.agrees for row in figures)
    row = (
        spec,
        analysis.graph.input.sizes,
        analysis.totals.params,
        analysis.totals.macs,
        "agree" if not found.mismatches else f"{len(found.mismatches)} differ",
        *_identity(found),
        "/".join("agrees" if row.agrees else f"{row.giga_macs} G" for row in dict.fromkeys(figures)) or "–",
        _seconds(start),
    )
    details = [*map(str, found.mismatches), *(found.identity.key_differences if found.identity else ())]
    return Line(row, agree, tuple(details))


def _identity(found: Verification) -> tuple[str, str]:
    identity = found.identity
    if identity is None:
        return "–", "–"
    if identity.key_differences:
        return f"{len(identity.key_differences)} differ", "–"
    if identity.max_difference is None:
        return "identical", "not run (meta)"
    if identity.max_difference == 0:
        return "identical", "identical"
    relative = identity.max_difference / (identity.scale or 1)
    return "identical", f"{'equal to' if identity.identical else 'DIFFER by'} {relative:.1e}"


def _seconds(start: float) -> str:
    return f"{perf_counter() - start:.1f}"
