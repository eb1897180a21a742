"""The only code that makes nodes. It checks every layer, for all builders of networks."""

from collections.abc import Sequence

from calc.errors import MAX_SHOWN, OpError, Origin, Problem, SpecError, number_of
from calc.frozen import FrozenDict
from calc.model.graph import UNTIED, Bits, ExpertGroup, Graph, Node
from calc.model.tensor import Dtype, Role, Tensor
from calc.model.ties import OneWidth, tied_names
from calc.model.unrun import unrun_shapes
from calc.ops.base import Op, Tensors
from calc.ops.base.experts import Dispatch, Experts
from calc.ops.base.fields import MOST_AXES
from calc.ops.base.input import Channels, NetworkInput
from calc.shape import Shape, Shapes

MAX_FULL_NAME = 500
MAX_ELEMENTS = 2**63


class GraphBuilder:
    """Appends nodes in the order of execution, inputs first, and makes the graph."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._named: dict[str, int] = {}
        self._inputs: dict[str, int] = {}
        self._larger: dict[int, Shape] = {}
        self._widths = OneWidth()
        self.experts: ExpertGroup | None = None
        # by the id of a node's op and its inputs, because most layers repeat another one
        self._outputs: dict[tuple[int, tuple[Tensor, ...]], Tensor] = {}

    def find(self, name: str) -> int | None:
        """Return the index of the node called ``name``."""
        return self._named.get(name)

    def input(
        self, name: str, sizes: Sequence[int], origin: Origin, channels: Channels = "first", dtype: Dtype = "float32"
    ) -> int:
        """Add an input of ``sizes`` without the batch and return its index. Raises SpecError if it is invalid."""
        if len(self._inputs) < len(self.nodes):
            raise ValueError(f"the input {name} comes after a layer")
        try:
            op = NetworkInput(shape=tuple(sizes), channels=channels, dtype=dtype)
            self._check_name(name, origin)
            tensor = Tensor(op.output_shape(()), dtype, "input")
        except OpError as error:
            raise SpecError([Problem(origin, f"{name} {error.fact}", error.hint)]) from None
        self._inputs[name] = index = self._append(Node(name, op, (), tensor, origin))
        return index

    def add(
        self, name: str, op: Op, inputs: tuple[int, ...], origin: Origin, *,
        bits: Bits | None = None, shares: int | None = None, training_only: bool = False, again: bool = False,
        resting: bool = False,
    ) -> int:  # fmt: skip
        """Add a layer that reads the nodes ``inputs`` and return its index.

        ``training_only`` layers do not run; an input that is too small for one is enlarged. ``resting`` layers do not
        run in this call. ``shares`` is the node whose tensors the layer uses, by the rules of ``tied_names``. ``again``
        says that it is this same layer, run once more. Raises SpecError with the origin, the name, the op and, if there
        are several, its inputs.
        """
        nodes = self.nodes
        arriving = tuple([nodes[index].output for index in inputs])
        batched = [nodes[index].batched for index in inputs]
        try:
            self._check_name(name, origin)
            self._check_borders(op, inputs, None if again else shares)
            if not training_only:
                self._check_runs(op, inputs)
            output = self._outputs.get((id(op), arriving))
            if output is None or training_only or not arriving:  # without inputs, the name decides the role
                output = self._output(name, op, inputs, arriving, training_only)
            op.check_batched(batched)
            tied = UNTIED if shares is None else self._tied(op, arriving, shares, bits)
        except OpError as error:
            shown = name if len(name) <= MAX_FULL_NAME else name[:60] + "…"
            notes: tuple[str, ...] = ()
            if len(inputs) > 1:
                named = ", ".join([f"{nodes[index].name} ({nodes[index].shape})" for index in inputs[:MAX_SHOWN]])
                notes = (f"its inputs: {named}",)
            raise SpecError([Problem(origin, error.fact, error.hint, shown, op.word, notes)]) from None
        if not training_only:
            self._outputs[id(op), arriving] = output
        made = Node(
            name, op, inputs, output, origin, True in batched, training_only, tied, bits, self.experts, again=again,
            resting=resting,
        )  # fmt: skip
        if again and shares is not None:
            first = nodes[shares]
            made = made._replace(bits=first.bits, held_format=first.held_format, part_formats=first.part_formats)
        return self._append(made)

    def narrow_held(self, first: int, bits: Bits) -> None:
        """Store the tensors of the layers from ``first`` on in ``bits``, unless the bits are for MACs.

        Raises OpError if these layers have neither tensors nor MACs.
        """
        layers = range(first, len(self.nodes))
        if not layers or not all(self.nodes[index].op.no_macs for index in layers):
            return
        holding = [index for index in layers if self._parameters(index) or self.nodes[index].output.role == "state"]
        if not holding:
            raise OpError(f"bits={bits}: no layer here has MACs or holds tensors", "remove bits:")
        for index in holding:
            if self.nodes[index].held_format is None:  # bits that are written at the layer itself win
                self.nodes[index] = self.nodes[index]._replace(held_format=bits.stored)

    def begin_experts(self, name: str, dispatch: int) -> None:
        """Add the following layers to each expert ``name`` that the node ``dispatch`` feeds.

        This ends with ``end_experts``. Raises OpError for experts inside experts, and for tokens that are equal for all
        samples.
        """
        node = self.nodes[dispatch]
        assert isinstance(node.op, Dispatch)
        if self.experts is not None:
            raise OpError("these experts are inside an expert, which is not supported")
        if not node.batched:
            raise OpError("these experts read nothing that comes from the network's input")
        tokens = self.nodes[node.inputs[1]].shape.elements // node.op.count
        self.experts = ExpertGroup(name, node.op.count, node.op.active, tokens)
        self.nodes[dispatch] = node._replace(experts=self.experts)

    def end_experts(self) -> None:
        """Stop adding layers to experts."""
        self.experts = None

    def graph(self, model: str, spec: str, outputs: Sequence[int], reference: str | None = None) -> Graph:
        """Return the network of all nodes. ``outputs`` are the nodes whose outputs are those of the network."""
        named = FrozenDict({self.nodes[index].name: index for index in outputs})
        return Graph(model, spec, tuple(self.nodes), FrozenDict(self._inputs), named, reference)

    def _append(self, node: Node) -> int:
        self._named[node.name] = index = len(self.nodes)
        self.nodes.append(node)
        return index

    def _check_borders(self, op: Op, inputs: tuple[int, ...], shares: int | None) -> None:
        """Raise OpError if an expert reads a layer outside it other than its token, or if another layer reads an
        expert.
        """
        if isinstance(op, (Dispatch, Experts)):
            return
        for index in inputs if shares is None else (*inputs, shares):
            node = self.nodes[index]
            if node.experts != self.experts:
                where = "is outside the experts" if self.experts else "is inside an expert"
                raise OpError(f"uses {node.name}, which {where}", "an expert can read its own layers and its token")

    def _check_runs(self, op: Op, inputs: tuple[int, ...]) -> None:
        """Raise OpError if a layer that runs needs a layer that does not run in this call."""
        for index in inputs:
            if self.nodes[index].resting and not op.has_kept:
                hint = "a cache with once: true and past keeps what an earlier call made"
                raise OpError(f"reads {self.nodes[index].name}, which does not run in this call", hint)

    def _check_name(self, name: str, origin: Origin) -> None:
        if len(name) > MAX_FULL_NAME:
            raise OpError(f"a name of {len(name)} characters, but at most {MAX_FULL_NAME} are allowed")
        if name in self._named:
            raise twice(name, origin, self.nodes[self._named[name]].origin)

    def _output(
        self, name: str, op: Op, inputs: tuple[int, ...], arriving: tuple[Tensor, ...], training_only: bool
    ) -> Tensor:
        """Return the output tensor of the next node. Raises OpError."""
        shapes = tuple([tensor.shape for tensor in arriving])
        dtype = _output_dtype(op, arriving)
        shape = self._unrun_shape(op, inputs, shapes) if training_only else output_shape(op, shapes)
        return Tensor(shape, dtype, _passed_on(name, op, shapes))

    def _unrun_shape(self, op: Op, inputs: tuple[int, ...], shapes: Shapes) -> Shape:
        """Return the output shape of the next node, which does not run. Raises OpError."""
        larger = tuple([self._larger.get(index, shape) for index, shape in zip(inputs, shapes, strict=True)])
        shape, larger_shape = unrun_shapes(op, shapes, larger, output_shape)
        if larger_shape != shape:
            self._larger[len(self.nodes)] = larger_shape
        return shape

    def _tied(self, op: Op, arriving: tuple[Tensor, ...], shares: int, bits: Bits | None) -> FrozenDict[str, int]:
        """Return the tensors of the next node that another node holds, by name, with that node. Raises OpError."""
        other = self.nodes[shares]
        shapes = tuple([tensor.shape for tensor in arriving])
        names = tied_names(op, shapes, other, self._parameters(shares))
        tied = FrozenDict({name: other.tied.get(name, shares) for name in names})
        self._widths.check(self.nodes, len(self.nodes), tied, bits)
        return tied

    def _parameters(self, index: int) -> Tensors:
        node = self.nodes[index]
        return node.op.parameters(tuple([self.nodes[source].shape for source in node.inputs]))


def twice(name: str, origin: Origin, other: Origin) -> OpError:
    """Return the error for a second layer of the same name. ``other`` is the place of the first."""
    hint = "a repeated layer needs the index in its name: name{i}" if other == origin else ""
    return OpError(f"two layers are named {name}; the other is at {other}", hint)


def output_shape(op: Op, shapes: Shapes) -> Shape:
    """Return the shape that ``op`` computes.

    Raises OpError if the op does not take ``shapes``, or the shape is too large.
    """
    if len(shapes) != len(op.roles):
        _check_arity(op.roles, len(shapes))
    shape = op.output_shape(shapes)
    if any(size < 1 for size in shape.sizes):
        raise OpError(f"the output would be {shape}")
    if shape.rank > MOST_AXES or shape.elements > MAX_ELEMENTS:
        raise OpError(f"the output would have {shape.elements} elements on {shape.rank} axes")
    return shape


def _check_arity(roles: tuple[str, ...], given: int) -> None:
    if given < len(roles) and roles[given].endswith("?"):  # optional inputs come last
        return
    if roles and roles[-1].endswith("*"):
        fewest, most = len(roles), None
    else:
        fewest, most = sum(not role.endswith("?") for role in roles), len(roles)
    if given < fewest or (most is not None and given > most):
        wanted = f"at least {fewest}" if most is None else f"{fewest} to {most}" if fewest < most else ""
        inputs = f"{wanted} inputs" if wanted else number_of(fewest, "input")
        named = ", ".join(role.rstrip("?*") for role in roles)
        raise OpError(f"takes {inputs} ({named}), got {given}", "name its inputs with from:")


def _output_dtype(op: Op, arriving: Sequence[Tensor]) -> Dtype:
    """Return the dtype of the output of ``op``.

    Raises OpError if token ids arrive where float32 is needed, or the reverse.
    """
    if op.takes == "mixed" or not arriving:
        return op.output_dtype
    integers = [tensor.dtype for tensor in arriving].count("int64")
    if op.takes == "int":
        _check_ids(op, arriving)
    if op.takes == "float" and integers:
        raise OpError("takes float32, but token ids (int64) arrive", "an embedding turns them into vectors")
    if op.takes == "any" and 0 < integers < len(arriving):
        raise OpError("joins token ids (int64) with float32")
    if not integers or op.takes != "any":
        return "float32"
    op.check_ids()
    return "int64"


def _check_ids(op: Op, arriving: Sequence[Tensor]) -> None:
    """Raise OpError unless token ids arrive at the first input of ``op``, and at no other."""
    if arriving[0].dtype != "int64":
        hint = "input: {shape: [tokens], dtype: int64} makes the input token ids"
        raise OpError("takes token ids (int64), but float32 arrives", hint)
    for role, tensor in zip(op.roles[1:], arriving[1:], strict=False):
        if tensor.dtype == "int64":
            raise OpError(f"its {role.rstrip('?*')} takes float32, but token ids (int64) arrive")


def _passed_on(name: str, op: Op, arriving: Shapes) -> Role:
    """Return the role of the output: a state, an activation, or the tensor that a layer without inputs holds."""
    if op.state(arriving) is not None:
        return "state"
    if arriving:
        return "activation"
    return op.role_of(name) if op.parameters(()) else "buffer"
