"""A page with the verdicts of an audit: one row for each number, then a sentence on what is wrong with the source."""

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import count
from pathlib import PurePath

from calc.bitops import CONVENTIONS
from calc.claims.verdict import AS_PRINTED, CORRECT, EXPLAINED, NOT_KNOWN, WRONG, Verdict
from calc.conventions import convention_names
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.table import Column, LowerBound, Table
from calc.report.units import AT_LEAST, exact

WORDS = (CORRECT, AS_PRINTED, EXPLAINED, WRONG, NOT_KNOWN)
_COLUMNS = (
    Column("claim", "Claim", "text"),
    Column("layer", "Layers", "text", 2),
    Column("quantity", "Quantity", "text"),
    Column("printed", "Printed", "count"),
    Column("true", "True", "count"),
    Column("factor", "Factor", "number", 3),
    Column("verdict", "Verdict", "text"),
)


def page(path: str, verdicts: Sequence[Verdict]) -> Page:
    """Return the page with all ``verdicts`` on the claims of the file ``path``."""
    sources = dict.fromkeys([verdict.claim.about.source for verdict in verdicts if verdict.claim.about.source])
    lines = [Line("claims", path), *[Line("source", source) for source in sources]]
    rows = tuple([_row(verdict) for verdict in verdicts])
    failed = [verdict for verdict in verdicts if verdict.fails]
    notes = [summary(verdicts), *[_failure(verdict) for verdict in failed]]
    data = {
        "schema": "calc.claims/1",
        "claims": path,
        "summary": summary(verdicts),
        "failed": len(failed),
        "verdicts": [_plain(verdict) for verdict in verdicts],
    }
    return Page(tuple(lines), (Section("", Table(_COLUMNS, rows), tuple(notes)),), data)


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return ``Of 9 numbers: 5 exact, 4 explained. What is wrong with the source: … (4).``"""
    words = Counter([verdict.word for verdict in verdicts])
    counted = ", ".join([f"{words[word]} {word}" for word in WORDS if words[word]])
    faults = Counter([reason for verdict in verdicts for reason in _faults(verdict)])
    sentence = f"Of {len(verdicts)} numbers: {counted}."
    if not faults:
        return sentence
    told = "; ".join([f"{reason} ({times})" for reason, times in faults.most_common()])
    return f"{sentence} What is wrong with the source: {told}."


def _faults(verdict: Verdict) -> list[str]:
    """Return the mistakes of the source by its own words. Another way of counting is not a mistake."""
    reading = verdict.reading
    found = [_in_words(verdict, reason) for reason in verdict.reasons if _contradicts(verdict, reason)]
    if reading is not None and reading.fault:
        found.append(reading.fault)
    if verdict.product is not None:
        found.append("a product that comes to another number than the one beside it")
    if verdict.word == WRONG:
        found.append("numbers that nothing known gives")
    return found


def _contradicts(verdict: Verdict, reason: str) -> bool:
    return reason.startswith("BitOps being") and verdict.claim.about.convention in CONVENTIONS


def _in_words(verdict: Verdict, reason: str) -> str:
    """Return ``reason``, with the words of the source if it contradicts them."""
    if not _contradicts(verdict, reason):
        return reason
    about = verdict.claim.about
    if about.convention == "weight" and reason.endswith(CONVENTIONS["product"].formula) and "w" not in about.bits:
        return "bits² where the text says bits"
    return f"{reason} where the text says {CONVENTIONS[about.convention].formula}"


def _row(verdict: Verdict) -> tuple[object, ...]:
    claim = verdict.claim
    why = [_in_words(verdict, reason) for reason in verdict.reasons]
    reading = verdict.reading
    if reading is not None and claim.printed is not None and reading.value != claim.printed.value:
        why[-1] += f" = {exact(reading.value)}"
    if verdict.product is not None:
        why.append(f"the product beside it is {exact(verdict.product)}")
    printed = int(claim.text) if claim.text.isdecimal() else claim.text
    verdict_text = f"{verdict.word}: {'; '.join(why)}" if why else verdict.word
    about = claim.about
    layers = about.layer or (about.part if about.part != "all" else None)
    name = about.name or PurePath(about.spec).stem
    true = LowerBound(verdict.true) if verdict.at_least else verdict.true
    return (name, layers, _quantity(verdict), printed, true, _factor(verdict.factor), verdict_text)


def _factor(factor: Fraction | None) -> str | None:
    """Return the factor with four digits, or with more if those would show 1; None for exactly 1."""
    if factor is None or factor == 1:
        return None
    whole, part = Decimal(factor.numerator), Decimal(factor.denominator)
    rounded = (Context(prec=digits).divide(whole, part) for digits in count(4))
    return f"{next(value for value in rounded if value != 1).normalize():f}"


def _quantity(verdict: Verdict) -> str:
    about, quantity = verdict.claim.about, verdict.claim.quantity
    if quantity in ("bitops", "bytes", "peak_activation_bytes", "effective_bits"):
        ends = "" if about.ends == "rest" else f", ends {about.ends}"
        activations = "" if about.activations == "same" else f", activations {about.activations}"
        return f"{quantity} at {about.bits}{ends}{activations}"
    as_another = (
        quantity in ("macs", "activations") and about.convention in convention_names() and about.convention != "macs"
    )
    return f"{quantity} as {about.convention}" if as_another else quantity


def _value(verdict: Verdict) -> str:
    true = verdict.true
    return AT_LEAST * verdict.at_least + exact(true) if isinstance(true, (int, float)) else str(true)


def _failure(verdict: Verdict) -> str:
    claim = verdict.claim
    return (
        f"{claim.place}: {claim.quantity} {claim.text} must be {claim.expect}, and is {verdict.word}: {_value(verdict)}"
    )


def _plain(verdict: Verdict) -> dict[str, object]:
    claim, about = verdict.claim, verdict.claim.about
    return {
        "name": about.name,
        "where": about.where,
        "layer": about.layer,
        "part": about.part,
        "quantity": claim.quantity,
        "bits": about.bits,
        "ends": about.ends,
        "activations": about.activations,
        "convention": about.convention,
        "printed": claim.text,
        "true": verdict.true,
        "factor": None if verdict.factor is None else float(verdict.factor),
        "verdict": verdict.word,
        "explained": None if verdict.reading is None else verdict.reading.value,
        "reasons": list(verdict.reasons),
        "expect": claim.expect,
        "fails": verdict.fails,
        "line": claim.place.line,
        **({"at_least": ["true"]} if verdict.at_least else {}),
    }
