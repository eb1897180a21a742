"""Values and names of a spec, compiled once and evaluated at each expansion."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from calc.errors import OpError, Problem, SpecError
from calc.ops import WORDS
from calc.ops.base.fields import show
from calc.spec.expressions import Word, check_value, compile_expression, unknown_name
from calc.spec.source import Mapping, Scalar, Sequence, Value

OP_WORDS = frozenset(WORDS)
NAME = re.compile(r"[A-Za-z0-9_\-]+(\.[A-Za-z0-9_\-]+)*")
MAX_NAME = 200
_HOLE = re.compile(r"\{([^{}]*)\}")


class Scope(dict[str, Any]):
    """The variables of one block body; a name that is none may be the word of an op or a block."""

    __slots__ = ("words",)

    def __init__(self, variables: dict[str, Any], words: frozenset[str]) -> None:
        super().__init__(variables)
        self.words = words

    def __missing__(self, name: str) -> Any:
        if name in self.words:
            return Word(name)
        if name == "in":
            raise OpError(
                "in is not known here: the channel axis of what enters the block is unknown",
                "declare it where it was lost, with channels:",
            )
        raise unknown_name(name, set(self))


class Compiled:
    """A value of the spec: ``evaluate`` gives it in a Scope; ``names`` are the variables it reads."""

    __slots__ = ("constant", "evaluate", "names", "node")

    def __init__(self, node: Value, evaluate: Callable[[Any], Any], names: frozenset[str], constant: bool) -> None:
        self.node = node
        self.evaluate = evaluate
        self.names = names
        self.constant = constant

    @property
    def text(self) -> str:
        """As written, for messages."""
        return self.node.text if isinstance(self.node, Scalar) else show(_plain_tuple(self.node))


def _plain_tuple(node: Value) -> Any:
    if isinstance(node, Sequence):
        return tuple(_plain_tuple(item) for item in node.items)
    return node.data if isinstance(node, Scalar) else "{…}"


def _constantly(value: Any) -> Callable[[Any], Any]:
    return lambda scope: value


def compile_value(node: Value, literals: Iterable[str] = ()) -> Compiled:
    """Compile a number, boolean, list or expression; the words in ``literals`` stand for themselves.

    Raises SpecError located at the part that is wrong.
    """
    if type(node) is Scalar:
        data = node.data
        try:
            if type(data) is not str:
                return Compiled(node, _constantly(check_value(data, node.text)), frozenset(), True)
            if data in literals:
                return Compiled(node, _constantly(data), frozenset(), True)
            expression = compile_expression(data)
        except OpError as error:
            raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
        if expression.names:
            return Compiled(node, expression.evaluate, expression.names, False)
        try:
            return Compiled(node, _constantly(expression.evaluate({})), frozenset(), True)
        except OpError as error:
            raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
    if type(node) is Sequence:
        items = [compile_value(item, literals) for item in node.items]
        if all(item.constant for item in items):
            return Compiled(node, _constantly(tuple(item.evaluate(None) for item in items)), frozenset(), True)
        evaluators = [item.evaluate for item in items]
        names = frozenset().union(*(item.names for item in items))
        return Compiled(node, lambda scope: tuple([evaluate(scope) for evaluate in evaluators]), names, False)
    assert isinstance(node, Mapping)
    raise SpecError([Problem(node.place, "a mapping where a value belongs", "write a number, a list or an expression")])


class Name:
    """A member's name, with {expression} holes or without."""

    __slots__ = ("constant", "names", "node", "parts")

    def __init__(self, node: Scalar) -> None:
        """Raises SpecError where the name holds what a state-dict key does not."""
        self.node = node
        pieces = _HOLE.split(node.text)
        try:
            self.parts = [compile_expression(text) if i % 2 else text for i, text in enumerate(pieces)]
        except OpError as error:
            raise SpecError([Problem(node.place, error.fact, error.hint)]) from None
        self.names = frozenset().union(*(part.names for part in self.parts if not isinstance(part, str)))
        self.constant = node.text if len(pieces) == 1 else ""
        check_name("".join("0" if i % 2 else text for i, text in enumerate(pieces)), node)

    def render(self, scope: Scope) -> str:
        """The name in ``scope``. Raises OpError where a hole holds no integer or word."""
        if self.constant:
            return self.constant
        text = ""
        for part in self.parts:
            if isinstance(part, str):
                text += part
                continue
            value = part.evaluate(scope)
            if type(value) is not int and not isinstance(value, str):
                raise OpError(f"{{{part.text}}} in a name is {show(value)}, not an integer or a word")
            text += str(value)
        if not NAME.fullmatch(text) or len(text) > MAX_NAME:
            raise OpError(f"'{text[:60]}' is not a name: letters, digits, _ and - joined by dots")
        return text


def check_name(text: str, node: Value) -> None:
    """Raise SpecError where ``text`` is not a name."""
    if not NAME.fullmatch(text) or len(text) > MAX_NAME:
        shown = node.text[:60] if isinstance(node, Scalar) else text[:60]
        fact = f"'{shown}' is not a name: letters, digits, _ and - joined by dots, at most {MAX_NAME}"
        raise SpecError([Problem(node.place, fact)])
