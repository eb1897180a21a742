"""Drawn tensors for the quantiser tests, with many values on and next to the ties of rounding."""

import math

import torch
from hypothesis import strategies as st
from torch import Tensor

scales = st.builds(math.ldexp, st.floats(0.5, 1, exclude_max=True, width=32), st.integers(-30, 20))


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Whether two float32 tensors are equal to the last bit, the sign of zero included."""
    return a.shape == b.shape and torch.equal(a.contiguous().view(torch.int32), b.contiguous().view(torch.int32))


@st.composite
def near_ties(draw: st.DrawFn, scale: float, qmin: int, qmax: int, elements: int) -> Tensor:
    """(k + half) · scale, as float32 and moved by up to 2 steps of float32, with k in and a little beyond the codes."""
    multiple = st.tuples(st.integers(qmin - qmax - 3, qmax - qmin + 3), st.sampled_from([0.0, 0.5]), st.integers(-2, 2))
    drawn = draw(st.lists(multiple, min_size=elements, max_size=elements))
    values = torch.tensor([(k + half) * scale for k, half, _ in drawn])
    moves = torch.tensor([move for _, _, move in drawn])
    for distance in (1, 2):
        moved = torch.nextafter(values, torch.copysign(torch.tensor(math.inf), moves))
        values = torch.where(moves.abs() >= distance, moved, values)
    return values


@st.composite
def weights(draw: st.DrawFn, max_channels: int = 4, max_elements: int = 12) -> Tensor:
    """A float32 tensor of shape (channels, elements), of any scale, some channels all zero."""
    channels, elements = draw(st.integers(1, max_channels)), draw(st.integers(1, max_elements))
    value = st.floats(-1, 1, width=32)
    rows = [
        [number * factor for number in draw(st.lists(value, min_size=elements, max_size=elements))]
        for factor in draw(st.lists(st.sampled_from([0.0, 1e-20, 1.0, 1e10]), min_size=channels, max_size=channels))
    ]
    return torch.tensor(rows, dtype=torch.float32)
