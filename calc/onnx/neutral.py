"""Decides whether the scale and the shift of a norm only fill inputs of a node that ONNX requires."""

from calc.onnx.names import is_made_up
from calc.onnx.stored import FileTensor

_MOST_CHANNELS = 2**16


def changes_nothing(scale: FileTensor, shift: FileTensor) -> bool:
    """Return whether ``scale`` is 1 and ``shift`` is 0 everywhere, and an exporter made up their names.

    A norm without parameters is exported so. A norm whose parameters were never trained has the same numbers, but its
    tensors have the names of parameters.
    """
    return _is_filler(scale, 1) and _is_filler(shift, 0)


def _is_filler(tensor: FileTensor, number: float) -> bool:
    is_small = tensor.elements < _MOST_CHANNELS and is_made_up(tensor.name)
    return is_small and bool((tensor.all_numbers() == number).all())
