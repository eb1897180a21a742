"""Formats that are codes and nothing else, side by side: ``8``, ``fp32``, ``fp16``, ``bf16``."""

from calc.errors import OpError
from calc.formats.format import Format, Stored

NARROWEST, WIDEST = 1, 64
FLOATS = {
    "fp64": (64, "IEEE 754 binary64"),
    "fp32": (32, "IEEE 754 binary32"),
    "fp16": (16, "IEEE 754 binary16"),
    "bf16": (16, "the upper half of fp32: 8 bits of exponent, 7 of fraction"),
}
"""Bits, and what their bits are."""
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
    """The format that ``text`` names, where it is a number of bits or a float. Raises OpError for 0 or 65 bits."""
    name = ALIASES.get(text, text)
    if name in FLOATS:
        bits, meaning = FLOATS[name]
        return _codes(name, bits, f"floats of {bits} bits", meaning)
    if not (name.isascii() and name.isdigit()):
        return None
    digits = name.lstrip("0")
    if len(digits) > 2 or not NARROWEST <= int(digits or 0) <= WIDEST:
        raise OpError(f"{name[:12]} bits: must be {NARROWEST} to {WIDEST}")
    return _codes(digits, int(digits), f"codes of {digits} bits and nothing else", "a plain number of bits")


def _codes(name: str, bits: int, layout: str, source: str) -> Format:
    return Format(name, bits, (Stored("codes", bits, "element"),), "plain", layout, source, takes_activations=True)
