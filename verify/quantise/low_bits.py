"""The two grids that are not uniform: binary and ternary. Rows have the shape (channels, elements)."""

import torch
from torch import Tensor

from verify.quantise.ranges import RoundingGrid, usable_scale
from verify.quantise.scheme import Scheme

TERNARY_THRESHOLD = 0.7  # times mean|w|, the approximate optimum of Li, Zhang and Liu 2016


def binary_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the codes -1 and 1 and the scale mean|w| of each row (Rastegari et al. 2016); zero counts as positive."""
    return torch.where(rows >= 0, 1, -1), rows.abs().mean(dim=1, dtype=torch.float64)


def ternary_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the codes -1, 0 and 1 by a threshold on |w|.

    The scale is the mean of the |w| above it (Li et al. 2016).
    """
    magnitudes = rows.abs()
    kept = magnitudes > TERNARY_THRESHOLD * magnitudes.mean(dim=1, keepdim=True, dtype=torch.float64)
    total = (magnitudes * kept).sum(dim=1, dtype=torch.float64)
    return rows.sign() * kept, total / kept.sum(dim=1).clamp(min=1)


def low_bit_grid(rows: Tensor, scheme: Scheme) -> tuple[Tensor, RoundingGrid]:
    """Return the codes (int32, with the shape of ``rows``) and the grid of a binary or ternary scheme.

    An all-zero row has the codes 0, also in the binary scheme, because its scale would be 0.

    Raises QuantiseError if a scale is too large for float32.
    """
    codes, exact_scale = binary_codes(rows) if scheme.kind == "binary" else ternary_codes(rows)
    scale, all_zero = usable_scale(exact_scale)
    codes = codes.masked_fill(all_zero[:, None], 0).to(torch.int32)
    zero_point = torch.zeros_like(scale, dtype=torch.int32)
    return codes, RoundingGrid(scale, zero_point, all_zero)
