"""Plain text for a terminal and a log: a section for each spec that does not pass, then the verdict."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.gate.difference import Difference
from calc.gate.gate import Outcome
from calc.gate.lockfile import DEFAULT
from calc.report.cells import paragraph
from calc.report.fit import drawn, fitted
from calc.report.gate.words import (
    STATUS,
    Report,
    bases_text,
    breach_text,
    in_short,
    layer_text,
    name,
    other_ends,
    place_text,
    plural,
    problem_lines,
    reason,
    sorted_out,
    totals_table,
    verdict,
    versions_text,
    where,
)
from calc.report.plain import table_text

SECTIONS = 3
"""The number of specs that are shown in full. The others get one line each."""
LAYERS = 20
MOVED = 5
INDENT = 2


class Layout(NamedTuple):
    """The options of the text.

    With ``all_layers`` nothing is left out. ``width`` is that of the terminal, or None without a terminal. With
    ``hint``, the command that updates the lock is shown.
    """

    all_layers: bool = False
    width: int | None = None
    hint: bool = True


def render(report: Report, layout: Layout = Layout()) -> str:  # noqa: B008  # immutable
    """Return the failures, then the allowed changes, then the verdict.

    Without failures and changes it is only the verdict.
    """
    told = [outcome for outcome in report.outcomes if not outcome.passes]
    changed = [outcome for outcome in told if outcome.difference]
    full = [outcome for outcome in told if not outcome.difference]
    most = None if layout.all_layers else SECTIONS
    full += changed[:most]
    rest = changed[len(changed[:most]) :]
    full += [outcome for outcome in report.outcomes if outcome.passes and outcome.difference]
    parts = [section(outcome, layout) for outcome in full]
    parts += ["\n".join(f"{name(outcome.spec)}: {one_line(outcome)}" for outcome in rest)] if rest else []
    parts.append(verdict(report))
    if layout.hint and report.lock and any(outcome.status in ("changed", "missing", "extra") for outcome in told):
        lock = "" if report.lock == DEFAULT else f"--lock {name(report.lock)} "
        parts[-1] += f"\nIf this is intended: calc check {lock}--update"
    return _wrapped("\n\n".join(parts), layout.width)


def render_diff(before: str, after: str, of: Difference, layout: Layout) -> str:
    """Return the difference of two networks under the names that the user gave."""
    lines = difference_lines(of, None, layout)
    return _wrapped("\n".join([f"{name(before)} → {name(after)}", *(lines or ["  nothing differs"])]), layout.width)


def section(outcome: Outcome, layout: Layout = Layout()) -> str:  # noqa: B008  # immutable
    """Return the text of one spec: its status, problems, exceeded budgets, totals and layers."""
    spec, lines = name(outcome.spec), []
    if outcome.status not in ("same", "unlocked"):
        lines.append(f"{spec}: {STATUS[outcome.status]}")
    elif outcome.difference is not None:
        what = "edited" if outcome.difference.is_edited else "made by other versions"
        lines.append(f"{spec}: {what}, and no number moved")
    lines += [f"{spec}: {breach_text(breach)}" for breach in outcome.breaches]
    if outcome.inconsistent:
        lines.append(f"{spec}: its entry in the lock was edited by hand or merged badly")
    lines += [f"  {line}" for problem in outcome.problems for line in problem_lines(problem)]
    if outcome.difference is not None:
        lines += difference_lines(outcome.difference, outcome, layout)
    return "\n".join(lines)


def difference_lines(
    of: Difference,
    outcome: Outcome | None = None,
    layout: Layout = Layout(),  # noqa: B008  # immutable
) -> list[str]:
    """Return the totals that changed, then the layers.

    ``outcome`` adds the allowed changes and the places of layers.
    """
    lines = []
    if of.before.model != of.after.model:
        lines.append(f"  name {name(of.before.model)} → {name(of.after.model)}")
    lines += [f"  {ends}" for ends in other_ends(of)]
    if versions_text(of):
        lines.append(f"  imported with {versions_text(of)}")
    if of.before.bases != of.after.bases:
        lines.append(f"  made of {bases_text(of.before)} → {bases_text(of.after)}")
    lines += [f"  {reason(setting)}" for setting in of.settings]
    if of.moves:
        lines += ["", _indented(_totals(of, outcome, layout.width)), ""]
    shown = sorted_out(of)
    edited = [
        f"{edit.change:8} {edit.text}"
        + (f"  [{place_text(where(edit.layer, outcome))}]" if outcome and outcome.places and edit.layer.after else "")
        for edit in shown.edited
    ]
    renamed = [f"renamed  {text}" for text in shown.renamed]
    moved = [f"follows  {layer_text(layer)}" for layer in shown.moved]
    silent = [f"no number moved by {layer_text(layer)}" for layer in shown.silent]
    most = None if layout.all_layers else LAYERS
    fewer = None if layout.all_layers else MOVED
    return [
        *lines,
        *_listed(edited, most, "more edited"),
        *_listed(renamed, most, "more renamed"),
        *_listed(moved, fewer, "more that follow"),
        *_listed(silent, fewer, "more edits that move no number"),
    ]


def one_line(outcome: Outcome) -> str:
    """Return the status, the totals and the first layer of one spec in one line."""
    parts = [*filter(None, [STATUS[outcome.status]])]
    if outcome.difference is not None:
        parts.append(in_short(outcome.difference))
        edited = sorted_out(outcome.difference).edited
        parts += [f"{edit.change} {edit.text}" for edit in edited[:1]]
        parts += [plural(len(edited) - 1, "more edit")] if edited[1:] else []
    parts += [breach_text(breach) for breach in outcome.breaches]
    parts += ["its entry in the lock was edited by hand or merged badly"] if outcome.inconsistent else []
    parts += [problem_lines(problem)[0] for problem in outcome.problems[:1]]
    return "; ".join(parts)


def _totals(of: Difference, outcome: Outcome | None, width: int | None) -> str:
    table = totals_table(of.moves, outcome.beyond if outcome and outcome.status != "same" else None)
    if width is None:
        return table_text(table)
    fit = fitted(table, width - INDENT)
    return "\n".join([*drawn(fit, width - INDENT), *filter(None, [fit.narrowed])])


def _listed(texts: Sequence[str], most: int | None, rest: str) -> list[str]:
    kept = list(texts[:most])
    left = len(texts) - len(kept)
    return [f"  {text}" for text in kept] + ([f"  … {left} {rest} (--all lists them)"] if left else [])


def _indented(text: str) -> str:
    return "\n".join(f"{' ' * INDENT}{line}" if line else line for line in text.split("\n"))


def _wrapped(text: str, width: int | None) -> str:
    """Return ``text`` with a newline. Lines that are too long for a terminal are wrapped with an indent."""
    if width is None:
        return text + "\n"
    lines: list[str] = []
    for line in text.split("\n"):
        words = line.lstrip(" ")
        start = line[: len(line) - len(words)]
        lines += paragraph(words, width, start, f"{start}  ") if words else [""]
    return "\n".join(lines) + "\n"
