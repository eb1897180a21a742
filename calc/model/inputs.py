"""The inputs of a network as reports show them: a single input by its sizes, and several by name."""

from collections.abc import Mapping
from typing import Any

from calc.shape import SCALAR

Sizes = tuple[int, ...]

UNNAMED = "input"
"""The name of the only input if the spec gives none. It also stands for the first of several inputs."""


def input_text(sizes: Mapping[str, Sizes]) -> str:
    """Return the sizes for people: ``3×64×64``, or ``image 3×64×64, text 77``."""
    written = {name: "×".join(map(str, each)) or SCALAR for name, each in sizes.items()}
    return ", ".join([f"{name} {each}" for name, each in written.items()] if _named(sizes) else written.values())


def input_option(sizes: Mapping[str, Sizes]) -> str:
    """Return the sizes as ``--input`` takes them: ``3x64x64``, or ``image=3x64x64 text=77``."""
    written = {name: "x".join(map(str, each)) or SCALAR for name, each in sizes.items()}
    return " ".join([f"{name}={each}" for name, each in written.items()] if _named(sizes) else written.values())


def input_json(sizes: Mapping[str, Sizes]) -> dict[str, Any]:
    """Return ``{"input": [3, 64, 64]}``, or ``{"inputs": {"image": [3, 64, 64], "text": [77]}}``."""
    if _named(sizes):
        return {"inputs": {name: list(each) for name, each in sizes.items()}}
    return {"input": list(sizes[UNNAMED])}


def input_cell(sizes: Mapping[str, Sizes]) -> Sizes | dict[str, Sizes]:
    """Return the value of the column ``input`` in a table of networks: sizes, or sizes by name."""
    return dict(sizes) if _named(sizes) else sizes[UNNAMED]


def ends_json(inputs: Mapping[str, Sizes], outputs: tuple[str, ...]) -> dict[str, Any]:
    """Return ``input_json``, with ``{"outputs": ["boxes", "scores"]}`` if there are several outputs."""
    return input_json(inputs) | ({"outputs": list(outputs)} if len(outputs) > 1 else {})


def _named(sizes: Mapping[str, Sizes]) -> bool:
    return sizes.keys() != {UNNAMED}
