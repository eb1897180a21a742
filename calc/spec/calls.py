"""Matches the arguments of one call to the fields of its op or to the params of its block."""

import re
from functools import cache
from typing import Any

from calc.errors import MAX_SHOWN, Nearest, OpError, Problem, SpecError, number_of
from calc.frozen import FrozenDict
from calc.ops import op_class
from calc.ops.base import Op
from calc.ops.base.fields import Rule
from calc.spec.expressions import SPLIT, compile_expression
from calc.spec.functions import size
from calc.spec.model import Block, BlockSite, Call, ModelSpec, OpSite, Site
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import Scope, compile_value

DERIVED = ("in_channels", "in_features", "input_size", "num_channels", "num_features", "embed_dim", "normalized_shape")
"""Arguments of PyTorch that state the size of the input.

A spec leaves them out, except for an op that has one as a field.
"""


def op_at(site: OpSite, ops: dict[Any, Op], scope: Scope) -> Op:
    """Return the op at ``site`` with its arguments evaluated in ``scope``. Raises OpError."""
    values = site.arguments.values()
    scope.budget.spend(site.weight)
    try:
        found = tuple([value.evaluate(scope) for value in values])
    except OpError:
        for value in values:
            value.located(scope)  # raises again, at the one that is wrong
        raise
    return build_op(ops, site.word, tuple(site.arguments), found, scope)


def bind(site: BlockSite, scope: Scope, caller: Scope) -> None:
    """Put the params of the block into ``scope``. Arguments are evaluated in ``caller``, defaults in ``scope``.

    Raises OpError.
    """
    scope.budget.spend(site.weight)
    for name, parameter in site.block.parameters.items():
        given = site.arguments.get(name)
        value = given or parameter.default
        if value is not None:
            scope[name] = found = value.located(caller if given else scope)
            if type(found) is tuple:
                scope.budget.spend(size(found))


def typed(values: tuple[Any, ...], scope: Scope | None = None) -> tuple[Any, ...]:
    """Return a key for ``values`` that tells 1, 1.0 and true apart, which Python calls equal.

    Lists are charged to the budget.
    """
    kinds = tuple(map(type, values))
    if tuple not in kinds:
        return values, kinds
    if scope is not None:
        scope.budget.spend(sum([size(value) for value in values if type(value) is tuple]))
    return values, repr(values)


def build_op(
    ops: dict[Any, Op], word: str, keys: tuple[str, ...], values: tuple[Any, ...], scope: Scope | None = None
) -> Op:
    """Return the op ``word`` with ``values`` for ``keys``, taken from ``ops`` if it is there already.

    Raises OpError.
    """
    key = (word, keys, typed(values, scope))
    op = ops.get(key)
    if op is None:
        op = ops[key] = op_class(word)(**dict(zip(keys, values, strict=True)))
    return op


def held_site(held: dict[tuple[Call, str], Site], call: Call, word: str, model: ModelSpec) -> Site:
    """Return the matched arguments of ``call``, whose param holds ``word``, from ``held`` if they are there.

    Raises SpecError.
    """
    site = held.get((call, word))
    if site is None:
        block = model.blocks.get(word)
        problems: list[Problem]
        site, problems = site_for_op(call, op_class(word)) if block is None else site_for_block(call, block)
        if problems:
            raise SpecError(problems)
        held[call, word] = site
    return site


def site_for_op(call: Call, op: type[Op]) -> tuple[OpSite, list[Problem]]:
    """Return the arguments of ``call`` by field of ``op``, and a problem for each key or value that is wrong."""
    fields = op.fields()
    first = next(iter(fields.values()), None)
    body = None if _is_null(call.arguments) and (first is None or not first.rule.takes_null) else call.arguments
    given = body.entries if isinstance(body, Mapping) else _given(body, list(fields)[:1], spread=False)
    if given is None:
        assert call.arguments is not None
        return OpSite(op.word, FrozenDict()), [
            Problem(call.arguments.place, f"{call.word} takes no arguments", op=op.word)
        ]
    arguments = {}
    problems = [problem._replace(op=op.word) for problem in _unknown_keys(call, fields, "unknown key {}")]
    for key, node in given.items():
        if key in fields:
            try:
                arguments[key] = compile_value(node, _literals(fields[key].rule, node))
            except SpecError as error:
                problems += [problem._replace(op=op.word) for problem in error.problems]
    missing = [name for name in _required(op.word) if name not in given]
    if missing:
        meant = _meant(problems)
        problems += [
            Problem(call.place, f"needs {name}", f"write {name}: {fields[name].rule.wants}", op=op.word)
            for name in missing
            if name not in meant
        ]
    return OpSite(op.word, FrozenDict(arguments)), problems


def _literals(rule: Rule, node: Value) -> tuple[str, ...]:
    """Return the texts that are taken literally at ``node``: the field's words, and text of the form that the field
    allows.
    """
    if rule.text and isinstance(node, Scalar) and re.fullmatch(rule.text, node.text):
        return (*rule.words, node.text)
    return rule.words


@cache
def _required(word: str) -> tuple[str, ...]:
    return tuple([name for name, field in op_class(word).fields().items() if field.required])


def site_for_block(call: Call, block: Block) -> tuple[BlockSite, list[Problem]]:
    """Return the arguments of ``call`` by param of ``block``, and a problem for each that is wrong."""
    names = list(block.parameters)
    signature = f"its params: {', '.join(names) or 'none'}"
    body = None if _is_null(call.arguments) and not names else call.arguments
    given = _given(body, names, spread=True)
    if given is None:
        assert call.arguments is not None
        count = len(call.arguments.items) if isinstance(call.arguments, Sequence) else 1
        fact = f"{block.name} takes at most {number_of(len(names), 'argument')}, got {count}"
        return BlockSite(block, FrozenDict()), [
            Problem(call.arguments.place, fact, SPLIT if _is_split(call.arguments) else signature)
        ]
    arguments = {}
    problems = _unknown_keys(call, block.parameters, f"unknown param {{}} of {block.name}")
    for key, node in given.items():
        if key in block.parameters:
            try:
                arguments[key] = compile_value(node)
            except SpecError as error:
                problems += error.problems
    meant = _meant(problems)
    for name, parameter in block.parameters.items():
        if parameter.default is None and name not in given and name not in meant:
            problems.append(Problem(call.place, f"{block.name} needs {name}", signature))
    return BlockSite(block, FrozenDict(arguments)), problems


def _is_null(body: Value | None) -> bool:
    """True if ``body`` is the word null.

    It is then the value of a first argument that allows it, or stands for no arguments.
    """
    return isinstance(body, Scalar) and body.data is None and not body.empty


def _given(body: Value | None, names: list[str], spread: bool) -> dict[str, Value] | None:
    """Return the written arguments by name, or None if there are more arguments than ``names``.

    Arguments without a name take ``names`` in order. With ``spread``, a list holds one value for each name; otherwise
    the list is one value.
    """
    if body is None:
        return {}
    if isinstance(body, Mapping):
        return body.entries
    items = body.items if spread and isinstance(body, Sequence) else [body]
    return None if len(items) > len(names) else dict(zip(names, items, strict=False))


def _unknown_keys(call: Call, known: dict[str, Any], fact: str) -> list[Problem]:
    """Return a problem for each key of the arguments that is not in ``known``. ``fact`` has a hole for the key."""
    body = call.arguments
    if not isinstance(body, Mapping) or body.entries.keys() <= known.keys():
        return []
    problems = []
    for key, written in body.keys().items():
        if key in known:
            continue
        node = body.entries[key]
        if body.flow and isinstance(node, Scalar) and node.text == "":
            hint: str | Nearest = SPLIT
        elif key in DERIVED:
            hint = "it is never written: it follows from what arrives"
        else:
            hint = Nearest(key, known) if known else "it takes no arguments"
        problems.append(Problem(written.place, fact.format(key[:60]), hint))
    return problems


def _meant(problems: list[Problem]) -> str:
    """Return the names that unknown keys were probably meant to be, so that they are not reported as missing too."""
    hints = [str(problem.hint) for problem in problems[:MAX_SHOWN]]
    return " ".join([hint for hint in hints if hint.startswith("did you mean")])


def _is_split(body: Value) -> bool:
    items = body.items if isinstance(body, Sequence) else []
    return any(isinstance(item, Scalar) and item.text.count("(") != item.text.count(")") for item in items)


def call_names(call: Call) -> frozenset[str]:
    """Return the variables that the arguments of ``call`` read, whatever op or block it calls."""
    found: set[str] = set()
    pending = [] if call.arguments is None else [call.arguments]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            pending += node.entries.values()
        elif isinstance(node, Sequence):
            pending += node.items
        elif isinstance(node, Scalar) and isinstance(node.data, str):
            try:
                found |= compile_expression(node.data).names
            except OpError:
                continue  # a literal word of a field, or an error that the expansion reports
    return frozenset(found)
