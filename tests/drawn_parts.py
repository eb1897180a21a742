"""What a drawn spec holds so far, by which what follows is chosen."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from calc.shape import Shape


class Block(NamedTuple):
    name: str
    x: Shape
    output: Shape
    reads_inputs: bool


class Alone(NamedTuple):
    """A member that reads only what flows, so that it can run again wherever the same shape does."""

    name: str
    x: Shape
    output: Shape


class Tied(NamedTuple):
    """A layer whose weights another may share."""

    name: str
    word: str
    arguments: dict[str, Any]
    parameters: dict[str, tuple[int, ...]]


class Arriving(NamedTuple):
    """Inputs of the network that a layer reads beside what flows, and what it then puts out."""

    names: list[str]
    output: Shape


class Document:
    """What all chains of one spec have in common."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.blocks: dict[str, Any] = {}
        self.finished: list[Block] = []
        self.inputs: dict[str, Any] = {}
        """Those beside the first."""
        self.training = 0
        """Above 0 in what is not run, which does not count as reading an input."""
        self.names = 0

    def name(self, prefix: str) -> str:
        """A name that nothing else in the spec has, so that ``from`` and ``shares`` mean one layer."""
        self.names += 1
        return f"{prefix}{self.names}"
