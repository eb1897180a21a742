"""Handles ``again``, which runs an earlier layer, block or chain once more with the same weights."""

from typing import NamedTuple

from calc.errors import OpError, Place
from calc.model.builder import GraphBuilder
from calc.model.graph import Bits
from calc.ops.base.input import NetworkInput
from calc.spec.frames import Context, Frame
from calc.spec.model import Call, Member
from calc.spec.names import FAILED, Names
from calc.spec.values import Name, Scope


class FirstRun(NamedTuple):
    """The first run of a named block or chain: the member as written, and the scope and frame that give its names a
    meaning.
    """

    member: Member
    scope: Scope
    frame: Frame
    bits: Bits | None

    def written_at(self, place: Place) -> Member:
        """Return the member with ``place`` as its place, so that messages point at the run that they are about."""
        return self.member._replace(place=place)


class Reruns:
    """The blocks and chains that ``again`` can run once more. ``first`` has the first run of each by full name."""

    def __init__(self, builder: GraphBuilder, names: Names) -> None:
        self.builder = builder
        self.names = names
        self.first: dict[str, FirstRun] = {}
        self._running: list[tuple[str, str]] = []

    @property
    def running(self) -> bool:
        """True while the layers that are being made belong to a second run."""
        return bool(self._running)

    def keep(self, name: str, member: Member, context: Context, bits: Bits | None) -> None:
        """Record the first run of the block or chain ``name``.

        In a second run, ``context`` and ``bits`` are those of the first.
        """
        self.first[name] = FirstRun(member, context.scope, context.frame, bits)

    def begin(self, name: str, source: Name, context: Context, inputs: int) -> FirstRun | int:
        """Return the first run of ``source``, which ``name`` runs again; for a single layer its node, or FAILED.

        Raises OpError if no earlier layer, block or chain has that name, or if ``source`` is a chain and there are
        several ``inputs``. The caller must call ``end`` afterwards, except after FAILED.
        """
        other = self.names.full_name(source, context)
        first, node = self.first.get(other), self.builder.find(other)
        if first is None and node is None and self.names.find(other) in (None, FAILED):
            return FAILED  # or a scope around it failed
        if first is not None:
            if inputs > 1 and not isinstance(first.member.form, Call):
                raise OpError(f"{other} is a chain, which reads one input, got {inputs}")
            self._running.append((name, other))
            return first
        if node is None or isinstance(self.builder.nodes[node].op, NetworkInput):
            raise OpError(f"there is no earlier layer, block or chain {other} to run", "name one that stands above")
        self._running.append((name, other))
        return node

    def end(self) -> None:
        """End the second run that began last."""
        self._running.pop()

    def counterpart(self, name: str, shares: int | None) -> int | None:
        """Return the node whose tensors the layer ``name`` uses, or None if the layer has tensors of its own.

        This is ``shares`` if it is given. In a second run it is the node of the first run, or FAILED. Raises OpError if
        the first run has no such layer.
        """
        if not self._running or shares is not None:
            return shares
        own, other = self._running[-1]
        earlier = other + name[len(own) :]
        found = self.names.find(earlier)
        if found is None:
            raise OpError(f"runs {other} again, which has no {earlier}", "its layers must be the same in each run")
        return found
