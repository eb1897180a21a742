"""A layer, block or chain run once more, with the weights it has: what ``again`` means while a spec is expanded."""

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
    """How a member with layers in it was run: what it was written as, and what its names meant there."""

    member: Member
    scope: Scope
    frame: Frame
    bits: Bits | None

    def written_at(self, place: Place) -> Member:
        """The member as if it stood at ``place``, so that messages tell which run they speak of."""
        return self.member._replace(place=place)


class Reruns:
    """``first``: how each block or chain with a name was run, by its full name."""

    def __init__(self, builder: GraphBuilder, names: Names) -> None:
        self.builder = builder
        self.names = names
        self.first: dict[str, FirstRun] = {}
        self._running: list[tuple[str, str]] = []

    @property
    def running(self) -> bool:
        """Whether the layers that are made now are those of an earlier member."""
        return bool(self._running)

    def keep(self, name: str, member: Member, context: Context, bits: Bits | None) -> None:
        """Note how the block or chain ``name`` is run. In a second run the first is what counts."""
        self.first[name] = FirstRun(member, context.scope, context.frame, bits)

    def begin(self, name: str, source: Name, context: Context, inputs: int) -> FirstRun | int:
        """How ``source``, which ``name`` runs again, was run first; or its node, where it is a single layer, or FAILED.

        Raises OpError where no earlier layer, block or chain has the name, or where it is a chain and does not read so
        many ``inputs``. ``end`` goes with every return but FAILED.
        """
        other = self.names.full_name(source, context)
        first, node = self.first.get(other), self.builder.find(other)
        if first is None and node is None and self.names.find(other) in (None, FAILED):
            return FAILED  # or in a scope that did
        if first is not None:
            if inputs > 1 and not isinstance(first.member.form, Call):
                raise OpError(f"{other} is a chain, which reads one input, got {inputs}")
            self._running.append((name, other))
            return first
        if node is None or isinstance(self.builder.nodes[node].op, NetworkInput):
            raise OpError(f"{other} is no layer, block or chain that could run again", "name one that stands earlier")
        self._running.append((name, other))
        return node

    def end(self) -> None:
        """The latest that has begun is complete."""
        self._running.pop()

    def counterpart(self, name: str, shares: int | None) -> int | None:
        """``shares``, or in a second run the node of the first whose tensors the layer ``name`` uses, or FAILED.

        Raises OpError where the first run has no such layer.
        """
        if not self._running or shares is not None:
            return shares
        own, other = self._running[-1]
        earlier = other + name[len(own) :]
        found = self.names.find(earlier)
        if found is None:
            raise OpError(f"runs {other} again, which has no {earlier}", "its layers must be the same in each run")
        return found
