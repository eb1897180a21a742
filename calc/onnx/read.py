"""Reads an ONNX file. All damaged, missing, circular or unknown parts are reported at once."""

from ast import literal_eval
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from calc.errors import Nearest, OpError, Problem, SpecError
from calc.extras import install_hint
from calc.frozen import FrozenDict
from calc.onnx.functions import AttributeOf, Function, written_out
from calc.onnx.model import OnnxInput, OnnxModel, OnnxNode, OnnxPlace, Subgraph
from calc.onnx.order import in_order
from calc.onnx.stored import FileTensor, as_text, check_beside, stored
from calc.onnx.wire import pared
from calc.reading import opened

OLDEST_OPSET = 7
MOST_NODES = 100_000
DEEPEST_SUBGRAPH = 20
MOST_SCOPE = 4000
OWN_DOMAINS = ("", "ai.onnx")
FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS = range(1, 9)
"""The types of attributes by their numbers in onnx.proto."""


def read_model(path: str) -> OnnxModel:
    """Read the model in the file at ``path``. Raises SpecError with everything that is wrong with it."""
    return _Reading(path).model(_message(path))


def files_beside(path: str) -> frozenset[str]:
    """Return the other files in the folder of the model that contain its weights.

    Raises SpecError if it is not ONNX.
    """
    reading = _Reading(path)
    reading.subgraph(_message(path).graph, 0)
    return frozenset([tensor.beside[0] for tensor in reading.tensors if tensor.beside is not None])


def _message(path: str) -> Any:
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        fact = "ONNX files are read by the package onnx, which is not installed"
        raise SpecError([Problem(OnnxPlace(path), fact, install_hint("onnx"))]) from None
    with opened(path) as file:
        data = pared(file)
    try:
        proto = onnx.ModelProto.FromString(data)
    except DecodeError:
        raise SpecError(
            [Problem(OnnxPlace(path), "not an ONNX file: this is not protobuf, or it is damaged")]
        ) from None
    if not proto.HasField("graph"):
        raise SpecError([Problem(OnnxPlace(path), "not an ONNX file: it has no graph")])
    return proto


class _Reading:
    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.opsets: dict[str, int] = {}
        self.tensors: list[FileTensor] = []
        self.refused: set[str] = set()
        self.nodes = 0

    def model(self, proto: Any) -> OnnxModel:
        self.opsets = {as_text(entry.domain): entry.version for entry in proto.opset_import}
        opset = next((self.opsets[domain] for domain in OWN_DOMAINS if domain in self.opsets), 1)
        if opset < OLDEST_OPSET:
            self.problem(
                f"opset {opset} is older than {OLDEST_OPSET}, the oldest that calc reads",
                "convert it: onnx.version_converter",
            )
        self.opsets.setdefault("", opset)
        functions: dict[tuple[str, ...], Function] = {
            (as_text(each.domain), as_text(each.name)): (
                texts(each.input),
                texts(each.output),
                self.function_nodes(each),
            )
            for each in proto.functions
        }
        graph = self.subgraph(proto.graph, 0)
        inputs = tuple(
            [
                found
                for each in proto.graph.input
                if as_text(each.name) not in graph.tensors and (found := self.input(each))
            ]
        )
        known = [each.name for each in inputs]
        if self.problems:
            raise SpecError(self.problems)
        nodes, faults = written_out(graph.nodes, functions, MOST_NODES)
        self.problems += [node.problem(self.path, fact) for node, fact in faults]
        if self.problems:
            raise SpecError(self.problems)
        self.check_outputs(graph._replace(nodes=nodes), known)
        graph = graph._replace(nodes=self.checked(nodes, {*known, *graph.tensors, ""}))
        for fact, hint in check_beside(self.tensors, Path(self.path)):
            self.problem(fact, hint)
        if self.problems:
            raise SpecError(self.problems)
        producer = " ".join([as_text(proto.producer_name), as_text(proto.producer_version)]).strip()
        told = {
            as_text(each.name): kind for each in (*proto.graph.value_info, *proto.graph.output) if (kind := _told(each))
        }
        return OnnxModel(self.path, graph, inputs, opset, producer, FrozenDict(told))

    def function_nodes(self, proto: Any) -> tuple[OnnxNode, ...]:
        versions = self.opsets | {as_text(entry.domain): entry.version for entry in proto.opset_import}
        return tuple([found for at, node in enumerate(proto.node) if (found := self.node(node, at, 0, versions))])

    def subgraph(self, proto: Any, depth: int) -> Subgraph:
        tensors = {}
        for tensor in proto.initializer:
            if kept := self.stored(tensor, as_text(tensor.name)):
                tensors[as_text(tensor.name)] = kept
        for sparse in proto.sparse_initializer:
            name = as_text(sparse.values.name)[:60]
            self.problem(f"the tensor {name} is sparse, which calc does not read")
        nodes = tuple(
            [found for at, node in enumerate(proto.node) if (found := self.node(node, at, depth, self.opsets))]
        )
        outputs = tuple([as_text(each.name) for each in proto.output])
        return Subgraph(nodes, FrozenDict(tensors), tuple([as_text(each.name) for each in proto.input]), outputs)

    def node(self, proto: Any, at: int, depth: int, versions: dict[str, int]) -> OnnxNode | None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            fact = f"more than {MOST_NODES:,} nodes"
            raise SpecError([Problem(OnnxPlace(self.path), fact)])
        domain = "" if as_text(proto.domain) in OWN_DOMAINS else as_text(proto.domain)
        names = (as_text(proto.name), as_text(proto.op_type), domain, texts(proto.input), texts(proto.output))
        node = OnnxNode(*names, FrozenDict(), at, versions.get(domain, 1), _scope(proto))
        found = {}
        for attribute in proto.attribute:
            try:
                found[as_text(attribute.name)] = self.attribute(attribute, node, depth)
            except OpError as error:
                self.problems.append(node.problem(self.path, error.fact, error.hint))
        return node._replace(attributes=FrozenDict(found))

    def attribute(self, proto: Any, node: OnnxNode, depth: int) -> Any:
        """Return the value of an attribute. Raises OpError if it is of a kind that is not read."""
        kind = proto.type
        if proto.ref_attr_name:
            return AttributeOf(as_text(proto.ref_attr_name))
        if kind in (FLOATS, INTS):
            return tuple(proto.floats if kind == FLOATS else proto.ints)
        if kind == STRINGS:
            return tuple([text.decode("utf-8", "replace") for text in proto.strings])
        if kind in (FLOAT, INT):
            return proto.f if kind == FLOAT else proto.i
        if kind == STRING:
            return proto.s.decode("utf-8", "replace")
        if kind == TENSOR:
            return self.kept(stored(proto.t, self.path, next(iter(node.outputs), "")))
        if kind == GRAPH:
            if depth >= DEEPEST_SUBGRAPH:
                raise OpError(f"graphs are nested more than {DEEPEST_SUBGRAPH} deep")
            return self.subgraph(proto.g, depth + 1)
        raise OpError(f"its attribute {as_text(proto.name)[:60]} is of a kind that calc does not read ({kind})")

    def stored(self, proto: Any, name: str) -> FileTensor | None:
        try:
            return self.kept(stored(proto, self.path, name))
        except OpError as error:
            if error.fact not in self.refused:  # one bad file beside the model may hold many tensors
                self.problem(error.fact, error.hint)
            self.refused.add(error.fact)
            return None

    def kept(self, tensor: FileTensor) -> FileTensor:
        self.tensors.append(tensor)
        return tensor

    def input(self, proto: Any) -> OnnxInput | None:
        if not proto.type.HasField("tensor_type"):
            self.problem(f"the input {as_text(proto.name)[:60]} is not a tensor")
            return None
        return _told(proto) or OnnxInput(as_text(proto.name), _kind(proto), ("?",))

    def checked(self, nodes: tuple[OnnxNode, ...], known: set[str]) -> tuple[OnnxNode, ...]:
        """Return ``nodes`` in an order in which they can run. Problems are recorded."""
        makers: dict[str, OnnxNode] = {}
        for node in nodes:
            for name in filter(None, node.outputs):
                if name in makers or name in known:
                    other = f"{makers[name].shown} computes too" if name in makers else "exists already"
                    self.problems.append(node.problem(self.path, f"it computes {name[:60]}, which {other}"))
                makers.setdefault(name, node)
        for node in nodes:
            for name in dict.fromkeys(_read(node)):
                if name not in makers and name not in known:
                    hint = Nearest(name, makers.keys(), known - {""})
                    self.problems.append(
                        node.problem(self.path, f"it reads {name[:60]!r}, which no node computes", hint)
                    )
        ordered, circle = in_order(nodes, makers, known, _read)
        if circle:
            shown = ", ".join([node.shown for node in circle[:5]]) + (", …" if len(circle) > 5 else "")
            self.problem(f"nodes depend on one another in a circle: {shown}")
        return ordered

    def check_outputs(self, graph: Subgraph, known: Iterable[str]) -> None:
        made = {name for node in graph.nodes for name in node.outputs} | {*known, *graph.tensors}
        if not graph.outputs:
            self.problem("it has no outputs")
        for name in graph.outputs:
            if name not in made:
                self.problem(f"no node computes the output {name[:60]!r}", Nearest(name, made))

    def problem(self, fact: str, hint: Any = "") -> None:
        self.problems.append(Problem(OnnxPlace(self.path), fact, hint))


def texts(values: Iterable[str | bytes]) -> tuple[str, ...]:
    """Return ``values`` as text."""
    return tuple([as_text(value) for value in values])


SCOPES = "pkg.torch.onnx.name_scopes"
"""The key under which torch's exporter writes the paths of the modules around a node, outermost first."""


def _scope(proto: Any) -> str | None:
    for entry in proto.metadata_props:
        if entry.key == SCOPES:
            try:
                paths = literal_eval(as_text(entry.value)[:MOST_SCOPE])
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                return None
            named = [path for path in paths[:-1] if isinstance(path, str)] if isinstance(paths, list) else []
            return named[-1] if named else ""
    return None


def _told(proto: Any) -> OnnxInput | None:
    """Return the description of a tensor in the file, or None if the file does not state its sizes."""
    type_ = proto.type.tensor_type
    if not type_.HasField("shape"):
        return None
    return OnnxInput(as_text(proto.name), _kind(proto), tuple([_size(dim) for dim in type_.shape.dim]))


def _kind(proto: Any) -> str:
    import onnx

    kinds, type_ = onnx.TensorProto.DataType, proto.type.tensor_type.elem_type
    return str(kinds.Name(type_)).lower() if type_ in kinds.values() else "undefined"


def _size(dim: Any) -> int | str:
    if dim.HasField("dim_value") and dim.dim_value > 0:
        return int(dim.dim_value)
    return as_text(dim.dim_param) or "?"


def _read(node: OnnxNode) -> Iterator[str]:
    """Yield the names that a node reads, including outer names that its subgraphs read."""
    yield from filter(None, node.inputs)
    for value in node.attributes.values():
        if isinstance(value, Subgraph):
            own = {*value.tensors, *value.inputs, *[name for inner in value.nodes for name in inner.outputs]}
            yield from [name for inner in value.nodes for name in _read(inner) if name not in own]
            yield from [name for name in value.outputs if name not in own]
