"""A device as its data sheet describes it: memory, bandwidth, and operations per second for each number format."""

import os
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from calc.errors import Nearest, OpError, Problem, SpecError, nearest
from calc.frozen import FrozenDict
from calc.model.graph import Bits
from calc.serving.figures import Figures
from calc.serving.sources import sources_of

FOLDER = Path(__file__).parent / "devices"
OPERATIONS_A_MAC = 2
"""Vendors count the multiplication and the addition of a MAC separately."""
FLOATS = {"fp64": 64, "fp32": 32, "tf32": 19, "fp16": 16, "bf16": 16, "fp8": 8, "fp6": 6, "fp4": 4}
INTEGERS = {"int32": 32, "int16": 16, "int8": 8, "int4": 4, "int1": 1}
"""The number formats that a rate may be for, with their bits."""
WHOLE = ("memory_bytes", "bytes_per_second")
"""The figures of a device that are not rates."""
_KEYS = ("name", "source", *WHOLE, "operations_per_second")
_NEEDS = "a device is a mapping: name, source, memory_bytes, bytes_per_second, operations_per_second"
_FLOATS_FROM = 16
"""Activations of at least this many bits are floats unless the format says otherwise."""


class Device(NamedTuple):
    """A device and its figures.

    ``rates`` has the peak operations per second, dense, by the number format that is multiplied, such as ``fp16`` or
    ``int8``. ``file`` is the name or path it was read from. ``sources`` has the source of each figure.
    """

    name: str
    file: str
    sources: FrozenDict[str, str]
    memory_bytes: int
    bytes_per_second: Fraction
    rates: FrozenDict[str, Fraction]

    def rate_for(self, operand: "Multiplied") -> str:
        """Return the name of the fastest rate that can multiply ``operand``.

        Integers may use the rate of wider integers or of floats, and floats that of wider floats. Raises OpError if no
        rate fits.
        """
        known = {**FLOATS, **(INTEGERS if operand.are_integers else {})}
        wide = [name for name in self.rates if known.get(name, 0) >= operand.bits]
        if operand.are_bf16:
            wide = [name for name in wide if name != "fp16"]  # its exponents are too short for bf16
        if not wide:
            kind = "integers" if operand.are_integers else "floats"
            fact = f"{self.name} has no rate for {kind} of {operand.bits} bits; it has {', '.join(self.rates)}"
            raise OpError(fact, "other --bits, or a file of the device with that rate")
        return max(wide, key=lambda name: (self.rates[name], name in INTEGERS))


class Multiplied(NamedTuple):
    """The operands of a product: the bits of the wider one, and the kind of numbers that both are."""

    bits: int
    are_integers: bool
    are_bf16: bool


def operand(bits: Bits, is_weight: bool) -> Multiplied:
    """Return the operands of a product of a layer with ``bits``. ``is_weight`` says that one operand is the weight."""
    width = max(bits.weight, bits.activation) if is_weight else bits.activation
    stored = bits.format
    is_float = stored is not None and stored.takes_activations and stored.name.startswith(("fp", "bf", "mxfp", "nvfp"))
    return Multiplied(width, width < _FLOATS_FROM and not is_float, stored is not None and stored.name == "bf16")


def device_names() -> list[str]:
    """Return the names of the packaged devices."""
    return sorted([path.stem for path in FOLDER.glob("*.yaml")])


def read_device(name: str) -> Device:
    """Return the packaged device called ``name``, or the device in the YAML file of this name.

    Raises SpecError if there is no such device or file, or with every mistake in the file.
    """
    if not isinstance(name, str):
        raise OpError(f"device={name!r:.60}: must be the name of a device or of a file")
    if name in device_names():
        return _read(FOLDER / f"{name}.yaml", name)
    if not name.endswith((".yaml", ".yml")) and not os.path.isfile(name):
        listed = f"packaged are {', '.join(device_names())}; any other is a YAML file"
        near = nearest(name, device_names())
        raise SpecError([Problem(None, f"unknown device {name[:60]!r}", near if near else listed)])
    return _read(Path(name), name)


@lru_cache(16)
def _packaged(path: Path, called: str) -> Device:
    return _parse(path, called)


def _read(path: Path, called: str) -> Device:
    return _packaged(path, called) if path.parent == FOLDER else _parse(path, called)


def _parse(path: Path, called: str) -> Device:
    given = Figures.of_file(path, _KEYS, _NEEDS)
    name = given.text("name", path.stem)
    memory, bandwidth = given.figure("memory_bytes"), given.figure("bytes_per_second")
    if memory.denominator != 1:
        given.fault(given.value("memory_bytes"), f"memory_bytes={float(memory):g}: must be whole bytes")
    rates = given.figures("operations_per_second")
    known = (*FLOATS, *INTEGERS)
    for key in rates:
        if key.text not in known:
            given.fault(key, f"unknown rate {key.text[:60]}", Nearest(key.text, known))
    by_name = FrozenDict({key.text: rate for key, rate in rates.items()})
    sources = sources_of(given, (*WHOLE, *by_name))
    return given.checked(lambda: Device(name, called, sources, int(memory), bandwidth, by_name))
