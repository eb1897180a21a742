"""The choices of the page: axes with lists of values. By default they are the usual ones for the network."""

from collections.abc import Collection, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from calc.errors import OpError, SpecError, each
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.spec.phases import PAST, PHASES, TOKENS, call_of, of_call, trained_for
from calc.spec.scopes import top_scope
from calc.sweeps.axes import INPUT, Axis, read_axis
from calc.tape import Variable
from calc.tape.atoms import Number
from calc.tape.trace import BATCH

MOST_POINTS = 20_000
"""The largest number of combinations of values, because each is checked before the page is written."""
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TOKENS = (1, 128, 512, 2048, 8192)
_PAST = (0, 127, 1023, 2047, 4095, 8191, 32_767, 131_071)
_CONTEXTS = (128, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072)
PHASE, CONTEXT = "phase", "context"
"""The axes for a call of a language model. They replace its params tokens and past."""


class OfferedValue(NamedTuple):
    """A value of an axis: its label, the variables that it sets, and the params that it sets to other than numbers."""

    label: str
    numbers: Mapping[str, Number]
    fixed: Mapping[str, Any]


class Control(NamedTuple):
    """An axis as the page shows it.

    ``own`` is the place of the network's own value among the choices, or None if it is not one of them.
    """

    name: str
    choices: tuple[OfferedValue, ...]
    own: int | None

    @property
    def start(self) -> int:
        """The place of the choice with which the page opens."""
        return self.own or 0


class Offer(NamedTuple):
    """All axes, and the sizes of inputs, with the names of variables in place of sizes that vary."""

    controls: tuple[Control, ...]
    sizes: Mapping[str, tuple[int | str, ...]]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable, with the smallest and the largest value that is offered."""
        found: dict[str, list[Number]] = {}
        for control in self.controls:
            for choice in control.choices:
                for name, value in choice.numbers.items():
                    found.setdefault(name, []).append(value)
        return tuple([Variable(name, (min(values), max(values))) for name, values in found.items()])

    @property
    def points(self) -> int:
        """The number of combinations."""
        return prod([len(control.choices) for control in self.controls])


def axes_of_page(texts: Sequence[str], model: ModelSpec) -> list[Axis]:
    """Return the axes in ``texts``, in the form of ``calc sweep``. Batch and context may vary too.

    Raises OpError with every mistake.
    """
    more = (BATCH, *((CONTEXT,) if {TOKENS, PAST} <= model.parameters.keys() else ()))
    return each("--vary", list(texts), lambda text: read_axis(text, model, more))


def offer(
    model: ModelSpec, axes: Sequence[Axis], params: Mapping[str, Any], sizes: Mapping[str, tuple[int, ...]]
) -> Offer:
    """Return the controls for ``axes``, together with the batch and the axes that are usual for such a network.

    ``params`` and ``sizes`` of inputs are fixed. Raises OpError for too many combinations, and SpecError for an invalid
    network.
    """
    for axis in axes:
        is_count = axis.name in {BATCH, CONTEXT} - model.parameters.keys()
        if is_count and not all(type(value) is int and value > 0 for value in axis.values):
            raise OpError(f"--vary {axis.name}: must be whole numbers from 1 on", f"{axis.name}=1,8,32")
    scope = dict(top_scope(model, params))
    inputs = expand(model, params, dict(sizes)).input_sizes
    asked = {axis.name for axis in axes}
    if CONTEXT in asked - model.parameters.keys() and (asked | params.keys()) & {TOKENS, PAST}:
        raise OpError("--vary context: tokens and past are given too", "leave one out")
    named = {axis.name: axis for axis in [*_usual(model, params, sizes, scope, inputs, asked), *axes]}
    controls: list[Control] = []
    varied: dict[str, tuple[int | str, ...]] = {name: tuple(given) for name, given in sizes.items()}
    start = start_of_batch(model) | start_of_call(model, params) | scope
    for axis in named.values():
        if axis.name in start:
            controls.append(_of_param(axis, start[axis.name]))
        else:
            name = axis.name.partition(".")[2] or next(iter(model.inputs))
            control, varied[name] = _of_input(axis, name, inputs[name])
            controls.append(control)
    found = Offer(tuple(controls), varied)
    if found.points > MOST_POINTS:
        counts = " × ".join([f"{len(control.choices)} {control.name}" for control in controls])
        raise OpError(
            f"--vary: {found.points:,} combinations ({counts}); at most {MOST_POINTS:,}", "offer fewer values"
        )
    return found


def _of_param(axis: Axis, usual: Any) -> Control:
    """Return a control for a param.

    Numbers become a variable, which is a double if a value has a fraction, as in a spec.
    """
    values = axis.values
    numeric = all(type(value) in (int, float) for value in values)
    doubles = any(type(value) is float for value in values) or type(usual) is float
    choices = []
    for value in values:
        own = float(value) if numeric and doubles else value
        given = {axis.name: own}
        choices.append(OfferedValue(_label(own), given if numeric else {}, {} if numeric else given))
    return Control(axis.name, tuple(choices), _place(values, usual))


def _label(value: Any) -> str:
    """Return the value as a spec writes it, so that it can be read back from the label."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_label, value))}]"
    return str(value)


def _of_input(axis: Axis, name: str, usual: tuple[int, ...]) -> tuple[Control, tuple[int | str, ...]]:
    """Return a control for an input.

    Sizes that differ between the choices become variables, named in place of the sizes.
    """
    if any(len(sizes) != len(usual) for sizes in axis.values):
        raise OpError(f"--vary {axis.name}: {name} has {len(usual)} sizes", f"such as {'x'.join(map(str, usual))}")
    places = [at for at in range(len(usual)) if len({sizes[at] for sizes in axis.values}) > 1]
    variables = {at: f"{name}[{at}]" for at in places}
    choices = [
        OfferedValue("x".join(map(str, sizes)), {variables[at]: sizes[at] for at in places}, {})
        for sizes in axis.values
    ]
    sizes = tuple([variables.get(at, size) for at, size in enumerate(axis.values[0])])
    return Control(axis.name, tuple(choices), _place(axis.values, usual)), sizes


def _place(values: Sequence[Any], usual: Any) -> int | None:
    return values.index(usual) if usual in values else None


def _usual(
    model: ModelSpec,
    params: Mapping[str, Any],
    sizes: Mapping[str, tuple[int, ...]],
    scope: Mapping[str, Any],
    inputs: Mapping[str, tuple[int, ...]],
    asked: Collection[str],
) -> list[Axis]:
    """Return the usual axes: the call of a language model, the params that set the size, or the square input.

    The batch is one of them unless a param has its name. ``asked`` has the names of the axes that are asked for.
    """
    batch = [Axis(BATCH, _BATCHES)] if start_of_batch(model) else []
    if call_of(model, params) is not None:
        return [*_calls(model, params, scope, asked), *batch]
    found = []
    for name, value in scope.items():
        if type(value) is not int or name in params:
            continue
        if (_inputs_at(model, {**params, name: 2 * value}, sizes) or inputs) != inputs:
            values = [each for each in _around(value) if _inputs_at(model, {**params, name: each}, sizes)]
            found.append(Axis(name, tuple(values)))
    (first, *others) = inputs.values()
    has_free_input = not (found or sizes or others or INPUT in model.parameters)
    if has_free_input and len(first) == 3 and first[1] == first[2]:
        squares = [(first[0], size, size) for size in _around(first[1])]
        held = [square for square in squares if _inputs_at(model, params, {next(iter(inputs)): square})]
        found.append(Axis(INPUT, tuple(held)))
    return [*found, *batch]


def _calls(model: ModelSpec, params: Mapping[str, Any], scope: Mapping[str, Any], asked: Collection[str]) -> list[Axis]:
    """Return phase and context; or tokens and past, as far as they are not fixed, if one of these two is mentioned."""
    start = start_of_call(model, params)
    if start and not {TOKENS, PAST} & {*asked, *params}:
        contexts = [each for each in _CONTEXTS if each <= (trained_for(model, params) or _CONTEXTS[-1])]
        return [Axis(PHASE, PHASES), Axis(CONTEXT, tuple(sorted({*contexts, start[CONTEXT]})))]
    usual = {TOKENS: _TOKENS, PAST: _PAST}
    return [Axis(name, tuple(sorted({*values, scope[name]}))) for name, values in usual.items() if name not in params]


def start_of_batch(model: ModelSpec) -> dict[str, int]:
    """Return the default batch of one sample. It is empty if ``batch`` is a param, which a sweep then varies too."""
    return {} if BATCH in model.parameters else {BATCH: 1}


def start_of_call(model: ModelSpec, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default phase and context. It is empty for a network whose call has no phases."""
    call = call_of(model, params)
    if call is None or not call.phase or {PHASE, CONTEXT} & model.parameters.keys():
        return {}
    return {PHASE: call.phase, CONTEXT: call.context}


def call_params(model: ModelSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` as params, with a phase and a context converted to tokens and past.

    Raises OpError if they do not fit.
    """
    params = {name: value for name, value in values.items() if name in model.parameters}
    if CONTEXT in params or CONTEXT not in values:
        return params
    return params | of_call(model.parameters, (), values[PHASE], None, values[CONTEXT])


def _inputs_at(
    model: ModelSpec, params: Mapping[str, Any], sizes: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]] | None:
    """Return the sizes of the inputs, or None if the network is invalid."""
    try:
        return expand(model, params, dict(sizes)).input_sizes
    except (SpecError, OpError):
        return None


def _around(value: int) -> tuple[int, ...]:
    """Return sizes up to twice ``value`` in steps of a seventh or an eighth: 32 for 224, 16 for 128."""
    step = value // 7 if value % 7 == 0 and value >= 7 else max(1, value // 8)
    return tuple(sorted({value, *range(step, 2 * value + 1, step)}))
