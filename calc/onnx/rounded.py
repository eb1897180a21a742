"""Tensors that a file stores as codes with scales: their storage format, and the numbers that the codes represent."""

from math import prod
from typing import Any

from calc.errors import OpError
from calc.formats import Format, format_named
from calc.formats.plain import plain_codes
from calc.onnx.stored import BITS, INTEGERS
from calc.onnx.values import Fixed, HeldWeight, KnownNumbers, Sizes, sizes_text


class Dequantised:
    """A function from codes to numbers: (code − zero point) · scale.

    There is one scale for the whole tensor, for each position of an axis, or for each block along it. Two of these
    functions are equal if they have the same scale.
    """

    def __init__(self, scale: Fixed, zero: Fixed | None, axis: int, block: int) -> None:
        self._scale, self._zero, self._axis, self._block = scale, zero, axis, block

    def __call__(self, codes: Any) -> Any:
        scale = self._spread(self._scale.array(), codes.shape)
        numbers = codes.astype(scale.dtype)
        if self._zero is not None:
            numbers = numbers - self._spread(self._zero.array(), codes.shape).astype(scale.dtype)
        return numbers * scale

    def _spread(self, values: Any, sizes: Sizes) -> Any:
        import numpy as np

        if values.size == 1:
            return values.reshape((1,) * len(sizes))
        if self._block:
            wide = np.repeat(values, self._block, axis=self._axis)
            return wide.take(range(sizes[self._axis]), axis=self._axis)
        return values.reshape([size if at == self._axis else 1 for at, size in enumerate(sizes)])

    def _key(self) -> tuple[Any, ...]:
        held = self._scale
        name = held.stored.name if isinstance(held, HeldWeight) else held.array().tobytes()
        return name, self._axis, self._block

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dequantised) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


class Rounded:
    """A function that rounds numbers to those that codes can represent: QuantizeLinear and back, or a Quant."""

    def __init__(self, scale: Any, zero: Any, lowest: int, highest: int) -> None:
        self._scale, self._zero, self._lowest, self._highest = scale, zero, lowest, highest

    def __call__(self, numbers: Any) -> Any:
        import numpy as np

        codes = np.clip(np.round(numbers / self._scale) + self._zero, self._lowest, self._highest)
        return ((codes - self._zero) * self._scale).astype(numbers.dtype)


def code_bits(type_: str) -> int:
    """Return the width of codes of an ONNX type. Raises OpError if it is not a type of codes."""
    if type_ not in INTEGERS and not type_.startswith("float8"):
        raise OpError(f"calc does not read codes of {type_}")
    return BITS[type_]


def type_of(thing: Fixed | None, default: str) -> str:
    """Return the type of a tensor under its ONNX name."""
    if thing is None:
        return default
    return thing.stored.type if isinstance(thing, HeldWeight) else str(thing.array().dtype)


def format_of(codes: str, sizes: Sizes, scale: Fixed, zero: Fixed | None, axis: int, block: int) -> Format:
    """Return the format of codes of a type for a tensor of ``sizes``, by the sizes of their scales. Raises OpError."""
    bits, scales = code_bits(codes), scale.elements
    if codes == "int32":
        return format_named("int32")
    wide = BITS.get(type_of(scale, "float"), 32)
    if codes.startswith("float8"):
        name = "fp8_e5m2" if codes.startswith("float8e5m2") else "fp8"
        return format_named(f"{name}_tensor" if scales == 1 else f"{name}_channel")
    asym = "" if zero is None or _is_zero(zero) else "_asym"
    if scales == 1:
        return format_named(f"int{bits}_tensor{asym}")
    begins = "int" if wide == 16 else "onnx"
    if block:
        return format_named(f"{begins}{bits}g{block}{asym}")
    if scales != sizes[axis]:
        raise OpError(f"{scales:,} scales for {sizes_text(sizes)} along axis {axis}")
    return format_named(f"{begins}{bits}{asym}")


def plain_format_of(bits: int) -> Format:
    """Return the format of codes without scales, as QONNX counts them. Raises OpError for an impossible width."""
    if not 1 <= bits <= 64:
        raise OpError(f"{bits} bits: codes have 1 to 64")
    return plain_codes(bits)


def _is_zero(zero: Fixed) -> bool:
    if isinstance(zero, HeldWeight) and zero.elements > 2**16:
        return False
    return not zero.array().any()


def one_scale(thing: Fixed) -> Any:
    """Return the scale as one number, or as an array that broadcasts."""
    return thing.numbers() if isinstance(thing, KnownNumbers) or prod(thing.sizes) <= 2**20 else thing.array()
