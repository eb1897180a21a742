"""A verification as text for people and as JSON for programs."""

import json
from typing import Any

from calc.report.plain import table_text
from calc.report.table import Column, Table, fitted
from verify.verification import Verification

SCHEMA = "calc.verify/1"

_COLUMNS = (
    Column("name", "layer", "text"),
    Column("shape", "output", "size", 3),
    Column("params", "params calc", "count", 5),
    Column("hooks", "hooks", "count", 4),
    Column("macs", "MACs calc", "count"),
    Column("dispatcher", "dispatcher", "count", 7),
    Column("probe", "probe", "count", 8),
    Column("effective", "effective calc", "count", 1),
    Column("effective_probe", "probe, no padding", "count", 2),
    Column("bits", "W bits", "text", 6),
    Column("agree", "agree", "text"),
)


def text(verification: Verification, width: int | None = None) -> str:
    """The layers with MACs, every difference, and the verdict; ``width`` cuts the least important columns."""
    wrong = {mismatch.layer for mismatch in verification.mismatches}
    rows = []
    for node, counts in zip(verification.analysis.graph.nodes[1:], verification.analysis.counts[1:], strict=True):
        if not counts.macs and node.name not in wrong:
            continue
        row = verification.measured.rows[node.name]
        bits = verification.bitops[node.name].bits if node.name in verification.bitops else ()
        rows.append(
            (
                node.name,
                node.shape.sizes,
                counts.params,
                row.parameter_elements,
                counts.macs,
                row.dispatcher_macs,
                row.probe_macs,
                counts.effective_macs,
                row.effective_macs,
                "/".join(map(str, sorted(set(bits)))) or "–",
                "NO" if node.name in wrong else "yes",
            )
        )
    table = Table(_COLUMNS, tuple(rows))
    notes = []
    if width is not None:
        table, _, dropped = fitted(table, width)
        if dropped:
            notes.append(f"columns left out at this width: {', '.join(dropped)} (all are there when piped)")
    silent = len(verification.analysis.graph.nodes) - 1 - len(rows)
    if silent:
        notes.append(f"not listed: {silent} layers without MACs, whose shapes and parameters agree too")
    differences = [str(mismatch) for mismatch in verification.mismatches]
    if verification.identity is not None:
        differences += verification.identity.key_differences
    return "\n".join([table_text(table), "", *notes, *differences, verdict(verification)]) + "\n"


def verdict(verification: Verification) -> str:
    """The result in one line."""
    layers = sum(1 for counts in verification.analysis.counts if counts.macs)
    count = len(verification.mismatches)
    parts = [
        f"{layers} layers with MACs, 3 independent counts, {count} difference{'s' if count != 1 else ''}",
    ]
    measurable = [row for row in verification.bitops.values() if row.bitops is not None]
    if any(row.bits for row in verification.bitops.values()):
        parts.append(f"BitOps from the weights' codes: {len(measurable)} of {len(verification.bitops)} layers measured")
    identity = verification.identity
    if identity is not None:
        keys = "identical" if not identity.key_differences else f"{len(identity.key_differences)} differences"
        outputs = f"outputs {identity.outputs}"
        if identity.max_difference is not None:
            outputs += f" (max |Δ| = {identity.max_difference:.3g})"
        parts.append(f"{identity.reference}: state dict {keys}, {outputs}")
    return "; ".join(parts)


def to_json(verification: Verification) -> str:
    """The stable machine-readable form; ``schema`` names its version."""
    analysis, identity = verification.analysis, verification.identity
    wrong = {mismatch.layer for mismatch in verification.mismatches}
    layers = []
    for index, (node, counts) in enumerate(zip(analysis.graph.nodes, analysis.counts, strict=True)):
        if not index:
            continue
        row, measured = verification.measured.rows[node.name], verification.bitops.get(node.name)
        layers.append(
            {
                "name": node.name,
                "op": node.op.word,
                "calc": {
                    "output_shape": list(node.shape.sizes),
                    "params": counts.params,
                    "macs": counts.macs,
                    "effective_macs": counts.effective_macs,
                    "bitops_weight": analysis.bitops[index]["weight"] if measured else 0,
                },
                "hooks": {
                    "output_shape": row.output_shape and list(row.output_shape),
                    "params": row.parameter_elements,
                    "calls": row.calls,
                },
                "dispatcher": {"macs": row.dispatcher_macs},
                "probe": {"macs": row.probe_macs, "effective_macs": row.effective_macs},
                "codes": measured and {"weight_bits": list(measured.bits), "bitops_weight": measured.bitops},
                "agree": node.name not in wrong,
            }
        )
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        "input": list(analysis.graph.input.sizes),
        "batch": analysis.batch,
        "policy": analysis.policy,
        "agrees": verification.agrees,
        "mismatches": [mismatch._asdict() for mismatch in verification.mismatches],
        "reference": identity
        and {
            "name": identity.reference,
            "key_differences": list(identity.key_differences),
            "max_difference": identity.max_difference,
            "scale": identity.scale,
            "precision": str(identity.dtype).removeprefix("torch."),
            "identical": identity.identical,
        },
        "layers": layers,
    }
    return json.dumps(document, indent=1) + "\n"
