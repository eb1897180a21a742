"""Sums, differences, products and quotients of tensors that broadcast, or of one and a number."""

from typing import Any

from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers

_WORDS = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide"}


@lowers(*_WORDS)
def arithmetic(op: Operation) -> Value:
    """One operation an element."""
    word = _WORDS[op.target.removeprefix("aten.").partition(".")[0].removesuffix("_")]
    return elementwise(op, word, op["self"], op["other"])


def elementwise(op: Operation, word: str, first: Any, second: Any) -> Value:
    """The op ``word`` of two tensors, or of one and a number."""
    if isinstance(second, (int, float)):
        x = op.valued(first)
        return op.layer(word, x, batch=x.batch, value=float(second))
    values = op.aligned([op.valued(first), op.valued(second)])
    return op.layer(word, *values)
