"""The readings that a number is compared with, of the network and its variants, by their costs."""

from collections.abc import Iterator
from itertools import chain

from calc.analysis import Analysis
from calc.claims.chance import FARTHEST
from calc.claims.reading import Reading
from calc.claims.readings import Readings
from calc.claims.subject import Asked, Subject, parts
from calc.claims.variants import Given, variants
from calc.claims.widths import Known
from calc.spec import ModelSpec

EVERYTHING, NOTHING = Asked(), Known()


class Tried:
    """The readings of the layers ``asked`` for of ``model``. ``base`` is its network with the ``given`` params.

    ``known`` is what is known about the bits. ``counter`` is the tool that is said to have counted, so that it is not
    an assumption. A reading is computed when its cost is first needed. Raises OpError for layers that do not exist.
    """

    def __init__(
        self,
        model: ModelSpec,
        given: Given,
        base: Analysis,
        asked: Asked = EVERYTHING,
        known: Known = NOTHING,
        counter: str = "",
    ) -> None:
        self._model, self._given, self.base, self._asked = model, given, base, asked
        self._known, self._counter = known, counter
        self.subject = asked.of(base)
        self._made: dict[bool, list[tuple[Reading, ...]]] = {False: [], True: []}
        self._seen: set[tuple[object, ...]] = set()

    def readings(self, are_bytes: bool, changes: int) -> tuple[Reading, ...]:
        """Return the readings of networks with this number of ``changes``, without those that fewer changes give.

        The cost of each is at least the number of changes.
        """
        made = self._made[are_bytes]
        while len(made) <= changes:
            made.append(tuple(self._new(are_bytes, len(made))))
        return made[changes]

    def _meant(self, analysis: Analysis) -> list[Subject]:
        return parts(self._asked.of(analysis))

    def _new(self, are_bytes: bool, changes: int) -> Iterator[Reading]:
        for variant in variants(self._model, self._given, self.base, changes):
            found = Readings(variant.analysis, self._meant, self._known, changes)
            in_bytes, in_numbers = (found.sizes, found.peaks), (found.counts, found.bitops, found.effective_bits)
            for reading in chain.from_iterable([made() for made in (in_bytes if are_bytes else in_numbers)]):
                key = (reading.quantity, reading.value, reading.formula)
                cost = reading.cost + changes - (self._counter in reading.counters)
                if cost <= FARTHEST and key not in self._seen:  # otherwise the change has no effect
                    self._seen.add(key)
                    yield reading._replace(assumptions=(*variant.changes, *reading.assumptions), cost=cost)
