"""The network as a list of nodes in the order of execution."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from calc.errors import Origin
from calc.formats import Format
from calc.formats.plain import plain_codes
from calc.frozen import FrozenDict
from calc.model.tensor import Tensor
from calc.ops.base import Aspect, Op, Tensors
from calc.ops.base.experts import Dispatch
from calc.shape import Shape, Shapes

BESIDE = 16
"""The bits of activations if the weights are in a format that activations cannot have."""


class Bits(NamedTuple):
    """The widths of the codes of a layer's weights and of the activations it reads. BitOps are counted with them.

    ``format`` is the storage format of the weights. None means codes only.
    """

    weight: int
    activation: int
    format: Format | None = None

    def __str__(self) -> str:
        if self.format is None:
            return str(self.weight) if self.weight == self.activation else f"w{self.weight}a{self.activation}"
        is_usual = self.activation == self.usual_activation
        return self.format.name if is_usual else f"{self.format.name}-a{self.activation}"

    @property
    def usual_activation(self) -> int:
        """The default width of activations: that of the weights, if their format has activations."""
        return self.weight if self.format is None or self.format.takes_activations else BESIDE

    @property
    def stored(self) -> Format:
        """The storage format of the weights, which is codes only by default."""
        return self.format or plain_codes(self.weight)


UNTIED: FrozenDict[str, int] = FrozenDict()
NO_PARTS: FrozenDict[str, Format] = FrozenDict()


class ExpertGroup(NamedTuple):
    """Several ``copies`` of the same layers. Each of the ``tokens`` of a sample runs ``active`` of them.

    The names of their layers begin with ``name``: expert 3 is ``name.3``, and ``name.*`` stands for all experts.
    """

    name: str
    copies: int
    active: int
    tokens: int


class Node(NamedTuple):
    """One layer. Its full name is the prefix of its state-dict keys.

    ``inputs`` are indices into ``Graph.nodes``. ``origin`` is the place where the layer is written, for messages.
    ``batched`` is True if the layer depends on an input of the network; it then runs once for each sample, otherwise
    once for each call. ``training_only`` layers have parameters but do not run. ``resting`` layers do not run in this
    call, but in another one. ``tied`` has the names of tensors that another node holds, with the index of that node.
    ``bits`` are those that the spec gives to the layer. A layer with ``experts`` stands for the layer of this name in
    each expert, and its shapes are those of one token. ``held_format`` is the format for all tensors of a layer without
    MACs, and ``part_formats`` has formats of single tensors, by name. ``again`` is True if the layer is the one that
    its tensors are tied to, run once more, so that the state dict has no keys for it. ``fused`` is True if the layer is
    computed in place while its input is written.
    """

    name: str
    op: Op
    inputs: tuple[int, ...]
    output: Tensor
    origin: Origin
    batched: bool = True
    training_only: bool = False
    tied: FrozenDict[str, int] = UNTIED
    bits: Bits | None = None
    experts: ExpertGroup | None = None
    held_format: Format | None = None
    part_formats: FrozenDict[str, Format] = NO_PARTS
    again: bool = False
    fused: bool = False
    resting: bool = False

    @property
    def copies(self) -> int:
        """The number of copies of its tensors."""
        return 1 if self._copied is None else self._copied.copies

    @property
    def names(self) -> tuple[str, ...]:
        """The prefixes of the state-dict keys, one for each copy."""
        group = self._copied
        if group is None:
            return (self.name,)
        within = self.name[len(f"{group.name}.*") :]
        return tuple([f"{group.name}.{expert}{within}" for expert in range(group.copies)])

    @property
    def _copied(self) -> ExpertGroup | None:
        return None if isinstance(self.op, Dispatch) else self.experts  # one dispatch feeds all experts

    def active_of(self, params: int) -> int:
        """Return the number of ``params`` in all copies that one token uses."""
        return params if self.experts is None else params // self.experts.copies * self.experts.active

    def runs(self, batch: int) -> int:
        """Return the number of samples, or of tokens for experts, that it runs for, over all copies."""
        if self.resting:
            return 0
        if self.experts is None:
            return batch if self.batched else 1
        return batch * self.experts.tokens * self.experts.active if self.batched else self.experts.copies

    @property
    def unused(self) -> bool:
        """True if no call runs the layer, because it exists only for training."""
        return self.training_only and not self.resting

    @property
    def unknown(self) -> frozenset[Aspect]:
        """The parts of the layer that are not known. The computation of a layer that does not run need not be known."""
        return self.op.unknown - {"work"} if self.training_only else self.op.unknown

    @property
    def shares(self) -> int | None:
        """The first node whose tensors this layer uses; None if it uses only its own."""
        return next(iter(self.tied.values()), None)

    @property
    def shape(self) -> Shape:
        """The shape of its output."""
        return self.output.shape


@dataclass(frozen=True)
class Graph:
    """A network at one size of each input.

    ``inputs`` and ``outputs`` map names to indices of nodes. The inputs are the first nodes, and an output has the name
    of the layer that computes it. ``reference`` is the PyTorch model that the spec names. ``model_type`` is the name of
    a known language model in transformers. ``at_other_context`` expands the same spec for another number of past
    tokens; it is None if the network does not depend on that number.
    """

    model: str
    spec: str
    nodes: tuple[Node, ...]
    inputs: FrozenDict[str, int]
    outputs: FrozenDict[str, int]
    reference: str | None = None
    model_type: str = ""
    at_other_context: Callable[[], "Graph"] | None = field(default=None, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Return the content of pickles. They have no spec, so the network at another context is expanded for them."""
        expanded = None if self.at_other_context is None else replace(self.at_other_context(), at_other_context=None)
        return self.__dict__ | {"at_other_context": None if expanded is None else partial(_itself, expanded)}

    @property
    def layers(self) -> tuple[Node, ...]:
        """The nodes that are not inputs."""
        return self.nodes[len(self.inputs) :]

    @property
    def input_sizes(self) -> dict[str, tuple[int, ...]]:
        """The sizes of one sample of each input, by name, without the batch."""
        return {name: self.nodes[index].shape.sizes for name, index in self.inputs.items()}

    def input_shapes(self, node: Node) -> Shapes:
        """Return the shapes of the inputs of ``node``, in the order of the roles of its op."""
        nodes = self.nodes
        return tuple([nodes[index].output.shape for index in node.inputs])


def _itself(graph: Graph) -> Graph:
    return graph


def parameters(graph: Graph) -> Tensors:
    """Return the sizes of the learnable tensors by their state-dict keys, as in the PyTorch module of the network."""
    return _tensors(graph, "parameters")


def buffers(graph: Graph) -> Tensors:
    """Return the sizes of the tensors of the state dict that are not learnable, by their keys."""
    return _tensors(graph, "buffers")


def _tensors(graph: Graph, rule: str) -> Tensors:
    found: Tensors = {}
    for node in graph.nodes:
        if node.again:
            continue
        for name, sizes in getattr(node.op, rule)(graph.input_shapes(node)).items():
            found |= {f"{prefix}.{name}" if name else prefix: sizes for prefix in node.names}
    return found
