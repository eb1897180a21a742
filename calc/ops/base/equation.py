"""Reads the equation of an einsum: the names of the axes of its two inputs and of its output."""

from functools import lru_cache
from typing import NamedTuple

from calc.errors import OpError, number_of
from calc.ops.base.fields import show
from calc.shape import Shape, Shapes

_REST = "..."
Names = tuple[str, ...]


class Terms(NamedTuple):
    """The parts of an equation. An axis is a letter; an ellipsis stands for several axes."""

    inputs: tuple[Names, Names]
    output: Names

    @property
    def batch(self) -> str:
        """The first term of the output, which is the batch, or an ellipsis whose first axis is the batch."""
        return self.output[0]


class Axes(NamedTuple):
    """The names of the axes of actual tensors, with the batch, and their sizes in one sample."""

    inputs: tuple[Names, Names]
    output: Names
    sizes: dict[str, int]


@lru_cache(maxsize=256)
def read(equation: str) -> Terms:
    """Return the terms of ``equation``. Raises OpError if it is malformed, or does not have two inputs and a batch."""
    shown = f"equation={show(equation)}"
    left, arrow, right = equation.replace(" ", "").partition("->")
    if not arrow:
        raise OpError(f"{shown} has no ->", "write the axes of the output after it: bij,bjk->bik")
    parts = left.split(",")
    if len(parts) != 2:
        hint = "use one einsum after another" if len(parts) > 2 else "permute and reduce do this for one input"
        raise OpError(f"{shown} names {number_of(len(parts), 'input')}, but einsum takes 2", hint)
    x, other, output = [_term(part, shown) for part in (*parts, right)]
    for axis in output:
        if axis not in x and axis not in other:
            raise OpError(f"{shown}: {axis} is in the output, but in neither input")
    if not output:
        raise OpError(f"{shown}: the output has no axes", "its first axis is the batch: bi,bi->b")
    for term in (x, other):
        if output[0] in term[1:]:
            fact = (
                f"{shown}: {output[0]} is first in the output, so it is the batch, but is not first in {''.join(term)}"
            )
            raise OpError(fact)
    return Terms((x, other), output)


def _term(text: str, shown: str) -> Names:
    before, rest, after = text.partition(_REST)
    for letter in before + after:
        if not (letter.isascii() and letter.isalpha()):
            raise OpError(f"{shown} holds {letter!r}: an axis is a letter, and ... stands for several axes")
        if (before + after).count(letter) > 1:
            raise OpError(f"{shown} names {letter} twice in {text}", "einsum does not take a diagonal here")
    return (*before, rest, *after) if rest else tuple(before)


def axes_of(terms: Terms, shapes: Shapes) -> Axes:
    """Return the axes of inputs with ``shapes``. Raises OpError if they do not fit the equation."""
    more = {
        _more_axes(term, shape, terms.batch) for term, shape in zip(terms.inputs, shapes, strict=True) if _REST in term
    }
    if len(more) > 1:
        held = " and ".join(map(str, sorted(more)))
        raise OpError(
            f"... must stand for as many axes in {shapes[0]} as in {shapes[1]}, got {held} with the batch",
            "give each a letter",
        )
    if terms.batch == _REST and min(more) < 1:
        raise OpError(f"... holds the batch, but no axis of the inputs {shapes[0]} and {shapes[1]} is left for it")
    numbered = tuple(map(str, range(max(more, default=0))))
    sizes: dict[str, int] = {}
    inputs = []
    for term, shape in zip(terms.inputs, shapes, strict=True):
        names, batched = _named(term, numbered), terms.batch in term
        along = (1, *shape.sizes) if batched else shape.sizes
        if len(names) != len(along):
            axes = f"{len(along)} axes{' with its batch' if batched else ''}"
            raise OpError(f"{''.join(term)} names {len(names)} axes, the input {shape} has {axes}")
        for name, size in zip(names, along, strict=True):
            if sizes.setdefault(name, size) != size:
                raise OpError(f"{name} is {sizes[name]} in the input {shapes[0]}, but {size} in {shapes[1]}")
        inputs.append(names)
    return Axes((inputs[0], inputs[1]), _named(terms.output, numbered), sizes)


def _more_axes(term: Names, shape: Shape, batch: str) -> int:
    """Return the number of axes that the ellipsis of ``term`` stands for; negative if ``shape`` has too few axes."""
    return shape.rank + (batch in term) - (len(term) - 1)


def _named(term: Names, numbered: Names) -> Names:
    if _REST not in term:
        return term
    at = term.index(_REST)
    return (*term[:at], *numbered, *term[at + 1 :])
