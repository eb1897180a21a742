"""The traced program as a Graph: each operation by the function of its family, names and tensors by the modules."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.export.graph_signature import InputKind

from calc.errors import OpError, Problem
from calc.frozen import FrozenDict
from calc.importing import Draft, Imported, Value
from calc.importing.draft import unknown_op
from calc.importing.names import LayerNames, sayable
from calc.importing.value import BatchAxis, Sizes
from calc.model.inputs import UNNAMED
from calc.model.tensor import Dtype
from calc.ops import op_class
from verify.importers.held import STATISTICS, Derived, Held, own_name, partly_tied
from verify.importers.operation import Operation, batch_of
from verify.importers.registry import NEAR, is_dropped, load_families, lower_of
from verify.importers.scopes import Scopes
from verify.importers.trace import Traced
from verify.importers.whole import ModuleRun, Stand, holds, run_of, runs_of


@dataclass(frozen=True)
class Lowered:
    """A network as a Graph, and what ties it to the program: ``outputs``, where the batch stands in each that it
    returns; ``made``, the node of the program that makes what a layer holds and the state dict has not.
    """

    imported: Imported
    traced: Traced
    outputs: tuple[Value, ...]
    made: Mapping[str, fx.Node]


def lowered(traced: Traced, *, opaque: bool = False) -> Lowered:
    """``traced`` as a Graph; ``opaque``: operations that calc has no op for stay, as layers that are not counted.

    Raises SpecError with every such operation, and all else that is wrong, at once.
    """
    return Lowering(traced, opaque).run()


class Lowering:
    """Goes through the program once. ``draft`` takes the layers, ``scopes`` say what they are called."""

    def __init__(self, traced: Traced, opaque: bool) -> None:
        self._traced = traced
        self._opaque = opaque
        self._source = traced.loaded.source
        nodes = [node for node in traced.graph.nodes if node.op == "call_function"]
        self.scopes = Scopes([node for node in nodes if traced.sizes[node.name] and not _is_silent(node)])
        self._held = _held(traced)
        keys = [key for held in self._held.values() if held.saved for key in held.keys]
        self.draft = Draft(self._source, LayerNames({*keys, *[key.rpartition(".")[0] for key in keys]} - {""}))
        self._known: dict[fx.Node, Any] = {}
        self._fed: set[fx.Node] = set()
        self._tensor_nodes: dict[Held, int] = {}
        self._owners: dict[Held, int] = {}
        self._layers: dict[str, int] = {}
        self._whole_paths: set[str] = set()
        self._apart = partly_tied(dict.fromkeys(self._held.values()), self.scopes.classes)
        self.made: dict[str, fx.Node] = {}

    def run(self) -> Lowered:
        """The whole program. Raises SpecError."""
        self._inputs()
        steps = [node for node in self._traced.graph.nodes if node.op == "call_function"]
        load_families()
        module, done = self._traced.loaded.module, set[fx.Node]()
        wholes = runs_of(steps) if isinstance(module, nn.Module) else {}
        for node in steps:
            if node in wholes and self._whole(*wholes[node]):
                done.update(wholes[node][2])
            if node not in done:
                self._step(node)
        outputs = self._outputs()
        self._rest()
        loaded = self._traced.loaded
        graph = self.draft.graph(_model_name(loaded.source), [value.node for value in outputs], self._source)
        classes = {sayable(path) if path else "": name for path, name in self.scopes.classes.items()}
        imported = Imported(
            graph, loaded.source, FrozenDict(classes), FrozenDict(loaded.versions), self._traced.remarks,
            frozenset(self.made),
        )  # fmt: skip
        return Lowered(imported, self._traced, outputs, self.made)

    def known(self, node: fx.Node) -> Any:
        """What ``node`` makes: a Value, a tensor that is held or derived, several, or a number."""
        if node in self._known:
            return self._known[node]
        made = node.meta.get("val")
        if isinstance(made, (int, float, bool)):
            return made
        raise OpError(f"reads {node.name}, a number that depends on the batch or on values")

    def output(self, node: fx.Node, index: int) -> tuple[Sizes, BatchAxis | None]:
        """The sizes at a batch of 1 and the batch axis of a tensor that ``node`` makes. Raises OpError."""
        return batch_of(self._traced.sizes[node.name][index])

    def materialised(self, found: Held | Derived) -> Value:
        """A tensor that the network holds, or makes of such alone, as a layer."""
        if isinstance(found, Derived):
            return self._derived(found)
        if found not in self._tensor_nodes:
            name = self.draft.names.claim(found.keys[0])
            self._tensor_nodes[found] = self.draft.tensor(name, found.sizes, buffer=not found.learnt)
            self._owners.setdefault(found, self._tensor_nodes[found])
        return Value(self._tensor_nodes[found], found.sizes, None)

    def place(
        self, operation: Operation, word: str, nodes: list[int], tensors: Mapping[str, Held | Derived], wanted: Sizes,
        fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """The node of a new layer, under the name of the tensors that it holds where they have one."""
        held = {name: each for name, each in tensors.items() if isinstance(each, Held)}
        name = own_name(held, operation.path) if len(held) == len(tensors) else None
        if name is None or any(each in self._apart for each in held.values()):
            nodes = [*nodes, *[operation.valued(each).node for each in tensors.values()]]
            return self.draft.add(operation.name(word), word, nodes, wanted, **fields)
        first = self._layers.get(name)
        if first is not None:
            return self._once_more(operation, first, word, nodes, held, wanted, fields)
        owner = next((self._owners[each] for each in held.values() if each in self._owners), None)
        index = self.draft.add(self.draft.names.claim(name), word, nodes, wanted, shares=owner, **fields)
        self._layers[name] = index
        for each in held.values():
            self._owners.setdefault(each, index)
        return index

    def _once_more(
        self, operation: Operation, first: int, word: str, nodes: list[int], held: Mapping[str, Held], wanted: Sizes,
        fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """A layer that uses the tensors of the layer ``first``: the very same again, or another op with its tensors."""
        try:
            same = self.draft.op(first) == op_class(word)(**fields)
        except OpError:
            same = False
        again, shares = (first, None) if same else (None, first)
        return self.draft.add(operation.name(word), word, nodes, wanted, again=again, shares=shares, **fields)

    def _inputs(self) -> None:
        named = [node for node in self._traced.graph.nodes if node.name in self._user_inputs()]
        for node in named:
            made = node.meta.get("val")
            if not isinstance(made, torch.Tensor):
                continue
            sizes, batch = self.output(node, 0)
            value = Value(-1, sizes, batch)
            name = UNNAMED if len(named) == 1 else sayable(node.name)
            dtype: Dtype = "float32" if made.is_floating_point() else "int64"
            index = self.draft.input(name, value.sample, dtype=dtype)
            self._known[node] = value._replace(node=index)
            self._fed.add(node)
        for node, held in self._held.items():
            self._known[node] = held

    def _user_inputs(self) -> set[str]:
        return set(self._traced.program.graph_signature.user_inputs)

    def _step(self, node: fx.Node) -> None:
        if node.target is operator.getitem:
            self._take_part(node)
            return
        if not self._traced.sizes[node.name]:
            return
        read = node.all_input_nodes
        if not any(each in self._fed for each in read):
            learnt = any(_is_learnt(self._known.get(each)) for each in read)
            self._known[node] = Derived(node, learnt)
            return
        self._fed.add(node)
        self._known[node] = self._lower(node)

    def _lower(self, node: fx.Node) -> Any:
        try:
            operation = Operation(self, node)
            if is_dropped(node.target):
                first = operation.valued(self.known(node.all_input_nodes[0]))
                return operation.same(first)
            lower = lower_of(node.target)
            if lower is None and not self._opaque:
                self.draft.problems.append(unknown_op(self._source, str(node.target), self.scopes.path(node), NEAR))
                return self._stand_in(node)
            made = lower(operation) if lower is not None else operation.opaque()
        except OpError as error:
            path = self.scopes.path(node) or "the network itself"
            self.draft.problems.append(Problem(self._source, error.fact, error.hint, path, str(node.target)))
            return self._stand_in(node)
        if str(node.target).partition(".")[2].partition(".")[0].endswith("_") and isinstance(node.args[0], fx.Node):
            self._known[node.args[0]] = made  # what reads the tensor later reads what was written into it
        return made

    def _stand_in(self, node: fx.Node) -> Any:
        """Values of the sizes that ``node`` makes, so that what follows is looked at too."""
        made: list[Value] = []
        for sizes, _ in self._traced.sizes[node.name]:
            try:
                at_one, batch = batch_of((sizes, self._traced.sizes[node.name][len(made)][1]))
            except OpError:
                at_one, batch = sizes, None
            value = Value(-1, at_one, batch)
            made.append(value._replace(node=self.draft.stand_in(sayable(node.name), value.sample)))
        return made[0] if isinstance(node.meta.get("val"), torch.Tensor) else tuple(made)

    def _whole(self, stand: Stand, path: str, operations: Sequence[fx.Node]) -> bool:
        """Whether a call of the module ``path`` is one layer, which is then there."""
        module = self._traced.loaded.module
        assert isinstance(module, nn.Module)
        run = run_of(path, module.get_submodule(path), operations, self._known.get)
        word = run and stand(run)
        if not run or not word or len(self._traced.sizes[run.result.name]) != 1:
            return False
        inputs = [run.arriving[node] for node in word[1]]
        if not self._holds_only_its_own(run):
            return False
        first = self._layers.get(path)
        scope = sayable(self.scopes.scope_of(run.result, path))
        name = self.draft.names.claim(scope) if first is None else self.draft.names.free(scope)
        try:
            value = Value(-1, *self.output(run.result, 0))
        except OpError:
            return False
        within = f"{scope.rpartition('.')[0]}.".removeprefix(".")
        nodes = [self.draft.without_channels_elsewhere(within, each.node, -1) for each in inputs]
        if first is None and not self.draft.would_hold(word[0], nodes, word[2], holds(run.module)):
            self.draft.names.give_back(name)
            return False
        index = self.draft.add(name, word[0], nodes, value.sample, again=first, **word[2])
        self._layers.setdefault(path, index)
        self._whole_paths.add(path)
        self._known[run.result] = value._replace(node=index)
        self._fed.add(run.result)
        return True

    def _holds_only_its_own(self, run: ModuleRun) -> bool:
        read = {each for node in run.operations for each in node.all_input_nodes}
        held = [self._known[each] for each in read if isinstance(self._known.get(each), Held)]
        return all(len(each.keys) == 1 and each.keys[0].startswith(f"{run.path}.") for each in held)

    def _take_part(self, node: fx.Node) -> None:
        source, index = node.args
        assert isinstance(source, fx.Node)
        several = self._known.get(source)
        if source in self._fed:
            self._fed.add(node)
        if isinstance(several, (tuple, list)) and isinstance(index, int):
            self._known[node] = several[index]
        elif isinstance(several, Derived):
            self._known[node] = Derived(node, several.learnt)

    def _derived(self, found: Derived) -> Value:
        """What the code makes of held tensors: layers where parameters are among them, else a tensor of its own."""
        node = found.node
        if found.learnt:
            for each in node.all_input_nodes:
                if isinstance(self._known.get(each), Derived) and self._known[each].learnt:
                    self.materialised(self._known[each])
            made = self._lower(node) if node.target is not operator.getitem else None
            if node.target is operator.getitem:
                self._take_part(node)
                made = self._known[node]
            self._known[node] = made
            if isinstance(made, Value):
                return made
            raise OpError(f"reads {node.name}, of which there are several")
        sizes = self._traced.sizes[node.name][0][0]
        scope = self.scopes.scope(node)
        name = self.draft.names.free(f"{scope}.values" if scope else "values")
        self.made[name] = node
        value = Value(self.draft.tensor(name, sizes, buffer=True), sizes, None)
        self._known[node] = value
        return value

    def _outputs(self) -> tuple[Value, ...]:
        (output,) = [node for node in self._traced.graph.nodes if node.op == "output"]
        mutated = len(self._traced.program.graph_signature.output_specs) - len(
            self._traced.program.graph_signature.user_outputs
        )
        found = [self._known[node] for node in output.args[0][mutated:] if isinstance(node, fx.Node)]
        values = [each for each in found if isinstance(each, Value)]
        if not values:
            self.draft.problems.append(Problem(self._source, "its forward returns no tensor that comes from an input"))
        return tuple(values)

    def _rest(self) -> None:
        """The saved tensors that nothing reads, so that the state dict is whole."""
        used = {key for held in (*self._tensor_nodes, *self._owners) for key in held.keys}
        for name, index in self._layers.items():
            used |= {f"{name}.{each}" for each in STATISTICS if self.draft.op(index).word in _WITH_STATISTICS}
        for held in self._unread():
            for key in held.keys[:1]:
                if key not in used and not any(key.startswith(f"{path}.") for path in self._whole_paths):
                    name = self.draft.names.claim(key)
                    self.draft.add(
                        name, "tensor", (), held.sizes, shape=held.sizes, buffer=not held.learnt, training_only=True
                    )

    def _unread(self) -> list[Held]:
        return [held for held in dict.fromkeys(self._held.values()) if held.saved and held.sizes]


_WITH_STATISTICS = ("batch_norm", "instance_norm")


def _held(traced: Traced) -> dict[fx.Node, Held]:
    """The tensors that the program holds, by the node that stands for each; those tied are one."""
    program = traced.program
    saved = {**program.state_dict}
    same: dict[int, list[str]] = {}
    for key, tensor in saved.items():
        same.setdefault(id(tensor), []).append(key)
    found: dict[fx.Node, Held] = {}
    by_key: dict[str, Held] = {}
    nodes = {node.name: node for node in program.graph.nodes}
    for spec in program.graph_signature.input_specs:
        if spec.kind in (InputKind.USER_INPUT, InputKind.TOKEN) or spec.target is None:
            continue
        node = nodes[spec.arg.name]
        learnt = spec.kind == InputKind.PARAMETER
        is_saved = learnt or (spec.kind == InputKind.BUFFER and bool(spec.persistent))
        keys = tuple(same[id(saved[spec.target])]) if is_saved and spec.target in saved else (spec.target,)
        held = by_key.get(keys[0])
        if held is None:
            held = Held(keys, tuple(node.meta["val"].shape), learnt, is_saved)
            by_key[keys[0]] = held
        found[node] = held
    return found


def _is_learnt(known: Any) -> bool:
    return isinstance(known, (Held, Derived)) and known.learnt


def _is_silent(node: fx.Node) -> bool:
    """Whether ``node`` is no layer: it passes on what arrives."""
    return node.target is operator.getitem or is_dropped(node.target)


def _model_name(source: str) -> str:
    return source.rpartition("/")[2].rpartition(":")[2].removesuffix(".pt2") or source
