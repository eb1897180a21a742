"""JSON reports of the gate, with raw integers and one layer in each line. ``schema`` names the version of the keys."""

import json
from typing import Any

from calc.gate.budgets import Breach
from calc.gate.difference import Difference, LayerChange, Move, Reason
from calc.gate.gate import Outcome, exit_code
from calc.model.inputs import ends_json, input_cell
from calc.report.gate.words import Report

SCHEMA = "calc.check/1"
DIFF_SCHEMA = "calc.diff/1"


def render(report: Report) -> str:
    """Return the report with every spec. A spec that passes takes one line."""
    head = {
        "schema": SCHEMA,
        "ok": exit_code(report.outcomes) == 0,
        "lock": report.lock or None,
        "bits": list(report.policies),
    }
    specs = ",\n".join(f"    {_lines(_outcome(outcome), 4)}" for outcome in report.outcomes)
    lines = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    return f'{{\n{lines}  "specs": [{_block(specs, 2)}]\n}}\n'


def render_diff(before: str, after: str, of: Difference) -> str:
    """Return the difference of two networks under the names that the user gave, with every quantity, changed or not."""
    names = dict.fromkeys([*of.before.quantities, *of.after.quantities])
    found = {
        "schema": DIFF_SCHEMA,
        "before": {"spec": before, "model": of.before.model, **ends_json(of.before.inputs, of.before.outputs)},
        "after": {"spec": after, "model": of.after.model, **ends_json(of.after.inputs, of.after.outputs)},
        "bits": list(of.after.policies),
        "settings": [_reason(setting) for setting in of.settings],
        "totals": [
            _total(Move(each, of.before.quantities.get(each, 0), of.after.quantities.get(each, 0), of.at_least(each)))
            for each in names
        ],
        "layers": [_layer(layer) for layer in of.layers],
    }
    return _lines(found, 0) + "\n"


def _outcome(of: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"spec": of.spec, "status": of.status, "ok": of.passes}
    if of.difference is not None:
        changes = of.difference
        before, after = changes.before, changes.after
        if before.inputs != after.inputs:
            found["input"] = {"before": input_cell(before.inputs), "after": input_cell(after.inputs)}
        if before.outputs != after.outputs:
            found["outputs"] = {"before": before.outputs, "after": after.outputs}
        if before.versions and after.versions and before.versions != after.versions:
            found["versions"] = {"before": before.versions, "after": after.versions}
        if before.bases != after.bases:
            found["bases"] = {"before": before.bases, "after": after.bases}
        found["totals"] = [_total(move) | {"allowed": move not in of.beyond} for move in changes.moves]
        found["layers"] = [_layer(layer) | _place(layer, of) for layer in changes.layers]
    if of.inconsistent:
        found["lock_edited"] = True
    if of.problems:
        found["problems"] = [str(problem) for problem in of.problems]
    if of.budgets:
        found["budgets"] = {
            "checked": len(of.budgets),
            "exceeded": [_breach(breach) for breach in of.breaches if breach.is_certain],
        }
        not_known = [_breach(breach) for breach in of.breaches if not breach.is_certain]
        found["budgets"] |= {"not_known": not_known} if not_known else {}
    return found


def _total(of: Move) -> dict[str, Any]:
    bounds = [when for when, is_bound in zip(("before", "after"), of.at_least, strict=True) if is_bound]
    found = {"quantity": of.quantity, "before": of.before, "after": of.after, "delta": of.delta}
    return found | ({"at_least": bounds} if bounds else {})


def _layer(of: LayerChange) -> dict[str, Any]:
    return {
        "change": of.change,
        "before": of.before.name if of.before else None,
        "after": of.after.name if of.after else None,
        "op": of.row.op,
        "edited": of.is_cause,
        "moves": of.moves,
        "reasons": [_reason(reason) for reason in of.reasons],
        "delta_macs": of.delta_macs,
        "delta_params": of.delta_params,
    }


def _reason(of: Reason) -> dict[str, Any]:
    return {"what": of.what, "before": of.before, "after": of.after}


def _place(of: LayerChange, outcome: Outcome) -> dict[str, Any]:
    place = outcome.places.get(of.after.name) if of.after else None
    return {} if place is None else {"file": place.file, "line": place.line, "column": place.column}


def _breach(of: Breach) -> dict[str, Any]:
    limit = of.budget.limit
    return {
        "budget": of.budget.name,
        "layer": of.layer or of.at or None,
        "value": of.value,
        "limit": limit.numerator if limit.denominator == 1 else float(limit),
        "written": of.budget.written,
        **({"at_least": ["value"], "not_known": list(of.unknown)} if of.unknown else {}),
    }


def _lines(found: dict[str, Any], indent: int) -> str:
    """Return a mapping as JSON, with one line for each item of the lists in it."""
    pad = " " * (indent + 2)
    if not any(isinstance(value, list) and value and isinstance(value[0], dict) for value in found.values()):
        return json.dumps(found)
    entries = []
    for key, value in found.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = ",\n".join(f"{pad}  {json.dumps(item)}" for item in value)
            entries.append(f"{pad}{json.dumps(key)}: [{_block(items, indent + 2)}]")
        else:
            entries.append(f"{pad}{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(entries) + "\n" + " " * indent + "}"


def _block(items: str, indent: int) -> str:
    return f"\n{items}\n{' ' * indent}" if items else ""
