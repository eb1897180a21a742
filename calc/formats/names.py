"""Finds formats by name: plain widths, floats, and the formats that the YAML files here list."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from calc.errors import OpError, nearest
from calc.formats.family import FormatEntry, read_family
from calc.formats.format import PLAIN, Format
from calc.formats.plain import FLOATS, INTEGERS, plain_format
from calc.frozen import FrozenDict

FOLDER = Path(__file__).parent
FAMILIES = ("fp8", "integer", "few_values", "microscaling", "bitsandbytes", "packed", "onnx", "gguf")
"""The names of the files, in the order of the list of formats."""
LONGEST_NAME = 60
ACTIVATIONS_BESIDE = "fp16"
"""The activations for weights in a format without activations. W4A16 and GGUF multiply in 16 bits."""
GGUF, BESIDE = "gguf_", "-a"
_MIX = re.compile(r"(i?q[0-9]_k)_(?:s|m|l|xl)")
_BITS = re.compile(r"([0-9]{1,2})[-_ ]?bits?")
_CALLED = {"half": "fp16", "single": "fp32", "double": "fp64", "float8": "fp8", "e4m3": "fp8", "e5m2": "fp8_e5m2"}
"""Common names for formats that are not names here, and for which the nearest name would be none or a wrong one."""
_PAIR = re.compile(r"w([0-9]+(?:g[0-9]+)?)a([0-9]+)(_[a-z0-9_]+)?")


class FormatPair(NamedTuple):
    """A format for weights and a format for activations."""

    weights: Format
    activations: Format


def known_format(text: str) -> Format | None:
    """The format called ``text``, in upper or lower case; None if there is none.

    A type of GGUF may have the prefix ``gguf_``, and needs it if another format has its name. Raises OpError if a
    number in the name is impossible: ``int4g0``, ``65``.
    """
    name = text.strip().lower()
    found = _known(name)
    if found is None and name.startswith(GGUF):
        of_gguf = _known(name.removeprefix(GGUF))
        return of_gguf if of_gguf and of_gguf.family in ("gguf", PLAIN) else None
    return found


@lru_cache(256)
def _known(name: str) -> Format | None:
    found = plain_format(name)
    if found is None and len(name) <= LONGEST_NAME:
        found = next((made for entry in _entries() if (made := entry.format(name)) is not None), None)
    return found


def format_named(text: str) -> Format:
    """The format called ``text``. Raises OpError that suggests the nearest names."""
    found = known_format(text)
    if found is None:
        pair = known_pair(text)
        if pair is not None:
            fact = f"{text} is two formats: weights in {pair.weights.name}, activations in {pair.activations.name}"
            raise OpError(fact, "name one of them")
        raise OpError(f"unknown format {text[:LONGEST_NAME]!r}", nearest_format(text) or "calc formats lists them")
    return found


def nearest_format(text: str, others: Iterable[str] = ()) -> str:
    """A hint for the unknown name ``text``: the nearest names of formats and in ``others``. It may be empty."""
    name = text[:LONGEST_NAME].strip().lower()
    bits = _BITS.fullmatch(name)
    meant = bits[1] if bits else _CALLED.get(name)
    if meant:
        return f"did you mean {meant}?"
    mixed = _MIX.fullmatch(name)
    if mixed and _known(mixed[1]) is not None:
        return f"{name.upper()} is a mix of formats by tensor; a tensor of it is in one, such as {mixed[1].upper()}"
    return nearest(name, [*others, *[known.lower() for known in format_names()]])


def known_pair(text: str) -> FormatPair | None:
    """The formats of weights and activations that ``text`` names; None if it names none.

    ``w4a8``, ``w4g128a8`` and ``nf4-a8`` name both. The name of one format stands for both; if it has no activations,
    these are fp16. Raises OpError as ``known_format`` does, and for activations in a format that has none.
    """
    text = text.strip().lower()
    both = known_format(text)
    if both is not None:
        return FormatPair(both, both if both.takes_activations else format_named(ACTIVATIONS_BESIDE))
    found = _PAIR.fullmatch(text)
    if found is None:
        name, _, read = text.rpartition(BESIDE)
        weights, activations = known_format(name), known_format(read)
    else:
        name, read, more = found.groups(default="")
        is_plain = "g" not in name and not more
        weights, activations = known_format(name if is_plain else f"int{name}{more}"), known_format(read)
    if weights is None or activations is None:
        return None
    if not activations.takes_activations:
        raise OpError(f"{activations.name} is a format of weights alone; {text[:LONGEST_NAME]} reads activations in it")
    return FormatPair(weights, activations)


def formats() -> tuple[Format, ...]:
    """All formats by family. Of names with numbers, there are examples."""
    listed = [format_named(name) for name in ("8", *FLOATS, *INTEGERS)]
    return (*listed, *[format_named(name) for entry in _entries() for name in entry.listed])


def format_names() -> list[str]:
    """The names of ``formats``."""
    return [found.name for found in formats()]


def format_forms() -> tuple[tuple[str, FrozenDict[str, tuple[int, ...]]], ...]:
    """The names with numbers, such as ``int<b>g<g>``, each with the numbers that are allowed if they are few."""
    return tuple([(entry.name, entry.numbers) for entry in _entries() if "<" in entry.name])


@cache
def _entries() -> tuple[FormatEntry, ...]:
    return tuple([entry for family in FAMILIES for entry in read_family(FOLDER / f"{family}.yaml")])
