"""The words that all formats of the gate share: the verdict, the change of a layer, and a table of totals."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from calc.errors import Place, Problem, printable
from calc.gate.budgets import DEPLOYED, KNOWN, Breach
from calc.gate.difference import Difference, LayerChange, Move, Reason
from calc.gate.gate import Outcome
from calc.gate.snapshot import Snapshot
from calc.model.inputs import input_text
from calc.ops.base.fields import show
from calc.report.gate.checkout import Checkout
from calc.report.table import Column, LowerBound, Table
from calc.report.units import AT_LEAST, exact

LONGEST = 200
"""The largest number of characters shown of a name, which is also the largest that a spec allows."""
MOST_NAMED = 5
"""The largest number of unknown layers that a message names."""
STATUS = {
    "same": "as locked",
    "allowed": "moved within what --allow permits",
    "changed": "changed",
    "missing": "missing",
    "extra": "not locked",
    "unreadable": "unreadable",
    "unlocked": "",
}
_FIRST = ("macs", "params", "bitops.weight", "weight_bytes")


class Report(NamedTuple):
    """The outcomes in order. ``lock`` is the name of the lock file; it is empty if only budgets were checked.

    ``checkout`` is the repository from whose top the formats for other programs name files, if there is one.
    """

    outcomes: tuple[Outcome, ...]
    lock: str
    policies: tuple[str, ...]
    checkout: Checkout | None = None

    def file(self, path: str) -> str:
        """Return ``path`` as other programs find it."""
        return path if self.checkout is None else self.checkout.path(path)


class Edit(NamedTuple):
    """One edit in words: a layer, or all layers below one name that were added or removed.

    ``layer`` is the first of them.
    """

    change: str
    text: str
    layer: LayerChange
    delta_macs: int
    delta_params: int


class Shown(NamedTuple):
    """The changes of one network, in the order in which a reader wants them.

    ``edited`` are layers that were added, removed or changed themselves. ``renamed`` are runs of layers of which only
    the names changed, in words. ``moved`` are layers whose numbers follow from other layers or from settings.
    ``silent`` are edits that change no number.
    """

    edited: tuple[Edit, ...]
    renamed: tuple[str, ...]
    moved: tuple[LayerChange, ...]
    silent: tuple[LayerChange, ...]


def name(text: str) -> str:
    """Return a name from a file for people: shortened, and without control characters."""
    return inert(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def place_text(place: Place) -> str:
    """Return a place as ``specs/net.yaml:12:7``."""
    return f"{name(place.file)}:{place.line}:{place.column}"


def command(report: Report) -> str:
    """Return the name of the command: ``calc check``, or ``calc budgets`` without a lock."""
    return "calc check" if report.lock else "calc budgets"


def fault(outcome: Outcome) -> str:
    """Return the reason why an outcome does not pass: its status, or ``lock`` or ``budget`` if the status passes."""
    if outcome.status not in ("same", "allowed", "unlocked"):
        return outcome.status
    return "lock" if outcome.inconsistent else "budget"


def problem_lines(problem: Problem, place: bool = True) -> list[str]:
    """Return the lines of a problem, with or without its place."""
    lines = str(problem if place else problem._replace(place=None)).split("\n")
    return [inert(line if len(line) <= 2 * LONGEST else line[: 2 * LONGEST - 1] + "…") for line in lines]


def inert(text: str) -> str:
    """Return ``text`` with control characters, and what GitHub's runner reads as a command in a log, escaped."""
    text = printable(text).replace("##[", "\\x23#[")
    return f"\\x3a{text[1:]}" if text.startswith("::") else text


def sorted_out(difference: Difference) -> Shown:
    """Return the layers of ``difference``, sorted by the kind of their change."""
    edited = [layer for layer in difference.layers if layer.is_cause and layer.moves]
    silent = [layer for layer in difference.layers if layer.is_cause and not layer.moves]
    moved = [layer for layer in difference.layers if not layer.is_cause and layer.moves]
    renamed = _renames(difference.layers)
    return Shown(tuple(_edits(difference, edited)), tuple(renamed), tuple(moved), tuple(silent))


def _edits(difference: Difference, edited: list[LayerChange]) -> list[Edit]:
    """Return an edit for each layer. Layers below a name that is entirely new or entirely gone are one edit."""
    came = {layer.row.name for layer in edited if layer.change == "added"}
    went = {layer.row.name for layer in edited if layer.change == "removed"}
    others = {
        "added": _prefixes(row.name for row in difference.after.layers if row.name not in came),
        "removed": _prefixes(row.name for row in difference.before.layers if row.name not in went),
    }
    groups: dict[tuple[str, str], list[LayerChange]] = {}
    for layer in edited:
        above = _above(layer.row.name, others[layer.change]) if layer.change in others else layer.row.name
        groups.setdefault((layer.change, above), []).append(layer)
    edits = []
    for (change, above), layers in groups.items():
        macs, params = sum(layer.delta_macs for layer in layers), sum(layer.delta_params for layer in layers)
        text = layer_text(layers[0])
        if len(layers) > 1:
            text = f"{name(above)}.* ({len(layers)} layers)" + _ended(": ", counts_text(macs, params))
        edits.append(Edit(change, text, layers[0], macs, params))
    return edits


def _above(full: str, others: set[str]) -> str:
    """Return the shortest name above the layer ``full`` that is not in ``others``, or ``full`` itself."""
    parts = full.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return next((shorter for shorter in names if shorter not in others), full)


def _prefixes(names: Iterable[str]) -> set[str]:
    found = set()
    for full in names:
        while full and full not in found:
            found.add(full)
            full = full.rpartition(".")[0]
    return found


def why(layer: LayerChange) -> str:
    """Return the reasons of a change, ``stride 1 → 2, bits@8 4 → 8``, or the fields of an added or removed layer."""
    if layer.change in ("added", "removed"):
        row = layer.row
        return ", ".join(
            [*[f"{key} {value_text(row.fields[key])}" for key in row.fields], f"output {size_text(row.shape)}"]
        )
    return ", ".join(map(reason, layer.reasons))


def reason(of: Reason) -> str:
    """Return a reason in words: ``stride 1 → 2``."""
    sizes = of.what in ("input", "shape")
    before, after = (size_text(value) if sizes else value_text(value) for value in (of.before, of.after))
    return f"{name(of.what)} {before} → {after}"


def value_text(value: Any) -> str:
    """Return the value of a field as a spec would write it, or ``none`` if there is no value."""
    if value is None:
        return "none"
    return name(value) if isinstance(value, str) else printable(show(value))


def size_text(sizes: Sequence[int]) -> str:
    """Return sizes as ``32×112×112``."""
    return name("×".join(map(str, sizes))) or "scalar"


def layer_text(layer: LayerChange) -> str:
    """Return a change as ``features.1.conv.0.0 (conv2d): stride 1 → 2; MACs −1,806,336``."""
    row = layer.row
    renamed = f"{name(layer.before.name)} → " if layer.change == "renamed" and layer.before else ""
    counts = counts_text(layer.delta_macs, layer.delta_params)
    return f"{renamed}{name(row.name)} ({name(row.op)})" + _ended(": ", why(layer)) + _ended("; ", counts)


def counts_text(delta_macs: int, delta_params: int) -> str:
    """Return ``MACs −1,806,336, params +64``; empty if neither changed."""
    counts = (("MACs", delta_macs), ("params", delta_params))
    return ", ".join([f"{title} {signed(delta)}" for title, delta in counts if delta])


def _ended(before: str, text: str) -> str:
    return f"{before}{text}" if text else ""


def breach_text(breach: Breach) -> str:
    """Return ``macs is 300,774,272, 774,272 (0.26 %) over the budget of 300M``, or the reason why this is not known."""
    excess, limit = breach.excess, breach.budget.limit
    over = exact(excess.numerator) if excess.denominator == 1 else f"{float(excess):,}"
    share = f" ({100 * float(excess / limit):.2f} %)" if limit else ""
    quantity = name(breach.budget.name) + (f" of {name(breach.layer)}" if breach.layer else "")
    at = f" at {name(breach.at)}" if breach.at else ""
    value, limit_text = exact(breach.value), f"the budget of {name(breach.budget.written)}"
    if not breach.unknown:
        return f"{quantity} is {value}{at}, {over}{share} over {limit_text}"
    if breach.is_certain:
        return f"{quantity} is {AT_LEAST}{value}{at}, {AT_LEAST}{over}{share} over {limit_text}"
    more = f" and {plural(len(breach.unknown) - MOST_NAMED, 'layer')} more" if breach.unknown[MOST_NAMED:] else ""
    layers = f"{', '.join(map(name, breach.unknown[:MOST_NAMED]))}{more}" if not breach.layer else "the layer"
    deployed = f"{DEPLOYED}." if breach.budget.deployed else ""
    known = name(f"{deployed}{KNOWN}.{breach.budget.name.removeprefix(deployed)}")
    unsure = f"so it may exceed {limit_text}: not everything is known of {layers}"
    return f"{quantity} is {AT_LEAST}{value}{at}, {unsure} ({known} limits what is counted)"


def budgets_text(breaches: Iterable[Breach]) -> list[str]:
    """Return ``2 budgets exceeded`` and ``1 budget not known to be kept``, each only if there are such budgets."""
    times = Counter(["exceeded" if breach.is_certain else "not known to be kept" for breach in breaches])
    return [f"{plural(times[what], 'budget')} {what}" for what in sorted(times)]


def totals_table(moves: Iterable[Move], beyond: Iterable[Move] | None = None) -> Table:
    """Return a table with before, after, Δ and percent of each move.

    With ``beyond``, it says which moves are allowed.
    """
    columns = (
        Column("quantity", "Quantity", "text"),
        Column("before", "Before", "count"),
        Column("after", "After", "count"),
        Column("delta", "Δ", "number", 5),
        Column("percent", "%", "number"),
        Column("allowed", "", "text"),
    )
    not_allowed = None if beyond is None else set(beyond)
    rows = [
        (
            name(move.quantity),
            LowerBound(move.before) if move.at_least[0] else move.before,
            LowerBound(move.after) if move.at_least[1] else move.after,
            signed(move.delta) if move.is_comparable else None,
            percent(move),
            "allowed" if not_allowed is not None and move not in not_allowed else "",
        )
        for move in moves
    ]
    table = Table(columns, tuple(rows))
    return table if any(row[-1] for row in rows) else table.without(["allowed"])


def signed(delta: int) -> str:
    """Return ``+1,024`` or ``−1,024``."""
    return f"{'+' if delta >= 0 else '−'}{exact(abs(delta))}"


def percent(move: Move) -> str:
    """Return ``+3.07 %``, or ``new`` if the value was 0.

    If only one of the two values is a lower bound, return a text that says so.
    """
    if not move.is_comparable:
        return "now at least" if move.at_least[1] else "now exact"
    if not move.before:
        return "new"
    change = 100 * move.delta / move.before
    return f"{'+' if change >= 0 else '−'}{abs(change):.2f} %"


def in_short(difference: Difference) -> str:
    """Return the best known totals with their changes: ``macs +3.07 %, params −0.10 %``."""
    main = [move for move in difference.moves if move.quantity.partition("@")[0] in _FIRST]
    moved = ", ".join(f"{name(move.quantity)} {percent(move)}" for move in (main or difference.moves)[:6])
    return "; ".join(filter(None, [*other_ends(difference), moved])) or "no total moved"


def other_ends(difference: Difference) -> list[str]:
    """Return ``input 3×224×224 → 3×160×160`` and ``outputs boxes → boxes, scores``, each only if they differ."""
    before, after = difference.before, difference.after
    found = []
    if before.inputs != after.inputs:
        found.append(f"input {name(input_text(before.inputs))} → {name(input_text(after.inputs))}")
    if before.outputs != after.outputs:
        found.append(" → ".join([f"outputs {_outputs(before)}", _outputs(after)]))
    return found


def _outputs(of: Snapshot) -> str:
    return name(", ".join(of.outputs)) or "one"


def versions_text(of: Difference) -> str:
    """Return ``torch 2.14.0 → 2.15.0``: the versions that differ between the imports of both networks."""
    before, after = of.before.versions, of.after.versions
    if not (before and after):  # one of them was not imported
        return ""
    names = [each for each in dict.fromkeys([*before, *after]) if before.get(each) != after.get(each)]
    return name(", ".join([f"{each} {before.get(each, 'none')} → {after.get(each, 'none')}" for each in names]))


def bases_text(of: Snapshot) -> str:
    """Return the names of the specs that a spec extends or uses by name."""
    return ", ".join(map(name, of.bases)) or "no named spec"


def first_place(outcome: Outcome, lock: str) -> Place:
    """Return the place where a network or its spec begins. If it is in no file, this is its entry in ``lock``."""
    if outcome.line or not lock:
        return Place(outcome.file, outcome.line or 1, 1)
    begin = f"{json.dumps(outcome.spec)}:"
    try:
        lines = Path(lock).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    return Place(lock, next((number for number, line in enumerate(lines, 1) if line.lstrip().startswith(begin)), 1), 1)


def where(layer: LayerChange, outcome: Outcome, lock: str = "") -> Place:
    """Return the place of a layer. For a removed layer, and for a network from a source, it is that of the network."""
    first = first_place(outcome, lock)
    return outcome.places.get(layer.after.name, first) if layer.after else first


def verdict(report: Report) -> str:
    """Return the report in one line."""
    outcomes = report.outcomes
    count = Counter(outcome.status for outcome in outcomes)
    checked = sum(len(outcome.budgets) for outcome in outcomes)
    broken = sum(outcome.inconsistent for outcome in outcomes)
    parts = [f"{count[s]} {STATUS[s]}" for s in ("changed", "missing", "extra", "unreadable") if count[s]]
    parts += [f"{plural(broken, 'entry', 'entries')} of the lock not as written by calc"] if broken else []
    parts += budgets_text(breach for outcome in outcomes for breach in outcome.breaches)
    lock = f" in {name(report.lock)}" if report.lock else ""
    policies = [*map(name, report.policies[:8]), *(["…"] if report.policies[8:] else [])]
    bits = f" (bits {', '.join(policies)})" if policies else ""
    specs = plural(len(outcomes), "spec")
    if parts:
        against = f" against {name(report.lock)}" if report.lock else ""
        return f"{specs} checked{against}{bits}: {', '.join(parts)}"
    if not report.lock:
        return f"{specs}: {plural(checked, 'budget')} kept"
    allowed = f", {count['allowed']} {STATUS['allowed']}" if count["allowed"] else ""
    kept = f"; {plural(checked, 'budget')} kept" if checked else ""
    same = specs if not allowed else f"{specs}: {count['same']}"
    return f"{same} as locked{lock}{bits}{allowed}{kept}"


def plural(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 spec``, ``2 specs``."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def _renames(layers: Iterable[LayerChange]) -> list[str]:
    """Return a line for each run of neighbours that were renamed by the same change of one part of their names."""
    runs: list[tuple[tuple[str, str], int, LayerChange]] = []
    for layer in layers:
        if layer.change != "renamed" or layer.is_cause or not (layer.before and layer.after):
            continue
        key = _changed_part(layer.before.name, layer.after.name)
        if runs and runs[-1][0] == key:
            runs[-1] = (key, runs[-1][1] + 1, runs[-1][2])
        else:
            runs.append((key, 1, layer))
    lines = []
    for (old, new), n, layer in runs:
        if n == 1 and layer.before and layer.after:
            lines.append(f"{name(layer.before.name)} → {name(layer.after.name)}")
        else:
            lines.append(f"{name(old)}.* → {name(new)}.* ({n} layers)")
    return lines


def _changed_part(old: str, new: str) -> tuple[str, str]:
    """Return both names up to the last part in which they differ. The parts after it are the same."""
    a, b = old.split("."), new.split(".")
    while a and b and len(a) > 1 and len(b) > 1 and a[-1] == b[-1]:
        a.pop()
        b.pop()
    return ".".join(a), ".".join(b)
