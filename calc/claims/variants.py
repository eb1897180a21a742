"""Variants of the network that a number may be about: other input sizes and other params."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.spec import ModelSpec
from calc.spec.given import InputSizes

RESOLUTIONS = (32, 64, 96, 112, 128, 160, 192, 224, 240, 256, 260, 288, 299, 300, 320, 331, 380, 384, 448, 456, 512)
WIDTHS = (0.25, 0.35, 0.5, 0.75, 1.0, 1.3, 1.4, 2.0)
CLASSES = (10, 100, 1000, 1001)


class Variant(NamedTuple):
    """A network that differs from the given one in ``changes``, each of which is an assumption."""

    analysis: Analysis
    changes: tuple[str, ...]


class Given(NamedTuple):
    """The known facts about a network in addition to its spec: its params and input sizes."""

    params: Mapping[str, Any]
    input: InputSizes | None = None


def variants(model: ModelSpec, given: Given, base: Analysis, changes: int) -> Iterator[Variant]:
    """Yield the networks with this number of changes: none, one param, or resolution and width together.

    Only params of the spec are changed. Those that are ``given`` stay, and so does the resolution of a given input.
    """
    fixed = {*given.params, *(("resolution",) if given.input else ())}
    others = {name: [] if name in fixed else _others(model, name) for name in model.parameters}
    if changes == 0:
        yield Variant(base, ())
    elif changes == 1:
        for name, values in others.items():
            for value in values:
                yield from _variant(model, given, base, {name: value})
    elif changes == 2:
        for resolution in others.get("resolution", ()):
            for width in others.get("width", ()):
                yield from _variant(model, given, base, {"resolution": resolution, "width": width})


def _others(model: ModelSpec, name: str) -> list[Any]:
    """Return usual values for a param, without its own value."""
    default = model.overrides.get(name) or model.parameters[name].default
    own = default.evaluate(None) if default is not None and default.constant else None
    if isinstance(own, bool):
        return [not own]
    known: dict[str, tuple[Any, ...]] = {"resolution": RESOLUTIONS, "width": WIDTHS, "classes": CLASSES, "mtp": (0, 1)}
    return [value for value in known.get(name, ()) if value != own]


def _variant(model: ModelSpec, given: Given, base: Analysis, changed: dict[str, Any]) -> Iterator[Variant]:
    params, convention = {**given.params, **changed}, base.bitops_convention
    try:
        analysis = analyse(model, params, given.input, batch=base.batch, bitops=convention)
    except SpecError:  # the network cannot have this size
        return
    yield Variant(analysis, tuple([f"{name} {value}" for name, value in changed.items()]))
