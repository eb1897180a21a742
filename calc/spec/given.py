"""Checks the params and input sizes that a Python caller gives in place of the spec's own."""

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from calc.errors import MAX_SHOWN, OpError, Problem, SpecError, nearest
from calc.recorded import RecordedValue
from calc.spec.model import ModelSpec

Sizes = tuple[int, ...]
InputSizes = Sequence[int] | Mapping[str, Sequence[int]]
"""The sizes of one sample of the only input, or of inputs by name."""


def given_params(params: object) -> Mapping[str, Any]:
    """Return ``params``, a mapping of names to values, or an empty one for None. Raises OpError for anything else."""
    if params is None:
        return {}
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise OpError(f"params={params!r:.60}: must be a mapping of names to values", "such as {'width': 0.5}")
    return {name: _plain(value) for name, value in params.items()}


def _plain(value: Any) -> Any:
    """Return ``value`` with numbers of numpy as Python numbers, in lists too."""
    if type(value) in (int, float, bool, str) or not isinstance(value, (Real, list, tuple)):
        return value
    if isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else float(value)
    return tuple(map(_plain, value))


def given_sizes(sizes: object) -> Sizes | dict[str, Sizes] | None:
    """Return ``sizes`` of one sample, for the only input or by input name, or None.

    Raises OpError for anything else.
    """
    if sizes is None:
        return None
    if isinstance(sizes, Mapping) and all(isinstance(name, str) for name in sizes):
        return {name: _sizes(given, f"input[{name[:60]!r}]") for name, given in sizes.items()}
    return _sizes(sizes, "input")


def _sizes(sizes: object, what: str) -> Sizes:
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or not all(map(_is_size, sizes)):
        raise OpError(f"{what}={sizes!r:.60}: must be sizes of one sample, without the batch", "such as (3, 224, 224)")
    return tuple(sizes)


def _is_size(size: object) -> bool:
    return type(size) is int or isinstance(size, RecordedValue)


def sizes_by_input(model: ModelSpec, given: Sizes | dict[str, Sizes] | None) -> dict[str, Sizes]:
    """Return ``given`` by input name of ``model``. Raises SpecError if it fits no input, or several."""
    if given and given == model.provenance.asked:
        return {}
    names = list(model.inputs)
    listed = ", ".join(names[:MAX_SHOWN])
    if isinstance(given, tuple):
        if len(names) > 1:
            fact = (
                f"{model.name} has {len(names)} inputs ({listed}), so say which of them is {'x'.join(map(str, given))}"
            )
            hint = f"name the input: --input {names[0]}=SIZES, or input={{'{names[0]}': sizes}}"
            raise SpecError([Problem(None, fact, hint)])
        return {names[0]: given}
    unknown = [name for name in given or () if name not in model.inputs]
    if unknown:
        facts = [f"{model.name} has no input {name[:60]}; it has {listed}" for name in unknown]
        raise SpecError([Problem(None, fact, nearest(n, names, ())) for fact, n in zip(facts, unknown, strict=True)])
    return given or {}
