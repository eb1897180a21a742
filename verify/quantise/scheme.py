"""The scheme by which a tensor is quantised: width, grid, granularity and the estimator of the range."""

from dataclasses import dataclass
from typing import Literal, get_args

from verify.quantise.errors import QuantiseError

Estimator = Literal["max", "percentile", "mse", "given"]
Kind = Literal["uniform", "binary", "ternary"]

MAX_BITS = 16


def code_range(bits: int, symmetric: bool, narrow_range: bool) -> tuple[int, int]:
    """Return the smallest and largest code of a uniform grid: two's complement if symmetric, from 0 if affine.

    A narrow range leaves out the lowest code, so that a symmetric grid has as many codes below zero as above.
    """
    lowest = -(1 << (bits - 1)) if symmetric else 0
    return lowest + narrow_range, lowest + (1 << bits) - 1


@dataclass(frozen=True)
class Scheme:
    """One way to quantise a tensor. The default is per tensor, symmetric, full range, with scale = max|w| / qmax.

    ``bits``: 1 to 16; 1 is binary, ±mean|w| (Rastegari et al. 2016, XNOR-Net).
    ``symmetric``: zero point 0 and signed codes; otherwise affine, with codes from 0.
    ``axis``: the channel axis of a per-channel scheme; None for per tensor.
    ``narrow_range``: leaves out the lowest code.
    ``estimator``: the source of the range. ``max`` covers all values. ``percentile`` covers ``percentile`` per cent of
    the magnitudes, or of the values from each end if affine. ``mse`` is the clipped range with the least squared
    error. ``given`` takes scale and zero point from the caller.
    ``ternary``: three levels in 2 bits (Li, Zhang and Liu 2016, Ternary Weight Networks).

    Raises QuantiseError if these do not fit together.
    """

    bits: int
    symmetric: bool = True
    axis: int | None = None
    narrow_range: bool = False
    estimator: Estimator = "max"
    percentile: float = 99.9
    ternary: bool = False

    def __post_init__(self) -> None:
        if type(self.bits) is not int or not 1 <= self.bits <= MAX_BITS:
            raise QuantiseError(f"bits={self.bits!r} is not a whole number from 1 to {MAX_BITS}")
        if self.ternary and self.bits != 2:
            raise QuantiseError(f"ternary has 3 levels, which need bits=2, not bits={self.bits}")
        if self.estimator not in get_args(Estimator):
            raise QuantiseError(f"estimator {self.estimator!r} is not one of {', '.join(get_args(Estimator))}")
        if not 0 < self.percentile <= 100:
            raise QuantiseError(f"percentile={self.percentile} is not above 0 and at most 100")
        if self.axis is not None and (type(self.axis) is not int or self.axis < 0):
            raise QuantiseError(f"axis={self.axis!r} must be an integer from 0 on")
        if self.kind != "uniform":
            if not self.symmetric:
                raise QuantiseError(f"a {self.kind} scheme has no affine form", "use symmetric=True")
            if self.estimator != "max":
                raise QuantiseError(f"a {self.kind} scheme has no range to estimate, but estimator={self.estimator!r}")

    @property
    def kind(self) -> Kind:
        """The kind of grid: ``uniform``, or the fixed codes of ``binary`` and ``ternary``."""
        if self.ternary:
            return "ternary"
        return "binary" if self.bits == 1 else "uniform"

    @property
    def levels(self) -> int:
        """The number of codes of the scheme."""
        return 2 if self.kind == "binary" else self.qmax - self.qmin + 1

    @property
    def qmin(self) -> int:
        """The smallest code."""
        if self.kind != "uniform":
            return -1
        return code_range(self.bits, self.symmetric, self.narrow_range)[0]

    @property
    def qmax(self) -> int:
        """The largest code."""
        if self.kind != "uniform":
            return 1
        return code_range(self.bits, self.symmetric, self.narrow_range)[1]
