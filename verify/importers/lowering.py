"""Converts the traced program to a Graph, operation by operation. Layers are named after the modules."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import fx, nn

from calc.errors import OpError, Problem
from calc.frozen import FrozenDict
from calc.importing import Draft, Imported, Value
from calc.importing.attempt import Attempt, attempt
from calc.importing.draft import KEPT, UNKNOWN, unknown_op
from calc.importing.names import LayerNames, sayable
from calc.importing.value import BatchAxis, Sizes
from calc.model.inputs import UNNAMED
from verify.importers.arguments import SUFFIX
from verify.importers.calls import fed_in_another_call
from verify.importers.chosen_by import is_only_chosen_by
from verify.importers.constants import Constants, multiplies
from verify.importers.filled import is_filled
from verify.importers.held import Derived, Held, dtype_field, dtype_of, held_by
from verify.importers.holders import Holders
from verify.importers.in_place import is_view, is_written_into, write_back, writes_in_place
from verify.importers.operation import Operation, batch_of
from verify.importers.packets import is_dropped, is_read, is_unsqueeze
from verify.importers.registry import NEAR, Lower, is_silent, load_families, lower_of, passed_on
from verify.importers.scopes import Scopes
from verify.importers.stand_in import stand_in
from verify.importers.trace import Traced
from verify.importers.whole import ModuleRun, Stand, holds, run_of, runs_of
from verify.importers.wrapped import remade_weight


@dataclass(frozen=True)
class Lowered:
    """A network as a Graph, and its relation to the program.

    ``outputs`` says which axis of each returned tensor is the batch. ``made`` has, by layer, the tensors that the state
    dict does not have: their values, or the node of the program that computes them. ``paths`` maps each scope that
    differs from the path of its module, for a further call or an iteration of a loop, to that path. ``read`` has
    the keys of the tensors whose values decide what the layers are.
    """

    imported: Imported
    traced: Traced
    outputs: tuple[Value, ...]
    made: Mapping[str, fx.Node | torch.Tensor]
    paths: Mapping[str, str] = field(default_factory=dict)
    read: frozenset[str] = frozenset()


def lowered(traced: Traced, *, opaque: bool = False) -> Lowered:
    """Convert ``traced`` to a Graph. With ``opaque``, operations that calc does not have stay as layers without counts.

    Raises SpecError with all such operations and all other errors at once.
    """
    return Lowering(traced, opaque).run()


class Lowering:
    """Converts a program in one pass. ``draft`` collects the layers, and ``scopes`` names them."""

    def __init__(
        self, traced: Traced, opaque: bool, apart: frozenset[str] = frozenset(), *, alike: bool = True
    ) -> None:
        self._traced = traced
        self._opaque = opaque
        self._apart = apart
        self._source = traced.loaded.source
        nodes = [node for node in traced.graph.nodes if node.op == "call_function" and traced.sizes[node.name]]
        self._held = held_by(traced.program)
        learnt = {node for node, held in self._held.items() if held.learnt}
        self.scopes = Scopes([node for node in nodes if not is_silent(node.target)], nodes, learnt)
        self._alike = fed_in_another_call(nodes, traced.inputs) if alike else set()
        keys = [key for held in self._held.values() if held.saved for key in held.keys]
        self.draft = Draft(self._source, LayerNames({*keys, *[key.rpartition(".")[0] for key in keys]} - {""}))
        self._known: dict[fx.Node, Any] = {}
        self._fed: set[fx.Node] = set()
        self._renamed: dict[str, str] = {}
        """The inputs whose names are those of modules, with their names in the spec."""
        self.holders = Holders(self.draft, self._held.values(), self.scopes.classes, apart)
        self._constants = Constants(traced, {**traced.program.constants, **traced.program.state_dict})
        self._constant_nodes: dict[int, fx.Node] = {}
        self.made: dict[str, fx.Node | torch.Tensor] = {}

    def run(self) -> Lowered:
        """Convert the whole program. Raises SpecError."""
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
        if self._alike and (self.draft.problems or self._opaque):  # constants are simpler than layers that compute them
            return Lowering(self._traced, self._opaque, self._apart, alike=False).run()
        torn = self.holders.torn()
        if torn:
            return Lowering(self._traced, self._opaque, torn, alike=bool(self._alike)).run()
        outputs = self._outputs()
        self.holders.rest()
        loaded = self._traced.loaded
        classes = {sayable(path) if path else "": name for path, name in self.scopes.classes.items()}
        new = self.draft.call_by_purpose(classes)
        self.made = {new.get(name, name): made for name, made in self.made.items()}
        further = {sayable(scope): sayable(path) for scope, path in self.scopes.further.items()}
        moved, same = self.draft.run_again(further, self._is_same)
        self.made = {name: made for name, made in self.made.items() if name not in same}
        outputs = tuple([value._replace(node=moved[value.node]) for value in outputs])
        graph = self.draft.graph(loaded.model_name, [value.node for value in outputs], self._source)
        imported = Imported(
            graph, loaded.source, FrozenDict(classes), FrozenDict(loaded.versions), self._remarks(),
            frozenset(self.made),
        )  # fmt: skip
        paths = {sayable(scope): path for scope, path in (self.scopes.further | self.scopes.steps).items()}
        return Lowered(imported, self._traced, outputs, self.made, paths, frozenset(self._constants.read))

    def _remarks(self) -> tuple[str, ...]:
        remarks = self._traced.remarks
        for name, written in self._renamed.items():
            remarks += (f"The input {name} is called {written} here, because a module has its name.",)
        return remarks

    def _is_same(self, name: str, other: str) -> bool:
        """Return whether two tensors that the code computes hold the same values."""
        made = [self.made.get(each) for each in (name, other)]
        one, two = (self._constants.found(each) if isinstance(each, fx.Node) else each for each in made)
        return one is not None and two is not None and torch.equal(one, two)

    def known(self, node: fx.Node) -> Any:
        """Return the result of ``node``: a Value, a tensor that is held or derived, several of these, or a number."""
        if node in self._known:
            return self._known[node]
        made = node.meta.get("val")
        if isinstance(made, (int, float, bool)):
            return made
        raise OpError("reads a number that depends on the batch or on input values")

    def output(self, node: fx.Node, index: int) -> tuple[Sizes, BatchAxis | None]:
        """Return the sizes, at a batch of 1, and the batch axis of a result of ``node``.

        Raises OpError if no axis fits.
        """
        return batch_of(self._traced.sizes[node.name][index])

    def materialised(self, found: Held | Derived) -> Value:
        """Return the layer of a tensor that the network holds, or computes only from held tensors."""
        if isinstance(found, Derived):
            there = self._known.get(found.node)
            return there if isinstance(there, Value) else self._derived(found)
        return Value(self.holders.node(found, self.made), found.sizes, None)

    def constant(self, found: Any) -> torch.Tensor | None:
        """Return the values of a tensor that depends on no input and no parameter; else None."""
        if isinstance(found, Value):
            node = self._constant_nodes.get(found.node)
        else:
            node = found.node if isinstance(found, (Held, Derived)) and not found.learnt else None
        if node is None:
            return None
        return self._constants.value(node)

    def numbers_samples(self, found: Any) -> bool:
        """Return whether ``found`` is the numbers 0, 1, 2, … of the samples of a batch."""
        return isinstance(found, Derived) and self._constants.numbers_samples(found.node)

    def is_known(self, held: Held) -> bool:
        """Return whether a layer holds the tensor already, or no layer may hold it."""
        return self.holders.is_known(held)

    def new_tensor(self, name: str, values: torch.Tensor) -> Value:
        """Add a layer with ``values`` that the foreign network does not store."""
        name, sizes = self.draft.names.free(name), tuple(values.shape)
        self.made[name] = values
        return Value(self._buffer(name, sizes, values.dtype), sizes, None)

    def _buffer(self, name: str, sizes: Sizes, dtype: torch.dtype) -> int:
        return self.draft.tensor(name, sizes, buffer=True, persistent=False, **dtype_field(dtype_of(dtype)))

    def layer_name(self, operation: Operation, tensors: Mapping[str, Held | Derived]) -> str | None:
        """Return the name of the layer that can hold ``tensors`` under its own names for them.

        The result is None if there is none.
        """
        return self.holders.layer_name(operation, tensors)

    def place(
        self, operation: Operation, word: str, nodes: list[int], tensors: Mapping[str, Held | Derived], wanted: Sizes,
        fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Add a layer and return its node. It is named after the tensors that it holds if they have a common name."""
        return self.holders.place(operation, word, nodes, tensors, wanted, fields)

    def _inputs(self) -> None:
        named = self._traced.inputs
        for node in named:
            value = Value(-1, *self.output(node, 0))
            is_unnamed = len(named) == 1 and not self._names_a_module(UNNAMED)
            name = UNNAMED if is_unnamed else self._input_name(sayable(node.name))
            index = self.draft.input(name, value.sample, dtype=dtype_of(node.meta["val"].dtype))
            self._known[node] = value._replace(node=index)
            self._fed.add(node)
        for node in named:
            if node.meta["val"].dtype == torch.bool and not is_only_chosen_by(node):
                self._known[node] = self._as_condition(self._known[node])
        self._known.update(self._held)

    def _input_name(self, name: str) -> str:
        """Return ``name`` for an input, with a suffix if tensors of the state dict are named after it."""
        if not self._names_a_module(name):
            return name
        self._renamed[name] = self.draft.names.free(f"{name}{SUFFIX}")
        self.draft.names.give_back(self._renamed[name])
        return self._renamed[name]

    def _names_a_module(self, name: str) -> bool:
        """Return whether ``name`` is the first part of the key of a saved tensor."""
        return any(key.partition(".")[0] == name for held in self._held.values() if held.saved for key in held.keys)

    def _as_condition(self, mask: Value) -> Value:
        """Return ``mask`` as 1 and 0, because every number but 0 is true."""
        name = self.draft.names.free("compare")
        index = self.draft.add(name, "compare", [mask.node], mask.sample, operator="ne", value=0.0)
        return mask._replace(node=index)

    def _step(self, node: fx.Node) -> None:
        if node.target is operator.getitem:
            self._take_part(node)
            return
        if not self._traced.sizes[node.name] or (is_view(node) and not node.users):
            return
        read = node.all_input_nodes
        if is_filled(node):
            self._known[node] = Derived(node, learnt=False)
            return
        if node not in self._alike and not any(each in self._fed for each in read):
            learnt = any(self._is_learnt(self._known.get(each)) for each in read)
            is_same = is_dropped(node.target) and (learnt or self._is_saved_copy(node, self._known.get(read[0])))
            self._known[node] = self._known[read[0]] if is_same else Derived(node, learnt)
            return
        self._fed.add(node)
        unknown = [each for each in read if self._known.get(each, node) is None]
        left = unknown and (not is_read(node) or (unknown == read and (is_dropped(node.target) or is_unsqueeze(node))))
        self._known[node] = None if left else self._lower(node)

    def _is_saved_copy(self, node: fx.Node, known: Any) -> bool:
        """Return whether ``node`` has the values of a saved buffer, which nothing changes in it."""
        if not isinstance(known, Held) or not known.saved or is_written_into(node):
            return False
        same: bool = node.meta["val"].dtype == known.node.meta["val"].dtype
        return same

    def _is_learnt(self, known: Any) -> bool:
        """Return whether a tensor without inputs depends on parameters."""
        if isinstance(known, Value):
            return known.node not in self._constant_nodes
        if isinstance(known, tuple):
            return any(map(self._is_learnt, known))
        return isinstance(known, (Held, Derived)) and known.learnt

    def _lower(self, node: fx.Node) -> Any:
        lower = passed_on if is_dropped(node.target) else lower_of(node.target)
        if lower is None and not self._opaque:
            foreign, path = str(node.target), self.scopes.path(node)
            problem = unknown_op(self._source, foreign, path, NEAR)
            self.draft.problems.append(problem._replace(hint=remade_weight(path) or problem.hint))
            return stand_in(self.draft, node, self._traced.sizes[node.name])
        try:
            operation = Operation(self, node)
            made = self._or_opaque(operation, lower) if self._opaque or lower is None else lower(operation)
        except OpError as error:
            self._refuse(node, error)
            return stand_in(self.draft, node, self._traced.sizes[node.name])
        except RuntimeError as error:
            if "meta tensors" not in str(error):
                raise
            self._refuse(
                node,
                OpError("depends on the values of a tensor on the meta device, which has none", "create it on the CPU"),
            )
            return stand_in(self.draft, node, self._traced.sizes[node.name])
        if writes_in_place(node) and isinstance(made, Value):
            try:
                write_back(self._known, operation, made)
            except OpError as error:
                self._refuse(node, error)
        return made

    def _or_opaque(self, operation: Operation, lower: Lower | None) -> Any:
        """Return the results of an operation; if calc has no op for it, layers without counts that state the reason."""
        known = (self._known, *self.holders.known(), self._constant_nodes, self.made)
        found = Attempt(None, UNKNOWN) if lower is None else attempt(self.draft, known, partial(lower, operation))
        return operation.opaque(found.why) if found.why else found.made

    def _refuse(self, node: fx.Node, error: OpError) -> None:
        where = self.scopes.path(node) or "the network itself", str(node.target)
        self.draft.problems.append(Problem(self._source, error.fact, error.hint or KEPT, *where))

    def _whole(self, stand: Stand, path: str, operations: Sequence[fx.Node]) -> bool:
        """Convert a call of the module ``path`` to one layer if possible, and say whether this was done."""
        module = self._traced.loaded.module
        assert isinstance(module, nn.Module)
        run = run_of(path, module.get_submodule(path), operations, self._known.get, self._constants.found)
        word = run and stand(run)
        if not run or not word or len(self._traced.sizes[run.result.name]) != 1:
            return False
        inputs = [run.arriving[node] for node in word.inputs]
        if not self._holds_only_its_own(run):
            return False
        first = self.holders.layers.get(path)
        scope = sayable(self.scopes.scope_of(run.result, path))
        name = self.draft.names.claim(scope) if first is None else self.draft.names.free(scope)
        try:
            value = Value(-1, *self.output(run.result, 0))
        except OpError:
            return False
        within = f"{scope.rpartition('.')[0]}.".removeprefix(".")
        nodes = [self.draft.without_channels_elsewhere(within, each.node, word.channels) for each in inputs]
        if first is None and not self.draft.would_hold(word.word, nodes, word.fields, holds(run.module)):
            self.draft.names.give_back(name)
            return False
        index = self.draft.add(name, word.word, nodes, value.sample, again=first, **word.fields)
        self.holders.layers.setdefault(path, index)
        self.holders.whole_paths.add(path)
        self._known[run.result] = value._replace(node=index)
        self._fed.add(run.result)
        return True

    def _holds_only_its_own(self, run: ModuleRun) -> bool:
        read = {each for node in run.operations for each in node.all_input_nodes}
        held = [self._known[each] for each in read if isinstance(self._known.get(each), Held)]
        alone = [len(each.keys) == 1 and not self.holders.is_apart(each) for each in held]
        learnt = [each for each in held if each.learnt]  # a buffer of another module may be a mask
        return all(alone) and all(each.keys[0].startswith(f"{run.path}.") for each in learnt)

    def _take_part(self, node: fx.Node) -> None:
        source, index = node.args
        assert isinstance(source, fx.Node)
        several = self._known.get(source)
        if source in self._fed:
            self._fed.add(node)
        if isinstance(several, (tuple, list)) and isinstance(index, int):
            if index < len(several):  # calc has no tensor for the positions of a maximum
                self._known[node] = several[index]
        elif isinstance(several, Derived):
            self._known[node] = Derived(node, several.learnt)

    def _derived(self, found: Derived) -> Value:
        """Return the result of code that reads only held tensors: layers for parameters or products, else a buffer."""
        made = self._learnt(found.node) if found.learnt or multiplies(found.node) else self._folded(found.node)
        if not isinstance(made, Value):
            raise OpError(f"reads {found.node.name}, which consists of several tensors")
        return made

    def _learnt(self, node: fx.Node) -> Any:
        """Return the result of ``node``, which reads parameters or runs products, as layers."""
        was = self._known.get(node)
        for each in node.all_input_nodes:
            known = self._known.get(each)
            if isinstance(known, Derived) and (known.learnt or multiplies(each)):
                self._learnt(each)
        if node.target is operator.getitem:
            self._take_part(node)
        else:
            self._known[node] = self._lower(node)
        made = self._known[node]
        if isinstance(was, Derived) and not was.learnt and isinstance(made, Value):
            self._constant_nodes[made.node] = node
        return made

    def _folded(self, node: fx.Node) -> Value:
        """Return the result of ``node``, which reads only constants, as a buffer of one sample."""
        value = Value(-1, *self.output(node, 0))
        scope = self.scopes.scope(node)
        name = self.draft.names.free(f"{scope}.values" if scope else "values")
        self.made[name] = node
        value = value._replace(node=self._buffer(name, value.sample, node.meta["val"].dtype))
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
            others = ", ".join(self._traced.left_out)
            hint = f"return the tensors in it, and not {others}" if others else ""
            fact = "its forward returns no tensor that depends on an input"
            self.draft.problems.append(Problem(self._source, fact, hint))
        return tuple(values)
