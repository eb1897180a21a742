"""Reads the inputs of an ONNX file: the batch axis, and the sizes that the file leaves open."""

from collections.abc import Mapping
from typing import NamedTuple

from calc.errors import OpError, Problem, SpecError, nearest
from calc.importing.value import BatchAxis
from calc.model.tensor import Dtype
from calc.onnx.model import OnnxInput, OnnxModel, OnnxNode, OnnxPlace, Subgraph
from calc.onnx.values import Sizes
from calc.ops.base.input import Channels

SECOND = 3
"""The batch size that is tried in addition to 1 if the file leaves the batch open."""
IDS = ("int32", "int64")
OVER_MAPS = (
    "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "GlobalAveragePool", "GlobalMaxPool",
    "InstanceNormalization", "MaxPool",
)  # fmt: skip
"""Ops that expect the channels of their input on axis 1."""
KEEPS_IDS = (
    "Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Squeeze", "Transpose",
    "Unsqueeze",
)  # fmt: skip
"""Ops that pass on token ids, which are their first input."""
MAKES_IDS = ("Add", "Mul", "Sub")
"""Ops that compute token ids from token ids."""


class GivenInput(NamedTuple):
    """An input with the sizes of one sample, and the place of the batch in the tensor of the file.

    ``number`` is the fixed value of an input that is a single integer instead of a tensor.
    """

    name: str
    sample: Sizes
    batch: BatchAxis | None
    dtype: Dtype
    channels: Channels = "first"
    is_bool: bool = False
    number: int | None = None


class Arrivals(NamedTuple):
    """All inputs. ``batches`` has the batch sizes to compute: 1 and another one, or the one that the file fixes."""

    inputs: tuple[GivenInput, ...]
    batches: tuple[int, ...]


def given_inputs(model: OnnxModel, sizes: Sizes | Mapping[str, Sizes] | None) -> Arrivals:
    """Return the inputs of ``model`` for ``sizes``, which are the sizes of one sample.

    If ``sizes`` name every axis of an input, none of its axes is the batch. Raises SpecError with every size that is
    missing or contradicts the file.
    """
    given = _by_name(model, sizes)
    batch = _batch_of(model.inputs, given)
    reading = _Reading(_ids(model), _over_maps(model), batch, named=len(model.inputs) > 1)
    found, problems = [], []
    for each in model.inputs:
        try:
            found.append(reading.input(each, given.get(each.name)))
        except OpError as error:
            problems.append(Problem(OnnxPlace(model.path), error.fact, error.hint))
    if problems:
        raise SpecError(problems)
    return Arrivals(tuple(found), (1, SECOND) if batch.number is None else (batch.number,))


class _Batch(NamedTuple):
    """The name that the file gives to the batch size, or the number if it is fixed."""

    word: str
    number: int | None


class _Reading(NamedTuple):
    """The facts for reading the inputs: ``ids`` are token ids, and ``over_maps`` have channels before spatial axes."""

    ids: set[str]
    over_maps: set[str]
    batch: _Batch
    named: bool

    def input(self, each: OnnxInput, own: Sizes | None) -> GivenInput:
        """Return the input ``each`` with the sizes ``own``. Raises OpError if they do not fit or are missing."""
        if not each.sizes:
            return _number(each, own)
        axis = None if own is not None and len(own) == len(each.sizes) else _axis(each, self.batch)
        wanted = [size for at, size in enumerate(each.sizes) if at != axis]
        shown = "×".join(["batch" if at == axis else str(size) for at, size in enumerate(each.sizes)])[:200]
        option = f"--input {each.name[:60]}=" if self.named else "--input "
        if own is not None and (
            len(own) != len(wanted)
            or any(isinstance(size, int) and size != other for size, other in zip(wanted, own, strict=False))
        ):
            raise OpError(f"{option}{'x'.join(map(str, own))}: in the file, {each.name[:60]} is {shown}")
        sizes = tuple([size for size in own or wanted if isinstance(size, int)])
        if len(sizes) < len(wanted):
            example = "x".join([str(size) if isinstance(size, int) else "SIZE" for size in wanted])
            fact = f"the file leaves sizes of the input {each.name[:60]} open: {shown}"
            raise OpError(fact, f"{option}{example}, with a number for each SIZE")
        channels: Channels = "first" if len(sizes) > 2 or each.name in self.over_maps else "last"
        dtype: Dtype = "int64" if each.name in self.ids else "float32"
        batch = None if axis is None else BatchAxis(axis)
        return GivenInput(each.name, sizes, batch, dtype, channels, each.type == "bool")


def _number(each: OnnxInput, own: Sizes | None) -> GivenInput:
    """Return an input that is a single integer with the value ``own``. Raises OpError if ``own`` is missing."""
    if own is not None and len(own) == 1 and each.type in IDS:
        return GivenInput(each.name, (), None, "int64", number=own[0])
    fact = f"the input {each.name[:60]} is a single number, {each.type}, which a network of calc cannot read"
    hint = f"--input {each.name[:60]}=NUMBER fixes it" if each.type in IDS else "export the network with it fixed"
    raise OpError(fact, hint)


def _by_name(model: OnnxModel, sizes: Sizes | Mapping[str, Sizes] | None) -> Mapping[str, Sizes]:
    names = [each.name for each in model.inputs]
    if sizes is None:
        return {}
    place = OnnxPlace(model.path)
    if not isinstance(sizes, Mapping):
        if len(names) != 1:
            given = "x".join(map(str, sizes))
            fact = f"it has {len(names)} inputs ({', '.join(names)[:200]}), so say which of them is {given}"
            raise SpecError([Problem(place, fact, f"--input {names[0][:60]}=SIZES" if names else "")])
        return {names[0]: tuple(sizes)}
    unknown = [name for name in sizes if name not in names]
    if unknown:
        facts = [
            (f"it has no input {name[:60]}; its inputs are {', '.join(names)[:200]}", nearest(name, names, ()))
            for name in unknown
        ]
        raise SpecError([Problem(place, fact, hint) for fact, hint in facts])
    return {name: tuple(each) for name, each in sizes.items()}


def _batch_of(inputs: tuple[OnnxInput, ...], given: Mapping[str, Sizes]) -> _Batch:
    """Return the batch size, from axis 0 of the first input.

    If axis 0 has a fixed size and another axis is named like a batch, that axis is the batch.
    """
    for each in inputs:
        if each.sizes and len(given.get(each.name, ())) != len(each.sizes):
            first = each.sizes[0]
            if isinstance(first, str):
                return _Batch(first, None)
            named = [size for size in each.sizes if isinstance(size, str) and _is_batch(size)]
            return _Batch(named[0], None) if len(named) == 1 else _Batch("", first)
    return _Batch("", 1)


def _is_batch(word: str) -> bool:
    """Return whether the name of a size suggests a batch."""
    return word.lower() in ("n", "b", "bs") or word.lower().startswith("batch")


def _axis(each: OnnxInput, batch: _Batch) -> int:
    """Return the axis of ``each`` that is the batch."""
    if batch.number is not None:
        return each.sizes.index(batch.number) if batch.number in each.sizes else 0
    if batch.word != "?" and batch.word in each.sizes:
        return each.sizes.index(batch.word)
    open_axes = [at for at, size in enumerate(each.sizes) if isinstance(size, str)]
    return 0 if 0 in open_axes or not open_axes else open_axes[0]


def _over_maps(model: OnnxModel) -> set[str]:
    """Return the names of tensors that are read as feature maps with channels."""
    return {node.inputs[0] for node in model.graph.nodes if node.op in OVER_MAPS and node.inputs}


def _ids(model: OnnxModel) -> set[str]:
    """Return the inputs that are used as indices of a table."""
    sources: dict[str, set[str]] = {each.name: {each.name} for each in model.inputs if each.type in IDS}
    found: set[str] = set()
    _follow(model.graph, sources, found)
    return found


def _follow(graph: Subgraph, sources: dict[str, set[str]], found: set[str]) -> None:
    for node in graph.nodes:
        if node.op == "Gather" and not node.domain and len(node.inputs) > 1:
            found |= sources.get(node.inputs[1], set())
        for value in node.attributes.values():
            if isinstance(value, Subgraph):
                _follow(value, sources, found)
        if node.op in (*KEEPS_IDS, *MAKES_IDS) and not _is_to_float(node):
            read = node.inputs if node.op in MAKES_IDS else node.inputs[:1]
            arrived = set().union(*[sources.get(name, set()) for name in read])
            for name in node.outputs if arrived else ():
                sources[name] = arrived


def _is_to_float(node: OnnxNode) -> bool:
    return node.op == "Cast" and node.attributes.get("to") in (1, 10, 11, 16)
