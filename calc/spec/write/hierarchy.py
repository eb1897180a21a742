"""Turns the dotted names of layers into nested chains, and finds the inputs of each chain."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from string import digits

from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.ties import read_again, runs_again

_FEWEST_SIBLINGS = 3
_MOST_INPUTS = 4
_MOST_INPUTS_AGAIN = 12
"""The limit for chains that run several times. Otherwise they would be written out each time."""


NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class NamedLayer:
    """A layer under its name in the chain around it. ``at`` is its index among all layers.

    ``siblings`` is the common start of the names of all nodes that it reads except the first, if no other names start
    so.
    """

    key: str
    at: int
    siblings: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NamedChain:
    """Layers whose names begin alike, as a chain of that name.

    ``name`` is the full name, ``key`` the name in the chain around it. ``start`` and ``stop`` are indices of layers.
    ``inputs`` are the nodes outside that its layers read, if there is one, or if it may be a block of several inputs.
    ``result`` is the node of its output. ``again`` is the full name of the chain that it runs once more; it has no
    members then.
    """

    key: str
    name: str
    start: int
    stop: int
    members: "tuple[NamedLayer | NamedChain, ...]"
    inputs: tuple[int, ...]
    result: int
    training_only: bool
    again: str = ""

    @property
    def entry(self) -> int | None:
        """The node outside that its layers read, or None if there are none or several."""
        return self.inputs[0] if len(self.inputs) == 1 else None

    def chains(self) -> "Iterator[NamedChain]":
        """Yield the chains inside, inner ones first."""
        for member in self.members:
            if isinstance(member, NamedChain):
                yield from member.chains()
                yield member


def hierarchy(graph: Graph, layers: Sequence[WrittenLayer], joining: Mapping[str, str] = NONE) -> NamedChain:
    """Return all ``layers`` as one chain, the network. A chain that repeats an earlier one refers to it.

    ``joining`` maps the full name of each chain that may be a block of several inputs to a key. Chains of one block
    have the same key.
    """
    members = _Members(graph, layers, joining).within(0, len(layers), "")
    result = _result(layers, 0, len(layers))
    root = NamedChain("", "", 0, len(layers), members, (0,), result or 0, False)
    return _with_reruns(graph, layers, root, [])


def input_names(count: int) -> list[str]:
    """Return the names that the layers of a block use for its inputs."""
    return [UNNAMED, *[f"{UNNAMED}{number}" for number in range(2, count + 1)]]


def nodes_of(layers: Sequence[WrittenLayer], chain: NamedChain) -> range:
    """Return the nodes of the layers of ``chain``."""
    return range(layers[chain.start].nodes.start, layers[chain.stop - 1].nodes.stop)


def _with_reruns(
    graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain, earlier: list[NamedChain]
) -> NamedChain:
    """Return ``chain`` with references in place of chains that repeat one of ``earlier``.

    Adds the others to ``earlier``.
    """
    members: list[NamedLayer | NamedChain] = []
    for member in chain.members:
        if isinstance(member, NamedChain):
            first, inputs = _first_run(graph, layers, member, earlier)
            if first is not None:
                members.append(replace(member, members=(), again=first.name, inputs=inputs))
                continue
            member = _with_reruns(graph, layers, member, earlier)
            earlier.append(member)
        members.append(member)
    return replace(chain, members=tuple(members))


def _first_run(
    graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain, earlier: list[NamedChain]
) -> tuple[NamedChain | None, tuple[int, ...]]:
    """Return the chain of ``earlier`` that ``chain`` repeats, and the nodes that it reads in place of that chain's
    inputs.
    """
    if any(layers[at].again is None for at in range(chain.start, chain.stop)):
        return None, ()
    nodes, names = nodes_of(layers, chain), _inner_names(layers, chain)
    for other in earlier:
        if other.inputs and names == _inner_names(layers, other):
            first = nodes_of(layers, other)
            read = read_again(graph, nodes, first) if runs_again(graph, nodes, first) else None
            if read is not None:
                return other, tuple([read.get(each, each) for each in other.inputs])
    return None, ()


def _inner_names(layers: Sequence[WrittenLayer], chain: NamedChain) -> list[str]:
    return [layers[at].name.removeprefix(chain.name) for at in range(chain.start, chain.stop)]


def _times(layers: Sequence[WrittenLayer]) -> Counter[str]:
    """Return for each name how many separate runs of layers have it or begin with it. A chain has one run."""
    found: Counter[str] = Counter()
    before: list[str] = []
    for layer in layers:
        parts = layer.name.split(".")
        same = next((at for at, (one, other) in enumerate(zip(parts, before, strict=False)) if one != other), None)
        shared = min(len(parts) - 1, len(before)) if same is None else same
        found.update([".".join(parts[: count + 1]) for count in range(shared, len(parts))])
        before = parts[:-1]
    return found


class _Members:
    """Groups layers into chains by their names."""

    def __init__(self, graph: Graph, layers: Sequence[WrittenLayer], joining: Mapping[str, str]) -> None:
        self._layers = layers
        self._joining = joining
        self._times = _times(layers)
        self._run_again = _run_again(graph, layers)
        self._outside: dict[str, tuple[int, ...]] = {}

    def within(self, start: int, stop: int, prefix: str) -> tuple[NamedLayer | NamedChain, ...]:
        """Return the members of the chain whose layers begin with ``prefix``."""
        layers = self._layers
        found: list[NamedLayer | NamedChain] = []
        for key, lone, begin, end in _runs(layers, start, stop, prefix):
            if lone:
                siblings = _siblings(layers, found, begin)
                few = len(layers[begin].sources) <= _FEWEST_SIBLINGS
                found.append(NamedLayer(key, begin, "" if few else siblings))
                continue
            name = prefix + key
            members = self.within(begin, end, f"{name}.")
            training = {layers[at].training_only for at in range(begin, end) if not _is_unread(layers[at])} or {True}
            result = _result(layers, begin, end)
            if self._times[name] > 1 or len(training) > 1 or result is None:
                found += [_renamed(member, key) for member in members]
                continue
            inputs = _inputs(layers, begin, end)
            first, siblings = members[0], _siblings(layers, found, begin)
            if len(inputs) > 1 and siblings and isinstance(first, NamedLayer):
                but = _inputs(layers, begin, end, layers[begin].sources[1:])
                inputs = but if len(but) == 1 else inputs
                members = (replace(first, siblings=siblings if len(but) == 1 else ""), *members[1:])
            if len(inputs) > _MOST_INPUTS and name in self._joining and name not in self._run_again:
                everywhere = self._read_by_all(self._joining[name])
                inputs = tuple([each for each in inputs if each not in everywhere]) or inputs
            if len(inputs) > 1 and (training == {True} or not self._may_join(name, begin, end, len(inputs))):
                inputs = ()
            found.append(NamedChain(key, name, begin, end, members, inputs, result, training == {True}))
        return tuple(found)

    def _may_join(self, name: str, begin: int, end: int, inputs: int) -> bool:
        """True if the chain ``name`` may be a block of that many ``inputs``, so no name in it is taken by an input."""
        taken = {part for at in range(begin, end) for part in self._layers[at].name.split(".")}
        most = _MOST_INPUTS_AGAIN if name in self._run_again else _MOST_INPUTS
        return name in self._joining and inputs <= most and taken.isdisjoint(input_names(inputs))

    def _read_by_all(self, block: str) -> set[int]:
        """Return the nodes outside that all chains which may be ``block`` read. They are read by their names."""
        if not self._outside:
            self._outside = _outside(self._layers, self._joining)
        of_each = [set(self._outside.get(name, ())) for name, of in self._joining.items() if of == block]
        return set.intersection(*of_each) if len(of_each) > 1 else set()


def _run_again(graph: Graph, layers: Sequence[WrittenLayer]) -> set[str]:
    """Return the names of chains that hold tensors and run several times, those of the first run and of later ones."""
    found: set[str] = set()
    for layer in layers:
        if layer.again is None or not graph.nodes[layer.end].tied:
            continue
        again, first = layer.name.split("."), graph.nodes[layer.again].name.split(".")
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(again[::-1], first[::-1], strict=False))
        inside = min(
            len(list(alike)), len(first) - 1, len(again) - 1
        )  # parts of the names inside the chain that runs again
        for parts in (again, first):
            found.update([".".join(parts[:end]) for end in range(max(len(parts) - inside, 1), len(parts))])
        if again[1:] == first:  # one turn of a loop
            found.add(again[0])
    return found


def _outside(layers: Sequence[WrittenLayer], names: Container[str]) -> dict[str, tuple[int, ...]]:
    """Return the nodes outside that the layers of each chain in ``names`` read, if its layers are adjacent."""
    places: dict[str, list[int]] = {}
    for at, layer in enumerate(layers):
        parts = layer.name.split(".")
        for end in range(1, len(parts)):
            name = ".".join(parts[:end])
            if name in names:
                places.setdefault(name, []).append(at)
    return {name: _inputs(layers, each[0], each[-1] + 1) for name, each in places.items()}


def _runs(layers: Sequence[WrittenLayer], start: int, stop: int, prefix: str) -> Iterator[tuple[str, bool, int, int]]:
    """Yield the first part of the names after ``prefix``, whether it is the whole name, and the range of layers that
    have it.
    """

    def part(at: int) -> tuple[str, bool]:
        first, dot, _ = layers[at].name[len(prefix) :].partition(".")
        return first, not dot

    for (key, lone), run in groupby(range(start, stop), part):
        numbers = list(run)
        yield key, lone, numbers[0], numbers[-1] + 1


def _renamed(member: NamedLayer | NamedChain, key: str) -> NamedLayer | NamedChain:
    """Return ``member`` for the chain outside, when the chain ``key`` around it is not kept as a chain."""
    if isinstance(member, NamedLayer):
        return NamedLayer(f"{key}.{member.key}", member.at)  # siblings depend on the chain around it
    return replace(member, key=f"{key}.{member.key}")


def _siblings(layers: Sequence[WrittenLayer], earlier: Sequence[NamedLayer | NamedChain], at: int) -> str:
    """Return the common start of the names of all nodes that the layer ``at`` concatenates to the first one it reads.

    These must be all ``earlier`` chains whose names start so and end in a number, in order. They are ``layer{*}`` then.
    Empty if that does not hold.
    """
    layer = layers[at]
    joined = layer.sources[1:]
    if layer.word != "concat" or not joined:
        return ""
    called = {member.result: member.key for member in earlier if isinstance(member, NamedChain)}
    stems = {called.get(source, "").rstrip(digits) for source in joined}
    stem = stems.pop() if len(stems) == 1 else ""
    fitting = [member for member in earlier if member.key != stem and member.key.startswith(stem)]
    results = [member.result for member in fitting if isinstance(member, NamedChain) and not member.training_only]
    return stem if stem and len(results) == len(fitting) and tuple(results) == joined else ""


def _inputs(layers: Sequence[WrittenLayer], start: int, stop: int, but: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the nodes outside that the layers read, in order, except those in ``but`` that only the first layer
    reads.
    """
    inside = range(layers[start].nodes.start, layers[stop - 1].nodes.stop)
    outside = [source for at in range(start, stop) for source in layers[at].sources if source not in inside]
    later = {source for at in range(start + 1, stop) for source in layers[at].sources}
    apart = set(but) - later - set(layers[start].sources[:1])
    return tuple([source for source in dict.fromkeys(outside) if source not in apart])


def _is_unread(layer: WrittenLayer) -> bool:
    """Return whether ``layer`` is a tensor that nothing reads, such as a mask from which others are computed."""
    return layer.training_only and layer.word == "tensor"


def _result(layers: Sequence[WrittenLayer], start: int, stop: int) -> int | None:
    """Return the output node of the layers, or None if no layer has inputs."""
    return next((layers[at].end for at in range(stop - 1, start - 1, -1) if layers[at].sources), None)
