"""The arguments of one call, matched to the fields of its op or the parameters of its block."""

from typing import Any

from calc.errors import OpError, Problem, SpecError, nearest
from calc.ops.base import Op
from calc.spec.expressions import compile_expression
from calc.spec.model import Block, Call
from calc.spec.source import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, compile_value


class Site:
    """Compiled arguments of one call for one word. ``ops`` remembers the ops built from equal values."""

    __slots__ = ("arguments", "constant", "evaluators", "keys", "op", "ops")

    def __init__(self, arguments: dict[str, Compiled]) -> None:
        self.arguments = arguments
        self.keys = tuple(arguments)
        self.evaluators = tuple([value.evaluate for value in arguments.values()])
        self.constant = all(value.constant for value in arguments.values())
        self.ops: dict[Any, Op] = {}
        self.op: Op | None = None


def site_for_op(call: Call, op: type[Op]) -> tuple[Site, list[Problem]]:
    """The arguments of ``call`` by field, and what is wrong with their keys and values."""
    fields = op.fields()
    body, problems = call.arguments, []
    if body is None:
        given: dict[str, Value] = {}
    elif isinstance(body, Mapping):
        given = dict(body.entries)
    elif fields:
        given = {next(iter(fields)): body}
    else:
        return Site({}), [Problem(body.place, f"{call.word} takes no arguments", op=call.word)]
    arguments = {}
    for key, node in given.items():
        if key not in fields:
            place = body.keys[key].place if isinstance(body, Mapping) else node.place
            problems.append(Problem(place, f"unknown key {key[:60]}", _key_hint(key, node, fields, body), op=call.word))
            continue
        try:
            arguments[key] = compile_value(node, fields[key].rule.words)
        except SpecError as error:
            problems += [problem._replace(op=call.word) for problem in error.problems]
    for name, field in fields.items():
        if field.required and name not in given:
            hint = f"write {name}: {field.rule.wants}"
            problems.append(Problem(call.place, f"needs {name}", hint, op=call.word))
    return Site(arguments), problems


def site_for_block(call: Call, block: Block) -> tuple[Site, list[Problem]]:
    """The arguments of ``call`` by parameter of ``block``, and what is wrong with them."""
    names = list(block.parameters)
    body, problems = call.arguments, []
    given: dict[str, Value] = {}
    if isinstance(body, Mapping):
        given = dict(body.entries)
    elif body is not None:
        items = body.items if isinstance(body, Sequence) else [body]
        if len(items) > len(names):
            fact = f"{block.name} takes {len(names)} arguments, got {len(items)}"
            return Site({}), [Problem(body.place, fact, f"its params: {', '.join(names) or 'none'}")]
        given = dict(zip(names, items, strict=False))
    arguments = {}
    for key, node in given.items():
        if key not in block.parameters:
            place = body.keys[key].place if isinstance(body, Mapping) else node.place
            hint = _key_hint(key, node, block.parameters, body)
            problems.append(Problem(place, f"unknown param {key[:60]} of {block.name}", hint))
            continue
        try:
            arguments[key] = compile_value(node)
        except SpecError as error:
            problems += error.problems
    for name, parameter in block.parameters.items():
        if parameter.default is None and name not in given:
            problems.append(Problem(call.place, f"{block.name} needs {name}", f"its params: {', '.join(names)}"))
    return Site(arguments), problems


def _key_hint(key: str, node: Value, known: Any, body: Value | None) -> str:
    null = isinstance(node, Scalar) and node.text == ""
    if null and isinstance(body, Mapping) and body.flow:
        return "a comma or bracket inside { } splits the value: quote it or use block style"
    return nearest(key, known)


def call_names(call: Call) -> list[frozenset[str]]:
    """The variables read by the arguments of ``call``, without knowing what it calls."""
    found: list[frozenset[str]] = []
    pending = [] if call.arguments is None else [call.arguments]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            pending += node.entries.values()
        elif isinstance(node, Sequence):
            pending += node.items
        elif isinstance(node, Scalar) and isinstance(node.data, str):
            try:
                found.append(compile_expression(node.data).names)
            except OpError:
                continue  # a literal word of a field, or said when the expansion meets it
    return found
