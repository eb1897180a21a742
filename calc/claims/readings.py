"""All readings of the cost of a network, each with its assumptions.

A reading may differ from the given network in a few ways: changed params, a part of the network, another network, bits
that were not stated, or other widths. At most three of these are combined, and two if a param is changed. This limits
the number of readings to thousands.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from calc.analysis import Analysis
from calc.claims.networks import NetworkMeant, networks_meant
from calc.claims.reading import Reading
from calc.claims.subject import Subject
from calc.claims.ways import COUNTS, EFFECTIVE, PEAKS, SIZES, Way, bitops, counters, twice_and_half
from calc.claims.widths import SAME, AtWidths, Known, tried_widths
from calc.conventions import Counted, conventions, counted
from calc.errors import OpError, SpecError
from calc.precision.ends import EXCLUDED
from calc.workload import Workload

MOST, MOST_CHANGED = 3, 2
"""The largest number of differences that are tried, of the network itself and with changed params."""
Meant = Callable[[Analysis], list[Subject]]
"""A function that returns the choices of layers in a network, the likeliest first. Raises OpError if there are none."""


class LayersMeant(NamedTuple):
    """Layers of a network at some bits, with the number of ways in which they differ from the given ones."""

    subject: Subject
    network: NetworkMeant
    words: tuple[str, ...]
    departures: int

    def said(self, reading: Reading) -> Reading:
        """Return ``reading`` with the assumptions of these layers added."""
        for words in self.words:
            reading = reading.assuming(words)
        return self.network.said(reading)


class Readings:
    """The readings of ``analysis``, in which ``changes`` params differ from the given ones."""

    def __init__(self, analysis: Analysis, meant: Meant, known: Known, changes: int = 0) -> None:
        self._analysis, self._meant, self._known = analysis, meant, known
        self._changes, self._most = changes, MOST_CHANGED if changes else MOST
        workload = analysis.workload
        self._networks = networks_meant(workload) if changes < self._most else (NetworkMeant(workload),)

    def counts(self) -> Iterator[Reading]:
        """Yield MACs under every convention, parameters and activations."""
        for view in self._views(self._analysis, None):
            found = _added_up(COUNTS, view.subject)
            if view.departures <= 1 and not view.network.words:
                found += counters(view.subject, _counted(self._analysis.workload))
            if view.departures == 0:
                found += [other for one in found if one.counters for other in twice_and_half(one)]
            yield from map(view.said, found)

    def bitops(self) -> Iterator[Reading]:
        """Yield BitOps under every definition, at all bits."""
        for at in tried_widths(self._known, "bitops", self._changes > 0):
            if at.other is None or not at.other.roles:
                for view in self._at(at):
                    yield from map(view.said, bitops(view.subject))

    def sizes(self) -> Iterator[Reading]:
        """Yield bytes of the parameters in all variants. Mistakes are not tried."""
        for at in tried_widths(self._known, "bytes", self._changes > 0):
            if at.other is None or (at.other.activations == SAME and at.other.ends != EXCLUDED):
                yield from self._ways(SIZES, self._at(at))

    def effective_bits(self) -> Iterator[Reading]:
        """Yield the bits per parameter, if the bits are known.

        Params are not changed, because the value is almost the same for all networks.
        """
        for at in tried_widths(self._known, "effective_bits", self._changes > 0):
            if at.other is None and not self._changes:
                yield from self._ways(EFFECTIVE, self._at(at))

    def peaks(self) -> Iterator[Reading]:
        """Yield bytes of the activations of the whole network, at the given bits."""
        for at in tried_widths(self._known, "peak_activation_bytes", self._changes > 0):
            if at.other is None:
                yield from self._ways(PEAKS, (view for view in self._at(at) if view.subject.is_whole))

    def _ways(self, ways: tuple[Way, ...], views: Iterable[LayersMeant]) -> Iterator[Reading]:
        for view in views:
            if not view.network.is_fault:
                yield from map(view.said, _added_up(ways, view.subject))

    def _at(self, at: AtWidths) -> Iterator[LayersMeant]:
        if self._changes + len(at.words) > self._most:
            return
        try:
            analysis = replace(self._analysis, activations=at.activations).with_bits(at.policy)
        except SpecError:
            if self._changes or at.other:
                return  # the policy does not fit that network
            raise
        yield from self._views(analysis, at)

    def _views(self, analysis: Analysis, at: AtWidths | None) -> Iterator[LayersMeant]:
        words = () if at is None else at.words
        for network in self._networks:
            departures = self._changes + len(words) + bool(network.words)
            if departures > self._most:
                continue
            try:
                subjects = self._meant(network.of(analysis, None if at is None else at.policy))
            except (OpError, SpecError):
                if network.words or self._changes:
                    continue  # it lacks this layer, or one that the policy names
                raise
            for subject in subjects:
                if departures + bool(subject.cost) > self._most:
                    continue
                if at is not None and at.leaves_out:
                    subject = subject.without_ends()
                yield LayersMeant(subject, network, words, departures + bool(subject.cost))


@lru_cache(maxsize=2)
def _counted(workload: Workload) -> list[Counted]:
    """Return the counts of a network under the convention of each counter."""
    return [counted(convention.name, workload) for convention in conventions()]


def _added_up(ways: tuple[Way, ...], subject: Subject) -> list[Reading]:
    """Return the readings of ``subject`` in all ``ways``, without those that repeat an earlier value of the quantity.

    Lower bounds are left out.
    """
    found: dict[tuple[str, int | float], Reading] = {}
    for way in [way for way in ways if way.is_known(subject)]:
        reading = way.reading(subject)
        found.setdefault((reading.quantity, reading.value), reading)
    return list(found.values())
