"""Compiles the expressions of a spec, a small and total subset of Python's, to closures.

There are numbers, booleans and words, no attributes, and no calls except of the functions in ``calc.spec.functions``.
Every value has a limit, so an expression costs microseconds whatever it contains.
"""

import ast
import keyword
import operator
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, NamedTuple

from calc.errors import Nearest, OpError, nearest, number_of
from calc.recorded import fixed, taken
from calc.spec.functions import FUNCTIONS, boolean, check_value, describe, number, power, sequence, size

MAX_TEXT = 500
MAX_NESTING = 40

Environment = dict[str, Any]
Evaluate = Callable[[Environment], Any]

CONSTANTS = {"true": True, "false": False, "null": None}

# `in` is a keyword of Python. A name of the same length that no spec can contain replaces it, so columns stay right.
_IN = "îñ"
_IN_WORD = re.compile(r"\bin\b")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# 0x10, 1_000, 1j, and 1if x else 2, which Python warns about
_ODD_NUMBER = re.compile(r"(?<![\w.])[0-9][0-9.]*((?![eE][-+]?[0-9])|[eE][-+]?[0-9]+)[A-Za-z_]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COUNTER = "i"
"""The variable that ``repeat`` counts. A loop variable may have this name, a param may not."""
_RESERVED = frozenset(keyword.kwlist) | CONSTANTS.keys() | FUNCTIONS.keys() | {"in", COUNTER}


SPLIT = "a comma or bracket inside { } or [ ] splits the value: quote it or use block style"


class Expression(NamedTuple):
    """A compiled expression: its text, the variables that it reads, and a function that evaluates it."""

    text: str
    names: frozenset[str]
    evaluate: Evaluate


def spend(env: Environment, values: int) -> None:
    """Subtract ``values`` from the budget of the expansion that ``env`` belongs to, if there is one."""
    budget = getattr(env, "budget", None)
    if budget is not None:
        budget.spend(values)


def made_list(env: Environment, values: list[Any]) -> tuple[Any, ...]:
    """Return ``values`` as a list, charged to the budget. Raises OpError if it is too long, nested lists included."""
    made = tuple(values)
    spend(env, size(made))
    return made


def is_variable(text: str) -> bool:
    """True if ``text`` may name a param or a loop variable."""
    return _VARIABLE.fullmatch(text) is not None and text not in _RESERVED


@lru_cache(maxsize=65536)
def compile_expression(text: str, literals: tuple[str, ...] = ()) -> Expression:
    """Compile ``text``. The names in ``literals`` stand for themselves.

    Raises OpError for anything that the language does not have.
    """
    if text.isascii() and text.isidentifier() and (text == "in" or text not in _RESERVED) and text not in literals:
        return Expression(text, frozenset((text,)), operator.itemgetter(text))
    if _DATE.fullmatch(text):
        raise OpError(f"{text} is a date to other readers of YAML", "for a difference, write spaces around the -")
    if len(text) > MAX_TEXT:
        raise OpError(f"an expression of {len(text)} characters, but at most {MAX_TEXT} are allowed")
    bare = _QUOTED.sub(lambda match: "'" + "_" * (len(match.group()) - 2) + "'", text)
    if odd := _ODD_NUMBER.search(bare):
        raise OpError(f"{odd.group()}… in {text!r}: numbers are written in plain decimal digits")
    if not bare.isascii() or "\\" in text:
        raise OpError(
            f"{text!r} is not an expression", "only quoted text may hold other characters than ASCII, and no \\"
        )
    try:
        tree = ast.parse(_with_in_substituted(text, bare).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise OpError(f"{text!r} is not an expression", _syntax_hint(bare)) from None
    compiler = _Compiler(text, literals)
    evaluate = compiler.compile(tree.body, 0)
    return Expression(text, frozenset(compiler.names), evaluate)


def _with_in_substituted(text: str, bare: str) -> str:
    pieces, end = [], 0
    for match in _IN_WORD.finditer(bare):
        pieces += [text[end : match.start()], _IN]
        end = match.end()
    return "".join([*pieces, text[end:]])


def unknown_name(name: str, variables: Collection[str], words: Collection[str] = ()) -> OpError:
    """Return the error for a name that is neither a variable nor one of ``words``, the ops and blocks."""
    if name == "in":
        return OpError(
            "in is the channels that enter a block, and this is outside any block", "write the number, or use a block"
        )
    if name.lower() in _YAML_1_1:
        return OpError(f"unknown name {name}", f"write {_YAML_1_1[name.lower()]}")
    return OpError(f"unknown name {name[:60]}", Nearest(name, variables, FUNCTIONS, words, listed=variables))


_YAML_1_1 = {"yes": "true", "no": "false", "on": "true", "off": "false", "none": "null"}


def _syntax_hint(bare: str) -> str:
    if re.fullmatch(r"[-+]?\.(inf|nan)", bare, re.IGNORECASE):
        return "every number is finite: -1e9 masks as -.inf does"
    if any(bare.count(left) != bare.count(right) for left, right in ("()", "[]")):
        return SPLIT
    if _IN_WORD.search(bare):
        return "in is a variable, the channels that enter the block; the language has no membership test"
    if "&" in bare or "|" in bare or "!" in bare.replace("!=", ""):
        return "write and, or, not"
    if "=" in re.sub("[=!<>]=", "", bare):
        return "equality is =="
    return (
        "the operators are + - * / // % ** == != < <= > >= and or not, a if c else b, x[i]; text is written in 'quotes'"
    )


_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", power),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_CONSTRUCTS = {
    "tuple": "a comma outside brackets",
    "attribute": "a dot after a name",
    "dict": "{ }",
    "set": "{ }",
    "slice": "a slice",
    "joinedstr": "text with holes",
    "namedexpr": ":=",
    "starred": "*",
}


class _Compiler:
    """Turns the tree of one expression into a closure, node by node. A node type without a method here is refused."""

    def __init__(self, text: str, literals: tuple[str, ...]) -> None:
        self.text = text
        self.literals = literals
        self.names: set[str] = set()

    def compile(self, node: ast.expr, depth: int) -> Evaluate:
        if depth > MAX_NESTING:
            raise OpError(f"an expression nested deeper than {MAX_NESTING} levels")
        kind = type(node).__name__.lower()
        method = getattr(self, f"_{kind}", None)
        if method is None:
            raise self._error(f"{_CONSTRUCTS.get(kind, kind)} is not part of the language")
        compiled: Evaluate = method(node, depth + 1)
        return compiled

    def _error(self, fact: str, hint: str = "") -> OpError:
        return OpError(f"{self.text!r}: {fact}", hint)

    def _constant(self, node: ast.Constant, depth: int) -> Evaluate:
        value = node.value
        if type(value) not in (int, float, str):
            raise self._error(f"{value!r} is not part of the language")
        check_value(value, self.text)
        return lambda env: value

    def _name(self, node: ast.Name, depth: int) -> Evaluate:
        name = "in" if node.id == _IN else node.id
        if name in self.literals:
            return lambda env: name
        if name in CONSTANTS:
            constant = CONSTANTS[name]
            return lambda env: constant
        if name in FUNCTIONS:
            raise self._error(f"{name} is a function; call it with ( )")
        self.names.add(name)
        return operator.itemgetter(name)

    def _list(self, node: ast.List, depth: int) -> Evaluate:
        items = [self.compile(item, depth) for item in node.elts]
        return lambda env: made_list(env, [item(env) for item in items])

    def _binop(self, node: ast.BinOp, depth: int) -> Evaluate:
        if type(node.op) not in _ARITHMETIC:
            hint = "a power is **" if isinstance(node.op, ast.BitXor) else ""
            raise self._error("only + - * / // % ** are known", hint)
        sign, function = _ARITHMETIC[type(node.op)]
        left, right = self.compile(node.left, depth), self.compile(node.right, depth)
        what = f"{self.text!r}: {sign}"

        def evaluate(env: Environment) -> Any:
            a, b = left(env), right(env)
            if (type(a) is not int and type(a) is not float) or (type(b) is not int and type(b) is not float):
                number(a, what)
                number(b, what)
            try:
                return check_value(function(a, b), self.text)
            except ZeroDivisionError:
                raise self._error(f"divides by zero: {a} {sign} {b}") from None
            except OverflowError:
                raise self._error(f"{a} {sign} {b} is too large") from None

        return evaluate

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Evaluate:
        operand = self.compile(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda env: not boolean(operand(env), f"{self.text!r}: not")
        if isinstance(node.op, ast.USub):
            return lambda env: -number(operand(env), f"{self.text!r}: -")
        raise self._error("only - and not stand before a value")

    def _boolop(self, node: ast.BoolOp, depth: int) -> Evaluate:
        values = [self.compile(value, depth) for value in node.values]
        decisive = isinstance(node.op, ast.Or)
        what = f"{self.text!r}: {'or' if decisive else 'and'}"

        def evaluate(env: Environment) -> bool:
            for value in values:
                if boolean(value(env), what) is decisive:
                    return decisive
            return not decisive

        return evaluate

    def _compare(self, node: ast.Compare, depth: int) -> Evaluate:
        first = self.compile(node.left, depth)
        links = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _COMPARISONS:
                raise self._error("only == != < <= > >= compare")
            links.append((*_COMPARISONS[type(op)], self.compile(right, depth)))

        def evaluate(env: Environment) -> bool:
            left = first(env)
            for sign, function, right in links:
                value = right(env)
                if type(left) is not int or type(value) is not int:
                    self._check_kinds(left, value, sign)
                if not function(left, value):
                    return False
                left = value
            return True

        return evaluate

    def _check_kinds(self, left: Any, right: Any, sign: str) -> None:
        if sign[0] in "<>":
            number(left, f"{self.text!r}: {sign}")
            number(right, f"{self.text!r}: {sign}")
        elif tuple in (kinds := (type(left), type(right))):
            raise self._error(f"{sign} compares numbers, words, true and false, got a list")
        elif kinds.count(bool) == 1 and left is not None and right is not None:
            raise self._error(f"{describe(left)} {sign} {describe(right)} compares different kinds of value")

    def _ifexp(self, node: ast.IfExp, depth: int) -> Evaluate:
        test, then, other = (self.compile(part, depth) for part in (node.test, node.body, node.orelse))
        what = f"{self.text!r}: if"
        return lambda env: then(env) if boolean(test(env), what) else other(env)

    def _subscript(self, node: ast.Subscript, depth: int) -> Evaluate:
        items, index = self.compile(node.value, depth), self.compile(node.slice, depth)
        what = f"{self.text!r}: [ ]"

        def evaluate(env: Environment) -> Any:
            values, at = sequence(items(env), what), fixed(index(env))
            if type(at) is not int or not -len(values) <= at < len(values):
                raise self._error(f"index {describe(at)} of a list of {len(values)}")
            return taken(values[at])

        return evaluate

    def _call(self, node: ast.Call, depth: int) -> Evaluate:
        if not isinstance(node.func, ast.Name):
            raise self._error("only a function can be called")
        name = node.func.id
        if name not in FUNCTIONS:
            raise OpError(f"unknown function {name[:60]}", nearest(name, FUNCTIONS))
        function, fewest, most = FUNCTIONS[name]
        if node.keywords:
            raise self._error("arguments have no names here")
        if not fewest <= len(node.args) <= most:
            wanted = number_of(most, "value") if fewest == most else f"{fewest} to {most} values"
            raise self._error(f"{name} takes {wanted}, got {len(node.args)}")
        arguments = [self.compile(argument, depth) for argument in node.args]
        walks_lists = name in ("min", "max", "range")

        def evaluate(env: Environment) -> Any:
            values = [argument(env) for argument in arguments]
            found = check_value(function(*values), self.text)
            if walks_lists:
                spend(env, sum([len(value) for value in (found, *values) if type(value) is tuple]))
            return found

        return evaluate
