"""Checks a spec without any shapes.

Scopes are lexical, so every name is checked, also in members that ``when`` would drop. The checks cover words, keys,
required arguments, variables, cycles of blocks, and params and blocks that nothing uses.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calc.errors import Nearest, OpError, Problem, SpecError
from calc.frozen import FrozenDict
from calc.ops import is_op, op_class
from calc.ops.base import Op
from calc.ops.base.fields import FieldError
from calc.spec.calls import build_op, call_names, site_for_block, site_for_op
from calc.spec.expressions import unknown_name
from calc.spec.model import (
    MOST_POSITIONS,
    Again,
    Branches,
    Call,
    Chain,
    Member,
    ModelSpec,
    Nested,
    OpSite,
    Param,
    Residual,
    Site,
)  # fmt: skip
from calc.spec.schema import op_meant
from calc.spec.tree import Value, said_by
from calc.spec.turns import WIDTH, condition, repeat_count, turn_bits
from calc.spec.values import OP_WORDS, Compiled, Scope

Known = dict[str, Param | None]
"""The variables in scope by name. The value is None for a variable that is not a param."""


def check_spec(model: ModelSpec, broken: frozenset[str] | None = None) -> ModelSpec:
    """Return ``model`` with the matched arguments of its calls. Raises SpecError with every problem found.

    If parts of the file were left out because they are wrong, ``broken`` has the names of the blocks among them.
    """
    walk = _Check(model, broken or frozenset())
    walk.run()
    if broken is None:
        walk.unused()
    if walk.problems:
        raise SpecError(walk.problems)
    return replace(model, sites=FrozenDict(walk.sites))


class _Check:
    def __init__(self, model: ModelSpec, broken: frozenset[str]) -> None:
        self.model = model
        self.broken = broken
        self.words = OP_WORDS | model.blocks.keys()
        self.later: dict[str, Param] = {}
        self.own_blocks = [block for block in model.blocks.values() if block.home is None]
        self.problems: list[Problem] = []
        self.sites: dict[Call, Site | Op] = {}
        self.ops: dict[Any, Op] = {}
        self.alike: dict[Any, Op] = {}  # most of a spec's layers repeat an earlier one
        self.used: set[Param | None] = set()
        self.used_blocks: set[str] = set()
        self.calls: dict[str, set[str]] = {}
        self.dynamic = False
        self.caller = ""
        self.defining = ""

    def run(self) -> None:
        model = self.model
        known: Known = {}
        self._parameters(model.parameters, model.overrides, known)
        for given in model.inputs.values():
            self._value(given.shape, known)
        self._chain(model.chain, known)
        for output in model.outputs:
            self._names(output.names, known, output.node)
        for block in self.own_blocks:
            self.caller = block.name
            inside: Known = known | {"in": None}
            self._parameters(block.parameters, {}, inside)
            self._chain(block.chain, inside)
        self._cycles()

    def unused(self) -> None:
        """Report params that nothing reads and blocks that nothing calls.

        Blocks are skipped if a ``$param`` may hold any.
        """
        owned = [block.parameters for block in self.own_blocks]
        for parameter in [parameter for found in (self.model.parameters, *owned) for parameter in found.values()]:
            if parameter not in self.used and parameter.name != MOST_POSITIONS:
                fact = f"nothing uses the param {parameter.name}"
                self.problems.append(Problem(parameter.place, fact, "remove it"))
        if self.dynamic:
            return
        for block in self.model.blocks.values():
            if block.name not in self.used_blocks:
                self.problems.append(Problem(block.place, f"nothing uses the block {block.name}", "remove it"))

    def _parameters(self, parameters: dict[str, Param], values: dict[str, Compiled], known: Known) -> None:
        """Check the values in order. Each may read the params before it, and joins ``known``."""
        self.later = dict(parameters)
        for parameter in parameters.values():
            self.defining = parameter.name
            self._value(values.get(parameter.name, parameter.default), known)
            known[parameter.name] = parameter
            del self.later[parameter.name]

    def _cycles(self) -> None:
        done: set[str] = set()
        for start in self.model.blocks:
            path: list[str] = []
            pending = [(start, iter(sorted(self.calls.get(start, ()))))] if start not in done else []
            while pending:  # depth first, without recursion: a spec may chain thousands of blocks
                name, callees = pending[-1]
                if len(path) < len(pending):
                    path.append(name)
                called = next(callees, None)
                if called is None:
                    pending.pop()
                    done.add(path.pop())
                elif called in path:
                    cycle = " → ".join([*path[path.index(called) :], called])
                    place = self.model.blocks[called].place
                    self.problems.append(Problem(place, f"the block {called} calls itself: {cycle}"))
                elif called not in done:
                    pending.append((called, iter(sorted(self.calls.get(called, ())))))

    def _chain(self, chain: Chain, known: Known) -> None:
        for member in chain.members:
            self._member(member, known)

    def _member(self, member: Member, known: Known) -> None:
        if not member.plain:
            known = self._turns(member, known)
        for name in (member.key, member.shares, *member.sources):
            if name is not None and name.names:
                self._names(name.names, known, name.node)
        if member.bits is not None:
            self._bits(member.bits, known)
            if member.bits.constant:
                self._attempt(turn_bits, member.bits)
        for width in member.parts.values():
            self._bits(width, known)
        self._condition(member.runs, known, "runs")
        form = member.form
        if isinstance(form, Call):
            self._call(form, known)
        elif isinstance(form, Nested):
            self._chain(form.chain, known)
        elif isinstance(form, Residual):
            self._chain(form.chain, known)
            if form.shortcut is not None:
                self._chain(form.shortcut, known)
            self._condition(form.shortcut_when, known, "shortcut_when")
        elif isinstance(form, Branches):
            for chain in form.chains:
                self._chain(chain, known)
        elif isinstance(form, Again):
            self._names(form.name.names, known, form.name.node)

    def _turns(self, member: Member, known: Known) -> Known:
        """Check for, repeat and when. Returns the variables that the rest of ``member`` can read."""
        if member.loop is not None:
            for value in member.loop.values:
                self._value(value, known)
            known = known | dict.fromkeys(member.loop.names)
        if member.repeat is not None:
            self._value(member.repeat, known)
            if member.repeat.constant:
                self._attempt(repeat_count, member.repeat)
            known = known | {"i": None}
        self._condition(member.when, known, "when")
        return known

    def _condition(self, value: Compiled | None, known: Known, word: str) -> None:
        self._value(value, known)
        if value is not None and value.constant:
            self._attempt(condition, value, word)

    def _attempt(self, evaluate: Callable[..., object], value: Compiled, *arguments: str) -> None:
        try:
            evaluate(value, Scope(), *arguments)
        except OpError as error:
            self.problems.append(Problem(value.node.place, error.fact, error.hint))

    def _call(self, call: Call, known: Known) -> None:
        word = call.word
        if word[0] == "$":
            self.dynamic = True
            self._names(frozenset((word[1:],)), known, call)
            # only the expansion knows which of the other names are literal words of a field
            for name in call_names(call) & known.keys():
                self._use(name, known)
            return
        site: Site
        op: Op | None = None
        if call.expert is not None:
            self._chain(call.expert, known)
        if call.expert is not None or is_op(word):
            said = word, said_by(call.arguments)
            if said in self.alike:
                self.sites[call] = self.alike[said]
                return
            site, problems = site_for_op(call, op_class(word))
            if not problems:
                op, problems = self._built(site)
            if op is not None:
                self.alike[said] = op
        elif word in self.model.blocks:
            self._use_block(word)
            site, problems = site_for_block(call, self.model.blocks[word])
        else:
            if word not in self.broken:
                meant = op_meant(word)
                hint = f"did you mean the op {meant}?" if meant else Nearest(word, self.model.blocks)
                self.problems.append(Problem(call.place, f"unknown block {word[:60]}", hint))
            return
        if problems:
            self.problems += problems
        else:
            self.sites[call] = site if op is None else op
        for key, value in site.arguments.items():
            rule = op_class(site.word).fields()[key].rule if isinstance(site, OpSite) else None
            if rule is not None and rule.words:
                self._word(value, known, key, rule.wants, rule.words, call.word)
            else:
                self._value(value, known)

    def _use(self, name: str, known: Known) -> None:
        self.used.add(known[name])

    def _use_block(self, word: str) -> None:
        self.used_blocks.add(word)
        self.calls.setdefault(self.caller, set()).add(word)

    def _word(
        self, value: Compiled, known: Known, key: str, wants: str, words: tuple[str, ...] = (), op: str = ""
    ) -> None:
        """Check a value that may be one of ``words``. A single unknown word was probably meant to be one of them."""
        if self._is_strange(value, known):
            fact = f"{key}={value.text[:60]}: must be {wants}"
            self.problems.append(Problem(value.node.place, fact, Nearest(value.text, words, listed=()), op=op))
        else:
            self._value(value, known)

    def _bits(self, value: Compiled, known: Known) -> None:
        """Check a value under bits. A single unknown word was probably meant to be a format."""
        if self._is_strange(value, known):
            from calc.formats import nearest_format  # only an error pays for the names

            fact = f"bits={value.text[:60]}: must be {WIDTH}"
            self.problems.append(Problem(value.node.place, fact, nearest_format(value.text)))
        else:
            self._value(value, known)

    def _is_strange(self, value: Compiled, known: Known) -> bool:
        """True if ``value`` is a single word that nothing defines."""
        name = value.text
        return value.names == {name} and name != "in" and self._is_unknown(name, known)

    def _is_unknown(self, name: str, known: Known) -> bool:
        """True if ``name`` is neither a variable nor an op or block."""
        return not (name in known or name in self.model.blocks or is_op(name) or name in self.broken)

    def _value(self, value: Compiled | None, known: Known) -> None:
        if value is not None and value.names:
            self._names(value.names, known, value.node)

    def _names(self, names: frozenset[str], known: Known, where: Value | Call) -> None:
        for name in sorted(names):
            if name in known:
                self._use(name, known)
            elif name in self.model.blocks:
                self.used_blocks.add(name)
            elif name in self.later:
                self.used.add(self.later[name])
                fact, hint = (
                    f"{name} is defined later, but a param can read only params before it",
                    "change their order",
                )
                if name == self.defining:
                    fact, hint = f"the param {name} reads itself", ""
                self.problems.append(Problem(where.place, fact, hint))
            elif self._is_unknown(name, known):
                error = unknown_name(name, known.keys(), self.words)
                self.problems.append(Problem(where.place, error.fact, error.hint))

    def _built(self, site: OpSite) -> tuple[Op | None, list[Problem]]:
        """Return the op at ``site`` if none of its arguments varies, and the problems of the arguments that do not
        vary.
        """
        fixed = {key: value.evaluate(None) for key, value in site.arguments.items() if not value.names}
        try:
            op = build_op(self.ops, site.word, tuple(fixed), tuple(fixed.values()))
        except FieldError as error:
            return None, [
                Problem(site.arguments[problem.key].node.place, problem.fact, problem.hint, op=site.word)
                for problem in error.problems
                if problem.key in fixed
            ]
        except OpError:  # fields that contradict one another: the expansion reports them with the layer's name
            return None, []
        return (op if len(fixed) == len(site.arguments) else None), []
