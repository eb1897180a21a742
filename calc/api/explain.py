"""Finds the ways of counting that give a published number."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from calc.analysis import analyse
from calc.api.arguments import policy_texts
from calc.bitops import CONVENTIONS
from calc.claims import PARTS, Asked, Explanation, Given, Known, Tried, read_printed
from calc.claims import explain as explanation
from calc.conventions import convention_names
from calc.errors import OpError, choice_of, nearest
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
    """Find out how a published number was counted.

    Args:
        model: The name or file of a spec, a source such as ``net.onnx``, or a loaded spec.
        number: The number as it was printed: ``"1.82G"``, ``"314,193,216"``, ``"11.1MB"``.
        params: Values for params of the spec.
        input: The size of one sample without the batch; for several inputs, a mapping by name.
        layer: The layer, or the block of layers, that the number is about.
        bits: The policies to try for BitOps and sizes; by default the usual ones.
        part: The part of the network: ``all``, ``convolutions`` or ``without classifier``.
        ends: The first and the last layer: as the ``rest``, ``excluded``, or a number of bits.
        activations: The bits of a layer's inputs, as ``analyse`` takes them.
        convention: What the number counts, if known: BitOps by ``weight``, ``product`` or ``uniq``, or a counter.
        batch: The number of samples.

    Returns:
        ``matches``, those with the fewest assumptions first. If nothing gives the number, ``closest`` is the nearest
        value. Each is a quantity of ``docs/quantities.md``, or the count of a tool by its rules in
        ``docs/conventions.md``; both pages name the sources of the formulas. ``docs/explain.md`` lists what is tried.

    Raises:
        SpecError: The network cannot be read.
        OpError: The number cannot be read, or the layer does not exist.

    >>> from calc import explain
    >>> best = explain("resnet18", "1.82G").matches[0]
    >>> best.reading.value, best.reading.counters, best.how
    (1819065856, ('fvcore',), 'rounded')
    """
    _check("part", part, PARTS)
    _check("convention", convention, (*CONVENTIONS, *convention_names()))
    printed = read_printed(number)
    with_ends(resolve("8"), ends)
    known = Known(tuple([resolve(each) for each in policy_texts(bits)]), ends, known_activations(str(activations)))
    spec = model if isinstance(model, ModelSpec) else load(model, input)
    given = Given(dict(params or {}), input)
    formula = convention if convention in CONVENTIONS else "weight"
    base = analyse(spec, given.params, given.input, batch=batch, bitops=formula)
    return explanation(printed, Tried(spec, given, base, Asked(layer, part), known, convention))


def _check(name: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise OpError(f"{name}={value!r:.60}: must be {choice_of(known)}", nearest(value, known, listed=()))
