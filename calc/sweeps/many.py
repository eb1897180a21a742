"""The totals of one network for millions of choices of bits, as one exact matrix product.

Every total is a sum over layers of a count times a function of the bits of the layer. The product is computed in
doubles, which represent integers up to 2^53 exactly. If a sum could exceed this, the counts are split into parts with
fewer digits.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from calc.analysis import Analysis
from calc.counts import Counts
from calc.errors import OpError
from calc.extras import install_hint
from calc.formats.plain import NARROWEST, WIDEST
from calc.model.graph import Graph
from calc.precision.activations import IMAGE_BITS
from calc.precision.roles import PAPER
from calc.precision.shared import holders
from calc.precision.stored import other_bits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ROWS = 1024
"""The number of choices that are computed at a time, so that they fit into the cache nearest to the core."""
_DOUBLE = 2**53
_INT64 = 2**63


class Many(NamedTuple):
    """The totals of each choice: arrays of int64, or of Python integers if int64 could overflow."""

    bitops_weight: "NDArray[Any]"
    bitops_product: "NDArray[Any]"
    weight_bytes: "NDArray[Any]"


def evaluate_many(analysis: Analysis, weight_bits: "ArrayLike", activation_bits: "ArrayLike | None" = None) -> Many:
    """Compute the totals of one network for many choices of bits at once. Needs numpy.

    Args:
        analysis: The network.
        weight_bits: An integer array of shape [n, layers], in bits from 1 to 64. The layers are those with MACs, in
            order: ``[row.name for row in analysis.layers if row.weight_bits]``. A layer that uses the weights of
            another one has the bits of that one, whatever its own column says.
        activation_bits: An array of the same shape; by default the bits of the weights. ``analysis.activations`` then
            says which bits a layer reads, as in ``analyse``.

    Returns:
        ``bitops_weight`` and ``bitops_product`` in bit operations and ``weight_bytes`` in bytes, arrays of shape [n].
        They are equal to ``analysis.with_bits``, row by row. Totals that ``analysis.at_least`` names are lower bounds.
        ``docs/quantities.md`` has the formulas with their sources: BitOps are Σ MACs × weight bits, and Σ MACs ×
        weight bits × activation bits as in HAWQ. ``uniq`` and peaks are not computed, because the first is not an
        integer and the second not a sum over layers.

    Raises:
        OpError: The shape or the bits are wrong, or numpy is missing.

    >>> from calc import analyse, evaluate_many, load
    >>> analysis = analyse(load("seed_depthwise_example"))  # one layer, of 589,824 MACs
    >>> evaluate_many(analysis, [[2], [4]]).bitops_weight.tolist()
    [1179648, 2359296]
    """
    numpy = _numpy()
    if not isinstance(analysis, Analysis):
        raise OpError(f"{analysis!r:.60} is not an analysis", "evaluate_many(analyse(load(...)), …)")
    if analysis.original is not None:
        hint = "evaluate_many(analyse(load(...)), …); deployed, tables are as wide as the widest weights"
        raise OpError("evaluate_many counts networks as they are written, and this one is deployed", hint)
    layers = [index for index, row in enumerate(analysis.counts) if row.products]
    bits = _checked(numpy, weight_bits, len(layers), "weight_bits")
    own = bits if activation_bits is None else _checked(numpy, activation_bits, len(layers), "activation_bits")
    if own.shape != bits.shape:
        raise OpError(f"activation_bits are {own.shape}, weight_bits {bits.shape}")
    taken = holders(analysis.graph, [row.products for row in analysis.counts])
    if taken:
        columns = [layers.index(taken.get(index, index)) for index in layers]
        same = own is bits
        bits = bits[:, columns]
        own = bits if same else own[:, columns]
    sources = _sources(analysis, layers)
    counts = [analysis.counts[index] for index in layers]
    of_weights = _Product(
        numpy, [[_macs(row, weights=True) for row in counts], [row.weight_elements for row in counts]]
    )
    of_activations = _Product(numpy, [[_macs(row, weights=False) for row in counts]])
    sums = analysis.workload.sums
    others = other_bits([sums])
    kind = object if max(sums.macs * WIDEST**2, sums.params * WIDEST) >= _INT64 else numpy.int64
    found = Many(*[numpy.empty(len(bits), kind) for _ in Many._fields])
    for first in range(0, len(bits), _ROWS):
        rows = slice(first, first + _ROWS)
        wide = bits[rows].astype(numpy.float64)
        read = wide if own is bits else own[rows].astype(numpy.float64)
        if sources is not None:
            read = _read(numpy, read, sources)
        found.bitops_weight[rows], weight_bits_total = of_weights(wide)
        found.weight_bytes[rows] = (weight_bits_total + others + 7) // 8
        found.bitops_product[rows] = of_weights(wide * read)[0]
        if of_activations.whole:
            found.bitops_weight[rows] += of_activations(read)[0]
            found.bitops_product[rows] += of_activations(read * read)[0]
    return found


def _macs(counts: Counts, *, weights: bool) -> int:
    """Return the MACs of products with weights, or those of products of two activations."""
    return sum([product.macs for product in counts.products if (product.weight is not None) == weights])


class _Product:
    """The exact product of arrays of shape [n, layers] with columns of counts. ``whole`` is the largest column sum.

    The counts are split into parts so small that no sum of them, times the square of the bits, exceeds the exact range
    of a double.
    """

    def __init__(self, numpy: Any, columns: list[list[int]]) -> None:
        self.numpy = numpy
        self.whole = whole = max([sum(column) for column in columns])
        layers = max(1, len(columns[0]))
        self.digits = max(1, (_DOUBLE // (WIDEST**2 * layers)).bit_length() - 1)
        self.parts = 1 if whole * WIDEST**2 < _DOUBLE else -(-max(map(max, columns)).bit_length() // self.digits)
        self.exact = object if whole * WIDEST**2 >= _INT64 else numpy.int64
        mask = (1 << self.digits) - 1
        cut = [
            [
                [value >> (part * self.digits) & mask if self.parts > 1 else value for value in column]
                for column in columns
            ]
            for part in range(self.parts)
        ]
        self.columns = len(columns)
        self.matrix = numpy.array([column for part in cut for column in part], numpy.float64).T.copy()

    def __call__(self, rows: Any) -> list[Any]:
        sums = (rows @ self.matrix).T
        found = [sums[column].astype(self.numpy.int64).astype(self.exact) for column in range(self.columns)]
        for part in range(1, self.parts):
            for column in range(self.columns):
                more = sums[part * self.columns + column].astype(self.numpy.int64).astype(self.exact)
                found[column] = found[column] + (more << part * self.digits)
        return found


def _checked(numpy: Any, given: "ArrayLike", layers: int, name: str) -> Any:
    try:
        bits = numpy.asarray(given)
    except (TypeError, ValueError, OverflowError):
        fact = f"{name} are rows of different lengths; each must have {layers}, one for each layer with MACs"
        raise OpError(fact) from None
    if bits.ndim != 2 or bits.shape[1] != layers:
        raise OpError(f"{name} has the shape {bits.shape}; must be [n, {layers}], a column for each layer with MACs")
    if bits.dtype.kind not in "iu":
        raise OpError(f"{name} are {bits.dtype}; must be integers")
    if bits.size and (bits.min() < NARROWEST or bits.max() > WIDEST):
        raise OpError(f"{name} run from {bits.min()} to {bits.max()}; must be {NARROWEST} to {WIDEST}")
    return bits


def _sources(analysis: Analysis, layers: list[int]) -> list[tuple[int, list[int]]] | None:
    """Return, for each layer, a least width and the layers that write its inputs.

    None means that each layer has its own width.
    """
    if analysis.activations == "same":
        return None
    if analysis.activations != "producer":
        return [(int(analysis.activations), []) for _ in layers]
    return _producers(analysis.graph, layers)


def _producers(graph: Graph, layers: list[int]) -> list[tuple[int, list[int]]]:
    """Return the rule of ``calc.precision.activations`` for producers, with layers in place of widths."""
    column = {index: at for at, index in enumerate(layers)}
    inputs = len(graph.inputs)
    written: list[tuple[int, set[int]]] = [(IMAGE_BITS, set())] * inputs
    found: list[tuple[int, list[int]]] = []
    for index, node in enumerate(graph.nodes):
        if index < inputs:
            continue
        arriving = [written[source] for source in node.inputs if graph.nodes[source].batched]
        least = max([fixed for fixed, _ in arriving], default=0)
        read = set().union(*[columns for _, columns in arriving])
        if node.op.takes == "int":
            written.append((PAPER.norms.code_bits, set()))
        elif index not in column:
            written.append((least, read))
        if index not in column:
            continue
        own = column[index]
        found.append((least, sorted(read)) if least or read else (0, [own]))
        written.append((0, {own}))
    return found


def _read(numpy: Any, own: Any, sources: list[tuple[int, list[int]]]) -> Any:
    read = numpy.empty_like(own)
    for column, (least, columns) in enumerate(sources):
        read[:, column] = least
        for source in columns:
            numpy.maximum(read[:, column], own[:, source], out=read[:, column])
    return read


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise OpError("evaluate_many needs numpy, which is not installed", install_hint("search")) from None
    return numpy
