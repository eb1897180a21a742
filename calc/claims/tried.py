"""What a number is tried against: readings of the network and of its variants, by how much they assume."""

from collections.abc import Iterable, Iterator
from typing import Any

from calc.analysis import Analysis
from calc.claims import readings
from calc.claims.chance import FARTHEST
from calc.claims.reading import Reading
from calc.claims.subject import Subject, named, parts, whole
from calc.claims.variants import variants
from calc.spec import ModelSpec

TRIED_BITS = ("fp32", "8", "4", "2", "adaptive")


class Tried:
    """The readings of ``model``, whose network with ``params`` is ``base``, or of a ``layer`` of it.

    ``bits``: the policies that BitOps and sizes are tried at; without any, TRIED_BITS. Each reading is made once,
    when a number is first tried against so far-fetched ones.
    """

    def __init__(
        self, model: ModelSpec, params: dict[str, Any], base: Analysis, layer: str | None, bits: Iterable[str]
    ) -> None:
        self._model, self._params, self._base, self._layer, self._bits = model, params, base, layer, tuple(bits)
        self._made: dict[bool, list[tuple[Reading, ...]]] = {False: [], True: []}
        self._known: set[tuple[object, ...]] = set()

    @property
    def subject(self) -> Subject:
        """The layers of the network as it is given. Raises OpError for a layer that does not exist."""
        return self._meant(self._base)

    def readings(self, are_bytes: bool, changes: int) -> tuple[Reading, ...]:
        """Those of networks with so many ``changes``, all of which assume at least that, less what fewer give."""
        made = self._made[are_bytes]
        while len(made) <= changes:
            made.append(tuple(self._new(are_bytes, len(made))))
        return made[changes]

    def _meant(self, analysis: Analysis) -> Subject:
        return whole(analysis) if self._layer is None else named(analysis, self._layer)

    def _new(self, are_bytes: bool, changes: int) -> Iterator[Reading]:
        for variant in variants(self._model, self._params, self._base, changes):
            for part in parts(self._meant(variant.analysis)):
                for reading in self._of_part(part, are_bytes, changes):
                    key = (reading.quantity, reading.value, reading.formula)
                    cost = reading.cost + changes
                    if cost <= FARTHEST and key not in self._known:  # else a change that changes nothing
                        self._known.add(key)
                        yield reading._replace(assumptions=(*variant.changes, *reading.assumptions), cost=cost)

    def _of_part(self, part: Subject, are_bytes: bool, changes: int) -> Iterator[Reading]:
        """Readings of ``part``: the more has changed or is left out already, the fewer."""
        bits = self._bits
        if are_bytes:
            for text in bits or TRIED_BITS:
                yield from readings.sizes(part, text, not bits)
            return
        yield from readings.own_counts(part) if changes + part.cost > 1 else readings.counts(part)
        for text in bits or TRIED_BITS:
            if bits or not changes:
                yield from readings.bitops_readings(part, text, not bits)
            elif changes + part.cost == 1:
                yield from readings.plain_bitops(part, text)
