"""The single findings of a report, each with a place and a rule. Annotations and SARIF are made of them."""

from typing import NamedTuple

from calc.errors import Place
from calc.gate.gate import Outcome
from calc.report.gate.words import (
    Edit,
    Report,
    breach_text,
    first_place,
    in_short,
    name,
    problem_lines,
    sorted_out,
    where,
)

RULES = {
    "unreadable": "A spec cannot be read",
    "budget": "A budget is exceeded",
    "missing": "A locked spec is gone",
    "extra": "A spec is not locked",
    "lock": "An entry of the lock is not as calc writes it",
    "changed": "A number of a network moved",
    "removed": "A layer was removed",
    "added": "A layer was added",
    "renamed": "Layers were renamed",
    "not_known": "Whether a budget is kept is not known",
}
"""The rules with their titles, the worst first."""


class Finding(NamedTuple):
    """One finding: its rule, the specs that it is about, its place, and a sentence.

    ``weight`` has the changes of MACs and of params, by which findings of one rule are ordered.
    """

    rule: str
    specs: tuple[str, ...]
    place: Place
    text: str
    weight: tuple[int, int] = (0, 0)


def findings(report: Report) -> list[Finding]:
    """Return every finding, the worst first.

    If one line of a shared spec changes several specs, they are one finding.
    """
    merged: dict[tuple[str, Place, str], Finding] = {}
    for outcome in report.outcomes:
        for found in _of(outcome, report.lock):
            found = found._replace(place=found.place._replace(file=report.file(found.place.file)))
            key = (found.rule, found.place, found.text.partition(" [")[0])
            known = merged.get(key)
            merged[key] = found if known is None else known._replace(specs=known.specs + found.specs)
    order = list(RULES)
    return sorted(merged.values(), key=lambda f: (order.index(f.rule), -f.weight[0], -f.weight[1]))


def _of(outcome: Outcome, lock: str) -> list[Finding]:
    spec, first = (outcome.spec,), first_place(outcome, lock)
    found = [
        Finding("unreadable", spec, problem.in_file or first, "; ".join(problem_lines(problem, place=False)))
        for problem in outcome.problems
    ]
    for breach in outcome.breaches:
        rule = "budget" if breach.is_certain else "not_known"
        found.append(Finding(rule, spec, breach.budget.place or first, breach_text(breach)))
    if outcome.status == "missing":
        found.append(Finding("missing", spec, first, f"{name(outcome.spec)} is locked, but there is no such file"))
    if outcome.status == "extra":
        found.append(Finding("extra", spec, first, f"{name(outcome.spec)} is not locked"))
    if outcome.inconsistent:
        text = f"the lock's entry of {name(outcome.spec)} was edited by hand or merged badly"
        found.append(Finding("lock", spec, first, text))
    if outcome.status != "changed" or outcome.difference is None:
        return found
    shown = sorted_out(outcome.difference)
    moved = f" [{in_short(outcome.difference)}]"
    found += [_edit(edit, outcome, moved, lock) for edit in shown.edited]
    renamed = [layer for layer in outcome.difference.layers if layer.change == "renamed" and not layer.is_cause]
    if renamed:
        text = f"renamed: {'; '.join(shown.renamed[:8])}{'; …' if len(shown.renamed) > 8 else ''}"
        found.append(Finding("renamed", spec, where(renamed[0], outcome, lock), text))
    if not shown.edited and not renamed:
        found.append(
            Finding("changed", spec, first, f"{name(outcome.difference.after.model)}: no layer was edited{moved}")
        )
    return found


def _edit(edit: Edit, outcome: Outcome, moved: str, lock: str) -> Finding:
    rule = edit.change if edit.change in ("added", "removed") else "changed"
    weight = abs(edit.delta_macs), abs(edit.delta_params)
    return Finding(rule, (outcome.spec,), where(edit.layer, outcome, lock), f"{rule}: {edit.text}{moved}", weight)
