"""The inputs of a network as reports show them: a single input by its sizes, and several by name."""

from collections.abc import Mapping
from typing import Any

Sizes = tuple[int, ...]

UNNAMED = "input"
"""The name of the only input where a network gives none; the first of several answers to it too."""


def input_text(sizes: Mapping[str, Sizes]) -> str:
    """``3×64×64``, or ``image 3×64×64, text 77``."""
    written = {name: "×".join(map(str, each)) or "scalar" for name, each in sizes.items()}
    return ", ".join([f"{name} {each}" for name, each in written.items()] if _named(sizes) else written.values())


def input_option(sizes: Mapping[str, Sizes]) -> str:
    """``3x64x64``, or ``image=3x64x64 text=77``: as ``--input`` takes each."""
    written = {name: "x".join(map(str, each)) for name, each in sizes.items()}
    return " ".join([f"{name}={each}" for name, each in written.items()] if _named(sizes) else written.values())


def input_json(sizes: Mapping[str, Sizes]) -> dict[str, Any]:
    """``{"input": [3, 64, 64]}``, or ``{"inputs": {"image": [3, 64, 64], "text": [77]}}``."""
    if _named(sizes):
        return {"inputs": {name: list(each) for name, each in sizes.items()}}
    return {"input": list(sizes[UNNAMED])}


def input_cell(sizes: Mapping[str, Sizes]) -> Sizes | dict[str, Sizes]:
    """What stands under ``input`` in a table of networks: sizes, or sizes by name."""
    return dict(sizes) if _named(sizes) else sizes[UNNAMED]


def ends_json(inputs: Mapping[str, Sizes], outputs: tuple[str, ...]) -> dict[str, Any]:
    """``input_json``, and ``{"outputs": ["boxes", "scores"]}`` where there are several."""
    return input_json(inputs) | ({"outputs": list(outputs)} if len(outputs) > 1 else {})


def _named(sizes: Mapping[str, Sizes]) -> bool:
    return sizes.keys() != {UNNAMED}
