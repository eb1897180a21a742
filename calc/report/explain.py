"""A page with the readings that give a published number, or with the closest one."""

from fractions import Fraction

from calc.claims import Explanation, Match
from calc.claims.reading import Reading
from calc.errors import number_of
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.summary import header
from calc.report.table import Column, Table
from calc.report.units import exact

UNITS = {"bitops": " BitOps"}
_COLUMNS = (
    Column("assumptions", "Assumes", "number", 3),
    Column("value", "Value", "count"),
    Column("how", "Printed", "text", 2),
    Column("formula", "Formula", "text"),
    Column("taking", "Taking for granted", "text"),
)


def page(found: Explanation, layer: str | None, most: int | None) -> Page:
    """Return a page with the first ``most`` matches of ``found``, or all of them.

    ``layer`` is the layer of the question.
    """
    printed, analysis = found.printed, found.analysis
    shown = found.matches[:most]
    lines = [line for line in header(analysis) if line.label in ("model", "input", "not known")]
    lines += [Line("layer", layer)] if layer else []
    lines.append(Line("number", printed.text, _span(found)))
    notes = [_sentence(found, is_known=not analysis.unknown)]
    if analysis.unknown:
        notes.append("a total to which a layer that is not known could add is a lower bound, which explains no number")
    if len(shown) < len(found.matches):
        notes.append(f"{len(found.matches) - len(shown)} more that assume as much or more (--all lists them)")
    rows = tuple([_row(match) for match in shown])
    data = {
        "schema": "calc.claims/1",
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        "layer": layer,
        "number": printed.text,
        "farthest": found.farthest,
        "refused": found.refused,
        "matches": [_plain(match.reading) | {"how": match.how, "cost": match.cost} for match in found.matches],
        "closest": None if found.closest is None else _plain(found.closest),
        **({"at_least": list(analysis.at_least)} if analysis.at_least else {}),
    }
    return Page(tuple(lines), (Section("", Table(_COLUMNS, rows), tuple(notes)),), data)


def _row(match: Match) -> tuple[object, ...]:
    reading = match.reading
    taking = "; ".join(reading.assumptions) or "nothing"
    value = _exact(reading.value) if reading.quantity == "effective_bits" else reading.value
    return (match.cost, value, match.how, f"{reading.formula}{UNITS.get(reading.quantity, '')}", taking)


def _exact(value: int | float | Fraction) -> str:
    """Return a value as a count, or with six digits if it is small and not an integer."""
    return f"{float(value):.6g}" if value != int(value) and value < 1000 else exact(value)


def _plain(reading: Reading) -> dict[str, object]:
    return reading._asdict() | {"assumptions": list(reading.assumptions)}


def _span(found: Explanation) -> str:
    low, high = found.printed.span
    return "exact" if low == high else f"{exact(low)} to {exact(high)} round to it"


def _sentence(found: Explanation, *, is_known: bool) -> str:
    """Return the best match as one line, or the distance of the closest reading if it is near."""
    if found.matches:
        return f"{found.printed.text}: {in_words(found.matches[0].reading)}"
    if found.refused:
        return _refused(found)
    closest = found.closest
    if closest is None:
        text = found.printed.text
        return f"nothing here is measured in the unit of {text}" if is_known else f"nothing that is known gives {text}"
    away = percent_away(closest.value, found.printed.value)
    if abs(away) > 1:
        return f"nothing within 1 % explains {found.printed.text}"
    direction = "more" if away > 0 else "less"
    apart = _exact(abs(Fraction(closest.value) - found.printed.value))
    closeness = f"the closest, {apart} {direction} ({abs(away):.2g} %), is {in_words(closest)}"
    return f"nothing gives it as printed; {closeness}"


def _refused(found: Explanation) -> str:
    """Return the reason why readings that give the number are not an answer."""
    printed = found.printed
    return (
        f"nothing but what chance gives as well: what gives {printed.text} assumes {found.farthest + 1} or more, and "
        f"of so many readings some give any number of {number_of(printed.digits, 'digit')}. More digits, or what is "
        "known (--layer, --bits, --set, --input), narrow it down"
    )


def in_words(reading: Reading) -> str:
    """Return ``fvcore: MACs + 2 × batch norm inputs = 314,193,216``."""
    taking = f"{'; '.join(reading.assumptions)}: " if reading.assumptions else ""
    return f"{taking}{reading.formula}{UNITS.get(reading.quantity, '')} = {_exact(reading.value)}"


def percent_away(value: int | float, printed: Fraction) -> float:
    """Return how much larger ``value`` is than the printed number, in percent."""
    return float(100 * (Fraction(value) - printed) / printed) if printed else 100.0
