"""The graph in the making: nodes with their names and shapes, and what went wrong with them."""

from typing import NoReturn

from calc.errors import MAX_SHOWN, OpError, Place, Problem, counted, nearest
from calc.graph import Bits, Node
from calc.ops.base import Op
from calc.ops.base.fields import MOST_AXES, FieldError
from calc.shape import Shape, Shapes
from calc.spec.budget import Budget
from calc.spec.calls import Built, Site
from calc.spec.frames import Context, origins
from calc.spec.values import EvaluationError, Name

FAILED = -1
"""In place of the index of a node that could not be made: what it feeds stays silent."""
UNKEPT = -1
"""In place of the lowest node reached, where what is expanded is not to be recorded."""
MAX_FULL_NAME = 500
MAX_ELEMENTS = 2**63


class Stop(Exception):  # noqa: N818  # no error: the walk ends early and reports what it has
    """Too many steps or levels."""


class Nodes:
    """Appends nodes in execution order.

    ``names`` maps the full name of each layer, and of each scope, to the node whose output it stands for.
    ``built``: the op of each node with the shapes it has given. ``training``: above 0, nodes belong to a
    ``training_only`` member; ``larger``: what their outputs would be, had a map too small been guessed larger
    still, where that differs. ``unread``: the nodes that read nothing, and that so are no part of the flow.
    ``integers``: those whose output is token ids. ``merges``: the last number that a merge of each name has
    taken. ``reached``: the lowest node that a name has been resolved to since a recording began, or UNKEPT.
    """

    def __init__(self, file: str, budget: Budget) -> None:
        self.file = file
        self.budget = budget
        self.most = budget.layers
        self.nodes: list[Node] = []
        self.built: list[Built] = []
        self.names: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.reported: set[tuple[Place, str]] = set()
        self.training = 0
        self.unread: set[int] = set()
        self.larger: dict[int, Shape] = {}
        self.integers: set[int] = set()
        self.merges: dict[str, int] = {}
        self.reached = 0

    def add(
        self, name: str, built: Built, inputs: tuple[int, ...], place: Place, context: Context,
        bits: Bits | None = None, shares: int | None = None, site: Site | None = None,
    ) -> int:  # fmt: skip
        """The index of a new node, or FAILED."""
        nodes, names, op = self.nodes, self.names, built.op
        if name in names or len(name) > MAX_FULL_NAME:
            return self._refuse_name(name, place, context, op.word)
        if FAILED in inputs:
            names[name] = FAILED
            return FAILED
        if (self.integers or op.takes == "int") and (error := self._wrong_dtype(op, inputs)):
            names[name] = FAILED
            self.report(error, place, context, name, op.word, site)
            return FAILED
        shapes: Shapes
        if len(inputs) == 1:  # nearly every layer, and half the time of this function
            source = nodes[inputs[0]]
            shapes, batched = (source.shape,), source.batched
        else:
            shapes = tuple([nodes[index].shape for index in inputs])
            batched = True in [nodes[index].batched for index in inputs]
        shape = None if self.training else built.shapes.get(shapes)
        if shape is None:
            try:
                shape = output_shape(op, shapes) if not self.training else self._guessed(op, inputs, shapes)
            except OpError as error:
                names[name] = FAILED
                named = [f"{nodes[index].name} ({nodes[index].shape})" for index in inputs[:MAX_SHOWN]]
                notes = (f"its inputs: {', '.join(named)}",) if len(named) > 1 else ()
                self.report(error, place, context, name, op.word, site, notes)
                return FAILED
            if not self.training:  # where the map is too small, the next one with this op is to be told
                built.remember(shapes, shape)
        names[name] = index = len(nodes)
        if index > self.most:
            self.budget.check_layers(index)
        if not inputs:
            self.unread.add(index)
        elif op.takes == "any" and not self.integers.isdisjoint(inputs):
            self.integers.add(index)
        nodes.append(Node(name, op, inputs, shape, place, batched, self.training > 0, shares, bits))
        self.built.append(built)
        return index

    def scope(self, name: str, index: int, place: Place, context: Context) -> int:
        """Let ``name`` stand for what the scope of that name passes on."""
        earlier = self.names.get(name, FAILED)
        if earlier != FAILED and self.nodes[earlier].name == name:
            return self._refuse_name(name, place, context, "")
        if name in self.names:
            self.reached = UNKEPT
        self.names[name] = index
        return index

    def merge_name(self, word: str, context: Context) -> str:
        """The name of a merge in ``context``: add, then add2, …"""
        base = name = context.prefix + word
        number = self.merges.get(base, 1)
        while name in self.names:
            number += 1
            name = f"{base}{number}"
        self.merges[base] = number
        return name

    def resolve(self, source: Name, context: Context) -> int:
        """The node a ``from`` means: an input of the block, then this scope, then outward, then the input.

        Raises OpError where no earlier member has the name, or where it runs in training only.
        """
        name = source.render(context.scope)
        found = context.frame.inputs.get(name)
        if found is not None:
            return found
        scope = context.name
        while found is None:
            found = self.names.get(f"{scope}.{name}" if scope else name)
            if found is None and not scope:
                hint = "from reads earlier layers, the inputs of its block, and input"
                if len(self.problems) < MAX_SHOWN:
                    earlier = [known.removeprefix(context.prefix) for known in list(self.names)[-500:]]
                    hint = nearest(name, ["input", *context.frame.inputs, *earlier], ()) or hint
                raise EvaluationError(OpError(f"no earlier member is named {name}", hint), source.node.place)
            scope = scope.rpartition(".")[0]
        if found != FAILED and self.nodes[found].training_only and not self.training:
            error = OpError(f"{name} is training_only: outside it nothing can read it")
            raise EvaluationError(error, source.node.place)
        self.reached = min(self.reached, found)
        return found

    def report(
        self, error: OpError, place: Place, context: Context, name: str = "", word: str = "",
        site: Site | None = None, more: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Keep what is wrong at ``place``, said once however often the layer stands; ``more`` are further notes."""
        if isinstance(error, EvaluationError):
            place = error.place
        if len(self.problems) >= MAX_SHOWN:  # only counted: what tells more of it is not made
            self._keep(Problem(place, error.fact, "", name, word))
            return
        calls = tuple(context.frame.calls())
        if not isinstance(error, FieldError):
            notes = (*more, *calls, *origins(error.fact, site, context))
            self._keep(Problem(place, error.fact, error.hint, name, word, notes))
            return
        for problem in error.problems:
            notes = (*calls, *origins(problem.fact, site, context))
            value = site.arguments.get(problem.key) if site is not None else None
            where = place if value is None else value.node.place
            self._keep(Problem(where, problem.fact, problem.hint, name, word, notes))

    def stop(self, place: Place, fact: str, hint: str = "") -> NoReturn:
        """Keep a last problem and end the walk. Raises Stop."""
        self.problems.append(Problem(place, fact, hint))
        raise Stop

    def _guessed(self, op: Op, inputs: tuple[int, ...], shapes: Shapes) -> Shape:
        """The output shape of the next node, which is not run. Raises OpError."""
        larger = tuple([self.larger.get(index, shape) for index, shape in zip(inputs, shapes, strict=True)])
        shape, larger_shape = _training_shapes(op, shapes, larger)
        if larger_shape != shape:
            self.larger[len(self.nodes)] = larger_shape
        return shape

    def _wrong_dtype(self, op: Op, inputs: tuple[int, ...]) -> OpError | None:
        """What is wrong with the dtype of ``inputs``: token ids are for an embedding, all else takes float32."""
        whole = [index in self.integers for index in inputs]
        if op.takes == "int" and not all(whole):
            hint = "input: {shape: [tokens], dtype: int64} makes the input token ids"
            return OpError("takes token ids, integers; what arrives is float32", hint)
        if op.takes == "float" and any(whole):
            return OpError("takes float32; what arrives are token ids, int64", "an embedding turns them into vectors")
        if op.takes == "any" and any(whole) and not all(whole):
            return OpError("puts token ids, int64, and float32 together")
        return None

    def _keep(self, problem: Problem) -> None:
        place = problem.place or Place(self.file, 1, 1)
        if (place, problem.fact) in self.reported:
            return
        self.reported.add((place, problem.fact))
        self.problems.append(problem)

    def _refuse_name(self, name: str, place: Place, context: Context, word: str) -> int:
        if len(name) > MAX_FULL_NAME:
            fact = f"a name of {len(name)} characters; at most {MAX_FULL_NAME} are taken"
            self.report(OpError(fact), place, context, name[:60] + "…", word)
        elif (earlier := self.names[name]) != FAILED:
            other = self.nodes[earlier].place
            hint = "a layer that repeats under a name needs a hole in it: name{i}" if other == place else ""
            error = OpError(f"two layers are named {name}; the other is at {other}", hint)
            self.report(error, place, context, name, word)
        return FAILED


def output_shape(op: Op, shapes: Shapes) -> Shape:
    """The shape that ``op`` gives. Raises OpError where it does not take ``shapes``, or none can be so large."""
    roles = op.roles
    if len(shapes) != len(roles):
        _check_arity(roles, len(shapes))
    shape = op.output_shape(shapes)
    if min(shape.sizes, default=1) < 1:
        raise OpError(f"the output would be {shape}")
    if shape.rank > MOST_AXES or shape.elements > MAX_ELEMENTS:
        raise OpError(f"the output would have {shape.elements} elements on {shape.rank} axes")
    return shape


def _training_shapes(op: Op, shapes: Shapes, larger: Shapes) -> tuple[Shape, Shape]:
    """The output shape of a layer that is not run, and the one had the maps that are guessed been larger still.

    A map too small for the layer is taken larger, because its tensors count at every input size. Raises OpError
    where these depend on such a guess, or where no map would fit.
    """
    if larger != shapes:
        ours, theirs = [(op.parameters(given), op.buffers(given)) for given in (shapes, larger)]
        if ours != theirs:
            fact = "its tensors depend on the size of a map that is too small here for a layer before it"
            raise OpError(fact, "training_only layers count at every input size only if they pool to a fixed one")
    try:
        shape = output_shape(op, shapes)
        return shape, shape if larger == shapes else output_shape(op, larger)
    except OpError as error:
        for factor in (2, 4, 8, 16, 32, 64):
            try:
                first, second = [tuple([_enlarged(each, f) for each in shapes]) for f in (factor, 2 * factor)]
                return output_shape(op, first), output_shape(op, second)
            except OpError:
                continue
        raise error


def _enlarged(shape: Shape, factor: int) -> Shape:
    axes = range(-shape.rank, 0)
    sizes = [
        size if axis == shape.channel_axis else size * factor for axis, size in zip(axes, shape.sizes, strict=True)
    ]
    return Shape(tuple(sizes), shape.channel_axis)


def _check_arity(roles: tuple[str, ...], given: int) -> None:
    if roles and roles[-1].endswith("*"):
        fewest, most = len(roles), None
    else:
        fewest, most = sum(not role.endswith("?") for role in roles), len(roles)
    if given < fewest or (most is not None and given > most):
        wanted = f"at least {fewest}" if most is None else f"{fewest} to {most}" if fewest < most else ""
        inputs = f"{wanted} inputs" if wanted else counted(fewest, "input")
        named = ", ".join(role.rstrip("?*") for role in roles)
        raise OpError(f"takes {inputs} ({named}), got {given}", "name its inputs with from:")
