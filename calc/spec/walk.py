"""Walks over a spec once, with shapes, and turns names, repeats and conditions into a Graph of nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from calc.errors import OpError, Place, Problem, SpecError, number_of
from calc.model.builder import GraphBuilder
from calc.model.graph import Bits, Graph
from calc.model.inputs import UNNAMED
from calc.ops.base import Op
from calc.ops.base.experts import Experts
from calc.ops.tensor import Tensor
from calc.spec.again import Reruns
from calc.spec.budget import Exceeded, WorkBudget
from calc.spec.calls import bind, build_op, held_site, op_at
from calc.spec.ends import add_inputs, output_nodes, unread_inputs
from calc.spec.experts import expand_experts
from calc.spec.frames import Context, Frame, Home
from calc.spec.model import Again, BlockSite, Branches, Call, Chain, Form, Member, ModelSpec, Nested, Residual, Site
from calc.spec.names import FAILED, Names
from calc.spec.parts import Widths, narrow
from calc.spec.problems import Problems, Stop
from calc.spec.scopes import held_word, top_scope
from calc.spec.turns import condition, turn_bits, turns
from calc.spec.values import OP_WORDS, Scope

MAX_DEPTH = 80

Flows = tuple[int, ...]  # indices of the nodes that a layer reads


class Walk:
    """One walk over a spec.

    ``ops`` has the ops made so far, by word and arguments. ``held`` has the matched arguments of calls of ``$param``,
    by the word that it held. ``training`` is above 0 inside a member that is ``training_only`` or not run in this call;
    in the second case ``resting`` is above 0 too. ``unread`` has the nodes without inputs, which are not part of the
    flow.
    """

    def __init__(self, model: ModelSpec, params: Mapping[str, Any], budget: WorkBudget) -> None:
        self.model = model
        self.budget = budget
        self.home = Home(model, top_scope(model, params, budget), None, frozenset(params))
        self.builder = GraphBuilder()
        self.names = Names(self.builder, budget)
        self.reruns = Reruns(self.builder, self.names)
        self.problems = Problems()
        self.ops: dict[Any, Op] = {}
        self.held: dict[tuple[Call, str], Site] = {}
        self.unread: set[int] = set()
        self.training = self.resting = 0
        self.steps = self.pause = self.depth = 0

    def run(self, sizes: Mapping[str, tuple[int, ...]]) -> Graph:
        model, problems = self.model, self.problems
        inputs = add_inputs(self.builder, model, self.home.top, sizes)
        context = Context("", self.home.top, Frame(self.home, {UNNAMED: 0} | inputs), None)
        outputs: tuple[int, ...] = ()
        try:
            end = self._chain(model.chain, context, 0)
            last = 0 if end in self.unread else end
            outputs = output_nodes(self.names, model.outputs, context, problems) if model.outputs else (last,)
        except OpError as error:
            problems.report(error, model.chain.place, context)
        except Stop:
            pass
        except Exceeded as error:
            problems.found.append(Problem(error.place, error.fact, error.hint))
        except RecursionError:
            fact = "blocks and chains nest too deeply"
            problems.found.append(Problem(model.chain.place, fact, "does a block call itself?"))
        found = problems.found or unread_inputs(self.builder, inputs, outputs)
        if found:
            raise SpecError(found)
        graph = self.builder.graph(model.name, model.called, outputs, model.reference)
        return replace(graph, model_type=model.model_type) if model.model_type else graph

    def _chain(self, chain: Chain, context: Context, flow: int) -> int:
        self.depth += 1
        self.steps += len(chain.members)
        if self.depth > MAX_DEPTH or self.steps > self.pause:
            self._check_limits(chain.place)
        unread, held, flows = self.unread, flow, False
        try:
            for member in chain.members:
                if not member.plain:
                    flow, flows = self._turned(member, context, flow), True
                    continue
                made = self._member(member, context, flow)
                if made in unread:
                    held = made
                elif not member.training_only and (member.runs is None or self._runs(member, made, context)):
                    flow, flows = made, True
        except Exceeded as error:
            raise error.at(member.place) from None
        self.depth -= 1
        return flow if flows else held  # a chain that has only tensors stands for its last one

    def _turned(self, member: Member, context: Context, flow: int) -> int:
        """Return the flow after a member with for, repeat or when."""
        outer = context.scope
        try:
            for scope in self._scopes(member, outer):
                context.scope = scope
                made = self._member(member, context, flow)
                if made not in self.unread and not member.training_only and self._runs(member, made, context):
                    flow = made
        except OpError as error:
            self.problems.report(error, member.place, context, context.name)
            flow = FAILED
        context.scope = outer
        return flow

    def _scopes(self, member: Member, scope: Scope) -> Iterator[Scope]:
        """Yield the scopes of the turns of ``member`` that its ``when`` keeps."""
        cost = 1 if member.when is None else 1 + member.when.weight // 4
        for turn in turns(member, scope) if member.loop or member.repeat else (scope,):
            self.steps += cost
            if self.steps > self.pause:
                self._check_limits(member.place)
            if member.when is None or condition(member.when, turn, "when"):
                yield turn

    def _member(self, member: Member, context: Context, flow: int) -> int:
        """Return the node whose output is that of ``member``."""
        form, name, joins = member.form, context.name, member.joins
        try:
            if member.key is not None:
                name = context.prefix + (member.key.constant or member.key.render(context.scope))
            elif not joins:
                name = f"{context.prefix}{context.number}"
                context.number += 1
            flows: tuple[int, ...] = (flow,)
            if member.sources:
                flows = self.names.read(member.sources, context, self.training > 0)
                if len(flows) > 1 and type(form) is not Call and type(form) is not Again:
                    raise OpError(f"a chain, residual or branches reads one input, from finds {len(flows)}")
            bits = context.bits if member.bits is None else turn_bits(member.bits, context.scope)
            parts = member.parts and {part: turn_bits(value, context.scope) for part, value in member.parts.items()}
            rests = member.runs is not None and not condition(member.runs, context.scope, "runs")
        except OpError as error:
            self.problems.report(error, member.place, context, name)
            return FAILED if name == context.name else self.names.fail(name)
        before = self.training, self.resting
        self.training, self.resting = self.training + (member.training_only or rests), self.resting + rests
        first = len(self.builder.nodes)
        if type(form) is Again:
            made = self._again(form, member, name, context, flows)
        elif joins:
            outer, context.bits = context.bits, bits
            made = self._structure(form, member, context, flows[0])
            context.bits = outer
        else:
            made = self._run(member, name, context, flows, bits)
        self.training, self.resting = before
        if (parts or member.bits is not None) and made != FAILED and not self.reruns.running:
            self._written_bits(parts or bits, member, name, context, first)
        return made

    def _runs(self, member: Member, made: int, context: Context) -> bool:  # if so, the next member reads it by default
        return member.runs is None or made == FAILED or condition(member.runs, context.scope, "runs")

    def _run(self, member: Member, name: str, context: Context, flows: Flows, bits: Bits | None) -> int:
        """Return the end of ``member``, which has a name of its own."""
        if type(member.form) is Call:
            return self._call(member.form, member, name, context, flows, bits)
        self.reruns.keep(name, member, context, bits)
        inner = Context(name, context.scope, context.frame, bits)
        return self._scope(name, self._structure(member.form, member, inner, flows[0]), member.place, context)

    def _written_bits(self, bits: Widths, member: Member, name: str, context: Context, first: int) -> None:
        """Store ``bits`` on the layers from ``first`` on if none of them has MACs.

        Reports bits that apply to nothing.
        """
        try:
            narrow(self.builder, first, bits)
        except OpError as error:
            layers = self.builder.nodes[first:]
            self.problems.report(error, member.place, context, name, layers[0].op.word if len(layers) == 1 else "")

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
            self.problems.report(error, member.place, context, context.name)
            return FAILED
        return ends[0] if len(ends) == 1 else self._merge(form.merge, tuple(ends), member, context)

    def _branch(self, member: Member, context: Context, flow: int) -> list[int]:
        """Return the ends of the branch ``member``, one for each turn. An end may be a layer without inputs."""
        outer, ends = context.scope, []
        try:
            for scope in self._scopes(member, outer):
                context.scope = scope
                made = self._member(member, context, flow)
                ends.append(flow if member.training_only else made)
        except OpError as error:
            self.problems.report(error, member.place, context, context.name)
            ends.append(FAILED)
        context.scope = outer
        return ends

    def _residual(self, form: Residual, member: Member, context: Context, flow: int) -> int:
        main = self._chain(form.chain, context, flow)
        try:
            if form.shortcut_when is not None and not condition(form.shortcut_when, context.scope, "shortcut_when"):
                return main
        except OpError as error:
            self.problems.report(error, member.place, context, context.name)
            return FAILED
        skip = flow if form.shortcut is None else self._chain(form.shortcut, context, flow)
        return self._merge("add", (main, skip), member, context)

    def _merge(self, word: str, inputs: tuple[int, ...], member: Member, context: Context) -> int:
        op = build_op(self.ops, word, (), ())
        return self._add(self.names.of_merge(word, context), op, inputs, member.place, context)

    def _call(self, call: Call, member: Member, name: str, context: Context, flows: Flows, bits: Bits | None) -> int:
        word, place = call.word, member.place
        site: Site | None = None
        try:
            if word[0] == "$":
                word = held_word(word, context.scope)
                found: Site | Op = held_site(self.held, call, word, context.frame.home.model)
            else:
                found = context.frame.home.model.sites[call]
            if isinstance(found, Op):
                op = found
            else:
                site = found
                if type(site) is BlockSite:
                    return self._block(site, member, name, context, flows, bits)
                op = op_at(site, self.ops, context.scope)
            if not op.roles:
                if member.sources:
                    raise OpError("has no inputs, so it cannot have from:")
                flows = ()
            if isinstance(op, Experts):
                self.reruns.keep(name, member, context, bits)
                return self._experts(call, op, name, context, flows, bits)
            shared, training = member.shares, self.training > 0
            shares = None if shared is None else self.names.shared(shared, name, context, training)
        except OpError as error:
            self.problems.report(error, place, context, name, word, site)
        except SpecError as error:
            self.problems.found += [problem._replace(layer=name) for problem in error.problems]
        else:
            return self._add(name, op, flows, place, context, bits, shares, site)
        return self.names.fail(name)

    def _experts(self, call: Call, op: Experts, name: str, context: Context, flows: Flows, bits: Bits | None) -> int:
        """Return the node that joins the outputs of the experts of ``name``, or FAILED. Raises OpError."""

        def add(name: str, op: Op, inputs: Flows) -> int:
            return self._add(name, op, inputs, call.place, context)

        def run(name: str, token: int) -> int:
            assert call.expert is not None
            return self._alias(call.expert, Context(name, context.scope, context.frame, bits), (token,))

        made = expand_experts(self.builder, op, name, flows, add, run)
        return self._scope(name, made, call.place, context)

    def _again(self, form: Again, member: Member, name: str, context: Context, flows: Flows) -> int:
        """Return the end of a second run of an earlier member, on other inputs."""
        try:
            first = self.reruns.begin(name, form.name, context, len(flows))
        except OpError as error:
            self.problems.report(error, member.place, context, name)
            return self.names.fail(name)
        if isinstance(first, int):
            if first == FAILED:
                return self.names.fail(name)
            op = self.builder.nodes[first].op
            made = self._add(name, op, flows if op.roles else (), member.place, context)
        else:
            outer = Context(context.name, first.scope, first.frame, first.bits)
            made = self._run(first.written_at(member.place), name, outer, flows, first.bits)
        self.reruns.end()
        return made

    def _add(
        self, name: str, op: Op, inputs: tuple[int, ...], place: Place, context: Context,
        bits: Bits | None = None, shares: int | None = None, site: Site | None = None,
    ) -> int:  # fmt: skip
        """Add a node and return its index, or FAILED."""
        try:
            self.names.check_free(name, place)
            if len(inputs) > 1:
                self.budget.read(len(inputs))
            shares, again = self.reruns.counterpart(name, shares), self.reruns.running
            if FAILED in inputs or shares == FAILED:
                return self.names.fail(name)
            if again and isinstance(op, Tensor) and shares is not None:
                return self._scope(name, shares, place, context)  # it computes nothing, so it is there once
            index = self.builder.add(
                name, op, inputs, place, bits=bits, shares=shares, training_only=self.training > 0, again=again,
                resting=self.resting > 0,
            )  # fmt: skip
        except OpError as error:
            self.problems.report(error, place, context, name, op.word, site)
        except SpecError as error:
            self.problems.keep(error.problems[0], context, site)
        else:
            if not inputs:
                self.unread.add(index)
            self.budget.check_layers(index + 1 - len(self.model.inputs))
            return index
        return self.names.fail(name)

    def _scope(self, name: str, index: int, place: Place, context: Context) -> int:
        """Return ``index``, the output of the scope ``name``, or FAILED if a layer has that name."""
        try:
            return self.names.scope(name, index, place)
        except OpError as error:
            self.problems.report(error, place, context, name)
            return FAILED

    def _block(
        self, site: BlockSite, member: Member, name: str, context: Context, flows: tuple[int, ...], bits: Bits | None
    ) -> int:
        block = site.block
        wanted = len(block.inputs) or 1
        if len(flows) != wanted:
            named = f" ({', '.join(block.inputs)})" if block.inputs not in ((), (UNNAMED,)) else ""
            fact = f"{block.name} takes {number_of(wanted, 'input')}{named}, got {len(flows)}"
            raise OpError(fact, "name them with from:")
        if member.shares is not None:
            raise OpError(f"shares ties the weights of one op; {block.name} is a block")
        if FAILED in flows:
            return self._scope(name, FAILED, member.place, context)
        home = context.frame.home
        if block.home is not None:
            scope = Scope.of_words(OP_WORDS | block.home.blocks.keys(), self.budget)
            home = Home(block.home, scope, site)
        else:
            scope = home.top.inner()
            shape = self.builder.nodes[flows[0]].shape
            if shape.channel_axis is not None:
                scope["in"] = shape.sizes[shape.channel_axis]
        bind(site, scope, context.scope)
        self.reruns.keep(name, member, context, bits)
        inputs = {UNNAMED: flows[0]} | dict(zip(block.inputs, flows, strict=False))
        frame = Frame(home, inputs, context.frame, name, block, member.place, site)
        inner = Context(name, scope, frame, bits)
        if not block.alias:
            made = self._chain(block.chain, inner, flows[0])
            if block.outputs:
                made = self.names.read(block.outputs[:1], inner, self.training > 0)[0]
            return self._scope(name, made, member.place, context)
        return self._alias(block.chain, inner, flows)

    def _alias(self, chain: Chain, context: Context, flows: tuple[int, ...]) -> int:
        """Return the end of the one layer in ``chain``, under the name of the block that stands for it."""
        self.depth += 1
        self._check_limits(chain.place)
        (member,) = chain.members
        first = len(self.builder.nodes)
        if member.bits is not None:
            context.bits = turn_bits(member.bits, context.scope)
        if type(member.form) is Call:
            made = self._call(member.form, member, context.name, context, flows, context.bits)
        else:
            made = self._structure(member.form, member, context, flows[0])
            made = self._scope(context.name, made, member.place, context)
        self.depth -= 1
        if (member.bits is not None or member.parts) and made != FAILED:
            parts = {part: turn_bits(value, context.scope) for part, value in member.parts.items()}
            self._written_bits(parts or context.bits, member, context.name, context, first)
        return made

    def _check_limits(self, place: Place) -> None:
        """Raise Stop or Exceeded if the spec is too deep or too large.

        It is called for each alias, and else every 100 steps.
        """
        self.pause = self.steps + 100
        if self.depth > MAX_DEPTH:
            fact = f"blocks and chains nest deeper than {MAX_DEPTH} levels"
            self.problems.stop(place, fact, "does a block call itself?")
        self.budget.check_steps(self.steps, place)
