"""The expressions of a spec: a small, total subset of Python's, compiled to closures.

Numbers and comparisons only; no power, no attribute, no call but the ten functions below. Every value
is capped, so that an expression costs microseconds whatever it says.
"""

import ast
import math
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from calc.errors import OpError, nearest

MAX_TEXT = 500
MAX_NESTING = 40
MAX_LIST = 10_000
MAX_INTEGER = 2**63

Environment = dict[str, Any]
Evaluate = Callable[[Environment], Any]

# `in` is a keyword of Python's; a name of the same length that no spec can hold keeps the columns.
_IN = "îñ"
_IN_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|\bin\b")
_ODD_NUMBER = re.compile(r"(?<![A-Za-z_0-9.])(0[xXoObB]|[0-9][0-9.]*_)")


class Expression(NamedTuple):
    """A compiled expression: its text, the variables it reads, and the function of an environment."""

    text: str
    names: frozenset[str]
    evaluate: Evaluate


class Word(str):
    """The name of an op or a block, held by a variable."""

    __slots__ = ()


@lru_cache(maxsize=65536)
def compile_expression(text: str) -> Expression:
    """Compile ``text``. Raises OpError for what the language does not have."""
    if len(text) > MAX_TEXT:
        raise OpError(f"an expression of {len(text)} characters; at most {MAX_TEXT} are taken")
    if text.isidentifier() and text.isascii() and text not in _CONSTANTS:
        if text not in _KEYWORDS:
            return Expression(text, frozenset((text,)), operator.itemgetter(text))
        if text == "in":
            return Expression(text, frozenset(("in",)), operator.itemgetter("in"))
    if odd := _ODD_NUMBER.search(text):
        raise OpError(f"{odd.group()}… in {text!r}: numbers are written in plain decimal digits")
    substituted = _IN_WORD.sub(lambda match: _IN if match.group() == "in" else match.group(), text)
    try:
        tree = ast.parse(substituted.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise OpError(f"{text!r} is not an expression", _syntax_hint(text)) from None
    names: set[str] = set()
    return Expression(text, frozenset(names), _Compiler(text, names).compile(tree.body, 0))._replace(
        names=frozenset(names)
    )


def check_value(value: Any, text: str) -> Any:
    """``value``, if a spec may hold it. Raises OpError for numbers out of range."""
    if type(value) is int and abs(value) > MAX_INTEGER:
        raise OpError(f"{text!r} is larger than 2**63")
    if type(value) is float and not math.isfinite(value):
        raise OpError(f"{text!r} is not a finite number")
    return value


_KEYWORDS = frozenset("and or not if else in is for while lambda None True False".split())
_CONSTANTS = {"true": True, "false": False, "null": None}
_HINTS = {"yes": "write true", "no": "write false", "on": "write true", "off": "write false"}


def _syntax_hint(text: str) -> str:
    if "**" in text or "^" in text:
        return "there is no power; write the product"
    return "text in an expression stands in 'quotes'; quote the whole value where YAML splits it at a comma or bracket"


def unknown_name(name: str, known: frozenset[str] | set[str]) -> OpError:
    """The error for a variable that does not exist here."""
    if name == "in":
        return OpError("in is the channels entering a block; here is no block", "write the number, or use a block")
    if name.lower() in _HINTS:
        return OpError(f"unknown name {name}", _HINTS[name.lower()])
    return OpError(f"unknown name {name}", nearest(name, known | set(FUNCTIONS)))


def _number(value: Any, what: str) -> Any:
    if type(value) is not int and type(value) is not float:
        raise OpError(f"{what} wants numbers, got {_describe(value)}")
    return value


def _describe(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"a list of {len(value)}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _boolean(value: Any, what: str) -> bool:
    if type(value) is not bool:
        raise OpError(f"{what} wants true or false, got {_describe(value)}")
    return value


def _sequence(value: Any, what: str) -> tuple[Any, ...]:
    if type(value) is not tuple:
        raise OpError(f"{what} wants a list, got {_describe(value)}")
    return value


def make_divisible(value: float, divisor: int = 8) -> int:
    """The nearest multiple of ``divisor`` that is not under 0.9 × value (MobileNetV2's rounding)."""
    _number(value, "make_divisible")
    if type(divisor) is not int or divisor < 1:
        raise OpError(f"make_divisible wants a positive divisor, got {_describe(divisor)}")
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def _range(*arguments: int) -> tuple[int, ...]:
    for argument in arguments:
        if type(argument) is not int:
            raise OpError(f"range wants integers, got {_describe(argument)}")
    found = range(*arguments)
    if len(found) > MAX_LIST:
        raise OpError(f"a range of {len(found)} values; at most {MAX_LIST} are taken")
    return tuple(found)


def _extreme(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    def apply(*values: Any) -> Any:
        items = _sequence(values[0], what) if len(values) == 1 else values
        if not items:
            raise OpError(f"{what} of an empty list")
        return function([_number(item, what) for item in items])

    return apply


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (_extreme(min, "min"), 1, 64),
    "max": (_extreme(max, "max"), 1, 64),
    "round": (lambda x: round(_number(x, "round")), 1, 1),
    "floor": (lambda x: math.floor(_number(x, "floor")), 1, 1),
    "ceil": (lambda x: math.ceil(_number(x, "ceil")), 1, 1),
    "int": (lambda x: int(_number(x, "int")), 1, 1),
    "len": (lambda x: len(_sequence(x, "len")), 1, 1),
    "range": (_range, 1, 3),
    "make_divisible": (make_divisible, 1, 2),
}


def _multiply(a: Any, b: Any) -> Any:
    return check_value(a * b, "a product")


_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", _multiply),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}


class _Compiler:
    """One expression's tree to a closure, node by node; what is not listed is refused."""

    def __init__(self, text: str, names: set[str]) -> None:
        self.text = text
        self.names = names

    def compile(self, node: ast.expr, depth: int) -> Evaluate:
        if depth > MAX_NESTING:
            raise OpError(f"an expression nested deeper than {MAX_NESTING} levels")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise OpError(f"{self.text!r}: {type(node).__name__.lower()} is not part of the language")
        compiled: Evaluate = method(node, depth + 1)
        return compiled

    def _constant(self, node: ast.Constant, depth: int) -> Evaluate:
        value = node.value
        if not isinstance(value, (int, float, str)):
            raise OpError(f"{self.text!r}: {value!r} is not part of the language")
        check_value(value, self.text)
        return lambda env: value

    def _name(self, node: ast.Name, depth: int) -> Evaluate:
        name = "in" if node.id == _IN else node.id
        if name in _CONSTANTS:
            constant = _CONSTANTS[name]
            return lambda env: constant
        self.names.add(name)
        return operator.itemgetter(name)

    def _list(self, node: ast.List, depth: int) -> Evaluate:
        items = [self.compile(item, depth) for item in node.elts]
        return lambda env: tuple([item(env) for item in items])

    def _binop(self, node: ast.BinOp, depth: int) -> Evaluate:
        if type(node.op) not in _ARITHMETIC:
            raise OpError(f"{self.text!r}: only + - * / // % are known", _syntax_hint(self.text))
        sign, function = _ARITHMETIC[type(node.op)]
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)

        def evaluate(env: Environment) -> Any:
            a, b = left(env), right(env)
            if (type(a) is not int and type(a) is not float) or (type(b) is not int and type(b) is not float):
                _number(a, sign)
                _number(b, sign)
            try:
                return function(a, b)
            except ZeroDivisionError:
                raise OpError(f"{self.text!r} divides by zero: {a} {sign} {b}") from None
            except OverflowError:
                raise OpError(f"{self.text!r} is too large: {a} {sign} {b}") from None

        return evaluate

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Evaluate:
        operand = self.compile(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda env: not _boolean(operand(env), "not")
        if isinstance(node.op, ast.USub):
            return lambda env: -_number(operand(env), "-")
        raise OpError(f"{self.text!r}: only - and not stand before a value")

    def _boolop(self, node: ast.BoolOp, depth: int) -> Evaluate:
        values = [self.compile(value, depth) for value in node.values]
        if isinstance(node.op, ast.And):
            return lambda env: all(_boolean(value(env), "and") for value in values)
        return lambda env: any(_boolean(value(env), "or") for value in values)

    def _compare(self, node: ast.Compare, depth: int) -> Evaluate:
        first = self.compile(node.left, depth)
        links = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _COMPARISONS:
                raise OpError(f"{self.text!r}: only == != < <= > >= compare")
            links.append((*_COMPARISONS[type(op)], self.compile(right, depth)))

        def evaluate(env: Environment) -> bool:
            left = first(env)
            for sign, function, right in links:
                value = right(env)
                if sign[0] in "<>":
                    _number(left, sign)
                    _number(value, sign)
                if not function(left, value):
                    return False
                left = value
            return True

        return evaluate

    def _ifexp(self, node: ast.IfExp, depth: int) -> Evaluate:
        test, then, other = (self.compile(part, depth) for part in (node.test, node.body, node.orelse))
        return lambda env: then(env) if _boolean(test(env), "if") else other(env)

    def _subscript(self, node: ast.Subscript, depth: int) -> Evaluate:
        if isinstance(node.slice, ast.Slice):
            raise OpError(f"{self.text!r}: slices are not part of the language")
        items, index = self.compile(node.value, depth), self.compile(node.slice, depth)

        def evaluate(env: Environment) -> Any:
            values, at = _sequence(items(env), "[ ]"), index(env)
            if type(at) is not int or not -len(values) <= at < len(values):
                raise OpError(f"{self.text!r}: index {_describe(at)} of a list of {len(values)}")
            return values[at]

        return evaluate

    def _call(self, node: ast.Call, depth: int) -> Evaluate:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            name = node.func.id if isinstance(node.func, ast.Name) else self.text
            raise OpError(f"unknown function {name}", nearest(name, FUNCTIONS))
        function, fewest, most = FUNCTIONS[node.func.id]
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise OpError(f"{self.text!r}: arguments are plain values")
        if not fewest <= len(node.args) <= most:
            raise OpError(f"{node.func.id} takes {fewest} to {most} values, got {len(node.args)}")
        arguments = [self.compile(argument, depth) for argument in node.args]

        def evaluate(env: Environment) -> Any:
            try:
                return function(*[argument(env) for argument in arguments])
            except (OverflowError, ValueError) as error:
                raise OpError(f"{self.text!r}: {error}") from None

        return evaluate
