"""Folds constants: computes the sizes and positions that exporters write as nodes.

Each function takes a node and the numbers of its inputs, and returns those of its outputs. The number of outputs is
known before they are computed, and the total for a file is limited.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from calc.errors import OpError
from calc.onnx.model import OnnxNode
from calc.onnx.stored import MOST_ELEMENTS, FileTensor, numpy_type

Array = Any
MOST_IN_ALL = 2**24
"""The most elements that are computed for a file."""


def foldable(op: str) -> bool:
    """Return whether calc computes nodes of ``op`` on constants."""
    return op in FUNCTIONS


def worked_out(node: OnnxNode, arrays: Sequence[Array | None]) -> tuple[Array, ...]:
    """Return the result of ``node`` for ``arrays``, with None for a missing input.

    Raises OpError if it has no result.
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            made = FUNCTIONS[node.op](np, node, list(arrays))
    except (
        ValueError,
        TypeError,
        IndexError,
        OverflowError,
        ZeroDivisionError,
        KeyError,
        MemoryError,
        AttributeError,
    ) as error:
        raise OpError(f"its result cannot be computed: {str(error)[:120] or type(error).__name__}") from None
    return made if isinstance(made, tuple) else (np.asarray(made),)


def check_elements(elements: int) -> None:
    """Raise OpError if so many numbers are not computed."""
    if elements > MOST_ELEMENTS:
        raise OpError(f"it would give {elements:,} constant numbers, but at most {MOST_ELEMENTS:,} are computed")


def _elementwise(name: str) -> Callable[..., Array]:
    def apply(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
        check_elements(prod(np.broadcast_shapes(*[each.shape for each in arrays])))
        found = arrays[0]
        if len(arrays) == 1:
            return getattr(np, name)(found)
        for other in arrays[1:]:
            found = getattr(np, name)(found, other)
        return found

    return apply


def _divide(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    x, other = arrays
    check_elements(prod(np.broadcast_shapes(x.shape, other.shape)))
    if np.issubdtype(x.dtype, np.integer):
        if not other.all():
            raise ZeroDivisionError("a division by 0")
        return np.trunc(x / other).astype(x.dtype) if (x < 0).any() or (other < 0).any() else x // other
    return x / other


def _modulo(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    x, other = arrays
    check_elements(prod(np.broadcast_shapes(x.shape, other.shape)))
    if np.issubdtype(x.dtype, np.integer) and not other.all():
        raise ZeroDivisionError("a division by 0")
    return np.fmod(x, other) if node.attributes.get("fmod") else np.mod(x, other)


def _power(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    x, other = arrays
    check_elements(prod(np.broadcast_shapes(x.shape, other.shape)))
    return np.power(x.astype(np.float64), other.astype(np.float64)).astype(x.dtype)


def _constant(np: Any, node: OnnxNode, _arrays: list[Array]) -> Array:
    given = node.attributes
    if isinstance(given.get("value"), FileTensor):
        return given["value"].numbers()
    for key, type_ in (
        ("value_float", "float32"),
        ("value_floats", "float32"),
        ("value_int", "int64"),
        ("value_ints", "int64"),
    ):
        if key in given:
            return np.array(given[key], dtype=type_)
    raise ValueError("it has no value that calc reads")


def _constant_of_shape(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    sizes = tuple(map(int, arrays[0].reshape(-1)))
    check_elements(prod(sizes))
    value = node.attributes.get("value")
    if value is None:
        return np.zeros(sizes, np.float32)
    fill = value.numbers().reshape(-1)
    return np.full(sizes, fill[0], fill.dtype)


def _gather(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    data, indices = arrays
    axis = node.attributes.get("axis", 0)
    check_elements(data.size // max(data.shape[axis], 1) * indices.size)
    return np.take(data, indices.astype(np.int64), axis=axis)


def _gather_elements(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    data, indices = arrays
    axis = node.attributes.get("axis", 0)
    return np.take_along_axis(data, indices.astype(np.int64), axis=axis)


def _gather_nd(_np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    data, indices = arrays
    if node.attributes.get("batch_dims", 0):
        raise ValueError("calc does not compute batch_dims")
    check_elements(prod(indices.shape[:-1]) * prod(data.shape[indices.shape[-1] :]))
    return data[tuple(indices.astype("int64").transpose(-1, *range(indices.ndim - 1)))]


def _concat(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    check_elements(sum([each.size for each in arrays]))
    return np.concatenate(arrays, axis=node.attributes.get("axis", 0))


def _cast(_np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    return arrays[0].astype(type_number(node.attributes["to"]))


def type_number(number: int) -> Any:
    """Return numpy's type for a number type of onnx.proto. Raises OpError."""
    import onnx

    kinds = onnx.TensorProto.DataType
    return numpy_type(kinds.Name(number).lower() if number in kinds.values() else str(number))


def _cast_like(_np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    return arrays[0].astype(arrays[1].dtype)


def _expand(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    sizes = np.broadcast_shapes(arrays[0].shape, tuple(map(int, arrays[1])))
    check_elements(prod(sizes))
    return np.broadcast_to(arrays[0], sizes).copy()


def _range(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    start, limit, delta = [each.reshape(-1)[0] for each in arrays]
    if not delta:
        raise ZeroDivisionError("a step of 0")
    check_elements(max(0, int((float(limit) - float(start)) / float(delta)) + 1))
    return np.arange(start, limit, delta, dtype=arrays[0].dtype)


def _reshape(_np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    data, wanted = arrays[0], [int(size) for size in arrays[1]]
    if not node.attributes.get("allowzero", 0):
        wanted = [data.shape[at] if size == 0 else size for at, size in enumerate(wanted)]
    return data.reshape(wanted)


def axes_given(node: OnnxNode, arrays: Sequence[Array | None], at: int = 1) -> tuple[int, ...] | None:
    """Return the ``axes``, which are an attribute in older opsets and input ``at`` in later ones."""
    if len(arrays) > at and arrays[at] is not None:
        return tuple([int(axis) for axis in arrays[at].reshape(-1)])  # type: ignore[union-attr]  # not None
    return node.attributes.get("axes")


def _squeeze(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    return np.squeeze(arrays[0], axes_given(node, arrays))


def _unsqueeze(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    axes = axes_given(node, arrays)
    if axes is None:
        raise ValueError("its axes are missing")
    return np.expand_dims(arrays[0], axes)


def _slice(_np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    data = arrays[0]
    return data[tuple(slices(node, arrays, data.shape))]


def as_integers(numbers: Any) -> tuple[int, ...]:
    """Return an array of numpy as Python integers. Raises OpError for nan and infinity."""
    found = []
    for each in numbers.reshape(-1):
        try:
            found.append(int(each))
        except (OverflowError, ValueError):
            raise OpError(f"it needs integers, but one of them is {each}") from None
    return tuple(found)


def slices(node: OnnxNode, arrays: Sequence[Array | None], sizes: Sequence[int]) -> list[slice]:
    """Return the part of each axis that a Slice takes, as Python's slices, from attributes (opset 9) or inputs."""
    if "starts" in node.attributes:
        starts, ends = node.attributes["starts"], node.attributes["ends"]
        axes, steps = node.attributes.get("axes"), None
    else:
        given = [None if each is None else as_integers(each) for each in arrays[1:]]
        starts, ends, axes, steps = [*given, None, None, None, None][:4]
    if starts is None or ends is None:
        raise OpError("its starts and ends are not constants")
    found = [slice(None)] * len(sizes)
    for at, (start, end) in enumerate(zip(starts, ends, strict=False)):
        axis = axes[at] if axes is not None else at
        step = steps[at] if steps is not None else 1
        if not -len(sizes) <= axis < len(sizes) or not step:
            raise OpError(f"axis {axis} in steps of {step} does not fit {len(sizes)} axes")
        size = sizes[axis]
        first, stop, step = slice(start, end, step).indices(size)
        found[axis] = slice(first, None if step < 0 and stop < 0 else stop, step)
    return found


def _transpose(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    return np.transpose(arrays[0], node.attributes.get("perm"))


def _tile(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    repeats = as_integers(arrays[1])
    check_elements(arrays[0].size * prod(repeats))
    return np.tile(arrays[0], repeats)


def _split(np: Any, node: OnnxNode, arrays: list[Array]) -> tuple[Array, ...]:
    axis = node.attributes.get("axis", 0)
    given = arrays[1] if len(arrays) > 1 and arrays[1] is not None else node.attributes.get("split")
    sizes = split_sizes(arrays[0].shape[axis], len(node.outputs), given)
    return tuple(np.split(arrays[0], np.cumsum(sizes)[:-1], axis=axis))


def split_sizes(size: int, parts: int, given: Sequence[int] | None) -> list[int]:
    """Return the number of positions in each part of a Split: as given, or as equal as possible."""
    if given is not None:
        return [int(each) for each in given]
    chunk = -(-size // parts)
    return [min(chunk, size - at * chunk) for at in range(parts)]


def _reduce(name: str) -> Callable[..., Array]:
    def apply(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
        axes = axes_given(node, arrays)
        if not axes:
            if axes is not None or node.attributes.get("noop_with_empty_axes"):
                return arrays[0]
            axes = None
        return np.asarray(getattr(np, name)(arrays[0], axis=axes, keepdims=bool(node.attributes.get("keepdims", 1))))

    return apply


def _where(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    check_elements(prod(np.broadcast_shapes(*[each.shape for each in arrays])))
    return np.where(*arrays)


def _triangle(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    offset = int(arrays[1]) if len(arrays) > 1 and arrays[1] is not None else 0
    return np.triu(arrays[0], offset) if node.attributes.get("upper", 1) else np.tril(arrays[0], offset)


def _cumulative(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    if node.attributes.get("exclusive") or node.attributes.get("reverse"):
        raise ValueError("calc does not compute exclusive and reverse sums")
    return np.cumsum(arrays[0], axis=int(arrays[1]))


def _clip(np: Any, node: OnnxNode, arrays: list[Array]) -> Array:
    low, high = [(arrays[at] if len(arrays) > at else None) for at in (1, 2)]
    low = node.attributes.get("min") if low is None else low
    high = node.attributes.get("max") if high is None else high
    return arrays[0] if low is None and high is None else np.clip(arrays[0], low, high)


def _non_zero(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    return np.array(np.nonzero(arrays[0]), dtype=np.int64)


def _scatter(np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    data, indices, updates = arrays
    found = data.copy()
    found[tuple(np.moveaxis(indices, -1, 0))] = updates
    return found


def _identity(_np: Any, _node: OnnxNode, arrays: list[Array]) -> Array:
    return arrays[0]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Abs": _elementwise("abs"), "Add": _elementwise("add"), "And": _elementwise("logical_and"), "Cast": _cast,
    "CastLike": _cast_like, "Ceil": _elementwise("ceil"), "Clip": _clip, "Concat": _concat, "Constant": _constant,
    "ConstantOfShape": _constant_of_shape, "Cos": _elementwise("cos"), "CumSum": _cumulative, "Div": _divide,
    "Equal": _elementwise("equal"), "Exp": _elementwise("exp"), "Expand": _expand, "Floor": _elementwise("floor"),
    "Gather": _gather, "GatherElements": _gather_elements, "GatherND": _gather_nd, "Greater": _elementwise("greater"),
    "GreaterOrEqual": _elementwise("greater_equal"),
    "Identity": _identity, "Less": _elementwise("less"), "LessOrEqual": _elementwise("less_equal"),
    "Log": _elementwise("log"), "Max": _elementwise("maximum"), "Min": _elementwise("minimum"), "Mod": _modulo,
    "Mul": _elementwise("multiply"), "Neg": _elementwise("negative"), "NonZero": _non_zero,
    "Not": _elementwise("logical_not"), "Or": _elementwise("logical_or"), "Pow": _power, "Range": _range,
    "Reciprocal": _elementwise("reciprocal"), "ReduceMax": _reduce("max"), "ReduceMean": _reduce("mean"),
    "ReduceMin": _reduce("min"), "ReduceProd": _reduce("prod"), "ReduceSum": _reduce("sum"), "Reshape": _reshape,
    "Round": _elementwise("round"), "ScatterND": _scatter, "Sign": _elementwise("sign"), "Sin": _elementwise("sin"),
    "Slice": _slice, "Split": _split, "Sqrt": _elementwise("sqrt"), "Squeeze": _squeeze,
    "Sub": _elementwise("subtract"), "Sum": _elementwise("add"), "Tile": _tile, "Transpose": _transpose,
    "Trilu": _triangle, "Unsqueeze": _unsqueeze, "Where": _where, "Xor": _elementwise("logical_xor"),
}  # fmt: skip
"""The function that computes each op."""
