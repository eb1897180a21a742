"""Ways to add up layers. Each is a formula with its assumptions, if it is not the definition of this project."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from calc.bitops import CONVENTIONS
from calc.claims import beside
from calc.claims.reading import Reading
from calc.claims.subject import Subject
from calc.conventions import Convention, Counted
from calc.memory import planner
from calc.precision.stored import TensorInFormat

ODD = 2
"""The cost of an unusual way."""


class Way(NamedTuple):
    """A way to compute ``quantity`` as the ``value`` of a subject. ``words`` state its assumption, with its ``cost``.

    ``of_multiplied`` says that it separates the tensors that layers multiply from all others. ``formula`` may depend on
    the subject.
    """

    quantity: str
    formula: str | Callable[[Subject], str]
    value: Callable[[Subject], int | float]
    words: str = ""
    cost: int = 0
    of_multiplied: bool = False

    def is_known(self, subject: Subject) -> bool:
        """Return True if the value is exact for ``subject``, and not a lower bound."""
        return not subject.is_at_least(self.quantity, *(("weight_elements",) if self.of_multiplied else ()))

    def reading(self, subject: Subject) -> Reading:
        """Return the reading of ``subject`` in this way."""
        formula = self.formula if isinstance(self.formula, str) else self.formula(subject)
        found = subject.reading(self.quantity, self.value(subject), formula)
        return found.assuming(self.words, self.cost) if self.words else found


def _total(field: str) -> Callable[[Subject], int]:
    of = attrgetter(field)

    def total(subject: Subject) -> int:
        counts = subject.analysis.counts
        return sum([of(counts[index]) for index in subject.layers])

    return total


def _norm_params(subject: Subject) -> int:
    analysis = subject.analysis
    return sum([analysis.counts[i].params for i in subject.layers if analysis.graph.nodes[i].op.word == "batch_norm"])


def _active_params(subject: Subject) -> int:
    nodes, counts = subject.analysis.graph.nodes, subject.analysis.counts
    return sum([nodes[i].active_of(counts[i].params) for i in subject.layers if not nodes[i].resting])


_params, _weights = _total("params"), _total("weight_elements")


def _beside(what: str, parts: Callable[[Subject], list[int]], words: str, cost: int = 1) -> Way:
    """Return the way that adds ``parts``, called ``what``, to the parameters.

    It gives nothing new if there are none.
    """
    return Way(
        "params",
        lambda subject: beside.parameters_and(what, parts(subject)),
        lambda subject: _params(subject) + sum(parts(subject)),
        words,
        cost,
    )


COUNTS = (
    Way("macs", "MACs", _total("macs")),
    Way("params", "parameters", _params),
    # reports show this number, so it needs no assumption
    Way("params", "active parameters", _active_params, "of experts those that a token runs", 0),
    Way("params", "weights used in MACs", _weights, "no norms and no biases", 1, of_multiplied=True),
    # TF-slim's table of MobileNetV1 does so; its code has two learnt numbers and two averages
    Way(
        "params",
        "parameters + norm channels",
        lambda subject: _params(subject) + _norm_params(subject) // 2,
        "three numbers a norm channel, not two",
        1,
    ),
    # the Hub counts files of transformers before 4.32 in this way, such as those of Llama 2
    _beside("rotary buffers", beside.rotary_buffers, "frequencies of rotary positions too"),
    # they are learnt in DeepSeek's files and code, and buffers in transformers
    _beside("router biases", beside.router_biases, "biases that choose experts too"),
    # Keras counts them among parameters
    _beside("scales", beside.row_scales, "int8, a scale for each row of matrices and tables", ODD),
    # the Hub counts DeepSeek-V3 with weight_scale_inv of each matrix in fp8, and with the biases of routers
    _beside(
        "router biases and scales of 128 × 128",
        lambda subject: [*beside.router_biases(subject), *beside.tile_scales(subject)],
        "fp8, a scale for each 128 × 128 of matrices in layers that repeat",
        ODD,
    ),
    Way(
        "params",
        "parameters + buffers",
        lambda subject: _params(subject) + _total("buffers")(subject),
        "buffers too",
        ODD,
    ),
    Way("macs", "MACs without zero padding", _total("effective_macs"), "no products with padding", ODD),
    Way("activations", "outputs of every layer", _total("output_elements"), "every layer's output", 1),
)
"""The ways that need no bits."""


def _bytes(bits: Callable[[Subject], int]) -> Callable[[Subject], int]:
    return lambda subject: (bits(subject) + 7) // 8


def _stored(subject: Subject) -> int:
    return sum([subject.analysis.weight_bits[index] for index in subject.layers])


def _tensors(subject: Subject) -> list[TensorInFormat]:
    layers = frozenset(subject.layers)
    return [tensor for tensor in subject.analysis.stored if tensor.node in layers]


def _weight_bits(subject: Subject) -> int:
    return sum([tensor.bits for tensor in _tensors(subject) if tensor.multiplied])


def _others_at_32(subject: Subject) -> int:
    return _weight_bits(subject) + 32 * (_params(subject) - _weights(subject))


def _codes(subject: Subject) -> int:
    return sum([tensor.elements * tensor.format.code_bits for tensor in _tensors(subject)])


def _in_one_format(subject: Subject) -> int:
    assigned = subject.analysis.assigned
    own = [assigned[tensor.node] for tensor in _tensors(subject)]
    widest = max([given.bits.weight for given in assigned if given], default=32)
    widths = [given.bits.weight if given else widest for given in own]
    return sum([tensor.elements * width for tensor, width in zip(_tensors(subject), widths, strict=True)])


def _of_layers_with_macs(subject: Subject) -> int:
    rows = [(subject.analysis.counts[index], subject.analysis.assigned[index]) for index in subject.layers]
    return sum([row.params * given.bits.weight for row, given in rows if given])


SIZES = (
    Way("bytes", "bytes of parameters as they are stored at these bits", _bytes(_stored)),
    Way("bytes", "bytes of weights", _bytes(_weight_bits), "weights alone", 1, of_multiplied=True),
    Way(
        "bytes",
        "bytes of weights, and 4 for each other parameter",
        _bytes(_others_at_32),
        "the rest at 32 bits",
        1,
        of_multiplied=True,
    ),
    Way("bytes", "bytes of codes", _bytes(_codes), "without scales and zero points", 1),
    Way(
        "bytes",
        "bytes of all parameters, norms and biases too, at the weights' bits",
        _bytes(_in_one_format),
        "the whole network in one format",
        1,
    ),
    Way(
        "bytes",
        "bytes of all parameters of layers with MACs at the layer's bits",
        _bytes(_of_layers_with_macs),
        "norms left out",
        1,
        of_multiplied=True,
    ),
)
"""The ways to count stored bytes at the bits of the subject's analysis. The first is that of this project."""

EFFECTIVE = (
    Way("effective_bits", "stored bits per parameter", lambda subject: _stored(subject) / max(1, _params(subject))),
    Way(
        "effective_bits",
        "stored bits per weight used in MACs",
        lambda subject: _weight_bits(subject) / max(1, _weights(subject)),
        "weights alone",
        1,
        of_multiplied=True,
    ),
)
"""The ways to count the stored bits of a parameter, with scales and zero points."""


def _peak(name: str) -> Callable[[Subject], int]:
    return lambda subject: planner(name)(subject.analysis.workload.lifetimes, subject.analysis.storage_bytes).bytes


PEAKS = (
    Way("peak_activation_bytes", "bytes of activations alive at once", _peak("liveness")),
    Way("peak_activation_bytes", "bytes of an arena of activations", _peak("arena"), "one block, laid out greedily", 1),
    Way("peak_activation_bytes", "bytes of activations in place", _peak("in-place"), "layers write in place", 1),
)
"""The ways to count the memory of activations, which is that of the whole network."""


def bitops(subject: Subject) -> Iterator[Reading]:
    """Yield BitOps under every definition at the bits of the subject; none if they are a lower bound."""
    if subject.is_at_least("bitops"):
        return
    found = subject.analysis.bitops
    rows = [found[index] for index in subject.layers if index in found]
    for name, convention in CONVENTIONS.items():
        formula = convention.formula
        reading = subject.reading("bitops", sum([row[name] for row in rows]), formula)
        own = name == subject.analysis.bitops_convention
        yield reading if own else reading.assuming(f"BitOps being {formula}")


class _Total(NamedTuple):
    """The number of a convention for some layers.

    ``because`` explains the mistake, if the tool prints another number.
    """

    quantity: str
    value: int
    formula: str
    because: str = ""


def counters(subject: Subject, table: Iterable[Counted]) -> Iterator[Reading]:
    """Yield the totals of ``subject`` under each convention in ``table``. Equal totals are merged.

    There are none if they are lower bounds.
    """
    if subject.is_at_least("counted"):
        return
    alike: dict[_Total, list[Convention]] = {}
    for found in table:
        for one in _totals(subject, found):
            alike.setdefault(one, []).append(found.convention)
    for one, agreeing in alike.items():
        words = f"counted as {' or '.join([convention.title for convention in agreeing])}"
        reading = subject.reading(one.quantity, one.value, one.formula).assuming(words)
        if one.because:
            reading = reading.assuming(f"as the tool itself prints it: {one.because}")
        yield reading._replace(fault=one.because, counters=tuple([convention.name for convention in agreeing]))


def _totals(subject: Subject, found: Counted) -> Iterator[_Total]:
    """Yield the total of a convention, and the number that its tool prints if it differs."""
    quantity = "activations" if found.convention.name == "acts" else "macs"
    value = sum([found.rows[index] for index in subject.layers])
    formula = " + ".join(map(str, found.parts)) or "nothing"
    if formula != "MACs":
        yield _Total(quantity, value, formula)
    wrong = sum([found.fault_rows[index] for index in subject.layers])
    if wrong:
        faults = [f"{'-' if part.times < 0 else '+'} {part._replace(times=abs(part.times))}" for part in found.faults]
        yield _Total(quantity, value + wrong, " ".join([formula, *faults]), " and ".join(found.reasons))


def twice_and_half(reading: Reading) -> Iterator[Reading]:
    """Yield the total of a counter with the factor 2 between MACs and FLOPs applied in the wrong direction."""
    yield reading._replace(value=2 * reading.value, formula=f"2 × ({reading.formula})").assuming("twice as much")
    half = reading._replace(value=reading.value // 2, formula=f"half of ({reading.formula})")
    yield half.assuming("half as much")
