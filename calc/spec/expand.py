"""One walk over a spec, with shapes: names, repeats and conditions become a Graph of nodes."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from calc.errors import OpError, Place, Problem, SpecError, nearest
from calc.graph import Bits, Graph, Node
from calc.ops import op_class
from calc.ops.base import Op
from calc.ops.base.fields import FieldError, show
from calc.ops.base.input import Input
from calc.shape import Shape, Shapes
from calc.spec.calls import Site, site_for_block, site_for_op
from calc.spec.frames import Frame, origins
from calc.spec.model import Block, Branches, Call, Chain, Form, Loop, Member, ModelSpec, Nested, Residual
from calc.spec.schema import BITS_WORD
from calc.spec.values import OP_WORDS, Compiled, Name, Scope

MAX_STEPS = 2_000_000
MAX_REPEAT = 1_000_000
MAX_PROBLEMS = 50
MAX_DEPTH = 100

FAILED = -1
"""The flow after a layer that could not be built: what it feeds stays silent."""


def expand(model: ModelSpec, params: Mapping[str, Any] | None = None, input: tuple[int, ...] | None = None) -> Graph:
    """The graph of ``model`` with ``params`` in place of its defaults, at ``input`` (sizes without batch).

    Raises SpecError with every problem of the walk.
    """
    return _Expansion(model, params or {}).run(input)


class _Context:
    """Where a chain is expanded: the prefix of its names, its scope, its counter, the call it is in."""

    __slots__ = ("bits", "frame", "number", "prefix", "scope")

    def __init__(self, prefix: str, scope: Scope, frame: Frame, bits: Bits | None) -> None:
        self.prefix = prefix
        self.scope = scope
        self.frame = frame
        self.bits = bits
        self.number = 0

    def full(self, name: str) -> str:
        return f"{self.prefix}.{name}" if self.prefix else name


class _Stop(Exception):  # noqa: N818  # no error: the walk ends early and reports what it has
    """Too many steps, levels or problems."""


class _Expansion:
    def __init__(self, model: ModelSpec, params: Mapping[str, Any]) -> None:
        self.model = model
        self.params = params
        self.words = OP_WORDS | frozenset(model.blocks)
        self.nodes: list[Node] = []
        self.names: dict[str, int] = {}
        self.places: dict[str, Place] = {}
        self.shapes: dict[tuple[int, Shapes], Shape] = {}
        self.problems: list[Problem] = []
        self.steps = 0
        self.depth = 0
        self.training = 0

    def run(self, sizes: tuple[int, ...] | None) -> Graph:
        model = self.model
        self.top = self._top_scope()
        self._input(sizes)
        context = _Context("", self.top, Frame(), None)
        output = 0
        try:
            output = self._chain(model.chain, context, 0)
            if model.output is not None:
                output = self._resolve(model.output, context)
        except OpError as error:
            self._report(error, model.output.node.place if model.output else model.chain.place, context)
        except _Stop:
            pass
        if self.problems:
            raise SpecError(self.problems)
        return Graph(model.name, model.file, tuple(self.nodes), output, model.reference)

    def _top_scope(self) -> Scope:
        model, scope = self.model, Scope({}, self.words)
        for name in self.params:
            if name not in model.parameters:
                raise SpecError([Problem(None, f"{model.name} has no param {name}", nearest(name, model.parameters))])
        for name, parameter in model.parameters.items():
            if name in self.params:
                scope[name] = self.params[name]
                continue
            value = model.overrides.get(name, parameter.default)
            if value is None:
                hint = f"give it with --set {name}=…, or in a spec that extends this one"
                raise SpecError([Problem(parameter.place, f"the param {name} has no value", hint)])
            try:
                scope[name] = value.evaluate(scope)
            except OpError as error:
                raise SpecError([Problem(value.node.place, error.fact, error.hint)]) from None
        return scope

    def _input(self, sizes: tuple[int, ...] | None) -> None:
        model, place = self.model, self.model.input.node.place
        try:
            shape = model.input.evaluate(self.top) if sizes is None else sizes
            op = Input(shape=shape, channels=model.input_channels, dtype=model.input_dtype)
        except OpError as error:
            raise SpecError([Problem(place, f"input {error.fact}", error.hint)]) from None
        self.nodes.append(Node("input", op, (), op.output_shape(()), place))

    # A flow is the index of the node whose output arrives.

    def _chain(self, chain: Chain, context: _Context, flow: int) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._stop(chain.place, f"blocks and lists nest deeper than {MAX_DEPTH} levels")
        for member in chain.members:
            if member.plain:
                flow = self._member(member, context, flow)
            else:
                for turn in self._turns(member, context):
                    flow = self._member(member, turn, flow)
        self.depth -= 1
        return flow

    def _turns(self, member: Member, context: _Context) -> Iterator[_Context]:
        """``context`` with the scope of each turn of ``member``: for, then repeat, then when."""
        turn = _Context(context.prefix, context.scope, context.frame, context.bits)
        turn.number = context.number
        try:
            for looped in self._loop(member.loop, context.scope):
                for scope in self._repeat(member, looped):
                    self._step(member)
                    if member.when is None or self._condition(member.when, scope, "when"):
                        turn.scope = scope
                        yield turn
        except OpError as error:
            self._report(error, member.place, context)
        context.number = turn.number

    def _loop(self, loop: Loop | None, scope: Scope) -> Iterator[Scope]:
        if loop is None:
            yield scope
            return
        lists = [value.evaluate(scope) for value in loop.values]
        for value, items in zip(loop.values, lists, strict=True):
            if not isinstance(items, tuple):
                raise OpError(f"for wants a list, {value.text} is {show(items)}")
        rows = list(lists[0])
        if loop.columns:
            if len(set(map(len, lists))) > 1:
                named = ", ".join(f"{name} {len(items)}" for name, items in zip(loop.names, lists, strict=True))
                raise OpError(f"for walks lists of unequal length: {named}")
            rows = list(zip(*lists, strict=True))
        for number, row in enumerate(rows):
            if not isinstance(row, tuple) or len(row) != len(loop.names):
                size = f"{len(row)} values" if isinstance(row, tuple) else "no list"
                raise OpError(f"row {number} of for has {size} for {len(loop.names)} names ({', '.join(loop.names)})")
            inner = Scope(scope, scope.words)
            inner.update(zip(loop.names, row, strict=True))
            yield inner

    def _repeat(self, member: Member, scope: Scope) -> Iterator[Scope]:
        if member.repeat is None:
            yield scope
            return
        count = member.repeat.evaluate(scope)
        if type(count) is not int or not 0 <= count <= MAX_REPEAT:
            raise OpError(f"repeat={show(count)}: must be an integer from 0 to {MAX_REPEAT}")
        for i in range(count):
            inner = Scope(scope, scope.words)
            inner["i"] = i
            yield inner

    def _member(self, member: Member, context: _Context, flow: int) -> int:
        self._step(member)
        form = member.form
        joins = member.key is None and _joins(form)
        name = context.prefix
        try:
            if not joins:
                if member.key is None:
                    name = context.full(str(context.number))
                    context.number += 1
                else:
                    name = context.full(member.key.constant or member.key.render(context.scope))
            flows = self._sources(member.sources, context) if member.sources else (flow,)
            bits = context.bits if member.bits is None else self._bits(member.bits, context.scope)
        except OpError as error:
            self._report(error, member.place, context, name)
            return FAILED
        self.training += member.training_only
        if type(form) is Call:
            result = self._call(form, member, name, context, flows, bits)
            if result is None:
                result = flow
        else:
            inner = context
            if not joins or bits is not context.bits:
                inner = _Context(name, context.scope, context.frame, bits)
                inner.number = context.number if joins else 0
            result = self._structure(form, member, inner, flows[0])
            if joins:
                context.number = inner.number
            else:
                self.names.setdefault(name, result)
        self.training -= member.training_only
        return flow if member.training_only else result

    def _structure(self, form: Form, member: Member, context: _Context, flow: int) -> int:
        if type(form) is Nested:
            return self._chain(form.chain, context, flow)
        if type(form) is Residual:
            return self._residual(form, member, context, flow)
        assert type(form) is Branches
        ends: list[int] = []
        for chain in form.chains:
            if form.named and not chain.members[0].plain:
                named = chain.members[0]
                ends += [self._member(named, turn, flow) for turn in self._turns(named, context)]
            else:
                ends.append(self._chain(chain, context, flow))
        return self._merge(form.merge, tuple(ends), member, context)

    def _residual(self, form: Residual, member: Member, context: _Context, flow: int) -> int:
        main = self._chain(form.chain, context, flow)
        try:
            if form.shortcut_when is not None and not self._condition(
                form.shortcut_when, context.scope, "shortcut_when"
            ):
                return main
        except OpError as error:
            self._report(error, member.place, context)
            return FAILED
        skip = flow if form.shortcut is None else self._chain(form.shortcut, context, flow)
        return self._merge("add", (main, skip), member, context)

    def _merge(self, word: str, inputs: tuple[int, ...], member: Member, context: _Context) -> int:
        name, number = context.full(word), 2
        while name in self.names:
            name, number = context.full(f"{word}{number}"), number + 1
        op = self.model.ops.get(word)
        if op is None:
            op = self.model.ops[word] = op_class(word)()
        return self._node(name, op, inputs, member, context)

    def _call(
        self, call: Call, member: Member, name: str, context: _Context, flows: tuple[int, ...], bits: Bits | None
    ) -> int | None:
        """The node or block that ``call`` makes; None for a node without inputs, which the next does not read."""
        word, site = call.word, None
        try:
            if word[0] == "$":
                word = self._held_word(word, context.scope)
            site = call.sites.get(word) or self._site(call, word)
            block = self.model.blocks.get(word)
            if block is not None:
                return self._block(block, site, member, name, context, flows, bits)
            op = site.op or self._op(site, word, context.scope)
            shares = None if member.shares is None else self._shared(member.shares, op, flows, context)
        except OpError as error:
            self._report(error, member.place, context, name, word, site)
            self.names.setdefault(name, FAILED)
            return FAILED
        except SpecError as error:
            self.problems += [problem._replace(layer=name) for problem in error.problems]
            return FAILED
        if not op.roles:
            self._node(name, op, (), member, context, bits, shares, site)
            return None
        return self._node(name, op, flows, member, context, bits, shares, site)

    def _held_word(self, word: str, scope: Scope) -> str:
        value = scope[word[1:]]
        if not isinstance(value, str) or value not in self.words:
            raise OpError(f"{word} is {show(value)}, which is no op or block", nearest(str(value), self.words))
        return str(value)

    def _site(self, call: Call, word: str) -> Site:
        block = self.model.blocks.get(word)
        site, problems = site_for_op(call, op_class(word)) if block is None else site_for_block(call, block)
        if problems:
            raise SpecError(problems)
        call.sites[word] = site
        return site

    def _op(self, site: Site, word: str, scope: Scope) -> Op:
        values = tuple([evaluate(scope) for evaluate in site.evaluators])
        key = (values, tuple(map(type, values)))  # 1, 1.0 and true are equal to Python
        op = site.ops.get(key)
        if op is None:
            op = site.ops[key] = op_class(word)(**dict(zip(site.keys, values, strict=True)))
            if site.constant:
                site.op = op
        return op

    def _block(
        self, block: Block, site: Site, member: Member, name: str, context: _Context, flows: tuple[int, ...],
        bits: Bits | None,
    ) -> int:  # fmt: skip
        wanted = max(1, len(block.inputs))
        if len(flows) != wanted:
            raise OpError(f"{block.name} takes {wanted} inputs, got {len(flows)}", "name them with from:")
        if FAILED in flows:
            return FAILED
        scope = self._block_scope(block, flows[0])
        for key, parameter in block.parameters.items():
            value = site.arguments.get(key)
            if value is not None:
                scope[key] = value.evaluate(context.scope)
            elif parameter.default is not None:
                scope[key] = parameter.default.evaluate(scope)
        inputs = dict(zip(block.inputs, flows, strict=False))
        frame = Frame(context.frame, name, block.name, member.place, site.arguments, inputs, block.home is not None)
        inner = _Context(name, scope, frame, bits)
        if block.home is not None:
            return self._network(block, block.home, inner, flows[0])
        if not block.alias:
            result = self._chain(block.chain, inner, flows[0])
            self.names.setdefault(name, result)
            return result
        alias = block.chain.members[0]
        if alias.bits is not None:
            bits = inner.bits = self._bits(alias.bits, scope)
        if type(alias.form) is Call:
            found = self._call(alias.form, alias, name, inner, flows, bits)
            return flows[0] if found is None else found
        return self._structure(alias.form, alias, inner, flows[0])

    def _block_scope(self, block: Block, flow: int) -> Scope:
        """What the body of ``block`` sees besides its own parameters."""
        if block.home is not None:
            return Scope({}, OP_WORDS | frozenset(block.home.blocks))
        scope = Scope(self.top, self.words)
        channels = self.nodes[flow].shape.channels
        if channels is not None:
            scope["in"] = channels
        return scope

    def _network(self, block: Block, home: ModelSpec, context: _Context, flow: int) -> int:
        """The layers of another spec, among that spec's params and blocks."""
        outer = self.model, self.top, self.words
        self.model, self.top, self.words = home, context.scope, context.scope.words
        try:
            result = self._chain(block.chain, context, flow)
            if block.output is not None:
                result = self._resolve(block.output, context)
        finally:
            self.model, self.top, self.words = outer
        self.names.setdefault(context.prefix, result)
        return result

    def _node(
        self, name: str, op: Op, inputs: tuple[int, ...], member: Member, context: _Context,
        bits: Bits | None = None, shares: int | None = None, site: Site | None = None,
    ) -> int:  # fmt: skip
        if name in self.places:
            fact = f"two layers are named {name}; the other is at {self.places[name]}"
            self._add(Problem(member.place, fact, "", name, op.word, tuple(context.frame.calls())))
            return FAILED
        self.places[name] = member.place
        if FAILED in inputs:
            self.names[name] = FAILED
            return FAILED
        nodes = self.nodes
        shapes = tuple([nodes[index].shape for index in inputs])
        shape = self.shapes.get((id(op), shapes))
        if shape is None:
            try:
                _check_arity(op, len(inputs))
                shape = _output_shape(op, shapes) if not self.training else _training_shape(op, shapes)
            except OpError as error:
                self.names[name] = FAILED
                self._report(error, member.place, context, name, op.word, site)
                return FAILED
            if not self.training:  # where the map is too small, the next one with this op is to be told
                self.shapes[id(op), shapes] = shape
        index = self.names[name] = len(nodes)
        batched = True in [nodes[i].batched for i in inputs]
        nodes.append(Node(name, op, inputs, shape, member.place, batched, self.training > 0, shares, bits))
        return index

    def _shared(self, source: Name, op: Op, flows: tuple[int, ...], context: _Context) -> int | None:
        index = self._resolve(source, context)
        if index == FAILED or FAILED in flows:
            return None
        target = self.nodes[index]
        theirs = target.op.parameters(tuple(self.nodes[i].shape for i in target.inputs))
        ours = op.parameters(tuple(self.nodes[i].shape for i in flows))
        if type(op) is not type(target.op) or theirs != ours:
            raise OpError(f"shares {target.name} ({target.op.word}) with tensors {theirs}, its own would be {ours}")
        return index if target.shares is None else target.shares

    def _sources(self, sources: tuple[Name, ...], context: _Context) -> tuple[int, ...]:
        return tuple([self._resolve(source, context) for source in sources])

    def _resolve(self, source: Name, context: _Context) -> int:
        """The node a ``from`` means: an input of the block, then this scope, then outward, then the input."""
        name = source.render(context.scope)
        if name in context.frame.inputs:
            return context.frame.inputs[name]
        prefix = context.prefix
        while True:
            full = f"{prefix}.{name}" if prefix else name
            if full in self.names:
                return self.names[full]
            if not prefix:
                break
            prefix = prefix.rpartition(".")[0]
        if name == "input":
            return 0
        raise OpError(f"from {name}: no earlier member has this name", nearest(name, [*self.names, "input"]))

    def _bits(self, written: Compiled | str, scope: Scope) -> Bits:
        value = written if isinstance(written, str) else written.evaluate(scope)
        match = BITS_WORD.fullmatch(value) if isinstance(value, str) else None
        pair = (int(match[1]), int(match[2])) if match else (value, value)
        if any(type(bits) is not int or not 1 <= bits <= 64 for bits in pair):
            raise OpError(f"bits={show(value)}: must be an integer from 1 to 64, or like w4a8")
        return Bits(*pair)

    def _condition(self, value: Compiled, scope: Scope, what: str) -> bool:
        found = value.evaluate(scope)
        if type(found) is not bool:
            raise OpError(f"{what}: {value.text} is {show(found)}, not true or false", "write a comparison")
        return found

    def _step(self, member: Member) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            self._stop(member.place, f"the spec takes more than {MAX_STEPS} steps to expand")

    def _stop(self, place: Place, fact: str) -> NoReturn:
        self.problems.append(Problem(place, fact))
        raise _Stop

    def _report(
        self, error: OpError, place: Place, context: _Context, name: str = "", word: str = "", site: Site | None = None
    ) -> None:
        calls = context.frame.calls()
        if not isinstance(error, FieldError):
            notes = calls + origins(error.fact, site, context.frame, context.scope, self.model)
            self._add(Problem(place, error.fact, error.hint, name, word, tuple(notes)))
            return
        for problem in error.problems:
            value = site.arguments.get(problem.key) if site is not None else None
            notes = calls + origins(problem.fact, site, context.frame, context.scope, self.model)
            where = value.node.place if value is not None else place
            self._add(Problem(where, problem.fact, problem.hint, name, word, tuple(notes)))

    def _add(self, problem: Problem) -> None:
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            self._stop(problem.place or Place(self.model.file, 1, 1), f"{MAX_PROBLEMS} problems; the rest is left out")


def _joins(form: Form) -> bool:
    """Whether, in a list, the members of ``form`` join the surrounding scope."""
    kind = type(form)
    return kind is Residual or kind is Branches or (type(form) is Nested and form.splice)


def _output_shape(op: Op, shapes: Shapes) -> Shape:
    shape = op.output_shape(shapes)
    if min(shape.sizes, default=1) < 1:
        raise OpError(f"the output would be {shape}")
    return shape


def _training_shape(op: Op, shapes: Shapes) -> Shape:
    """The output shape of a layer that is not run: a map too small for it is taken larger.

    Its tensors depend on the channels only, and they count at every input size.
    """
    try:
        return _output_shape(op, shapes)
    except OpError as error:
        for factor in (2, 4, 8, 16, 32, 64):
            try:
                return _output_shape(op, tuple([_enlarged(shape, factor) for shape in shapes]))
            except OpError:
                continue
        raise error


def _enlarged(shape: Shape, factor: int) -> Shape:
    axes = range(-shape.rank, 0)
    sizes = [size if axis == shape.channel_axis else size * factor for axis, size in zip(axes, shape.sizes, strict=True)]
    return Shape(tuple(sizes), shape.channel_axis)


def _check_arity(op: Op, given: int) -> None:
    roles = op.roles
    if roles and roles[-1].endswith("*"):
        fewest, most = len(roles), None
    else:
        fewest, most = sum(not role.endswith("?") for role in roles), len(roles)
    if given < fewest or (most is not None and given > most):
        wanted = f"at least {fewest}" if most is None else str(most) if fewest == most else f"{fewest} to {most}"
        named = ", ".join(role.rstrip("?*") for role in roles)
        raise OpError(f"takes {wanted} inputs ({named}), got {given}", "name its inputs with from:")
