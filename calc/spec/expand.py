"""One walk over a spec, with shapes: names, repeats and conditions become a Graph of nodes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from calc.collector import collector_paused
from calc.errors import Nearest, OpError, Place, Problem, SpecError, counted, nearest
from calc.graph import Bits, Graph, Node
from calc.ops import op_class
from calc.ops.base import Op, Tensors
from calc.ops.base.fields import show
from calc.ops.base.input import Input
from calc.shape import Shape
from calc.spec import recordings
from calc.spec.budget import Budget, Exceeded
from calc.spec.calls import BlockSite, Built, Site, build, site_for_block, site_for_op
from calc.spec.frames import Context, Frame, Home
from calc.spec.given import given_params, given_sizes
from calc.spec.model import Branches, Call, Chain, Form, Member, ModelSpec, Nested, Residual
from calc.spec.nodes import FAILED, UNKEPT, Nodes, Stop
from calc.spec.turns import bits_of, condition, turns
from calc.spec.values import OP_WORDS, EvaluationError, Name, Scope, given_value, weight

MAX_DEPTH = 80


@collector_paused()
def expand(
    model: ModelSpec,
    params: Mapping[str, Any] | None = None,
    input: Sequence[int] | None = None,  # noqa: A002  # the word of the language
    max_layers: int | None = None,
) -> Graph:
    """The graph of ``model`` with ``params`` in place of its defaults, at ``input`` (sizes without batch).

    ``max_layers``: in place of the most that a spec may come to, which are 10,000, or as many as it has values.
    Raises SpecError with every problem of the walk, OpError for arguments of another kind.
    """
    if not isinstance(model, ModelSpec):
        raise OpError(f"{model!r:.60} is no spec", "load(...) gives one")
    return _Walk(model, given_params(params), _budget(model, max_layers)).run(given_sizes(input))


class _Walk:
    def __init__(self, model: ModelSpec, params: Mapping[str, Any], budget: Budget) -> None:
        self.model = model
        self.budget = budget
        self.home = Home(model, top_scope(model, params, budget), None, frozenset(params))
        self.made = Nodes(model.file, budget)
        self.steps = 0
        self.pause = 0
        self.depth = 0

    def run(self, sizes: tuple[int, ...] | None) -> Graph:
        model, made = self.model, self.made
        try:
            self._input(sizes)
        except Exceeded as error:
            raise SpecError([Problem(model.input.node.place, error.fact, error.hint)]) from None
        context = Context("", self.home.top, Frame(self.home), None)
        output = 0
        try:
            output = self._chain(model.chain, context, 0)
            if model.output is not None:
                output = made.resolve(model.output, context)
        except OpError as error:
            made.report(error, model.chain.place, context)
        except Stop:
            pass
        except Exceeded as error:
            made.problems.append(Problem(error.place, error.fact, error.hint))
        except RecursionError:
            made.problems.append(
                Problem(model.chain.place, "blocks and chains nest too deeply", "does a block call itself?")
            )
        if made.problems:
            raise SpecError(made.problems)
        return Graph(model.name, model.file, tuple(made.nodes), output, model.reference)

    def _input(self, sizes: tuple[int, ...] | None) -> None:
        model, place = self.model, self.model.input.node.place
        try:
            shape = model.input.located(self.home.top) if sizes is None else sizes
            op = Input(shape=shape, channels=model.input_channels, dtype=model.input_dtype)
        except EvaluationError as error:
            raise SpecError([Problem(error.place, error.fact, error.hint)]) from None
        except OpError as error:
            raise SpecError([Problem(place, f"input {error.fact}", error.hint)]) from None
        self.made.names["input"] = 0
        self.made.nodes.append(Node("input", op, (), op.output_shape(()), place))
        self.made.built.append(Built(op))
        if model.input_dtype == "int64":
            self.made.integers.add(0)

    # A flow is the index of the node whose output arrives.

    def _chain(self, chain: Chain, context: Context, flow: int) -> int:
        self.depth += 1
        self.steps += len(chain.members)
        if self.depth > MAX_DEPTH or self.steps > self.pause:
            self._check_limits(chain.place)
        unread = self.made.unread
        try:
            for member in chain.members:
                if not member.plain:
                    flow = self._turned(member, context, flow)
                    continue
                made = self._member(member, context, flow)
                if made not in unread and not member.training_only:
                    flow = made
        except Exceeded as error:
            raise error.at(member.place) from None
        self.depth -= 1
        return flow

    def _turned(self, member: Member, context: Context, flow: int) -> int:
        """The flow after a member with for, repeat or when."""
        outer = context.scope
        try:
            for scope in self._scopes(member, outer):
                context.scope = scope
                made = self._member(member, context, flow)
                if made not in self.made.unread and not member.training_only:
                    flow = made
        except OpError as error:
            self.made.report(error, member.place, context, context.name)
            flow = FAILED
        context.scope = outer
        return flow

    def _scopes(self, member: Member, scope: Scope) -> Iterator[Scope]:
        """The scopes of the turns of ``member`` that its ``when`` keeps."""
        cost = 1 if member.when is None else 1 + weight(member.when) // 4
        for turn in turns(member, scope) if member.loop or member.repeat else (scope,):
            self.steps += cost
            if self.steps > self.pause:
                self._check_limits(member.place)
            if member.when is None or condition(member.when, turn, "when"):
                yield turn

    def _member(self, member: Member, context: Context, flow: int) -> int:
        """The node whose output is that of ``member``."""
        form, name = member.form, context.name
        try:
            if member.key is not None:
                name = context.prefix + (member.key.constant or member.key.render(context.scope))
            elif not member.joins:
                name = f"{context.prefix}{context.number}"
                context.number += 1
            flows = (flow,) if not member.sources else tuple([self.made.resolve(s, context) for s in member.sources])
            bits = context.bits if member.bits is None else bits_of(member.bits, context.scope)
        except OpError as error:
            self.made.report(error, member.place, context, name)
            return FAILED
        if member.training_only:
            self.made.training += 1
            self.made.reached = UNKEPT
        first = len(self.made.nodes)
        if type(form) is Call:
            made = self._call(form, member, name, context, flows, bits)
        elif member.joins:
            outer, context.bits = context.bits, bits
            made = self._structure(form, member, context, flows[0])
            context.bits = outer
        else:
            inner = Context(name, context.scope, context.frame, bits)
            made = self.made.scope(name, self._structure(form, member, inner, flows[0]), member.place, context)
        if member.training_only:
            self.made.training -= 1
        if member.bits is not None and made != FAILED:
            self._check_bits(bits, member, name, context, first)
        return made

    def _check_bits(self, bits: Bits | None, member: Member, name: str, context: Context, first: int) -> None:
        """Report bits on a member whose layers, those from ``first`` on, have no MACs that could be at them."""
        layers = self.made.nodes[first:]
        if layers and all(node.op.no_macs for node in layers):
            error = OpError(f"bits={bits}: no layer here has MACs", "remove bits:")
            self.made.report(error, member.place, context, name, layers[0].op.word if len(layers) == 1 else "")

    def _structure(self, form: Form, member: Member, context: Context, flow: int) -> int:
        if type(form) is Nested:
            return self._chain(form.chain, context, flow)
        if type(form) is Residual:
            return self._residual(form, member, context, flow)
        assert type(form) is Branches
        ends: list[int] = []
        for chain in form.chains:
            if len(chain.members) == 1 and (form.named or chain.members[0].plain):
                ends += self._branch(chain.members[0], context, flow)
            else:
                ends.append(self._chain(chain, context, flow))
        if not ends:
            error = OpError("no branch is left: when drops them all")
            self.made.report(error, member.place, context, context.name)
            return FAILED
        return ends[0] if len(ends) == 1 else self._merge(form.merge, tuple(ends), member, context)

    def _branch(self, member: Member, context: Context, flow: int) -> list[int]:
        """The end of the branch ``member``, one a turn; it may be a layer without inputs."""
        outer, ends = context.scope, []
        try:
            for scope in self._scopes(member, outer):
                context.scope = scope
                made = self._member(member, context, flow)
                ends.append(flow if member.training_only else made)
        except OpError as error:
            self.made.report(error, member.place, context, context.name)
            ends.append(FAILED)
        context.scope = outer
        return ends

    def _residual(self, form: Residual, member: Member, context: Context, flow: int) -> int:
        main = self._chain(form.chain, context, flow)
        try:
            if form.shortcut_when is not None and not condition(form.shortcut_when, context.scope, "shortcut_when"):
                return main
        except OpError as error:
            self.made.report(error, member.place, context, context.name)
            return FAILED
        skip = flow if form.shortcut is None else self._chain(form.shortcut, context, flow)
        return self._merge("add", (main, skip), member, context)

    def _merge(self, word: str, inputs: tuple[int, ...], member: Member, context: Context) -> int:
        built = build(self.model.ops, word, (), ())
        return self.made.add(self.made.merge_name(word, context), built, inputs, member.place, context)

    def _call(
        self, call: Call, member: Member, name: str, context: Context, flows: tuple[int, ...], bits: Bits | None
    ) -> int:
        word, place = call.word, member.place
        site: Site | None = None
        try:
            if word[0] == "$":
                word = _held_word(word, context.scope)
            site = call.sites.get(word)
            if site is None:
                site = _site(call, word, context.frame.home.model)
            if type(site) is BlockSite:
                return self._block(site, member, name, context, flows, bits)
            built = site.built or site.build(self.model.ops, context.scope)
            if not built.op.roles:
                if member.sources:
                    raise OpError("reads no input, so from does not go with it")
                flows = ()
            shares = None if member.shares is None else self._shared(member.shares, built.op, flows, context)
        except OpError as error:
            self.made.report(error, place, context, name, word, site)
        except SpecError as error:
            self.made.problems += [problem._replace(layer=name) for problem in error.problems]
        else:
            return self.made.add(name, built, flows, place, context, bits, shares, site)
        self.made.names.setdefault(name, FAILED)
        return FAILED

    def _block(
        self, site: BlockSite, member: Member, name: str, context: Context, flows: tuple[int, ...], bits: Bits | None
    ) -> int:
        block = site.block
        wanted = len(block.inputs) or 1
        if len(flows) != wanted:
            named = f" ({', '.join(block.inputs)})" if block.inputs else ""
            fact = f"{block.name} takes {counted(wanted, 'input')}{named}, got {len(flows)}"
            raise OpError(fact, "name them with from:")
        if member.shares is not None:
            raise OpError(f"shares ties the weights of one op; {block.name} is a block")
        if FAILED in flows:
            return self.made.scope(name, FAILED, member.place, context)
        home = context.frame.home
        if block.home is not None:
            scope = Scope.of_words(OP_WORDS | block.home.blocks.keys(), self.budget)
            home = Home(block.home, scope, site)
        else:
            scope = home.top.inner()
            shape = self.made.nodes[flows[0]].shape
            if shape.channel_axis is not None:
                scope["in"] = shape.sizes[shape.channel_axis]
        site.bind(scope, context.scope)
        alike = len(set(flows)) < len(flows) or not self.made.integers.isdisjoint(flows)
        if block.home is not None or self.made.training or alike:
            return self._expanded(home, site, scope, member, name, context, flows, bits)
        key = recordings.key(block, scope, bits, self.depth)
        recording = block.recordings.get(key)
        if recording is not None:
            made = recordings.replay(self.made, recording, name, flows)
            if made is not None:
                self.steps += recording.steps
                return made
        since = recordings.start(self.made, self.steps)
        made = self._expanded(home, site, scope, member, name, context, flows, bits)
        recording = recordings.record(self.made, since, name, flows, made, self.steps)
        if recording is not None:
            recordings.keep(block, key, recording)
        return made

    def _expanded(
        self, home: Home, site: BlockSite, scope: Scope, member: Member, name: str, context: Context,
        flows: tuple[int, ...], bits: Bits | None,
    ) -> int:  # fmt: skip
        """The output of the body of a block, walked in ``scope``."""
        block = site.block
        inputs = dict(zip(block.inputs, flows, strict=False)) if block.inputs else None
        frame = Frame(home, context.frame, name, block, member.place, site, inputs)
        inner = Context(name, scope, frame, bits)
        if not block.alias:
            made = self._chain(block.chain, inner, flows[0])
            if block.output is not None:
                made = self.made.resolve(block.output, inner)
            return self.made.scope(name, made, member.place, context)
        return self._alias(block.chain, inner, flows)

    def _alias(self, chain: Chain, context: Context, flows: tuple[int, ...]) -> int:
        """The one layer of ``chain`` under the name of the block that stands for it."""
        self.depth += 1
        self._check_limits(chain.place)
        (member,) = chain.members
        if member.bits is not None:
            context.bits = bits_of(member.bits, context.scope)
        if type(member.form) is Call:
            made = self._call(member.form, member, context.name, context, flows, context.bits)
        else:
            made = self._structure(member.form, member, context, flows[0])
            made = self.made.scope(context.name, made, member.place, context)
        self.depth -= 1
        return made

    def _shared(self, source: Name, op: Op, flows: tuple[int, ...], context: Context) -> int | None:
        """The node whose weights ``op`` uses. Raises OpError where they are not the ones it would have."""
        nodes, index = self.made.nodes, self.made.resolve(source, context)
        if index == FAILED or FAILED in flows:
            return None
        target = nodes[index]
        theirs = target.op.parameters(tuple([nodes[i].shape for i in target.inputs]))
        ours = op.parameters(tuple([nodes[i].shape for i in flows]))
        if type(op) is not type(target.op) or theirs != ours:
            mine, other = _shown(ours), _shown(theirs)
            raise OpError(f"shares {target.name} ({target.op.word}), which has {other}; its own would be {mine}")
        return index if target.shares is None else target.shares

    def _check_limits(self, place: Place) -> None:
        """Raise Stop or Exceeded where the spec nests or takes too much; asked at every level, else every 100 steps."""
        self.pause = self.steps + 100
        if self.depth > MAX_DEPTH:
            self.made.stop(place, f"blocks and chains nest deeper than {MAX_DEPTH} levels", "does a block call itself?")
        try:
            self.budget.check_steps(self.steps)
        except Exceeded as error:
            raise error.at(place) from None


def _budget(model: ModelSpec, max_layers: int | None) -> Budget:
    homes = [block.home for block in model.blocks.values() if block.home is not None]
    return Budget(sum([file.written for each in (model, *homes) for file in each.lineage]), max_layers)


def top_scope(model: ModelSpec, params: Mapping[str, Any], budget: Budget | None = None) -> Scope:
    """The params of ``model``, in order: those given, or else their defaults. Raises SpecError."""
    scope = Scope.of_words(OP_WORDS | model.blocks.keys(), budget)
    for name in params:
        if name not in model.parameters:
            raise SpecError([Problem(None, f"{model.name} has no param {name}", nearest(name, model.parameters))])
    for name, parameter in model.parameters.items():
        value = model.overrides.get(name, parameter.default)
        try:
            if name in params:
                scope[name] = given_value(name, params[name], scope)
            elif value is not None:
                scope[name] = value.located(scope)
            else:
                hint = f"give it with --set {name}=…, or in a spec that extends this one"
                raise EvaluationError(OpError(f"the param {name} has no value", hint), parameter.place)
        except OpError as error:
            place = error.place if isinstance(error, EvaluationError) else None
            raise SpecError([Problem(place, error.fact, error.hint)]) from None
        except Exceeded as error:
            raise SpecError([Problem(parameter.place, error.fact, error.hint)]) from None
    return scope


def _shown(tensors: Tensors) -> str:
    return ", ".join([f"{name} {Shape(sizes)}".strip() for name, sizes in tensors.items()]) or "no tensors"


def _held_word(word: str, scope: Scope) -> str:
    value = scope[word[1:]]
    if not isinstance(value, str) or value not in scope.words:
        hint = Nearest(value, scope.words) if isinstance(value, str) else ""
        raise OpError(f"{word} is {show(value)}, which is no op or block", hint)
    return str(value)


def _site(call: Call, word: str, model: ModelSpec) -> Site:
    block = model.blocks.get(word)
    site: Site
    if block is None:
        site, problems = site_for_op(call, op_class(word))
    else:
        site, problems = site_for_block(call, block)
    if problems:
        raise SpecError(problems)
    call.sites[word] = site
    return site
