"""Sensitivities as the columns of a CSV file."""

import csv
import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from io import StringIO
from typing import NamedTuple

from calc.allocation.sensitivities import Asked
from calc.analysis import Analysis
from calc.errors import Nearest, OpError, Place, Problem, SpecError, nearest
from calc.formats.plain import WIDEST
from calc.reading import read_text

MEASURES = ("sensitivity", "output_error", "weight_error")
"""The columns that are read if none is named; the first one that the file has is used."""
_OTHERS = ("sqnr_db", "loss_increase", "hessian_trace", "hessian_error")
"""The other columns that calc sensitivity writes."""
_KEYS = ("layer", "bits", "weights")
_SQNR = "sqnr_db"
UNROUNDED_BITS = 32
"""The number of bits from which on nothing is rounded."""
_MOST_PROBLEMS = 20
_MOST_VALUES = 1_000_000
_SOURCE = "calc sensitivity --format csv writes one"

_Line = tuple[int, dict[str, str]]
"""The number of a line in its file, and its values by column."""


class Columns(NamedTuple):
    """One column of a file for the weights, and one for the activations if they are chosen apart.

    Nothing is rounded at 32 bits or more, so the sensitivity there is 0.
    """

    name: str
    path: str
    layers: tuple[str, ...]
    weights: Mapping[tuple[str, int], float]
    activations: Mapping[tuple[str, int], float]

    @property
    def measured(self) -> bool:
        """Always True, because a file counts as measured."""
        return True

    def weight(self, node: int, bits: int) -> float:
        return 0.0 if bits >= UNROUNDED_BITS else self.weights[self.layers[node], bits]

    def activation(self, node: int, bits: int) -> float:
        return 0.0 if bits >= UNROUNDED_BITS else self.activations[self.layers[node], bits]

    def check(self, weights: Iterable[Asked], activations: Iterable[Asked]) -> None:
        missing: dict[str, set[int]] = {}
        for table, asked in ((self.weights, weights), (self.activations, activations)):
            for node, bits in asked:
                if bits < UNROUNDED_BITS and (self.layers[node], bits) not in table:
                    missing.setdefault(self.layers[node], set()).add(bits)
        if missing:
            texts = [f"{layer} at {', '.join(map(str, sorted(widths)))} bits" for layer, widths in missing.items()]
            raise SpecError(_listed([Problem(None, f"{self.path} has no value of {text}") for text in texts]))


def read_columns(
    path: str, analysis: Analysis, column: str | None, activation_column: str | None, clip: bool
) -> Columns:
    """Read the sensitivities in the CSV file ``path``, which has ``layer``, ``bits`` and one column for each measure.

    ``sqnr_db``, a ratio of signal to noise for which more is better, is read as the relative noise 10^(−dB / 10).
    ``clip`` reads negative values as 0. Raises SpecError with every line that is wrong.
    """
    known, rows = _read(path)
    measures = [name for name in known if name not in _KEYS]
    if column is None:
        _refuse_mistyped(path, measures)
    column = column or next((name for name in MEASURES if name in measures), None)
    problems = _wrong_columns(path, known, [name for name in (column, activation_column) if name is not None])
    if problems:
        raise SpecError(problems)
    if column is None:
        raise OpError(f"{path}: no column is chosen", f"--column NAME; it has {', '.join(measures) or 'none'}")
    names = tuple([node.name for node in analysis.graph.nodes])
    weights = _values(path, rows, column, names, clip, problems)
    activations = _values(path, rows, activation_column, names, clip, problems) if activation_column else {}
    if problems:
        raise SpecError(_listed(list(dict.fromkeys(problems))))
    name = f"{column} of {path}" + (", as 10^(−dB / 10)" if column.endswith(_SQNR) else "")
    name += f"; {activation_column} of activations" if activation_column else ""
    return Columns(name, path, names, weights, activations)


def _read(path: str) -> tuple[list[str], list[_Line]]:
    """Return the names of the columns, and the lines below them.

    Raises SpecError for lines of another length, and OpError.
    """
    text = read_text(path, pipes="open")
    if sum(map(text.count, ",\n\r")) > _MOST_VALUES:
        raise OpError(f"{path}: cannot be read: it has more than {_MOST_VALUES:,} values")
    try:
        reader = csv.reader(StringIO(text, newline=""))
        lines = [(reader.line_num, values) for values in reader if values]
    except csv.Error as error:
        raise OpError(f"{path}: cannot be read: {error}") from None
    if not lines:
        raise OpError(f"{path} is empty", _SOURCE)
    (_, known), *rows = lines
    problems = [
        Problem(Place(path, line, 1), f"{len(values)} values under {len(known)} columns")
        for line, values in rows
        if len(values) != len(known)
    ]
    if problems:
        raise SpecError(_listed(problems))
    return known, [(line, dict(zip(known, values, strict=True))) for line, values in rows]


def _wrong_columns(path: str, known: list[str], wanted: list[str]) -> list[Problem]:
    """Return the problems of the columns to read: those that are missing, and those that occur twice."""
    place = Place(path, 1, 1)
    measures = [name for name in known if name not in _KEYS]
    problems = [Problem(place, f"no column {key}", _SOURCE) for key in ("layer", "bits") if key not in known]
    problems += [
        Problem(place, f"no column {name}", nearest(name, measures)) for name in wanted if name not in measures
    ]
    read = dict.fromkeys(["layer", "bits", *wanted])
    return problems + [Problem(place, f"two columns are called {name}") for name in read if known.count(name) > 1]


def _refuse_mistyped(path: str, measures: list[str]) -> None:
    """Raise SpecError for a column that is almost one of MEASURES, because another one would be read in its place."""
    for name in measures:
        meant = [] if name in (*MEASURES, *_OTHERS) else get_close_matches(name[:60], MEASURES, n=1, cutoff=0.8)
        if meant:
            hint = f"did you mean {meant[0]}? --column says which one is read"
            raise SpecError([Problem(Place(path, 1, 1), f"unknown column {name[:60]}", hint)])


def _listed(problems: list[Problem]) -> list[Problem]:
    """Return the first of ``problems``, followed by one that says how many more there are."""
    more = len(problems) - _MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:_MOST_PROBLEMS], Problem(None, f"and {more:,} more of that kind")]


def _values(
    path: str, rows: list[_Line], column: str, layers: tuple[str, ...], clip: bool,
    problems: list[Problem],
) -> dict[tuple[str, int], float]:  # fmt: skip
    found: dict[tuple[str, int], float] = {}
    lines: dict[tuple[str, int], int] = {}
    known = set(layers)
    for line, row in rows:
        place = Place(path, line, 1)
        layer, bits, text = row["layer"], row["bits"].strip(), row[column].strip()
        if layer not in known:
            problems.append(Problem(place, f"the network has no layer {layer[:80]}", Nearest(layer, known)))
            continue
        if not (bits.isascii() and bits.isdigit() and 1 <= int(bits[:4]) <= WIDEST):
            problems.append(Problem(place, f"bits {bits[:20]!r}: must be 1 to {WIDEST}"))
            continue
        key = layer, int(bits)
        if key in found:
            problems.append(Problem(place, f"{layer} at {bits} bits is given twice; first in line {lines[key]}"))
            continue
        lines[key] = line
        try:
            found[key] = _value(text, column, clip)
        except OpError as error:
            problems.append(Problem(place, f"{layer} at {bits} bits: {error.fact}", error.hint))
            found[key] = 0.0
    return found


def _value(text: str, column: str, clip: bool) -> float:
    if column.endswith(_SQNR):
        if not text:
            return 0.0  # calc sensitivity leaves the ratio empty if nothing is lost
        try:
            return float(10 ** (-_number(text, column) / 10))
        except OverflowError:
            raise OpError(f"{column} is {text}: a double cannot hold so much noise") from None
    value = _number(text, column)
    if value < 0 and not clip:
        raise OpError(
            f"{column} is {text}, which is negative", "a loss may fall by chance: --clip-negative reads it as 0"
        )
    return max(0.0, value)


def _number(text: str, column: str) -> float:
    try:
        value = float(text if text.isascii() and "_" not in text else "")
    except ValueError:
        raise OpError(f"{column} is {text[:40]!r}, not a number") from None
    if not math.isfinite(value):
        raise OpError(f"{column} is {text}")
    return value
