"""The verdict on a claim: exact, rounded, explained or not reproducible."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from calc.analysis import Analysis, analyse
from calc.bitops import CONVENTIONS
from calc.claims.chance import MOST_BY_CHANCE, Chances
from calc.claims.claims import SHAPES, About, Claim
from calc.claims.match import Match, matched
from calc.claims.printed import EXACT, FLOORED, ROUNDED
from calc.claims.reading import Reading
from calc.claims.readings import Readings
from calc.claims.subject import Asked, Subject, parts
from calc.claims.ways import COUNTS, EFFECTIVE, PEAKS, SIZES
from calc.claims.widths import Known
from calc.conventions import convention_names, counted
from calc.errors import OpError, Problem, SpecError
from calc.precision import resolve
from calc.precision.ends import EXCLUDED, with_ends
from calc.sources import load

CORRECT = "exact"
AS_PRINTED = "rounded as printed"
EXPLAINED = "explained"
WRONG = "not reproducible"
NOT_KNOWN = "not known"
"""Something of a layer is not known, and the count without it is not larger than the number."""


class Verdict(NamedTuple):
    """The verdict on a claim. ``true`` is the right number by the convention that the claim states.

    ``factor`` is printed / true. ``reasons`` explain the printed number. ``product`` is the value of the multiplication
    printed with it, if it differs. ``at_least`` says that ``true`` is a lower bound.
    """

    claim: Claim
    word: str
    true: Any
    factor: Fraction | None
    reasons: tuple[str, ...] = ()
    reading: Reading | None = None
    product: int | None = None
    at_least: bool = False

    @property
    def fails(self) -> bool:
        """True if the claim must be exact or rounded, and is not."""
        accepted = {
            "": (CORRECT, AS_PRINTED, EXPLAINED, WRONG, NOT_KNOWN),
            "exact": (CORRECT,),
            "rounded": (CORRECT, AS_PRINTED),
        }
        return self.word not in accepted[self.claim.expect]


class Networks:
    """The analyses that claims need. Each is made once."""

    def __init__(self) -> None:
        self._made: dict[str, Analysis] = {}

    def of(self, about: About) -> Analysis:
        """Return the analysis for a claim, with its bits. Raises SpecError or OpError."""
        key = repr((about.spec, sorted(about.params.items()), about.input, about.batch))
        if key not in self._made:
            spec = load(about.spec, about.input, pipes="no")
            self._made[key] = analyse(spec, about.params, about.input, batch=about.batch)
        convention = about.convention if about.convention in CONVENTIONS else "weight"
        found = replace(self._made[key], bitops_convention=convention, activations=about.activations)
        return found.with_bits(with_ends(resolve(about.bits), about.ends))


def judge(claim: Claim, networks: Networks) -> Verdict:
    """Recompute ``claim``. Raises SpecError if its subject does not exist."""
    try:
        analysis = networks.of(claim.about)
        subject = _subject(claim, analysis)
        if claim.quantity in SHAPES:
            return _judge_shape(claim, subject)
        verdict = _judge_cost(claim, subject)
    except OpError as error:
        raise SpecError([_of_claim(Problem(None, error.fact, error.hint), claim)]) from None
    except SpecError as error:
        raise SpecError([_of_claim(problem, claim) for problem in error.problems]) from None
    return verdict._replace(product=_other_product(claim))


def _of_claim(problem: Problem, claim: Claim) -> Problem:
    """Return ``problem`` at the place of ``claim``.

    If it is in the spec of the claim, its place stays and the claim is named.
    """
    problem = problem._replace(hint=str(problem.hint).replace("--input ", "input: "))  # a claim has keys, not options
    if problem.place is None:
        return problem._replace(place=claim.place)
    return problem._replace(notes=(*problem.notes, f"asked for by the claim at {claim.place}"))


def _subject(claim: Claim, analysis: Analysis) -> Subject:
    about = claim.about
    subject = Asked(about.layer, about.part).of(analysis)
    excluded = about.ends == EXCLUDED and claim.quantity in ("bitops", "bytes")
    return subject.without_ends() if excluded else subject


def _judge_shape(claim: Claim, subject: Subject) -> Verdict:
    layers = {layer.name: layer for layer in subject.analysis.layers}
    layer = layers.get(claim.about.layer or "")
    if layer is None:
        raise OpError(f"{claim.quantity} needs one layer, and {claim.about.layer} is not one", "layer: NAME")
    if claim.quantity in ("input_size", "output_size"):
        shape = layer.input_shape if claim.quantity == "input_size" else layer.output_shape
        true = "x".join(map(str, (shape or ())[1:]))
    else:
        value = getattr(layer, claim.quantity)
        true = str(value[0] if isinstance(value, tuple) else value)
    return Verdict(claim, CORRECT if claim.text == true else WRONG, true, None)


def _judge_cost(claim: Claim, subject: Subject) -> Verdict:
    printed = claim.printed
    assert printed is not None
    true = _stated(claim, subject)
    if subject.is_at_least(claim.quantity):
        return _judge_bound(claim, subject, true)
    factor = printed.value / Fraction(true) if true else None
    how = printed.how(true)
    if how in (EXACT, ROUNDED):
        return Verdict(claim, CORRECT if how == EXACT else AS_PRINTED, true, factor)
    found: list[tuple[int, Reading | None, tuple[str, ...]]] = [
        (match.cost, match.reading, _reasons(match)) for match in _matches(claim, subject)
    ]
    if how == FLOORED:
        found.append((1, None, ("cut off, not rounded",)))
    if not how and printed.rounds_twice(true):
        found.append((1, None, ("rounded twice, first to one digit more",)))
    if not found:
        return Verdict(claim, WRONG, true, factor)
    # among equal costs, the reading that is nearest to the true number
    _, reading, reasons = min(found, key=lambda one: (one[0], abs((one[1].value if one[1] else true) - true)))
    return Verdict(claim, EXPLAINED, true, factor, reasons, reading)


def _judge_bound(claim: Claim, subject: Subject, bound: int | float) -> Verdict:
    """Return the verdict on a claim with a lower bound. It is never confirmed, and refuted if the bound is larger."""
    assert claim.printed is not None
    if claim.quantity == "effective_bits" or bound <= claim.printed.span[1] or claim.printed.how(bound):
        return Verdict(claim, NOT_KNOWN, bound, None, at_least=claim.quantity != "effective_bits")
    found = [(match.cost, match.reading, _reasons(match)) for match in _matches(claim, subject)]
    if not found:
        return Verdict(claim, WRONG, bound, None, ("more is counted",), at_least=True)
    _, reading, reasons = min(found, key=lambda one: one[0])
    return Verdict(claim, EXPLAINED, bound, None, reasons, reading, at_least=True)


def _stated(claim: Claim, subject: Subject) -> int | float:
    """Return the quantity by the convention that the claim states."""
    analysis, layers = subject.analysis, subject.layers
    if claim.quantity == "bitops":
        name = analysis.bitops_convention
        return sum([row[name] for index, row in analysis.bitops.items() if index in layers])
    if claim.quantity == "peak_activation_bytes" and not subject.is_whole:
        raise OpError("peak_activation_bytes is a quantity of a whole network", "leave out layer: and part:")
    if claim.quantity == "effective_macs":
        return sum([analysis.counts[index].effective_macs for index in layers])
    if claim.quantity in ("macs", "activations") and claim.about.convention not in ("", *CONVENTIONS):
        rows = counted(claim.about.convention, analysis.workload).rows
        return sum([rows[index] for index in layers])
    own = next(way for way in (*COUNTS, *SIZES, *PEAKS, *EFFECTIVE) if way.quantity == claim.quantity)
    return own.value(subject)


def _matches(claim: Claim, subject: Subject) -> list[Match]:
    """Return the readings that give the number, without those that would match made-up numbers too."""
    printed = claim.printed
    assert printed is not None
    chances = Chances(printed)
    near = [reading for reading in _readings(claim, subject) if chances.add(reading.value, reading.cost)]
    farthest = chances.farthest(MOST_BY_CHANCE)
    matches = [match for match in [matched(printed, reading) for reading in near] if match is not None]
    return [match for match in matches if match.reading.cost == 0 or match.reading.cost <= farthest]


def _reasons(match: Match) -> tuple[str, ...]:
    return (*match.reading.assumptions, *(("cut off, not rounded",) if match.how == FLOORED else ()))


def _readings(claim: Claim, subject: Subject) -> Iterator[Reading]:
    """Yield other readings of the same layers at the same bits, and of the network without its classifier."""
    about = claim.about
    asked = Asked(about.layer, about.part)
    with_parts = asked.is_everything and claim.quantity in ("macs", "params", "activations", "bitops")

    def meant(analysis: Analysis) -> list[Subject]:
        found = asked.of(analysis)
        return parts(found) if with_parts else [found]

    known = Known((resolve(about.bits),), about.ends, about.activations)
    found = Readings(subject.analysis, meant, known)
    of_quantity = {
        "bitops": found.bitops,
        "bytes": found.sizes,
        "peak_activation_bytes": found.peaks,
        "effective_bits": found.effective_bits,
    }
    for reading in of_quantity.get(claim.quantity, found.counts)():
        if reading.quantity == claim.quantity and _may_be(claim, reading):
            yield reading


def _may_be(claim: Claim, reading: Reading) -> bool:
    """Return True if ``reading`` may be meant. The total of a counter that is not named must match exactly."""
    named, printed = claim.about.convention, claim.printed
    if not reading.counters or named in reading.counters or named not in convention_names():
        return True
    return printed is not None and reading.value == printed.value


def _other_product(claim: Claim) -> int | None:
    """Return the value of the multiplication printed with the number, if it differs from the number."""
    assert claim.printed is not None
    if claim.product is None or Fraction(claim.product) == claim.printed.value:
        return None
    return int(claim.product)
