"""The lines above and below the table of a report: the conventions, and the totals."""

from collections import Counter
from fractions import Fraction

from calc.analysis import Analysis
from calc.bitops import CONVENTIONS
from calc.errors import number_of, printable
from calc.memory import Plan
from calc.model.inputs import input_text
from calc.quantities import at_least, title_of
from calc.report.line import Line
from calc.report.units import AT_LEAST, FROM, digits_of, exact, short, short_bytes
from calc.spec.bases import Base
from calc.warnings import not_known

ACTIVATIONS = {
    "same": "each layer reads at its own activation bits",
    "producer": "each layer reads what its producer wrote, the image at 8 bits",
}


FULL = "fp32"
MOST_NAMED = 3
"""The largest number of formats that are named for one role."""


def header(analysis: Analysis) -> list[Line]:
    """Return the model, the input, the batch, the policy and the conventions, without which a number has no meaning."""
    graph, activations = analysis.graph, analysis.activations
    return [
        Line("model", printable(graph.model), printable(graph.spec)),
        *_imported(analysis),
        *[Line(base.key, printable(base.name), printable(_file(base))) for base in analysis.bases],
        Line(
            "input",
            input_text(graph.input_sizes),
            f"batch {analysis.batch}" + (", all counts are for it" if analysis.batch > 1 else ""),
        ),
        *_called(analysis),
        Line("bits", printable(analysis.policy), _bits_in_use(analysis)),
        stores(analysis),
        Line("activations", activations, ACTIVATIONS.get(activations, f"every layer reads {activations} bits")),
        Line("BitOps", analysis.bitops_convention, CONVENTIONS[analysis.bitops_convention].formula),
        *deployed_as(analysis),
        *_experts(analysis),
        *unknown_layers(analysis),
        *_counted_as(analysis),
    ]


def _imported(analysis: Analysis) -> list[Line]:
    found = [f"{name} {version}" for name, version in analysis.provenance.versions.items()]
    lines = [Line("imported", "with", printable(", ".join(found)))] if found else []
    if analysis.provenance.stored_as:
        lines.append(Line("files", "", printable(analysis.provenance.stored_as)))
    lines += [Line("imported", "as", printable(remark)) for remark in analysis.provenance.remarks]
    unproved = analysis.provenance.unproved
    return [*lines, Line("proved", "NO", printable(unproved))] if unproved else lines


def _called(analysis: Analysis) -> list[Line]:
    """Return the number of new tokens in a call of a language model, and of the tokens before them."""
    call = analysis.call
    if call is None:
        return []
    most = "" if call.most is None else f"; trained for {call.most:,}"
    if call.past and any(node.op.values().get("once") for node in analysis.graph.nodes):
        most += "; the encoder ran in the first call"
    said = f"{number_of(call.tokens, 'new token')} after {call.past:,}: a context of {call.context:,}{most}"
    return [Line("call", call.phase or "continued", said)]


def deployed_as(analysis: Analysis) -> list[Line]:
    """Return a line on the changes by deployment; none if the network is not deployed."""
    return [] if analysis.deployment is None else [Line("deployed", "yes", str(analysis.deployment))]


def totals(analysis: Analysis) -> list[Line]:
    """Return every exact total with a short form or its convention. Lower bounds are marked."""
    found = analysis.totals

    def beside(name: str, text: str) -> str:
        return told(analysis, name, text, FROM)

    lines = [
        *_counted(analysis),
        Line(title_of("macs"), told(analysis, "macs", exact(found.macs)), _of_macs(analysis)),
        *_of_token(analysis),
        *_causal(analysis),
        Line(
            title_of("params"),
            told(analysis, "params", exact(found.params)),
            f"{beside('params', short(found.params))}; buffers {beside('buffers', exact(found.buffers))}",
        ),
        *_active(analysis),
        Line(
            title_of("weight_bytes"),
            told(analysis, "weight_bytes", exact(found.weight_bytes)),
            f"{beside('weight_bytes', short_bytes(found.weight_bytes))}; "
            f"{_training_only(analysis)}{_at_fp32(analysis)}",
        ),
        *_by_role(analysis),
        *_effective(analysis),
        *_kept(analysis),
        *_moved(analysis),
        *_served(analysis),
    ]
    for name, convention in CONVENTIONS.items():
        key, value = f"bitops.{name}", found.bitops[name]
        note = f"{beside(key, short(value))}; {convention.formula}"
        lines.append(Line(title_of(key), told(analysis, key, exact(value)), note))
    inside = any("softmax" in layer.elementwise and layer.op not in ("softmax", "experts") for layer in analysis.layers)
    not_kept = "; scores of attention not kept" if inside else ""
    lines.append(_memory(title_of("peak_activation_bytes"), analysis.liveness, analysis, not_kept))
    if analysis.planner != "liveness":
        lines.append(_memory("memory bytes", analysis.memory, analysis))
    elements = {
        "activation": found.activation_elements,
        **dict(sorted(found.elementwise.items(), key=lambda item: -item[1])),
    }
    for kind, count in elements.items():
        key = "activation_elements"
        lines.append(Line(f"{kind} elements", told(analysis, key, exact(count)), beside(key, short(count))))
    return lines


def _of_macs(analysis: Analysis) -> str:
    """Return a note on what the MACs include: pairs of masked tokens in a language model, zero padding in others."""
    found = analysis.totals
    size = told(analysis, "macs", short(found.macs), FROM)
    padding = f"; {told(analysis, 'effective_macs', exact(found.effective_macs), FROM)} without zero padding"
    if not analysis.has_state:
        return size + padding
    return f"{size}; full: with pairs of tokens that a mask hides" + (
        "" if found.effective_macs == found.macs else padding
    )


def told(analysis: Analysis, name: str, text: str, before: str = AT_LEAST) -> str:
    """Return ``text``, the value of ``name``, with ``before`` in front if the value is a lower bound."""
    return before + text if at_least([name], analysis.unknown) else text


def unknown_layers(analysis: Analysis) -> list[Line]:
    """Return a line with the number of layers that are not fully known, and the ops that they stand for."""
    unknown = [node for node in analysis.graph.nodes if node.unknown]
    if not unknown:
        return []
    ops = Counter([str(node.op.values().get("op", node.op.word)) for node in unknown])
    named = [name if times == 1 else f"{times} × {name}" for name, times in ops.most_common(MOST_NAMED)]
    more = [f"{len(ops) - MOST_NAMED} more"] if len(ops) > MOST_NAMED else []
    whose = f"{printable(', '.join([*named, *more]))}, whose {not_known(analysis.unknown)}"
    note = f"{whose}: totals are at least what is counted"
    return [Line("not known", number_of(len(unknown), "layer"), note)]


def _at_fp32(analysis: Analysis) -> str:
    """Return the weight bytes at 32 bits, and their ratio to the weight bytes if both are known."""
    found = analysis.totals
    fp32 = told(analysis, "weight_bytes_fp32", exact(found.weight_bytes_fp32), FROM)
    smaller = found.weight_bytes_fp32 / found.weight_bytes if found.weight_bytes else 1.0
    return f"fp32 {fp32}" + ("" if at_least(["weight_bytes"], analysis.unknown) else f", {smaller:.2f}× as much")


def _memory(label: str, plan: Plan, analysis: Analysis, more: str = "") -> Line:
    what = "input" if plan.layer < len(analysis.graph.inputs) else "layer"
    layer = printable(analysis.graph.nodes[plan.layer].name)
    size = told(analysis, "memory", short_bytes(plan.bytes), FROM)
    return Line(
        label, told(analysis, "memory", exact(plan.bytes)), f"{size} at {what} {layer}, by {plan.planner}{more}"
    )


def _training_only(analysis: Analysis) -> str:
    """Return words for the weight bytes of layers that do not run; empty if there are none."""
    found = analysis.training_only_weight_bytes
    size = told(analysis, "training_only_weight_bytes", exact(found), FROM)
    return f"{size} of them training-only; " if found else ""


def stores(analysis: Analysis) -> Line:
    """Return a line with the storage format of each role: ``weights int4g128; head, biases, norms bf16``."""
    by_names: dict[str, list[str]] = {}
    for role, formats in analysis.formats_by_role.items():
        names = list(dict.fromkeys([FULL if name == "32" else name for name in formats]))
        by_names.setdefault("/".join(names) if len(names) <= MOST_NAMED else "at their bits", []).append(role)
    parts = [f"{', '.join(roles).replace('_', ' ')} {names}" for names, roles in by_names.items()]
    said = "; ".join(parts) or "nothing"
    return Line("stores", analysis.roles.name, f"everything {next(iter(by_names))}" if len(by_names) == 1 else said)


def _effective(analysis: Analysis) -> list[Line]:
    found = analysis.effective_bits
    if found.all is None:
        return []
    codes = "" if found.codes in (None, found.quantised) else f" with codes of {bits_each(found.codes)}"
    others = {"quantised": (found.quantised, codes), "repeated": (found.repeated, "")}
    said = [f"{which} {bits_each(bits)}{more}" for which, (bits, more) in others.items() if bits is not None]
    return [Line("effective bits", bits_each(found.all), "of all" + ("; " if said else "") + ", ".join(said))]


def bits_each(bits: Fraction) -> str:
    """Return bits with at most four decimals: ``4.125``."""
    return f"{float(bits):.4f}".rstrip("0").rstrip(".")


def _file(base: Base) -> str:
    return "the packaged spec" if base.is_packaged else f"the file {base.file}"


def _experts(analysis: Analysis) -> list[Line]:
    """Return a line with the number of experts that a token runs, and the meaning of their rows."""
    groups = dict.fromkeys([node.experts for node in analysis.graph.nodes if node.experts])
    used = Counter([f"{group.active} of {group.copies}" for group in groups])
    said = ", ".join([active if times == 1 else f"{times} × {active}" for active, times in used.items()])
    note = (
        "for a token; a row with * stands for all of them and for all tokens at once, its sizes are those of one token"
    )
    return [Line("experts", said, note)] if said else []


def _active(analysis: Analysis) -> list[Line]:
    if not analysis.has_experts:
        return []
    active = analysis.totals.active_params
    size, note = exact(active), f"{short(active)}; of experts those that a token runs"
    key = "active_params"
    return [Line(title_of("active_params"), told(analysis, key, size), told(analysis, key, note, FROM))]


def _of_token(analysis: Analysis) -> list[Line]:
    """Return the MACs of a language model for each new token of the call."""
    if analysis.call is None:
        return []
    tokens = analysis.batch * analysis.call.tokens
    each = Fraction(analysis.totals.macs, tokens)
    rounded = "" if each.denominator == 1 else ", rounded"
    full = "full, " if analysis.has_state else ""
    note = f"{told(analysis, 'macs', short(each), FROM)}; {full}MACs / {number_of(tokens, 'new token')}{rounded}"
    return [Line("MACs per token", told(analysis, "macs", exact(each)), note)]


def _by_role(analysis: Analysis) -> list[Line]:
    """Return the weight bytes of a language model by role."""
    if analysis.call is None:
        return []
    found = analysis.weight_bytes_by_role.items()
    said = [f"{role.replace('_', ' ')} {told(analysis, 'weight_bytes', exact(size), FROM)}" for role, size in found]
    return [Line("weight bytes by role", "", " + ".join(said))]


def _causal(analysis: Analysis) -> list[Line]:
    if not analysis.has_state:
        return []
    causal = analysis.totals.causal_macs
    note = f"{told(analysis, 'causal_macs', short(causal), FROM)}; causal: without pairs of tokens that a mask hides"
    return [Line(title_of("causal_macs"), told(analysis, "causal_macs", exact(causal)), note)]


def _kept(analysis: Analysis) -> list[Line]:
    """Return lines with the bytes of the cache of keys and values."""
    if not analysis.has_state:
        return []
    found = analysis.totals
    size = told(analysis, "kv_bytes", short_bytes(found.kv_bytes), FROM)
    of_token = told(analysis, "kv_bytes_per_token", exact(found.kv_bytes_per_token))
    return [
        Line(
            title_of("kv_bytes"),
            told(analysis, "kv_bytes", exact(found.kv_bytes)),
            f"{size} after this call; exact, no padding",
        ),
        *_padded(analysis),
        Line(title_of("kv_bytes_per_token"), of_token, _windows(analysis)),
    ]


def _padded(analysis: Analysis) -> list[Line]:
    """Return a line with the bytes of the cache in a runtime."""
    padded = analysis.kv_bytes_of_runtime
    if padded is None or analysis.runtime is None:
        return []
    from calc.serving.runtimes import padding_of, runtime_named

    runtime = runtime_named(analysis.runtime)
    size = told(analysis, "kv_bytes", short_bytes(padded), FROM)
    padding = padding_of(runtime, analysis.graph)
    return [Line(f"KV bytes, {runtime.name}", told(analysis, "kv_bytes", exact(padded)), f"{size}; {padding}")]


def _windows(analysis: Analysis) -> str:
    """Return a note on the bytes that a token adds, and on windows that hide nothing because the context is shorter."""
    call, nodes = analysis.call, analysis.graph.nodes
    windows = {nodes[state.node].op.values().get("sliding_window") or 0 for state in analysis.states}
    longer = sorted([window for window in windows if call is not None and window > call.context])
    from calc.serving.full_windows import has_windows  # only a run with a cache needs it

    said = "what one more token of a sample adds" + ", as long as no window is full" * has_windows(analysis.graph)
    windows_of = " and ".join([f"{window:,}" for window in longer])
    return f"{said}; windows of {windows_of} are longer than the context" if longer else said


def _moved(analysis: Analysis) -> list[Line]:
    """Return the bytes that a call moves, their parts, and the MACs for each byte."""
    found, moved = analysis.totals, analysis.moved
    parts = {
        "weights": sum([each.weights for each in moved]),
        "cache": sum([each.cache for each in moved]),
        "activations": sum([each.activations for each in moved]),
    }
    size = told(analysis, "bytes_moved", short_bytes(found.bytes_moved), FROM)
    said = " + ".join(
        [f"{name} {told(analysis, 'bytes_moved', exact(-(-bits // 8)), FROM)}" for name, bits in parts.items() if bits]
    )
    lines = [
        Line(
            title_of("bytes_moved"), told(analysis, "bytes_moved", exact(found.bytes_moved)), f"{size} per call; {said}"
        )
    ]
    intensity = analysis.arithmetic_intensity
    if intensity is not None:
        note = f"MACs per byte moved: {exact(found.macs)} / {exact(found.bytes_moved)}"
        lines.append(Line("arithmetic intensity", digits_of(intensity), note))
    return lines


def _served(analysis: Analysis) -> list[Line]:
    """Return lines with the time on a device and the energy."""
    if analysis.device is None and analysis.energy_table is None:
        return []
    from calc.report.serving import of_device, of_energy  # only a run with one of them needs it

    return [*of_device(analysis), *of_energy(analysis)]


def _counted_as(analysis: Analysis) -> list[Line]:
    if analysis.counted is None:
        return []
    convention = analysis.counted.convention
    return [Line("counted", convention.name, f"{convention.title}, in {convention.unit}")]


def _counted(analysis: Analysis) -> list[Line]:
    found = analysis.counted
    if found is None:
        return []
    total = told(analysis, "counted", exact(found.total))
    return [Line(found.convention.name, total, " + ".join(map(str, found.parts)))]


def _bits_in_use(analysis: Analysis) -> str:
    """Return how many layers have which bits: ``w8a8 × 7, w4a4 × 20``."""
    used = Counter([f"w{row.bits.weight}a{row.bits.activation}" for row in analysis.assigned if row])
    return ", ".join(f"{layers} × {bits}" for bits, layers in used.items()) or "no layer has MACs"
