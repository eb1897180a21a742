"""Refuses parameters that a forward reads but no module holds, as in a plain list. They are in no state dict."""

import gc
from collections.abc import Iterator

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from verify.errors import VerifyError

_HINT = "put layers into an nn.ModuleList and parameters into an nn.ParameterList, not into a plain list"


def require_parameters_saved(source: str, network: nn.Module | ExportedProgram, program: ExportedProgram) -> None:
    """Raise VerifyError if ``program``, traced from ``network``, reads parameters that are not in its state dict.

    Saved programs are not checked, because they do not tell which of these tensors are parameters.
    """
    if isinstance(network, ExportedProgram):
        return
    others = set(map(_storage, _constants_read(program)))
    if others:
        others -= {*map(_storage, network.parameters()), *map(_storage, network.buffers())}
    found = [each for each in _learnable() if _storage(each) in others] if others else []
    if found:
        tensors = f"{len(found)} learnable tensor{'s' if len(found) > 1 else ''}"
        elements = sum([each.numel() for each in found])
        fact = f"its forward reads {tensors} with {elements:,} elements that are not in its state dict"
        raise VerifyError(f"{source}: {fact}, because no module holds them", _HINT)


def _constants_read(program: ExportedProgram) -> Iterator[torch.Tensor]:
    """Yield the tensors that ``program`` reads directly, which are neither parameters nor buffers."""
    read = {node.name for node in program.graph.nodes if node.users}
    for spec in program.graph_signature.input_specs:
        if spec.kind == InputKind.CONSTANT_TENSOR and spec.arg.name in read:
            constant = program.constants[str(spec.target)]
            assert isinstance(constant, torch.Tensor)
            yield constant


def _learnable() -> Iterator[torch.Tensor]:
    """Yield every parameter of this process, because a program's constants are not marked as parameters."""
    for each in gc.get_objects():
        if not issubclass(type(each), torch.Tensor):
            continue
        if isinstance(each, nn.Parameter) or (each.requires_grad and each.is_leaf):
            yield each


def _storage(tensor: torch.Tensor) -> int:
    """Return an identity that tensors share if they show the same elements."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):  # a sparse tensor has no storage
        return id(tensor)
