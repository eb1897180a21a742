"""Markdown for a comment on a pull request, and for the summary of a step on GitHub."""

from calc.gate.difference import Difference
from calc.gate.gate import Outcome
from calc.report.gate.words import (
    STATUS,
    Report,
    bases_text,
    breach_text,
    budgets_text,
    command,
    in_short,
    layer_text,
    name,
    other_ends,
    plural,
    problem_lines,
    reason,
    sorted_out,
    totals_table,
    verdict,
    versions_text,
)
from calc.report.markdown import escape_html, escape_markdown, markdown_table

COMMENT_BYTES = 64_000
"""The largest size of a comment. GitHub takes comments of up to 65,536 characters."""
TOTALS = 50
LAYERS = 20
MOVED = 5


def render(report: Report, most_bytes: int = COMMENT_BYTES) -> str:
    """Return the verdict, a table of the specs that do not pass, then a part for each spec, up to ``most_bytes``."""
    told = [outcome for outcome in report.outcomes if not outcome.passes]
    moved = [outcome for outcome in report.outcomes if outcome.passes and outcome.difference]
    title, marker = command(report), f"<!-- {command(report)} -->"  # a bot finds its own comment by the marker
    parts = [marker, f"## {'❌' if told else '✅'} {title}", _inline(verdict(report))]
    if told:
        parts.append(_overview(told, "What moved" if report.lock else "What is over", most_bytes // 2))
    left = most_bytes - _bytes(parts) - 200  # room for the notice
    everything = title + (" --all" if report.lock else "")
    sections = [outcome for outcome in [*told, *moved] if outcome.difference or outcome.problems or outcome.breaches]
    for index, outcome in enumerate(sections):
        text = _section(outcome)
        left -= _bytes([text])
        if left < 0:
            rest = plural(len(sections) - index, "spec")
            parts.append(f"_{rest} left out: too long to post. `{everything}` shows everything._")
            break
        parts.append(text)
    return "\n\n".join(parts) + "\n"


def _bytes(parts: list[str]) -> int:
    return sum(len(part.encode()) + 2 for part in parts)


def render_diff(before: str, after: str, of: Difference) -> str:
    """Return the difference of two networks under the names that the user gave."""
    title = f"## {_inline(name(before))} → {_inline(name(after))}"
    return "\n\n".join([title, *_difference(of, None)]) + "\n"


def _overview(told: list[Outcome], what: str, most_bytes: int) -> str:
    """Return a table with one row for each spec, as many as ``most_bytes`` allow."""
    rows: list[list[str]] = []
    for outcome in told:
        row = [name(outcome.spec), STATUS[outcome.status], _short(outcome)]
        most_bytes -= _bytes([markdown_table([], [], [row])])
        if most_bytes < 0:
            break
        rows.append(row)
    text = markdown_table(["Spec", "", what], [False, False, False], rows)
    left = len(told) - len(rows)
    return text + (f"\n\n… and {plural(left, 'more spec')}" if left else "")


def _short(outcome: Outcome) -> str:
    parts = [in_short(outcome.difference)] if outcome.difference is not None else []
    parts += budgets_text(outcome.breaches)
    parts += ["lock entry edited by hand or merged badly"] if outcome.inconsistent else []
    return "; ".join([*parts, *[problem_lines(problem)[0] for problem in outcome.problems[:1]]])


def _section(outcome: Outcome) -> str:
    title = f"<details>\n<summary>{escape_html(name(outcome.spec))}</summary>"
    parts = [title, *[f"- {_inline(breach_text(breach))}" for breach in outcome.breaches]]
    parts += [f"- {_inline(' '.join(problem_lines(problem)))}" for problem in outcome.problems[:20]]
    if outcome.difference is not None:
        parts += _difference(outcome.difference, outcome)
    return "\n\n".join([*parts, "</details>"])


def _difference(of: Difference, outcome: Outcome | None) -> list[str]:
    parts = []
    parts += [f"{ends[:1].upper()}{_inline(ends[1:])}" for ends in other_ends(of)]
    if versions_text(of):
        parts.append(f"Imported with {_inline(versions_text(of))}")
    if of.before.bases != of.after.bases:
        parts.append(f"Made of {_inline(bases_text(of.before))} → {_inline(bases_text(of.after))}")
    parts += [f"At {_inline(reason(setting))}" for setting in of.settings]
    if of.moves:
        table = totals_table(of.moves[:TOTALS], outcome.beyond if outcome and outcome.status != "same" else None)
        right = [column.is_number for column in table.columns]
        parts.append(markdown_table([column.title for column in table.columns], right, table.texts()))
    shown = sorted_out(of)
    lines = _listed([f"**{edit.change}** {_inline(edit.text)}" for edit in shown.edited], LAYERS, "edited")
    lines += _listed([f"**renamed** {_inline(text)}" for text in shown.renamed], LAYERS, "renamed")
    lines += _listed([f"follows: {_inline(layer_text(layer))}" for layer in shown.moved], MOVED, "that follow")
    silent = [f"no number moved by {_inline(layer_text(layer))}" for layer in shown.silent]
    lines += _listed(silent, MOVED, "edits that move no number")
    return [*parts, "\n".join(lines)] if lines else parts or ["No number moved."]


def _listed(texts: list[str], most: int, rest: str) -> list[str]:
    left = len(texts) - most
    return [f"- {text}" for text in texts[:most]] + ([f"- … {left} more {rest}"] if left > 0 else [])


def _inline(text: str) -> str:
    return escape_markdown(text)
