"""The static pass: what can be said of a spec without any shape.

Scopes are lexical, so every name is checked, also in members that ``when`` would drop: words, keys and
required arguments, variables, cycles of blocks, and what nothing uses.
"""

from collections.abc import Iterable

from calc.errors import Problem, nearest
from calc.ops import WORDS, op_class
from calc.ops.base.fields import FieldError
from calc.spec.calls import Site, call_names, site_for_block, site_for_op
from calc.spec.expressions import unknown_name
from calc.spec.model import Block, Branches, Call, Chain, Member, ModelSpec, Nested, Parameter, Residual
from calc.spec.values import Compiled

_OPS = frozenset(WORDS)


def check(model: ModelSpec) -> list[Problem]:
    """Every static problem of ``model``."""
    return _Check(model).run()


class _Check:
    def __init__(self, model: ModelSpec) -> None:
        self.model = model
        self.problems: list[Problem] = []
        self.words = _OPS | set(model.blocks)
        self.used_blocks: set[str] = set()
        self.used: set[str] = set()
        self.calls: dict[str, set[str]] = {}
        self.dynamic = False
        self.caller = ""

    def run(self) -> list[Problem]:
        model = self.model
        top = frozenset(model.parameters)
        for value in model.overrides.values():
            self._value(value, top)
        self._defaults(model.parameters, frozenset(), top)
        self._value(model.input, top)
        self._chain(model.chain, top)
        used_at_top = set(self.used)
        for block in model.blocks.values():
            if block.home is not None:
                continue
            self.used = set()
            self.caller = block.name
            self._block(block, top)
            used_at_top |= self.used - set(block.parameters)
            self._unused(block.parameters, self.used)
        self._unused(model.parameters, used_at_top)
        self._unused_blocks()
        self._cycles()
        return self.problems

    def _block(self, block: Block, top: frozenset[str]) -> None:
        inside = top | {"in"}
        self._defaults(block.parameters, inside, inside)
        self._chain(block.chain, inside | set(block.parameters))

    def _defaults(self, parameters: dict[str, Parameter], before: frozenset[str], outer: frozenset[str]) -> None:
        known = set(before)
        for parameter in parameters.values():
            if parameter.default is not None:
                self._value(parameter.default, frozenset(known))
            known.add(parameter.name)

    def _unused(self, parameters: dict[str, Parameter], used: set[str]) -> None:
        for parameter in parameters.values():
            if parameter.name not in used:
                self.problems.append(Problem(parameter.place, f"nothing uses the param {parameter.name}", "remove it"))

    def _unused_blocks(self) -> None:
        if self.dynamic:
            return
        for block in self.model.blocks.values():
            if block.name not in self.used_blocks:
                self.problems.append(Problem(block.place, f"nothing uses the block {block.name}", "remove it"))

    def _cycles(self) -> None:
        done: set[str] = set()
        for start in self.model.blocks:
            path: list[str] = []
            self._visit(start, path, done)

    def _visit(self, name: str, path: list[str], done: set[str]) -> None:
        if name in path:
            cycle = " → ".join([*path[path.index(name) :], name])
            self.problems.append(Problem(self.model.blocks[name].place, f"the block {name} calls itself: {cycle}"))
            return
        if name in done:
            return
        path.append(name)
        for called in sorted(self.calls.get(name, ())):
            self._visit(called, path, done)
        path.pop()
        done.add(name)

    def _chain(self, chain: Chain, scope: frozenset[str]) -> None:
        for member in chain.members:
            self._member(member, scope)

    def _member(self, member: Member, scope: frozenset[str]) -> None:
        if member.loop is not None:
            for value in member.loop.values:
                self._value(value, scope)
            scope = scope | set(member.loop.names)
        if member.repeat is not None:
            self._value(member.repeat, scope)
            scope = scope | {"i"}
        for name in (member.key, member.shares, *member.sources):
            if name is not None:
                self._names(name.names, scope, member)
        for written in (member.when, member.bits):
            if isinstance(written, Compiled):
                self._value(written, scope)
        form = member.form
        if isinstance(form, Call):
            self._call(form, scope)
        elif isinstance(form, Nested):
            self._chain(form.chain, scope)
        elif isinstance(form, Residual):
            self._chain(form.chain, scope)
            if form.shortcut is not None:
                self._chain(form.shortcut, scope)
            if form.shortcut_when is not None:
                self._value(form.shortcut_when, scope)
        elif isinstance(form, Branches):
            for chain in form.chains:
                self._chain(chain, scope)

    def _call(self, call: Call, scope: frozenset[str]) -> None:
        if call.word.startswith("$"):
            self.dynamic = True
            name = call.word[1:]
            self.used.add(name)
            if name not in scope:
                error = unknown_name(name, scope)
                self.problems.append(Problem(call.place, error.fact, error.hint))
            self._dynamic_arguments(call, scope)
        elif call.word in _OPS:
            self._op_call(call, scope)
        elif call.word in self.model.blocks:
            self._use_block(call.word)
            site, problems = site_for_block(call, self.model.blocks[call.word])
            self.problems += problems
            self._site(site, scope)
        else:
            self.problems.append(
                Problem(call.place, f"unknown block {call.word}", nearest(call.word, self.model.blocks))
            )

    def _use_block(self, word: str) -> None:
        self.used_blocks.add(word)
        self.calls.setdefault(self.caller, set()).add(word)

    def _op_call(self, call: Call, scope: frozenset[str]) -> None:
        site, problems = site_for_op(call, op_class(call.word))
        self.problems += problems
        self._site(site, scope)
        if problems:
            return
        constants = {key: value.evaluate(None) for key, value in site.arguments.items() if value.constant}
        try:
            op_class(call.word)(**constants)
        except FieldError as error:
            for problem in error.problems:
                if problem.key not in site.arguments or problem.key in constants:
                    value = site.arguments.get(problem.key)
                    place = value.node.place if value else call.place
                    self.problems.append(Problem(place, problem.fact, problem.hint, op=call.word))
        except Exception:  # fields that contradict one another are said at expansion, with the layer's name
            return

    def _dynamic_arguments(self, call: Call, scope: frozenset[str]) -> None:
        """Arguments of a word that only the expansion knows: their variables are checked where any are known."""
        for names in call_names(call):
            self.used |= names

    def _site(self, site: Site, scope: frozenset[str]) -> None:
        for value in site.arguments.values():
            self._value(value, scope)

    def _value(self, value: Compiled, scope: frozenset[str]) -> None:
        for name in value.names:
            if name not in scope and name in self.model.blocks:
                self._use_block(name)
        self._report_names(value.names, scope, value)

    def _names(self, names: frozenset[str], scope: frozenset[str], member: Member) -> None:
        self.used |= names
        for name in sorted(names - scope - self.words):
            error = unknown_name(name, scope)
            self.problems.append(Problem(member.place, error.fact, error.hint))

    def _report_names(self, names: Iterable[str], scope: frozenset[str], value: Compiled) -> None:
        self.used |= frozenset(names)
        for name in sorted(frozenset(names) - scope - self.words):
            error = unknown_name(name, scope)
            self.problems.append(Problem(value.node.place, error.fact, error.hint))
