"""Finds the types of the elements of a network's inputs: numbers, token ids that are looked up, or booleans."""

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter
from types import MappingProxyType

import torch
from torch.export import ExportedProgram

from verify.errors import VerifyError
from verify.importers.ids import are_looked_up
from verify.importers.packets import packet

ElementTypes = Mapping[str, torch.dtype]
"""The dtype of each input by its name: float32, int64 for token ids, or bool for a mask."""

_OF_IDS = re.compile(r"(^|_)(ids?|idx|tokens?|indices|labels?)$")
_OF_PADDING = re.compile(r"(^|_)padding_mask$|^bool_")
"""Names of inputs for which the modules of PyTorch and of other libraries recommend booleans."""
_OF_MASKS = re.compile(r"mask|(^|_)(pad|padding|valid|visible|keep)(_|$)|^is_")
_STATED = MappingProxyType(
    {
        torch.bool: re.compile(r"\b(BoolTensor|Bool\[)"),
        torch.int64: re.compile(r"\b(LongTensor|IntTensor|Int\[|Int64\[)"),
        torch.float32: re.compile(r"\b(FloatTensor|Float\[)"),
    }
)
"""The annotations of each dtype, such as ``torch.BoolTensor | None``, or ``Bool[Tensor, "n"]`` of jaxtyping."""
_BITWISE = ("and", "or", "xor", "not")
_INDEXED = ("index", "index_put")
_OF_TYPES = (
    "scalar type",
    "Long",
    "long",
    "indices",
    "dtype",
    "same type",
    "must be integer",
    "Int",
    "bool",
    "Bool",
    "floating point",
)


def wants_other_type(error: Exception) -> bool:
    """Return whether ``error`` may come from elements of another type than the forward takes."""
    return any(word in str(error.__cause__ or error) for word in _OF_TYPES)


def types_to_try(names: Sequence[str], parameters: Sequence[Parameter]) -> Iterator[ElementTypes]:
    """Yield the types of the inputs ``names`` to try, the likeliest first.

    A type that an annotation in ``parameters`` states is used in all of them.
    """
    stated = {each.name: dtype for each in parameters for dtype in _STATED if _is_stated(each, dtype)}
    likely = {name: stated.get(name, _by_name(name)) for name in names}
    others = [name for name in names if name not in stated]
    masked = likely | {name: torch.bool for name in others if _OF_MASKS.search(name)}
    all_alike = [likely | dict.fromkeys(others, dtype) for dtype in (torch.int64, torch.float32)]
    one_other = [
        each | {name: dtype} for each in (likely, masked) for name in others for dtype in (torch.bool, torch.int64)
    ]
    one_float = [likely | dict.fromkeys(others, torch.int64) | {name: torch.float32} for name in others]
    tried: list[ElementTypes] = []
    for each in (likely, masked, *all_alike, *one_other, *one_float):
        if each not in tried:
            tried.append(each)
            yield each


def with_ids_alone(program: ExportedProgram, types: ElementTypes, likely: ElementTypes) -> ElementTypes:
    """Return ``types``, with floats for inputs of ``program`` that are integers only by a guess and not looked up.

    They stay integers if nothing is looked up.
    """
    arriving = set(program.graph_signature.user_inputs)
    nodes = [node for node in program.graph.nodes if node.name in arriving and node.name in types]
    guessed = [each for each in nodes if types[each.name] == torch.int64 != likely[each.name]]
    numbers = [each.name for each in guessed if not are_looked_up(each)]
    return {**types, **dict.fromkeys(numbers, torch.float32)} if len(numbers) < len(guessed) else types


def require_integers(program: ExportedProgram) -> None:
    """Raise VerifyError for bitwise operations on floats, and floats as indices, which are traced but cannot run."""
    for node in program.graph.nodes:
        name = packet(node.target).strip("_").removeprefix("bitwise_")
        read = node.all_input_nodes if name in _BITWISE else node.args[1] if name in _INDEXED else ()
        for each in filter(None, read):
            if each.meta["val"].is_floating_point():
                raise VerifyError(f"{node.target} takes integers or bool, got {each.meta['val'].dtype}")


def _is_stated(parameter: Parameter, dtype: torch.dtype) -> bool:
    return parameter.annotation is not Parameter.empty and _STATED[dtype].search(str(parameter.annotation)) is not None


def _by_name(name: str) -> torch.dtype:
    if _OF_IDS.search(name):
        return torch.int64
    return torch.bool if _OF_PADDING.search(name) else torch.float32
