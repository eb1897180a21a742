"""What a published number can mean."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from calc.analysis import analyse
from calc.bitops import CONVENTIONS
from calc.claims import PARTS, Asked, Explanation, Given, Known, Tried, read_printed
from calc.claims import explain as explanation
from calc.conventions import convention_names
from calc.errors import OpError, nearest
from calc.precision import resolve
from calc.precision.activations import known_activations
from calc.precision.ends import with_ends
from calc.sources import load
from calc.spec import ModelSpec
from calc.spec.given import InputSizes


def explain(
    model: str | Path | ModelSpec,
    number: str,
    params: Mapping[str, Any] | None = None,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    *,
    layer: str | None = None,
    bits: str | int | Sequence[str | int] = (),
    part: str = "all",
    ends: str = "rest",
    activations: str | int = "same",
    convention: str = "weight",
    batch: int = 1,
) -> Explanation:
    """What gives ``number``, as it was printed, for ``model``: the convention, the part, the size, the bits, the slip.

    ``params`` and ``input`` as ``analyse`` takes them. ``layer``: the number is about that layer, or all layers under
    the name. ``bits``: those that BitOps and sizes may be at; without any, the usual ones are tried. ``part``: ``all``,
    ``convolutions`` or ``without classifier``. ``ends``: the first and the last layer are at ``rest``, ``excluded``, or
    at bits of their own. ``activations`` and ``batch`` as ``analyse`` takes them. ``convention``: what the source is
    said to count.

    The result has ``matches``, those first that assume least, or where nothing gives the number the ``closest``.

    Raises SpecError or OpError for a network or a number that cannot be read, and for a layer that does not exist.

    >>> from calc import explain
    >>> best = explain("resnet18", "1.82G").matches[0]
    >>> best.reading.value, best.reading.counters, best.how
    (1819065856, ('fvcore',), 'rounded')
    """
    _check("part", part, PARTS)
    _check("convention", convention, (*CONVENTIONS, *convention_names()))
    printed = read_printed(number)
    with_ends(resolve("8"), ends)
    wanted = [bits] if isinstance(bits, (str, int)) else bits
    known = Known(tuple([resolve(str(each)) for each in wanted]), ends, known_activations(str(activations)))
    spec = model if isinstance(model, ModelSpec) else load(model, input)
    given = Given(dict(params or {}), input)
    formula = convention if convention in CONVENTIONS else "weight"
    base = analyse(spec, given.params, given.input, batch=batch, bitops=formula)
    return explanation(printed, Tried(spec, given, base, Asked(layer, part), known, convention))


def _check(name: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise OpError(f"{name}={value!r:.60}: must be {', '.join(known)}", nearest(value, known))
