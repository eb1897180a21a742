"""The two grids that are no uniform range: binary and ternary. Rows have shape (channels, elements)."""

import torch
from torch import Tensor

from verify.quantise.ranges import RoundingGrid, usable_scale
from verify.quantise.scheme import Scheme

TERNARY_THRESHOLD = 0.7  # of mean|w|: the approximate optimum of Li, Zhang and Liu 2016


def binary_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Codes -1 and 1 and the scale mean|w| of each row (Rastegari et al. 2016); zero counts as positive."""
    return torch.where(rows >= 0, 1, -1), rows.abs().mean(dim=1, dtype=torch.float64)


def ternary_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Codes -1, 0 and 1 by a threshold on |w|, and as scale the mean of the |w| above it (Li et al. 2016)."""
    magnitudes = rows.abs()
    kept = magnitudes > TERNARY_THRESHOLD * magnitudes.mean(dim=1, keepdim=True, dtype=torch.float64)
    total = (magnitudes * kept).sum(dim=1, dtype=torch.float64)
    return rows.sign() * kept, total / kept.sum(dim=1).clamp(min=1)


def low_bit_grid(rows: Tensor, scheme: Scheme) -> tuple[Tensor, RoundingGrid]:
    """Codes (int32, shaped as ``rows``) and the grid of a binary or ternary scheme.

    An all-zero row has codes 0, also in the binary scheme: it has no magnitude to give a sign to.
    Raises QuantiseError where a scale would be too large for float32.
    """
    codes, exact_scale = binary_codes(rows) if scheme.kind == "binary" else ternary_codes(rows)
    scale, all_zero = usable_scale(exact_scale)
    codes = codes.masked_fill(all_zero[:, None], 0).to(torch.int32)
    zero_point = torch.zeros_like(scale, dtype=torch.int32)
    return codes, RoundingGrid(scale, zero_point, all_zero)
