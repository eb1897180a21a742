"""An imported network, and the remarks about its source for the file that is written for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from calc.frozen import FrozenDict
from calc.importing.proof import Proof
from calc.model.graph import Graph


@dataclass(frozen=True)
class Imported:
    """The graph of a foreign network.

    ``source`` is as the user wrote it. ``classes`` has the class of each scope of names, such as ``features.1`` →
    ``InvertedResidual``, and that of the whole network under the empty name. ``versions`` are those of the libraries
    that made it. ``remarks`` are sentences that a reader of the spec should know. ``made`` are layers that hold values
    which the foreign state dict does not have: tensors that the code computes, and buffers that it does not save.
    ``prove`` compares the text of a spec with the foreign network; it is ``None`` if that cannot run here, and
    ``not_run`` says why. ``tried`` tries that text at other input sizes if the proof does not, and says how it differs.
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
