"""Writes a verification as text for people and as JSON for programs."""

import json
from dataclasses import asdict
from typing import Any

from calc.errors import number_of
from calc.model.inputs import ends_json
from calc.report.pages import Page, Section
from calc.report.table import NOTHING, Column, Table
from verify.published import Published
from verify.reference import Identity
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
    Column("sqnr", "SQNR dB", "number", 0),
    Column("agree", "agree", "text"),
)


def page(verification: Verification, all_layers: bool = False) -> Page:
    """Return a page with the first differences, a table of layers, all differences, the verdict and published figures.

    The table has the layers with MACs, or ``all_layers``. Shapes are those of the hooks, without the batch.
    """
    wrong = {mismatch.layer for mismatch in verification.mismatches}
    rows = []
    graph = verification.analysis.graph
    for node, counts in zip(graph.layers, verification.analysis.counts[len(graph.inputs) :], strict=True):
        if not (all_layers or counts.macs or node.name in wrong):
            continue
        row = verification.measured.rows[node.name]
        bits = verification.bitops[node.name].bits if node.name in verification.bitops else ()
        ratios = [report.sqnr_db for report in verification.quantised.get(node.name, ()) if report.sqnr_db is not None]
        rows.append(
            (
                node.name,
                row.output_shape and row.output_shape[1:],
                counts.params,
                row.parameter_elements,
                counts.macs,
                row.dispatcher_macs,
                row.probe_macs,
                counts.effective_macs,
                row.effective_macs,
                "/".join(map(str, sorted(set(bits)))) or NOTHING,
                f"{min(ratios):.1f}" if ratios else None,
                "NO" if node.name in wrong else "yes",
            )
        )
    notes = []
    silent = len(graph.layers) - len(rows)
    if silent:
        without = f"{number_of(silent, 'layer')} without MACs"
        notes.append(f"not listed: {without}, whose shapes and parameters agree too; --all-layers lists them")
    notes += [
        f"BitOps not measured: {', '.join(names)}: {reason}" for reason, names in _unmeasured(verification).items()
    ]
    notes += map(str, verification.mismatches)
    if verification.identity is not None:
        notes += (*verification.identity.key_differences, *verification.identity.count_differences)
    notes.append(verification_verdict(verification))
    notes += [f"torchvision {_in_words(figure)}" for figure in verification.figures]
    layers = Section("", Table(_COLUMNS, tuple(rows)), tuple(notes))
    first = differences(verification)
    said = (Section("", Table((), ()), tuple(first)),) if first else ()
    return Page((), (*said, layers), None)


def differences(verification: Verification) -> list[str]:
    """Return the first difference of each kind, as a sentence; empty if there are none."""
    mismatches, identity = verification.mismatches, verification.identity
    found = []
    if mismatches:
        more = f"; {number_of(len(mismatches) - 1, 'more difference')} below" if mismatches[1:] else ""
        found.append(f"DIFFERS from what was measured, first at {mismatches[0]}{more}")
    if identity is not None and not identity.identical:
        found.append(f"DIFFERS from {identity.reference}{_first(verification)}")
    deployed = verification.deployed
    if deployed is not None and not deployed.equal:
        where = f", first at {deployed.first.layer}: {deployed.first.fact}" if deployed.first else f": {deployed}"
        found.append(f"DIFFERS from the network as written{where}")
    wrong = [figure for figure in verification.figures if not figure.agrees]
    if wrong:
        found.append(f"DIFFERS from what torchvision publishes: {_in_words(wrong[0])}")
    return found


def _first(verification: Verification) -> str:
    """Return the first layer whose outputs or keys differ, as the end of a sentence; empty if it is not known."""
    first = verification.identity and verification.identity.first
    if not first:
        return ""
    ops = {node.name: node.op.word for node in verification.analysis.graph.nodes}
    return f", first at {first.layer}{f' ({ops[first.layer]})' if first.layer in ops else ''}: {first.fact}"


def _unmeasured(verification: Verification) -> dict[str, list[str]]:
    """Return the layers whose BitOps were not measured, by reason."""
    found: dict[str, list[str]] = {}
    for layer, measured in verification.bitops.items():
        if measured.bitops is None:
            found.setdefault(measured.reason, []).append(layer)
    return found


def _in_words(figure: Published) -> str:
    return (
        f"{figure.entry} at {'×'.join(map(str, figure.input))}: {figure.giga_macs:.3f} GMACs published, "
        f"{figure.macs:,} by calc; {figure.published_params:,} and {figure.params:,} params: "
        f"{'agree' if figure.agrees else 'DIFFER'}"
    )


def verification_verdict(verification: Verification) -> str:
    """Return the result in one line."""
    layers = sum(1 for counts in verification.analysis.counts if counts.macs)
    count = len(verification.mismatches)
    parts = [
        f"{number_of(layers, 'layer')} with MACs, 3 independent counts, {number_of(count, 'difference')}",
    ]
    measurable = [row for row in verification.bitops.values() if row.bitops is not None]
    if any(row.bits or row.reason for row in verification.bitops.values()):
        parts.append(f"BitOps from the weights' codes: {len(measurable)} of {len(verification.bitops)} layers measured")
    if verification.peak_bytes is not None:
        parts.append(f"peak of activations at 32 bits {verification.peak_bytes:,} bytes")
    if verification.deployed is not None:
        parts.append(f"deployed ({verification.analysis.deployment}): outputs {verification.deployed}")
    identity = verification.identity
    if identity is not None:
        keys = "identical" if not identity.key_differences else f"{len(identity.key_differences)} differences"
        outputs = f"outputs {identity.outputs}"
        if identity.max_difference is not None:
            outputs += f" (max |Δ| = {identity.max_difference:.3g})"
        macs = "" if identity.macs is None else f", {identity.macs:,} MACs {_counted(identity)}"
        parts.append(f"{identity.reference}: state dict {keys}, {outputs}{macs}")
    return "; ".join(parts)


def _counts_of(identity: Identity) -> dict[str, Any]:
    if identity.macs is None:
        return {}
    return {"macs": identity.macs, "count_differences": list(identity.count_differences)}


def _counted(identity: Identity) -> str:
    return (
        f"DIFFER at {number_of(len(identity.count_differences), 'place')}"
        if identity.count_differences
        else "identical"
    )


def to_json(verification: Verification) -> str:
    """Return the verification as JSON. ``schema`` names the version of its form."""
    analysis, identity = verification.analysis, verification.identity
    wrong = {mismatch.layer for mismatch in verification.mismatches}
    layers = []
    first = len(analysis.graph.inputs)
    for index, node in enumerate(analysis.graph.layers, first):
        counts = analysis.counts[index]
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
                "codes": measured
                and {
                    "weight_bits": list(measured.bits),
                    "bitops_weight": measured.bitops,
                    "not_measured": measured.reason or None,
                },
                "quantised": [asdict(report) for report in verification.quantised.get(node.name, ())],
                "agree": node.name not in wrong,
            }
        )
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        **ends_json(analysis.graph.input_sizes, tuple(analysis.graph.outputs)),
        "batch": analysis.batch,
        "policy": analysis.policy,
        "agrees": verification.agrees,
        "mismatches": [mismatch._asdict() for mismatch in verification.mismatches],
        "peak_activation_bytes_fp32": verification.peak_bytes,
        "reference": identity
        and {
            "name": identity.reference,
            "key_differences": list(identity.key_differences),
            "max_difference": identity.max_difference,
            "scale": identity.scale,
            "precision": str(identity.dtype).removeprefix("torch."),
            "identical": identity.identical,
            **_counts_of(identity),
            "first_difference": identity.first and identity.first._asdict(),
        },
        **_deployed(verification),
        "published": [asdict(figure) | {"agrees": figure.agrees} for figure in verification.figures],
        "layers": layers,
    }
    return json.dumps(document, indent=1) + "\n"


def _deployed(verification: Verification) -> dict[str, Any]:
    deployment, outputs = verification.analysis.deployment, verification.deployed
    if deployment is None:
        return {}
    compared = outputs and {
        "relative_difference": outputs.relative_difference,
        "precision": "float64",
        "equal": outputs.equal,
        "faults": list(outputs.faults),
        "first_difference": outputs.first and outputs.first._asdict(),
    }
    return {"deployed": deployment.to_json_dict() | {"outputs": compared}}
