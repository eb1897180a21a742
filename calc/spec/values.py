"""The values and names of a spec. They are compiled once and evaluated in each expansion."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from calc.errors import OpError, Place, Problem, SpecError
from calc.ops import WORDS, is_op
from calc.ops.base.fields import show
from calc.recorded import RecordedValue, fixed, value_of
from calc.spec.budget import WorkBudget
from calc.spec.expressions import Expression, compile_expression, made_list, unknown_name
from calc.spec.functions import MAX_LIST, Word, check_value
from calc.spec.tree import Mapping, Scalar, Sequence, Value

OP_WORDS = frozenset(WORDS)
MAX_NAME = 200
_NAME = re.compile(r"[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*")
ANY = "*"
"""Stands for one or more characters within one part of a name. Dots separate the parts."""
_EVERY = "{*}"
_HOLE = re.compile(r"\{([^{}]*)\}")

Evaluate = Callable[[Any], Any]


class Scope(dict[str, Any]):
    """The variables of one block body. A name that is not a variable may be the word of an op or a block."""

    __slots__ = ("budget", "words")

    words: frozenset[str]
    budget: WorkBudget

    @classmethod
    def of_words(cls, words: frozenset[str], budget: WorkBudget | None = None) -> "Scope":
        """Return an empty scope in which ``words`` are ops and blocks. Evaluation is charged to ``budget``."""
        scope = cls()
        scope.words = words
        scope.budget = WorkBudget() if budget is None else budget
        return scope

    def inner(self) -> "Scope":
        """Return a copy in which more names can be set."""
        scope = type(self)(self)
        scope.words = self.words
        scope.budget = self.budget
        return scope

    def __missing__(self, name: str) -> Any:
        if name in self.words:
            return Word(name)
        if name == "in":
            hint = "declare the axis where it was lost, with channels:"
            raise OpError(
                "in is not known here, because it is unknown which axis of the block's input holds the channels", hint
            )
        if is_op(name):
            return Word(name)
        raise unknown_name(name, self.keys(), self.words)


class EvaluationError(OpError):
    """An error in the evaluation of a value, with the place where the value is written."""

    def __init__(self, error: OpError, place: Place) -> None:
        super().__init__(error.fact, error.hint)
        self.place = place


class Compiled(NamedTuple):
    """A compiled value of the spec.

    ``evaluate`` returns it in a Scope, and ``names`` are the variables that it reads.
    """

    node: Value
    evaluate: Evaluate
    names: frozenset[str] = frozenset()
    weight: int = 0
    """The share of a budget that an evaluation takes.

    It grows with the length of the text, and is 0 for a fixed value.
    """

    @property
    def constant(self) -> bool:
        """True if the value is the same in every scope."""
        return not self.names

    @property
    def text(self) -> str:
        """The value as written, for messages."""
        return self.node.text if isinstance(self.node, Scalar) else show(_plain_tuple(self.node))

    def located(self, scope: Scope) -> Any:
        """Return the value in ``scope``. Raises EvaluationError with the place where it is written."""
        try:
            return self.evaluate(scope)
        except OpError as error:
            raise EvaluationError(error, self.node.place) from None


def _weight(node: Value) -> int:
    found, pending = 0, [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Sequence):
            pending += part.items
        elif isinstance(part, Scalar):
            found += 1 + len(part.text) // 5
    return found


def _plain_tuple(node: Value) -> Any:
    if isinstance(node, Sequence):
        return tuple(_plain_tuple(item) for item in node.items)
    return node.data if isinstance(node, Scalar) else "{…}"


def _constantly(value: Any) -> Evaluate:
    return _integer(value) if type(value) is int else lambda scope: value


@lru_cache(maxsize=4096)  # most integers occur many times in a spec
def _integer(value: int) -> Evaluate:
    return lambda scope: value


def compile_value(node: Value, literals: tuple[str, ...] = ()) -> Compiled:
    """Compile a number, boolean, list or expression. The words in ``literals`` stand for themselves.

    Raises SpecError at the part that is wrong.
    """
    if type(node) is Scalar:
        try:
            return _compile_scalar(node, literals)
        except OpError as error:
            raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
    if type(node) is Sequence:
        if len(node.items) > MAX_LIST:
            raise SpecError(
                [Problem(node.place, f"a list of {len(node.items)} values, but at most {MAX_LIST} are allowed")]
            )
        items = [compile_value(item, literals) for item in node.items]
        names = frozenset().union(*(item.names for item in items))
        if not names:
            return Compiled(node, _constantly(tuple([item.evaluate(None) for item in items])))
        evaluators = [item.evaluate for item in items]
        return Compiled(
            node, lambda scope: made_list(scope, [evaluate(scope) for evaluate in evaluators]), names, _weight(node)
        )
    assert isinstance(node, Mapping)
    hint = "write a number, true or false, a list or an expression"
    raise SpecError([Problem(node.place, "a mapping where a value belongs", hint)])


def _compile_scalar(node: Scalar, literals: tuple[str, ...]) -> Compiled:
    data = node.data
    if type(data) is not str:
        return Compiled(node, _constantly(check_value(data, node.text)))
    if data in literals:
        return Compiled(node, _constantly(data))
    expression = compile_expression(data, literals)
    if expression.names:
        return Compiled(node, expression.evaluate, expression.names, _weight(node))
    return Compiled(node, _constantly(expression.evaluate({})))


def as_given(value: Any) -> Any:
    """Return an evaluated ``value`` in the form that ``given_value`` takes, where text without quotes is an
    expression.
    """
    if type(value) is tuple:
        return tuple(map(as_given, value))
    if type(value) is not str:
        return value
    return f'"{value}"' if "'" in value else f"'{value}'"


def given_value(name: str, value: Any, scope: Scope) -> Any:
    """Return the value of the param ``name`` from a caller's ``value``: a number, boolean, list, or text of an
    expression.

    Raises OpError for anything else.
    """
    if isinstance(value, (list, tuple)):
        return made_list(scope, [given_value(name, item, scope) for item in value])
    if type(value) is str:
        return compile_expression(value).evaluate(scope)
    if value is not None and type(value) not in (bool, int, float, Word) and not isinstance(value, RecordedValue):
        raise OpError(f"the param {name} is {show(value)}: must be a number, true or false, a list or an expression")
    return check_value(value, str(value_of(value)))


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A member's name, made of texts and expressions. ``constant`` is the whole name if it has no holes.

    ``many`` is true if it means every member whose name matches. Its texts then have ``*`` for ``{*}``.
    """

    node: Scalar
    parts: tuple[str | Expression, ...]
    names: frozenset[str]
    constant: str
    many: bool = False

    def render(self, scope: Scope) -> str:
        """Return the name in ``scope``. Raises EvaluationError if a hole is not an integer or a word."""
        try:
            return self.constant or self._filled(scope)
        except OpError as error:
            raise EvaluationError(error, self.node.place) from None

    def _filled(self, scope: Scope) -> str:
        text = ""
        for part in self.parts:
            if isinstance(part, str):
                text += part
                continue
            value = fixed(part.evaluate(scope))
            if type(value) is not int and not isinstance(value, str):
                raise OpError(f"{{{part.text}}} in a name is {show(value)}, not an integer or a word")
            text += str(value)
        _check_name(text.replace(ANY, "0"), text)
        return text


def compile_name(node: Scalar, many: bool) -> Name:
    """Compile the name at ``node``, which may have {expression} holes and, with ``many``, {*}.

    Raises SpecError for characters that a state-dict key does not have.
    """
    if _EVERY in node.text and not many:
        fact = f"'{node.text[:60]}' may be several names, and only from: and output: take several"
        raise SpecError([Problem(node.place, fact, "write one name")])
    text = node.text.replace(_EVERY, ANY) if many and ANY not in node.text.replace(_EVERY, "") else node.text
    pieces = _HOLE.split(text)
    try:
        parts = tuple([compile_expression(piece) if i % 2 else piece for i, piece in enumerate(pieces)])
        bare = text.replace(ANY, "0") if text != node.text else text
        _check_name("".join("0" if i % 2 else piece for i, piece in enumerate(_HOLE.split(bare))), node.text)
    except OpError as error:
        raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
    names: frozenset[str] = frozenset().union(*(part.names for part in parts if not isinstance(part, str)))
    return Name(node, parts, names, text if len(pieces) == 1 else "", text != node.text)


def is_layer_name(text: str) -> bool:
    """True if a layer may have this name, which has no holes."""
    return _NAME.fullmatch(text) is not None and len(text) <= MAX_NAME


def _check_name(text: str, shown: str) -> None:
    if not _NAME.fullmatch(text) or len(text) > MAX_NAME:
        if len(text) > MAX_NAME:
            raise OpError(f"a name of {len(text)} characters, but at most {MAX_NAME} are allowed")
        raise OpError(f"'{shown[:60]}' is not a name", "a name is letters, digits, _ and -; dots may join several")
