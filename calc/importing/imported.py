"""A network that came from elsewhere, with what a file about it says of its source."""

from collections.abc import Callable
from dataclasses import dataclass, field

from calc.frozen import FrozenDict
from calc.importing.proof import Proof
from calc.model.graph import Graph


@dataclass(frozen=True)
class Imported:
    """The graph of a foreign network.

    ``source``: as the user gave it. ``classes``: the class of each scope of names, such as ``features.1`` →
    ``InvertedResidual``; the whole network's under the empty name. ``versions``: of the libraries that made it.
    ``remarks``: what a reader of the spec should know, one sentence each. ``made``: layers that hold values which the
    foreign state dict does not: tensors that the code makes, and buffers that it does not save. ``prove``: holds the
    text of a spec against the foreign network; ``None`` where that cannot be run here, for the reason ``not_run``.
    ``tried``: tries that text at other sizes of the input where the proof does not, and says in which it differs.
    """

    graph: Graph
    source: str
    classes: FrozenDict[str, str] = field(default_factory=FrozenDict)
    versions: FrozenDict[str, str] = field(default_factory=FrozenDict)
    remarks: tuple[str, ...] = ()
    made: frozenset[str] = frozenset()
    prove: Callable[[str], Proof] | None = field(default=None, repr=False, compare=False)
    not_run: str = ""
    tried: Callable[[str], str] | None = field(default=None, repr=False, compare=False)
