"""Formats that consist of codes only: ``8``, ``fp32``, ``fp16``, ``bf16``, ``int32``."""

from functools import cache

from calc.errors import OpError
from calc.formats.format import PLAIN, Format, Stored
from calc.recorded import value_of

NARROWEST, WIDEST = 1, 64
FLOATS = {
    "fp64": (64, "IEEE 754 binary64"),
    "fp32": (32, "IEEE 754 binary32"),
    "fp16": (16, "IEEE 754 binary16"),
    "bf16": (16, "the upper half of fp32: 8 bits of exponent, 7 of fraction"),
}
"""Bits, and what their bits are."""
INTEGERS = {"int32": (32, "the sums of integer products, and so their biases, which have the scale of the product")}
ALIASES = {
    **{f"{sign}{bits}": str(bits) for sign in "iu" for bits in (8, 16, 32, 64)},
    "f64": "fp64",
    "f32": "fp32",
    "f16": "fp16",
    "float64": "fp64",
    "float32": "fp32",
    "float16": "fp16",
    "bfloat16": "bf16",
}
"""As files of safetensors and GGUF, and libraries, write them."""


def plain_format(text: str) -> Format | None:
    """The format called ``text`` if it consists of codes only. Raises OpError for 0 or 65 bits."""
    name = ALIASES.get(text, text)
    if name in FLOATS or name in INTEGERS:
        return whole_format(name)
    if not (name.isascii() and name.isdigit()):
        return None
    digits = name.lstrip("0")
    if len(digits) > 2 or not NARROWEST <= int(digits or 0) <= WIDEST:
        raise OpError(f"{name[:12]} bits: must be {NARROWEST} to {WIDEST}")
    return plain_codes(int(digits))


@cache
def whole_format(name: str) -> Format:
    """The format of floats or integers called ``name``, which is in ``FLOATS`` or ``INTEGERS``."""
    kind, (bits, meaning) = ("integers", INTEGERS[name]) if name in INTEGERS else ("floats", FLOATS[name])
    return _codes(name, bits, f"{kind} of {bits} bits", meaning)


def plain_codes(bits: int) -> Format:
    """The format of codes with this number of bits, from 1 to 64."""
    return _whole_codes(bits) if type(bits) is int else _plain(bits)


@cache
def _whole_codes(bits: int) -> Format:
    return _plain(bits)


def _plain(bits: int) -> Format:
    """The format. If ``bits`` are recorded, its texts use the bits at the recorded point."""
    shown = value_of(bits)
    return _codes(str(shown), bits, f"codes of {shown} bits and nothing else", "a plain number of bits")


def _codes(name: str, bits: int, layout: str, source: str) -> Format:
    return Format(
        name,
        bits,
        (Stored("codes", bits, "element"),),
        PLAIN,
        layout,
        source,
        takes_activations=True,
        keeps_states=True,
    )
