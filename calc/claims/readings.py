"""Every number that somebody could mean by the cost of some layers: each with what it takes for granted."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from calc.bitops import CONVENTIONS
from calc.claims.faults import FAULTS, faulty
from calc.claims.reading import Reading
from calc.claims.subject import Subject
from calc.conventions import Convention, conventions, counted
from calc.precision import Policy, resolve
from calc.precision.ends import ends_of, with_ends

FAULT_COST = 2
ODD = 2
"""What a way to count assumes that hardly anybody chooses."""
ENDS = (("8", "first and last layer at 8 bits"), ("fp32", "first and last layer at 32 bits"))


def counts(subject: Subject) -> Iterator[Reading]:
    """MACs under every convention, parameters and activations."""
    yield from _counts(subject)
    for fault in FAULTS:
        wrong = faulty(subject.analysis, fault)
        if wrong is not None:
            for reading in own_counts(subject._replace(analysis=wrong)):
                yield _with_fault(reading, fault.words)


def bitops_readings(subject: Subject, bits: str, assumed: bool) -> Iterator[Reading]:
    """BitOps at ``bits``; ``assumed``: they were not given but tried."""
    for reading in bitops_at(subject, resolve(bits)):
        yield reading.assuming(_bits_in_words(bits)) if assumed else reading


def plain_bitops(subject: Subject, bits: str) -> Iterator[Reading]:
    """BitOps at ``bits``, which are assumed, with the ends as the rest and no slip: what takes least time."""
    for reading in _bitops(subject._replace(analysis=subject.analysis.with_bits(bits))):
        yield reading.assuming(_bits_in_words(bits))


def bitops_at(subject: Subject, policy: Policy, vary_ends: bool = True) -> Iterator[Reading]:
    """BitOps under every convention, and with every treatment of the ends if they may ``vary``."""
    at_bits = subject._replace(analysis=subject.analysis.with_bits(policy))
    yield from _bitops(at_bits)
    left_out = ends_of(at_bits.analysis.counts)
    inner = tuple([index for index in at_bits.layers if index not in left_out])
    if vary_ends and len(inner) < len(at_bits.layers) - 1:
        for reading in _bitops(at_bits._replace(layers=inner)):
            yield reading.assuming("first and last layer left out")
        for ends, words in ENDS:
            other = subject.analysis.with_bits(with_ends(policy, ends))
            for reading in _bitops(subject._replace(analysis=other)):
                yield reading.assuming(words)
    for fault in FAULTS:
        wrong = faulty(at_bits.analysis, fault)
        if wrong is not None:
            for reading in _bitops(subject._replace(analysis=wrong)):
                yield _with_fault(reading, fault.words)


def sizes(subject: Subject, bits: str, assumed: bool) -> Iterator[Reading]:
    """Bytes of the parameters at ``bits``, as the rest and with ends of their own."""
    policy = resolve(bits)
    for ends, words in (("", ""), *ENDS):
        analysis = subject.analysis.with_bits(with_ends(policy, ends) if ends else policy)
        for reading in sizes_at(subject._replace(analysis=analysis)):
            found = reading.assuming(words) if words else reading
            yield found.assuming(_bits_in_words(bits)) if assumed else found


def _bits_in_words(bits: str) -> str:
    return f"{bits} bits" if bits.isdigit() else bits


def _counts(subject: Subject) -> Iterator[Reading]:
    yield from own_counts(subject)
    alike: dict[_Counted, list[Convention]] = {}
    for convention in conventions():
        for one in _counted_as(subject, convention):
            alike.setdefault(one, []).append(convention)
    for one, found in alike.items():
        named = f"counted as {' or '.join([convention.title for convention in found])}"
        printed = [f"as the tool itself prints it: {one.because}"] if one.because else []
        reading = _reading(subject, one.quantity, one.value, one.formula, (named, *printed))
        yield reading._replace(fault=one.because, counters=tuple([convention.name for convention in found]))


class _Counted(NamedTuple):
    """A convention's number for some layers; ``because``: what its tool gets wrong where it prints that."""

    quantity: str
    value: int
    formula: str
    because: str = ""


def _counted_as(subject: Subject, convention: Convention) -> Iterator[_Counted]:
    """What ``convention`` comes to, and what its tool prints where that is something else."""
    found = counted(convention.name, subject.analysis.workload)
    quantity = "activations" if convention.name == "acts" else "macs"
    value = sum([found.rows[index] for index in subject.layers])
    formula = " + ".join(map(str, found.parts)) or "nothing"
    if formula != "MACs":
        yield _Counted(quantity, value, formula)
    wrong = sum([found.fault_rows[index] for index in subject.layers])
    if wrong:
        faults = [f"{'-' if part.times < 0 else '+'} {part._replace(times=abs(part.times))}" for part in found.faults]
        yield _Counted(quantity, value + wrong, " ".join([formula, *faults]), " and ".join(found.reasons))


def own_counts(subject: Subject) -> Iterator[Reading]:
    """MACs, parameters and activations; no convention but this project's."""
    nodes = subject.analysis.graph.nodes
    rows = [subject.analysis.counts[index] for index in subject.layers]
    params = sum([row.params for row in rows])
    weights = sum([row.weight_elements for row in rows])
    yield _reading(subject, "macs", sum([row.macs for row in rows]), "MACs")
    yield _reading(subject, "params", params, "parameters")
    yield _reading(subject, "params", weights, "weights used in MACs", ("no norms and no biases",))
    # as TF-slim's table of MobileNetV1 has it; its code has two to train and two that are averages
    norms = sum([subject.analysis.counts[i].params for i in subject.layers if nodes[i].op.word == "batch_norm"])
    three, buffers = params + norms // 2, params + sum([row.buffers for row in rows])
    yield _reading(subject, "params", three, "parameters + norm channels", ("three numbers a norm channel, not two",))
    yield _reading(subject, "params", buffers, "parameters + buffers", ("buffers too",), ODD)
    effective = sum([row.effective_macs for row in rows])
    yield _reading(subject, "macs", effective, "MACs without zero padding", ("no products with padding",), ODD)
    outputs = sum([row.output_elements for row in rows])
    yield _reading(subject, "activations", outputs, "outputs of every layer", ("every layer's output",))


def _bitops(subject: Subject) -> Iterator[Reading]:
    found = subject.analysis.bitops
    rows = [found[index] for index in subject.layers if index in found]
    for name, convention in CONVENTIONS.items():
        formula = convention.formula
        assumptions = () if name == subject.analysis.bitops_convention else (f"BitOps being {formula}",)
        yield _reading(subject, "bitops", sum([row[name] for row in rows]), formula, assumptions)


def sizes_at(subject: Subject) -> Iterator[Reading]:
    """Bytes of the parameters at the bits of the subject's analysis, this project's own way first."""
    analysis = subject.analysis
    rows = [(analysis.counts[index], analysis.assigned[index]) for index in subject.layers]
    kept = sum([row.params - row.weight_elements for row, _ in rows])
    weights = sum([row.weight_elements * given.bits.weight for row, given in rows if given])
    everything = sum([row.params * given.bits.weight for row, given in rows if given])
    yield _reading(
        subject, "bytes", (weights + 32 * kept + 7) // 8, "bytes of weights at their bits, the rest at 32 bits"
    )
    yield _reading(subject, "bytes", (weights + 7) // 8, "bytes of weights at their bits", ("weights alone",))
    yield _reading(
        subject,
        "bytes",
        (everything + 7) // 8,
        "bytes of all parameters of layers with MACs at the layer's bits",
        ("norms left out",),
    )


def _reading(
    subject: Subject, quantity: str, value: int | float, formula: str, assumptions: Iterable[str] = (), each: int = 1
) -> Reading:
    """``each``: what every assumption costs."""
    found = Reading(quantity, value, formula, (subject.words,) if subject.cost else (), subject.cost)
    for words in assumptions:
        found = found.assuming(words, each)
    return found


def _with_fault(reading: Reading, words: str) -> Reading:
    return reading.assuming(words, FAULT_COST)._replace(fault=words)
