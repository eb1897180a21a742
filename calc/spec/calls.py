"""The arguments of one call, matched to the fields of its op or the parameters of its block."""

from collections.abc import Collection
from functools import cache
from typing import Any, final

from calc.errors import MAX_SHOWN, Nearest, OpError, Problem, SpecError, counted
from calc.ops import op_class
from calc.ops.base import Op
from calc.shape import Shape, Shapes
from calc.spec.expressions import SPLIT, compile_expression
from calc.spec.functions import size
from calc.spec.model import Block, Call
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Scope, compile_value, weight

DERIVED = ("in_channels", "in_features", "input_size", "num_channels", "num_features", "embed_dim", "normalized_shape")
"""PyTorch's arguments that say what arrives; an op that has one of them as a field takes it."""
MAX_OPS = 100_000
MAX_SHAPES = 10_000


class Built:
    """An op and the output shapes it has given, by the shapes it was given."""

    __slots__ = ("op", "shapes")

    def __init__(self, op: Op) -> None:
        self.op = op
        self.shapes: dict[Shapes, Shape] = {}

    def remember(self, inputs: Shapes, output: Shape) -> None:
        """Keep what the op gave, unless a sweep over sizes has already left too many."""
        if len(self.shapes) < MAX_SHAPES:
            self.shapes[inputs] = output


class OpSite:
    """The compiled arguments of one call of an op; ``built``: the op itself, if none of them varies."""

    __slots__ = ("_evaluators", "_fixed", "_keys", "_ops", "_varying", "_weight", "arguments", "built", "word")

    def __init__(self, word: str, arguments: dict[str, Compiled]) -> None:
        self.word = word
        self.arguments = arguments
        self.built: Built | None = None
        fixed = [key for key, value in arguments.items() if value.constant]
        varying = [key for key in arguments if key not in fixed] if len(fixed) < len(arguments) else []
        self._keys = (*fixed, *varying)
        self._fixed = tuple([arguments[key].evaluate(None) for key in fixed])
        self._varying = tuple([arguments[key] for key in varying])
        self._evaluators = tuple([value.evaluate for value in self._varying])
        self._weight = sum(map(weight, self._varying))
        self._ops: dict[Any, Built] | None = None

    def fixed(self, ops: dict[Any, Built]) -> Built | None:
        """The op that the arguments which do not vary make; kept, if those are all. Raises OpError."""
        built = build(ops, self.word, self._keys[: len(self._fixed)], self._fixed)
        if not self._varying:
            self.built = built
        return self.built

    def build(self, ops: dict[Any, Built], scope: Scope) -> Built:
        """The op with its arguments in ``scope``. Raises OpError."""
        scope.budget.spend(self._weight)
        values = self._evaluated(scope)
        key = typed(values, scope)
        if self._ops is None or len(self._ops) > MAX_OPS:
            self._ops = {}
        built = self._ops.get(key)
        if built is None:
            built = self._ops[key] = build(ops, self.word, self._keys, (*self._fixed, *values))
        return built

    def _evaluated(self, scope: Scope) -> tuple[Any, ...]:
        try:
            return tuple([evaluate(scope) for evaluate in self._evaluators])
        except OpError:
            for value in self._varying:
                value.located(scope)  # raises again, at the one that is wrong
            raise


@final
class BlockSite:
    """The compiled arguments of one call of a block."""

    __slots__ = ("_bindings", "_weight", "arguments", "block")

    def __init__(self, block: Block, arguments: dict[str, Compiled]) -> None:
        self.block = block
        self.arguments = arguments
        self._bindings = []
        for name, parameter in block.parameters.items():
            value = arguments.get(name, parameter.default)
            if value is not None:
                self._bindings.append((name, value, name in arguments))
        self._weight = sum([1 + weight(value) for _, value, _ in self._bindings])

    def bind(self, scope: Scope, caller: Scope) -> None:
        """Put the params of the block into ``scope``: arguments of ``caller``'s, defaults of ``scope``'s."""
        scope.budget.spend(self._weight)
        try:
            for name, value, given in self._bindings:
                scope[name] = found = value.evaluate(caller if given else scope)
                if type(found) is tuple:
                    scope.budget.spend(size(found))
        except OpError:
            value.located(caller if given else scope)
            raise


Site = OpSite | BlockSite


def typed(values: tuple[Any, ...], scope: Scope | None = None) -> tuple[Any, ...]:
    """``values`` as a key that tells 1, 1.0 and true apart, which are equal to Python; lists are paid for."""
    kinds = tuple(map(type, values))
    if tuple not in kinds:
        return values, kinds
    if scope is not None:
        scope.budget.spend(sum([size(value) for value in values if type(value) is tuple]))
    return values, repr(values)


def build(ops: dict[Any, Built], word: str, keys: tuple[str, ...], values: tuple[Any, ...]) -> Built:
    """The op ``word`` with ``values`` for ``keys``, from ``ops`` if it is there. Raises OpError."""
    key = (word, keys, typed(values))
    built = ops.get(key)
    if built is None:
        if len(ops) > MAX_OPS:
            ops.clear()
        built = ops[key] = Built(op_class(word)(**dict(zip(keys, values, strict=True))))
    return built


def site_for_op(call: Call, op: type[Op]) -> tuple[OpSite, list[Problem]]:
    """The arguments of ``call`` by field, and what is wrong with their keys and values."""
    fields = op.fields()
    body = call.arguments
    given = body.entries if isinstance(body, Mapping) else _given(body, list(fields)[:1], spread=False)
    if given is None:
        assert call.arguments is not None
        return OpSite(op.word, {}), [Problem(call.arguments.place, f"{call.word} takes no arguments", op=op.word)]
    arguments, problems = {}, []
    for key, node in given.items():
        if key not in fields:
            problems.append(_unknown_key(call, key, f"unknown key {key[:60]}", fields)._replace(op=op.word))
            continue
        try:
            arguments[key] = compile_value(node, fields[key].rule.words)
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
    return OpSite(op.word, arguments), problems


@cache
def _required(word: str) -> tuple[str, ...]:
    return tuple([name for name, field in op_class(word).fields().items() if field.required])


def site_for_block(call: Call, block: Block) -> tuple[BlockSite, list[Problem]]:
    """The arguments of ``call`` by parameter of ``block``, and what is wrong with them."""
    names = list(block.parameters)
    signature = f"its params: {', '.join(names) or 'none'}"
    given = _given(call.arguments, names, spread=True)
    if given is None:
        assert call.arguments is not None
        count = len(call.arguments.items) if isinstance(call.arguments, Sequence) else 1
        fact = f"{block.name} takes at most {counted(len(names), 'argument')}, got {count}"
        return BlockSite(block, {}), [
            Problem(call.arguments.place, fact, SPLIT if _is_split(call.arguments) else signature)
        ]
    arguments, problems = {}, []
    for key, node in given.items():
        if key not in block.parameters:
            fact = f"unknown param {key[:60]} of {block.name}"
            problems.append(_unknown_key(call, key, fact, names))
            continue
        try:
            arguments[key] = compile_value(node)
        except SpecError as error:
            problems += error.problems
    meant = _meant(problems)
    for name, parameter in block.parameters.items():
        if parameter.default is None and name not in given and name not in meant:
            problems.append(Problem(call.place, f"{block.name} needs {name}", signature))
    return BlockSite(block, arguments), problems


def _given(body: Value | None, names: list[str], spread: bool) -> dict[str, Value] | None:
    """What is written, by name; ``names`` take values that have none. None if there are too few names.

    With ``spread`` a list holds one value a name, otherwise it is one value.
    """
    if body is None:
        return {}
    if isinstance(body, Mapping):
        return body.entries
    items = body.items if spread and isinstance(body, Sequence) else [body]
    return None if len(items) > len(names) else dict(zip(names, items, strict=False))


def _unknown_key(call: Call, key: str, fact: str, known: Collection[str]) -> Problem:
    body = call.arguments
    assert isinstance(body, Mapping)
    node = body.entries[key]
    if body.flow and isinstance(node, Scalar) and node.text == "":
        hint: str | Nearest = SPLIT
    elif key in DERIVED:
        hint = "it is never written: it follows from what arrives"
    else:
        hint = Nearest(key, known) if known else "it takes no arguments"
    return Problem(body.keys[key].place, fact, hint)


def _meant(problems: list[Problem]) -> str:
    """The names that unknown keys were probably meant to be: they need not be asked for again."""
    hints = [str(problem.hint) for problem in problems[:MAX_SHOWN]]
    return " ".join([hint for hint in hints if hint.startswith("did you mean")])


def _is_split(body: Value) -> bool:
    items = body.items if isinstance(body, Sequence) else []
    return any(isinstance(item, Scalar) and item.text.count("(") != item.text.count(")") for item in items)


def call_names(call: Call) -> frozenset[str]:
    """The variables read by the arguments of ``call``, without knowing what it calls."""
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
                continue  # a literal word of a field, or said when the expansion meets it
    return frozenset(found)
