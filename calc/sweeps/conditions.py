"""Conditions on the points of a sweep, evaluated over whole arrays: ``macs < 300M and weight_bytes <= 2Mi``."""

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from functools import reduce
from typing import Any

from calc.amounts import amount
from calc.errors import OpError, nearest
from calc.quantities import ELEMENTWISE
from calc.sweeps.exact import exact_comparison, exact_numbers, exact_product, exact_sum

_LONGEST = 500
_NUMBERED = "_amount_"
"""The prefix of the names that stand for amounts while the text is parsed.

Other numbers that Python knows are refused.
"""
_AMOUNT = re.compile(
    r"(?<![\w.])[0-9]+(?:[_,][0-9]+)*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+| *(?:[kKmMgGtTpPE](?:i?B?|ibytes)?|B))?(?![\w.])"
)
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {ast.Add: operator.add, ast.Sub: operator.sub}


class Condition:
    """A condition: comparisons joined by ``and``, ``or`` and ``not``, over sums and products of numbers.

    ``known`` has the quantities and axes that the text may name; a kind of elements such as ``elementwise.relu`` is
    accepted too. Numbers may have units and are never rounded. ``names`` are the names that the text uses. ``others``
    are axes without numbers, and ``params`` the params of the spec; both only serve to explain an error. Raises OpError
    for any other text.
    """

    def __init__(
        self, text: str, known: Collection[str], others: Collection[str] = (), params: Collection[str] = ()
    ) -> None:
        self.text = text
        self.known = known
        self.others = others
        self.params = params
        self.names: set[str] = set()
        if len(text) > _LONGEST:
            raise OpError(f"--where: a condition of {len(text)} characters, but at most {_LONGEST} are allowed")
        try:
            if _NUMBERED in text:
                raise ValueError
            amounts = [exact_numbers(amount(each.replace("_", ""))) for each in _AMOUNT.findall(text)]
            self._amounts = {f"{_NUMBERED}{number}": value for number, value in enumerate(amounts)}
            names = iter(self._amounts)
            tree = ast.parse(_AMOUNT.sub(lambda _: f" {next(names)} ", text).strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._error("is not a condition", "such as 'macs < 300M and weight_bytes <= 2Mi'") from None
        except OpError as error:
            raise OpError(f"--where {error.fact}", error.hint) from None
        if not self._is_answer(tree.body):
            raise self._error("is not a comparison", "such as 'macs < 300M'")
        self._check(tree.body)
        if not self.names:
            raise self._error("compares no quantity and no param", "such as 'macs < 300M'")
        self._tree = tree.body

    def holds(self, values: Mapping[str, Any]) -> Any:
        """Evaluate the condition. Arrays by name give an array of truth values, numbers give one truth value."""
        return self._of(self._tree, values)

    def _error(self, fact: str, hint: str = "") -> OpError:
        return OpError(f"--where {self.text[:60]!r}: {fact}", hint)

    def _is_answer(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.Compare, ast.BoolOp)) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )

    def _check(self, node: ast.expr) -> None:
        """Collect the names. Raises OpError for syntax that is not allowed."""
        inner: list[ast.expr] = []
        if isinstance(node, ast.BoolOp):
            inner = node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = [node.operand]
        if inner:
            if not all(map(self._is_answer, inner)):
                raise self._error("and, or, not must join comparisons")
        elif isinstance(node, ast.Compare):
            inner = [node.left, *node.comparators]
            if not all(type(each) in _COMPARED for each in node.ops) or any(map(self._is_answer, inner)):
                raise self._error("only == != < <= > >= compare, numbers with numbers")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            inner = [node.left, node.right]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = [node.operand]
        elif isinstance(node, ast.Name) and node.id.startswith(_NUMBERED):
            inner = []
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = ast.unparse(node)
            if name in self.others:
                raise self._error(f"{name} is not a number at every point", "conditions compare numbers")
            if name not in self.known and not name.startswith(ELEMENTWISE):
                if name in self.params:
                    raise self._error(f"{name} is not varied, so it is the same at every point", f"--vary {name}=…")
                raise OpError(f"--where: unknown name {name[:60]}", nearest(name, self.known))
            self.names.add(name)
        else:
            is_share = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            hint = "a / b < 3 is a < 3 * b where b is above 0" if is_share else ""
            raise self._error("it may only compare sums and products of numbers and names", hint)
        for each in inner:
            self._check(each)

    def _of(self, node: ast.expr, values: Mapping[str, Any]) -> Any:
        """Return the value of a part of the text: truth values or numbers."""
        if isinstance(node, ast.BoolOp):
            rule = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            return reduce(rule, [self._of(each, values) for each in node.values])
        if isinstance(node, ast.Compare):
            sides = [self._of(each, values) for each in (node.left, *node.comparators)]
            pairs = zip(node.ops, sides, sides[1:], strict=False)
            return reduce(
                operator.and_, [exact_comparison(left, right, _COMPARED[type(sign)]) for sign, left, right in pairs]
            )
        if isinstance(node, ast.BinOp):
            left, right = [self._of(each, values) for each in (node.left, node.right)]
            return (
                exact_product(left, right)
                if isinstance(node.op, ast.Mult)
                else exact_sum(left, right, _SUMS[type(node.op)])
            )
        if isinstance(node, ast.UnaryOp):
            found = self._of(node.operand, values)
            if isinstance(node.op, ast.Not):
                return not found if isinstance(found, bool) else ~found
            return exact_product(exact_numbers(-1), found)
        name = ast.unparse(node)
        return self._amounts[name] if name in self._amounts else exact_numbers(values[name])
