"""``calc verify --all``: verifies every packaged spec and prints one line for each as soon as it is known."""

import gc
import sys
from time import perf_counter
from typing import NamedTuple

from calc.analysis import Analysis, analyse
from calc.cli.output import QuietPipe
from calc.cli.streams import terminal_width
from calc.errors import OpError, SpecError
from calc.model.inputs import input_text
from calc.report.cells import cells, paragraph
from calc.report.growing import Growing
from calc.report.table import Column, Table
from calc.report.units import exact
from calc.spec import load
from calc.spec.shelf import packaged
from verify.cli import as_bad_input
from verify.cli.progress import progress
from verify.published import Published, published
from verify.verification import Verification, runs, verify

LARGEST_PARAMS = 150_000_000
LARGEST_MACS = 500_000_000_000
"""Larger networks are verified on meta, because they do not fit a small machine or run for many minutes."""
_COLUMNS = (
    Column("spec", "spec", "text"),
    Column("input", "input", "number", 1),
    Column("params", "params", "number", 4),
    Column("macs", "MACs", "number", 5),
    Column("counts", "3 counts", "text"),
    Column("keys", "state dict", "text", 6),
    Column("outputs", "outputs", "text", 3),
    Column("published", "published", "text"),
    Column("seconds", "s", "number", 2),
)
_USUAL = (
    "3×224×224",
    "99,999,999",
    "99,999,999,999",
    "agree",
    "identical",
    "equal to 9e-17 in float64",
    "1 agree",
    "9.9",
)
"""The widths of the usual cells. In a terminal, a wider line gets a head of its own."""
_LINE = "{0:{width}}  {1:>13}  {2:>13}  {3:>15}  {4:9}  {5:10}  {6:26}  {7:9}  {8:>6}"
"""The format of a line in a pipe."""


class SpecOutcome(NamedTuple):
    """The result of one spec: its analysis and checks, or an error message."""

    spec: str
    seconds: float
    error: str = ""
    analysis: Analysis | None = None
    verification: Verification | None = None

    @property
    def figures(self) -> tuple[Published, ...]:
        """The published figures that were compared."""
        return () if self.verification is None else self.verification.figures

    @property
    def agrees(self) -> bool:
        """Whether all checks agree."""
        return self.verification is not None and self.verification.agrees

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its line."""
        seconds = f"{self.seconds:.1f}"
        if self.analysis is None or self.verification is None:
            return self.spec, *["–"] * 6, "ERROR", seconds
        mismatches, identity = self.verification.mismatches, self.verification.identity
        keys = outputs = "–"
        if identity is not None:
            differences = len(identity.key_differences)
            keys, outputs = f"{differences} DIFFER" if differences else "identical", identity.outputs
        wrong = sum(not figure.agrees for figure in self.figures)
        return (
            self.spec,
            input_text(self.analysis.graph.input_sizes),
            exact(self.analysis.totals.params),
            exact(self.analysis.totals.macs),
            f"{len(mismatches)} DIFFER" if mismatches else "agree",
            keys,
            outputs,
            (f"{wrong} DIFFER" if wrong else f"{len(self.figures)} agree") if self.figures else "–",
            seconds,
        )

    @property
    def details(self) -> list[str]:
        """A message for each difference."""
        if self.verification is None:
            return [self.error]
        identity = self.verification.identity
        return [
            *map(str, self.verification.mismatches),
            *(identity.key_differences if identity else ()),
            *[_in_words(figure) for figure in self.figures if not figure.agrees],
        ]


def verify_all(specs: list[str], bits: str) -> bool:
    """Verify ``specs`` one after the other, print the table, and return whether all agree."""
    width = terminal_width()
    shown = _Piped(specs) if width is None else _InTerminal(specs, width)
    with QuietPipe():
        _print(shown.begin())
        outcomes = []
        for number, spec in enumerate(specs, 1):
            outcome = _verify(spec, bits, f"{number}/{len(specs)} {spec}")
            outcomes.append(outcome)
            _print(shown.lines(outcome))
            gc.collect()
        wrong = [outcome for outcome in outcomes if not outcome.agrees]
        _print([""])
        details = [f"{outcome.spec}: {detail}" for outcome in wrong for detail in outcome.details]
        for note in [*shown.notes(), *details, *_conclusion(outcomes)]:
            _print([note] if width is None else paragraph(note, width, below="  "))
    return not wrong


class _Piped:
    """Prints a line for each spec, for a pipe."""

    def __init__(self, specs: list[str]) -> None:
        self.width = max(map(len, specs))

    def begin(self) -> list[str]:
        titles = _LINE.format(*[column.title for column in _COLUMNS], width=self.width)
        return [titles, "-" * len(titles)]

    def lines(self, outcome: SpecOutcome) -> list[str]:
        return [_LINE.format(*outcome.cells, width=self.width)]

    def notes(self) -> list[str]:
        return []


class _InTerminal:
    """Prints a line for each spec in ``width`` columns."""

    def __init__(self, specs: list[str], width: int) -> None:
        self.table = Growing(width)
        self.longest = max(specs, key=cells)

    def begin(self) -> list[str]:
        return self.table.begin(Table(_COLUMNS, ((self.longest, *_USUAL),)))

    def lines(self, outcome: SpecOutcome) -> list[str]:
        return self.table.lines(Table(_COLUMNS, (outcome.cells,)))

    def notes(self) -> list[str]:
        return list(filter(None, [self.table.narrowed]))


def _verify(spec: str, bits: str, title: str) -> SpecOutcome:
    """Return the result of ``spec``. Every exception becomes a result, so that the specs after it are verified too."""
    start = perf_counter()
    try:
        model = load(packaged().get(spec, spec))
        analysis = analyse(model, bits=bits)
        totals = analysis.totals
        device = "meta" if totals.params > LARGEST_PARAMS or totals.macs > LARGEST_MACS else "cpu"
        compared = model.reference is not None
        with as_bad_input(analysis.graph), progress(title, runs(analysis, device, compared), "layers") as done:
            found = verify(analysis, compared, device=device, figures=published(model), done=done)
        return SpecOutcome(spec, perf_counter() - start, "", analysis, found)
    except (OpError, SpecError) as error:
        return SpecOutcome(spec, perf_counter() - start, str(error))
    except Exception as error:
        return SpecOutcome(spec, perf_counter() - start, f"{type(error).__name__}: {error}")


def _in_words(figure: Published) -> str:
    return (
        f"{figure.entry} at {'×'.join(map(str, figure.input))}: published {figure.giga_macs:.3f} GMACs and "
        f"{exact(figure.published_params)} params, here {exact(figure.macs)} and {exact(figure.params)}"
    )


def _conclusion(outcomes: list[SpecOutcome]) -> list[str]:
    identities = [found.identity for outcome in outcomes if (found := outcome.verification) and found.identity]
    exactly = sum(identity.max_difference == 0 for identity in identities)
    not_run = sum(identity.max_difference is None and not identity.key_differences for identity in identities)
    rounded = sum(identity.identical for identity in identities) - exactly - not_run
    figures = [figure for outcome in outcomes for figure in outcome.figures]
    wrong = sum(not outcome.agrees for outcome in outcomes)
    return [
        f"outputs of {len(identities)} networks with the same seeded weights as the reference: {exactly} identical, "
        f"{rounded} equal apart from rounding, {not_run} not run because they are too large",
        f"published by torchvision, at the resolution of each entry: {sum(figure.agrees for figure in figures)} "
        f"of {len(figures)} figures agree",
        f"{len(outcomes)} specs, {wrong} with differences, {sum(outcome.seconds for outcome in outcomes):.0f} s",
    ]


def _print(lines: list[str]) -> None:
    sys.stdout.write("".join([f"{line.rstrip()}\n" for line in lines]))
    sys.stdout.flush()
