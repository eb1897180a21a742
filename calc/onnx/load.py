"""Loads an ONNX file as an imported network, with the data of the file for each of its tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calc.errors import Problem, SpecError
from calc.frozen import FrozenDict
from calc.importing import Imported, Value
from calc.importing.value import BatchAxis
from calc.model.graph import Graph
from calc.model.inputs import UNNAMED
from calc.onnx.building import Building
from calc.onnx.fuse import with_gelu, without_guards
from calc.onnx.inputs import Arrivals, given_inputs
from calc.onnx.model import OnnxModel, OnnxPlace
from calc.onnx.network import run
from calc.onnx.read import read_model
from calc.onnx.values import Fixed, Flow, HeldWeight, Sizes, Thing, sizes_text

TAKING = ("Gather", "Slice", "Split")
"""Ops that take parts of a tensor and drop the others."""


@dataclass(frozen=True)
class OnnxImported(Imported):
    """An imported network as in ``Imported``, together with its weights.

    ``weights`` has the data of the file by the keys of the state dict. ``inputs`` and ``outputs`` have, by name and in
    the order of the graph, the axis of the batch in the tensor of the file. ``numbers`` has the inputs that are a
    single fixed integer. ``parts`` has the parts that nodes take of tensors of the file.
    """

    weights: FrozenDict[str, Fixed] = field(default_factory=FrozenDict)
    inputs: FrozenDict[str, BatchAxis | None] = field(default_factory=FrozenDict)
    outputs: FrozenDict[str, BatchAxis | None] = field(default_factory=FrozenDict)
    numbers: FrozenDict[str, int] = field(default_factory=FrozenDict)
    parts: FrozenDict[str, HeldWeight] = field(default_factory=FrozenDict)


def import_onnx(path: str, sizes: Sizes | Mapping[str, Sizes] | None = None, *, opaque: bool = False) -> OnnxImported:
    """Import the network in the ONNX file at ``path``. ``sizes`` fill in the sizes that the file leaves open.

    With ``opaque``, nodes for which calc has no op stay as layers that are not counted. Raises SpecError with
    everything that is wrong with the file, or for which calc has no op.
    """
    model = read_model(path)
    model = model._replace(graph=with_gelu(without_guards(model.graph)))
    return _imported(model, given_inputs(model, sizes), opaque)


def _imported(model: OnnxModel, given: Arrivals, opaque: bool) -> OnnxImported:
    building = Building(model, given.batches, opaque=opaque)
    _add_inputs(building, given)
    run(building, model.graph)
    if building.problems:
        raise SpecError(building.problems)
    outputs = {name: _as_flow(building, name, building.things[name]) for name in model.graph.outputs}
    nodes = list(dict.fromkeys([flow.node for flow in outputs.values()]))
    graph = building.draft.graph(Path(model.path).stem, nodes, model.path)
    _check_weights(building, graph)
    return OnnxImported(
        graph=graph,
        source=model.path,
        versions=FrozenDict(
            {"onnx": _version(), "producer": model.producer} if model.producer else {"onnx": _version()}
        ),
        remarks=tuple(building.remarks),
        weights=FrozenDict(building.weights),
        inputs=FrozenDict({each.name: each.batch for each in given.inputs if each.number is None}),
        numbers=FrozenDict({each.name: each.number for each in given.inputs if each.number is not None}),
        outputs=FrozenDict({name: flow.value.batch for name, flow in outputs.items()}),
        parts=FrozenDict(_parts(building)),
    )


def _parts(building: Building) -> dict[str, HeldWeight]:
    """Return the tensors by name that a Slice, a Gather or a Split takes out of a tensor of the file."""
    names = [name for node in building.model.graph.nodes if node.op in TAKING for name in node.outputs]
    things = {name: building.things.get(name) for name in names}
    return {name: thing for name, thing in things.items() if isinstance(thing, HeldWeight)}


def _check_weights(building: Building, graph: Graph) -> None:
    """Raise SpecError for each tensor whose sizes in the file differ from those that its inputs need."""
    problems = []
    for node in graph.layers:
        shapes = graph.input_shapes(node)
        for name, sizes in (node.op.parameters(shapes) | node.op.buffers(shapes)).items():
            held = building.weights.get(f"{node.name}.{name}" if name else node.name)
            if held is not None and held.sizes != sizes:
                fact = f"its {name or 'tensor'} is {sizes_text(held.sizes)}, but its inputs need {sizes_text(sizes)}"
                problems.append(Problem(node.origin, fact, "", node.name, node.op.word))
    if problems:
        raise SpecError(problems)


def _add_inputs(building: Building, given: Arrivals) -> None:
    written = {each.name: each.sizes for each in building.model.inputs}
    batches = [written[each.name][each.batch.axis] for each in given.inputs if each.batch is not None]
    building.batch_sizes = tuple(dict.fromkeys(batches))
    alone = len([each for each in given.inputs if each.number is None]) == 1
    for each in given.inputs:
        if each.number is not None:
            building.fix(each.name, each.number)
            continue
        name = UNNAMED if alone else each.name
        node = building.draft.input(name, each.sample, each.channels, each.dtype)
        sizes = each.sample
        if each.batch is not None:
            sizes = (*sizes[: each.batch.axis], 1, *sizes[each.batch.axis :])
        building.things[each.name] = Flow(Value(node, sizes, each.batch), is_bool=each.is_bool)


def _as_flow(building: Building, name: str, thing: Thing | None) -> Flow:
    if isinstance(thing, Flow):
        return thing
    raise SpecError([Problem(OnnxPlace(building.model.path), f"the output {name[:60]} does not depend on the inputs")])


def _version() -> str:
    import onnx

    return str(onnx.__version__)
