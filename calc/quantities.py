"""The quantities of a cost. Each is defined here once, and reports, locks, budgets and sweeps use this definition."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil, log2
from typing import Literal, NamedTuple

from calc.bitops import CONVENTIONS, BitOpsConvention
from calc.counts import Counts
from calc.errors import OpError, nearest
from calc.layers import Layer
from calc.model.graph import Bits
from calc.ops.base import Aspect
from calc.precision.stored import multiplied_bits, other_bits

Output = Literal["json", "lock", "sweep"]
ELEMENTWISE = "elementwise."
"""The prefix of the names of elements by kind, such as ``elementwise.relu``. The kinds depend on the network."""


class Totals(NamedTuple):
    """The sums over the layers of a network, and its peak memory. ``docs/quantities.md`` defines each with its source.

    Counts are MACs or elements for the whole batch. ``weight_bytes`` are all parameters in the formats of their roles.
    ``kv_bytes`` are what layers keep after the call, and ``kv_bytes_per_token`` what one more token of one sample adds.
    ``bitops`` has a value for each definition, and ``elementwise`` one for each kind of operation.
    """

    macs: int
    causal_macs: int
    effective_macs: int
    params: int
    active_params: int
    buffers: int
    weight_bits_total: int
    weight_bytes: int
    weight_bytes_fp32: int
    kv_bytes: int
    kv_bytes_per_token: int
    bytes_moved: int
    peak_activation_bytes: int
    activation_elements: int
    bitops: Mapping[str, int | float]
    elementwise: Mapping[str, int]


class Cost(NamedTuple):
    """A formula for a total from integers that each depend on the bits of one layer. Allocation of bits uses it.

    total = (Σ ``of_layer`` + ``constant``) ÷ ``per_unit``, rounded up if it is not an integer.
    """

    of_layer: Callable[[Counts, Bits], int]
    constant: Callable[[Sequence[Counts]], Fraction]
    per_unit: int = 1

    def total(self, rows: Sequence[Counts], cost: int) -> Fraction:
        """Return the total if the costs of the layers add up to ``cost``. It is exact; reports round it to a double."""
        whole = cost + self.constant(rows)
        return Fraction(ceil(whole / self.per_unit)) if self.per_unit > 1 else whole


class Quantity(NamedTuple):
    """One quantity with its definition. ``total`` reads it from totals, and ``of_layer`` from a layer that has it.

    ``of`` is the part of a layer on which it depends. If this part of a layer is not known, the total is a lower bound.
    ``adds_up`` says how the total follows from the layers. ``at_bits`` is True if it depends on the policy. ``outputs``
    are the outputs for programs that have it. ``told_of`` are the networks that have it.
    """

    name: str
    unit: str
    meaning: str
    source: str
    of: Aspect
    total: Callable[[Totals], int | float]
    of_layer: Callable[[Layer], int | float] | None
    adds_up: str = "the sum over the layers"
    at_bits: bool = False
    is_integer: bool = True
    outputs: tuple[Output, ...] = ("json", "lock", "sweep")
    cost: Cost | None = None
    told_of: Literal["all", "experts", "state"] = "all"

    @property
    def key(self) -> str:
        """The name of the quantity as a column: ``bitops_weight``."""
        return self.name.replace(".", "_")

    @property
    def family(self) -> str:
        """The part of the name before the point, such as ``bitops`` for ``bitops.weight``; empty if there is none."""
        return self.name.rpartition(".")[0]

    def integer(self, totals: Totals) -> int:
        """Return the total as a lock stores it, rounded to an integer."""
        return round(self.total(totals))


_TITLES = {"macs": "MACs", "bitops": "BitOps", "kv": "KV"}


def title_of(name: str) -> str:
    """Return the title of the quantity ``name`` in reports and on the page: ``KV bytes per token``."""
    return " ".join([_TITLES.get(word, word) for word in name.replace(".", "_").split("_")])


def quantities(output: Output | None = None, has_experts: bool = True, has_state: bool = True) -> tuple[Quantity, ...]:
    """Return every quantity in the order of reports, or those of one output. Elements by kind are not among them.

    Without ``has_experts`` or ``has_state``, quantities that only such networks have are left out.
    """
    kinds = {"all"} | ({"experts"} if has_experts else set()) | ({"state"} if has_state else set())
    found = (*_BEFORE_BITOPS, *[_bitops(convention) for convention in CONVENTIONS.values()], *_AFTER_BITOPS)
    told = [quantity for quantity in found if quantity.told_of in kinds]
    return tuple([quantity for quantity in told if output is None or output in quantity.outputs])


def quantity(name: str, groups: Sequence[str] = ()) -> Quantity:
    """Return the quantity of a lock called ``name``; it may count elements of any kind.

    Raises OpError with the nearest name, or one of ``groups``, if there is none.
    """
    if name.startswith(ELEMENTWISE) and name != ELEMENTWISE:
        return _elementwise(name.removeprefix(ELEMENTWISE))
    known = {found.name: found for found in quantities("lock")}
    if name not in known:
        raise OpError(f"unknown quantity {name[:60]!r}", nearest(name, [*known, f"{ELEMENTWISE}KIND", *groups]))
    return known[name]


def at_least(names: Iterable[str], unknown: Collection[Aspect]) -> tuple[str, ...]:
    """Return those of ``names`` whose values are lower bounds, because they depend on what is ``unknown``.

    The names are those of quantities, also as locks and columns write them, and those of other values in reports.
    """
    return tuple([name for name in names if _aspect(name) in unknown]) if unknown else ()


def adding_more(name: str, layers: Iterable[Layer]) -> tuple[str, ...]:
    """Return the names of those ``layers`` that may add more to the value ``name`` than is counted."""
    return tuple([layer.name for layer in layers if at_least([name], layer.unknown)])


def _aspect(name: str) -> Aspect | None:
    """Return the part of a layer on which the value ``name`` depends; None if it depends on no layer."""
    bare = name.partition("@")[0]
    known = {key: each.of for each in quantities() for key in (each.name, each.key, each.family)} | _BESIDE
    is_of_a_kind = bare.endswith("_elements") or bare.startswith(ELEMENTWISE.replace(".", "_"))  # the names of columns
    return known.get(bare) or known.get(bare.partition(".")[0]) or ("work" if is_of_a_kind else None)


_BESIDE: dict[str, Aspect] = {
    "elementwise": "work",
    "memory": "work",
    "planners": "work",
    "live_bytes": "work",
    "arena": "work",
    "arena_bytes": "work",
    "in_place": "work",
    "counted": "work",
    "flash": "tensors",
    "weight_bytes_by_role": "tensors",
    "training_only_weight_bytes": "tensors",
}
"""Values that are not quantities but depend on the same parts of layers: keys of JSON, columns of layers, budgets,
claims.
"""


def names_without_bits() -> tuple[str, ...]:
    """Return the names of a lock's quantities that no policy changes and that every network has."""
    return tuple([found.name for found in quantities("lock") if found.told_of == "all" and not found.at_bits])


def names_at_bits() -> tuple[str, ...]:
    """Return the names of a lock's quantities that every network has at each policy, as in ``bitops.weight@8``."""
    return tuple([found.name for found in quantities("lock") if found.told_of == "all" and found.at_bits])


def names_of_some(at_bits: bool) -> tuple[str, ...]:
    """Return the names of a lock's quantities, at bits or not, that only some networks have, as those with experts."""
    return tuple([found.name for found in quantities("lock") if found.told_of != "all" and found.at_bits == at_bits])


def _nothing(_: Sequence[Counts]) -> Fraction:
    return Fraction(0)


def _bitops(convention: BitOpsConvention) -> Quantity:
    name = convention.name

    def of_layer(counts: Counts, bits: Bits) -> int:
        integer = convention._replace(accumulator=False)
        return sum([int(integer.of(product, bits)) for product in counts.products])

    def accumulators(rows: Sequence[Counts]) -> Fraction:
        # logarithms are doubles, as in the totals; their sum is exact
        return sum([Fraction(part.macs * log2(part.fan_in)) for row in rows for part in row.products], Fraction(0))

    return Quantity(
        f"bitops.{name}",
        "bit operations",
        convention.formula,
        convention.source,
        "work",
        lambda totals: totals.bitops[name],
        lambda layer: layer.bitops[name],
        at_bits=True,
        is_integer=not convention.accumulator,
        cost=Cost(of_layer, accumulators if convention.accumulator else _nothing),
    )


def _elementwise(kind: str) -> Quantity:
    return Quantity(
        f"{ELEMENTWISE}{kind}",
        "elements",
        f"elements of {kind} layers",
        "output elements; pools: window elements read, overlaps included",
        "work",
        lambda totals: totals.elementwise.get(kind, 0),
        lambda layer: layer.elementwise.get(kind, 0),
    )


_BEFORE_BITOPS = (
    Quantity(
        "macs",
        "MACs",
        "Multiply–accumulates of convolutions, linear layers and matrix products, including those with zero "
        "padding. Biases, norms, activations and pools do not count.",
        "half of PyTorch's flop counter; torchvision's published figures",
        "work",
        lambda totals: totals.macs,
        lambda layer: layer.macs,
    ),
    Quantity(
        "causal_macs",
        "MACs",
        "MACs without those for pairs of tokens that a causal mask or its window hides. `macs` contains them:"
        " the full square.",
        "FlashAttention, arXiv:2205.14135, counts half the square",
        "work",
        lambda totals: totals.causal_macs,
        None,
        adds_up="the MACs less those of pairs that are masked",
        outputs=("json", "lock"),
        told_of="state",
    ),
    Quantity(
        "effective_macs",
        "MACs",
        "MACs without multiplications by the layer's own zero padding. The zeros of a `pad` layer are data, "
        "so they count.",
        "counted by running the products on ones",
        "work",
        lambda totals: totals.effective_macs,
        lambda layer: layer.effective_macs,
    ),
    Quantity(
        "params",
        "elements",
        "Learnable elements.",
        "the state dict",
        "tensors",
        lambda totals: totals.params,
        lambda layer: layer.params,
    ),
    Quantity(
        "active_params",
        "elements",
        "Learnable elements that one token uses: of the experts, as many as it runs.",
        "Mixtral, arXiv:2401.04088",
        "tensors",
        lambda totals: totals.active_params,
        lambda layer: layer.active_params,
        outputs=("json", "lock"),
        told_of="experts",
    ),
    Quantity(
        "buffers",
        "elements",
        "Elements of the state dict that are not learnt.",
        "the state dict",
        "tensors",
        lambda totals: totals.buffers,
        lambda layer: layer.buffers,
        outputs=("json", "lock"),
    ),
    Quantity(
        "weight_bits_total",
        "bits",
        "The bits of every parameter in the format of its role. Weights that are used in MACs have the format"
        " of their layer, with its scales.",
        "–",
        "tensors",
        lambda totals: totals.weight_bits_total,
        lambda layer: layer.weight_bits_total,
        at_bits=True,
        outputs=("lock",),
    ),
    Quantity(
        "weight_bytes",
        "bytes",
        "`weight_bits_total` in bytes. Reports say how many of them are `training_only`, which are not deployed.",
        "–",
        "tensors",
        lambda totals: totals.weight_bytes,
        lambda layer: (layer.weight_bits_total + 7) // 8,
        adds_up="the sum of the bits, rounded up to whole bytes once",
        at_bits=True,
        cost=Cost(
            multiplied_bits,
            lambda rows: Fraction(other_bits(rows)),
            per_unit=8,
        ),
    ),
    Quantity(
        "weight_bytes_fp32",
        "bytes",
        "The bytes of all parameters at 32 bits, for comparison.",
        "–",
        "tensors",
        lambda totals: totals.weight_bytes_fp32,
        None,
        outputs=("json",),
    ),
)
_AFTER_BITOPS = (
    Quantity(
        "kv_bytes",
        "bytes",
        "What layers store between calls, such as the keys and values of attention, after the call: for past "
        "and new tokens, in layers with a window at most as many as the window. Exact, without the padding of"
        " a runtime.",
        "–",
        "work",
        lambda totals: totals.kv_bytes,
        None,
        adds_up="the sum of the bits, rounded up to whole bytes once",
        at_bits=True,
        outputs=("json", "lock"),
        told_of="state",
    ),
    Quantity(
        "kv_bytes_per_token",
        "bytes",
        "What one more token of one sample adds to `kv_bytes`, as long as no window is full.",
        "–",
        "work",
        lambda totals: totals.kv_bytes_per_token,
        None,
        adds_up="the sum of the bits, rounded up to whole bytes once",
        at_bits=True,
        outputs=("json", "lock"),
        told_of="state",
    ),
    Quantity(
        "bytes_moved",
        "bytes",
        "The bytes that a call reads from memory and writes to it. Each weight is read once; of experts as "
        "many as the tokens can choose, of tables the rows that are looked up. Of the cache, the past tokens "
        "that the call sees are read and the new ones written. Each layer with MACs reads its inputs and "
        "writes its output once; other layers move nothing.",
        "the roofline model: Williams et al. 2009, doi:10.1145/1498765.1498785",
        "work",
        lambda totals: totals.bytes_moved,
        lambda layer: layer.bytes_moved,
        adds_up="the sum of the bits, rounded up to whole bytes once",
        at_bits=True,
        outputs=("json",),
    ),
    Quantity(
        "peak_activation_bytes",
        "bytes",
        "The largest sum of tensors that are alive at the same time, in the order of execution. Each tensor "
        "has the widest bits at which a layer reads it; token ids have 64. Views share storage. Tensors "
        "inside an op, such as the scores of attention, do not count.",
        "–",
        "work",
        lambda totals: totals.peak_activation_bytes,
        None,
        adds_up="the maximum over the steps of execution",
        at_bits=True,
    ),
    Quantity(
        "activation_elements",
        "elements",
        "The elements of the outputs of all layers, including those that pass their input on: `dropout`, "
        "`identity`, `flatten`.",
        "–",
        "work",
        lambda totals: totals.activation_elements,
        lambda layer: layer.output_elements,
    ),
)
