"""Arranges tensors as the arguments that a program of torch.export takes."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, TensorArgument
from torch.utils._pytree import tree_unflatten


def program_arguments(
    program: ExportedProgram, tensors: Sequence[torch.Tensor]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the positional and the keyword arguments of ``program`` in which ``tensors`` are its inputs, in order.

    Numbers, texts and None are those that the program was exported with.
    """
    arriving = iter(tensors)
    taken = [each.arg for each in program.graph_signature.input_specs if each.kind == InputKind.USER_INPUT]
    leaves = [next(arriving) if isinstance(each, TensorArgument) else getattr(each, "value", None) for each in taken]
    args, kwargs = tree_unflatten(leaves, program.call_spec.in_spec)
    return args, kwargs
