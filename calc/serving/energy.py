"""Computes the energy of a call from a table that the user gives.

The table has picojoules per MAC for each number of bits, and picojoules per byte for each memory. All values are exact.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from calc.errors import OpError, Problem, SpecError
from calc.frozen import FrozenDict
from calc.moved import MovedBits
from calc.precision.base import Assignment
from calc.serving.device import operand
from calc.serving.figures import Figures
from calc.spec.tree import Scalar
from calc.spec.tree import Sequence as Listed
from calc.workload import Workload

MOVED = ("weights", "cache", "activations")
"""The kinds of data that a memory may hold."""
_KEYS = ("name", "source", "picojoules_per_mac", "memories")
_NEEDS = "a table of energy is a mapping: name, source, picojoules_per_mac, memories"
_MEMORY = ("picojoules_per_byte", "holds")


class Memory(NamedTuple):
    """A memory and its energy per byte. ``holds`` lists the kinds of data of ``MOVED`` that it stores."""

    name: str
    picojoules_per_byte: Fraction
    holds: tuple[str, ...]


class EnergyTable(NamedTuple):
    """A table of energies. ``per_mac`` has the picojoules of a MAC whose wider operand has at most so many bits."""

    name: str
    source: str
    per_mac: FrozenDict[int, Fraction]
    memories: tuple[Memory, ...]

    def bits_for(self, bits: int) -> int:
        """Return the smallest entry that is at least ``bits`` wide. Raises OpError if there is none."""
        wide = [entry for entry in self.per_mac if entry >= bits]
        if not wide:
            listed = ", ".join(map(str, sorted(self.per_mac)))
            raise OpError(f"{self.name} has no energy for a MAC of {bits} bits; it has {listed}", "add it to the table")
        return min(wide)


class Energy(NamedTuple):
    """The energy of a call in picojoules, exact.

    ``macs`` is keyed by the entry of the table that was used, ``moved`` by the memory and the kind of data.
    """

    table: EnergyTable
    macs: FrozenDict[int, Fraction]
    moved: FrozenDict[tuple[str, str], Fraction]

    @property
    def picojoules(self) -> Fraction:
        """The total energy."""
        return sum([*self.macs.values(), *self.moved.values()], Fraction(0))

    def to_json_dict(self) -> dict[str, Any]:
        """Return the energy as reports show it. Picojoules that are not integers become doubles."""
        return {
            "name": self.table.name,
            "picojoules": _number(self.picojoules),
            "macs": {str(bits): _number(value) for bits, value in self.macs.items()},
            "moved": {f"{memory}.{what}": _number(value) for (memory, what), value in self.moved.items()},
        }


def energy_of(table: EnergyTable, work: Workload, assigned: Assignment, moved: Sequence[MovedBits]) -> Energy:
    """Return the energy of a call: that of all its MACs and of all bytes that it moves.

    Raises SpecError if ``table`` has no entry that is wide enough for a layer.
    """
    macs: dict[int, Fraction] = {}
    for index, (row, given) in enumerate(zip(work.counts, assigned, strict=True)):
        for product in row.products if given is not None else ():
            assert given is not None
            try:
                bits = table.bits_for(operand(given.bits, product.weight is not None).bits)
            except OpError as error:
                node = work.graph.nodes[index]
                raise SpecError([Problem(node.origin, error.fact, error.hint, node.name, node.op.word)]) from None
            macs[bits] = macs.get(bits, Fraction(0)) + product.macs * table.per_mac[bits]
    read = {
        "weights": sum([each.weights for each in moved]),
        "cache": sum([each.cache for each in moved]),
        "activations": sum([each.activations for each in moved]),
    }
    by_memory = {
        (memory.name, what): Fraction(read[what], 8) * memory.picojoules_per_byte
        for memory in table.memories
        for what in memory.holds
        if read[what]
    }
    return Energy(table, FrozenDict(dict(sorted(macs.items()))), FrozenDict(by_memory))


def read_energy(path: str) -> EnergyTable:
    """Read the table from the YAML file at ``path``. Raises SpecError that lists every mistake in it."""
    if not isinstance(path, str):
        raise OpError(f"energy={path!r:.60}: must be the name of a file")
    given = Figures.of_file(path, _KEYS, _NEEDS)
    name, source = given.text("name", path), given.text("source")
    per_mac: dict[int, Fraction] = {}
    for key, value in given.figures("picojoules_per_mac").items():
        if not (key.text.isascii() and key.text.isdigit() and len(key.text) <= 2 and 1 <= int(key.text) <= 64):
            given.fault(
                key,
                f"picojoules_per_mac: {key.text[:40]}: must be a number of bits from 1 to 64",
                "8: 0.2 is for 8 bits",
            )
        else:
            per_mac[int(key.text)] = value
    memories = given.mappings("memories", _MEMORY, "a memory is a mapping: picojoules_per_byte, holds")
    found = tuple([_memory(called, each) for called, each in memories.items()])
    held = [what for memory in found for what in memory.holds]
    for what in MOVED:
        if held.count(what) > 1:
            given.fault(given.value("memories"), f"two memories hold {what}", "list it under one of them")
        elif found and what not in held:
            given.fault(given.value("memories"), f"no memory holds {what}", f"write holds: [{what}] under one of them")
    if not memories and given.value("memories") is None:
        given.fault(None, "needs memories: a mapping of names to what each memory holds and its energy per byte")
    return given.checked(lambda: EnergyTable(name, source, FrozenDict(per_mac), found))


def _memory(name: str, given: Figures) -> Memory:
    listed = given.value("holds")
    items = listed.items if isinstance(listed, Listed) else [] if listed is None else [listed]
    holds = []
    for item in items:
        text = item.text if isinstance(item, Scalar) else ""
        if text in MOVED:
            holds.append(text)
        else:
            given.fault(item, f"holds: {text[:40] or 'this'} is not a kind of data", f"known are {', '.join(MOVED)}")
    if not items:
        given.fault(listed, "needs holds: a list of weights, cache, activations")
    return Memory(name, given.figure("picojoules_per_byte"), tuple(dict.fromkeys(holds)))


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
