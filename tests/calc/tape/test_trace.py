"""A tape of a spec against the engine, point by point."""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.quantities import quantities
from calc.spec import ModelSpec, load, loads
from calc.tape import Tape, Variable, trace
from calc.tape.bits import ACTIVATION_BITS, WEIGHT_BITS, VariedBits
from calc.tape.trace import recorded_run
from tests.drawn_specs import DrawnSpec, specs
from tests.strategies import import_drawing

import_drawing()

INTEGERS = [quantity.name for quantity in quantities() if quantity.is_integer]
POLICIES = ("8", "w4a8", "fp32", "adaptive", "int4g128", VariedBits(WEIGHT_BITS, ACTIVATION_BITS))


def engine(
    model: ModelSpec, at: Mapping[str, Any], sizes: Mapping[str, tuple[int | str, ...]], policy: str | VariedBits
) -> dict[str, Any]:
    """What the ordinary engine gives at the point ``at``, as a tape names it."""
    params = {name: value for name, value in at.items() if name in model.parameters}
    given = {name: tuple([at[each] if isinstance(each, str) else each for each in of]) for name, of in sizes.items()}
    bits = policy.at(at) if isinstance(policy, VariedBits) else policy
    totals = analyse(model, params, given, bits=bits, batch=at.get("batch", 1)).totals
    integers = [quantity for quantity in quantities() if quantity.name in INTEGERS]
    return {
        f"{quantity.name}@{policy}" if quantity.at_bits and bits is policy else quantity.name: quantity.total(totals)
        for quantity in integers
    }


def check(model: ModelSpec, bounds: Mapping[str, tuple[Any, Any]], points: Sequence[Sequence[Any]]) -> list[Tape]:
    """The tapes that the ``points`` need, each of which the tape for it must give as the engine does."""
    variables = [Variable(name, ends) for name, ends in bounds.items()]
    tapes: list[Tape] = []
    for point in points:
        at = dict(zip(bounds, point, strict=True))
        found = next((found for tape in tapes if (found := tape.at(at)) is not None), None)
        if found is None:
            tapes.append(trace(model, variables, at, INTEGERS, ("w4a8",)))
            found = tapes[-1].at(at)
        assert found == engine(model, at, {}, "w4a8"), at
    return tapes


def test_one_trace_is_enough_for_every_resolution_of_mobilenetv2() -> None:
    points = [(resolution,) for resolution in (1, 31, 96, 223, 224, 225, 416, 4001)]
    (tape,) = check(load("mobilenetv2"), {"resolution": (1, 4096)}, points)
    assert tape.guards == ()


def test_few_traces_are_enough_for_its_widths() -> None:
    points = [(width, 224) for width in (0.1, 0.142, 0.35, 0.5, 0.75, 0.901, 1.0, 1.4, 1.999)]
    tapes = check(load("mobilenetv2"), {"width": (0.1, 2.0), "resolution": (96, 416)}, points)
    assert len(tapes) <= 3


def test_tokens_past_and_batch_of_a_language_model() -> None:
    points = [(1, 0, 1), (1, 4095, 1), (7, 0, 3), (512, 512, 64), (4096, 1, 2)]
    bounds = {"tokens": (1, 4096), "past": (0, 4096), "batch": (1, 64)}
    assert len(check(load("llama3_1b"), bounds, points)) == 1


def test_heads_whose_features_are_scaled() -> None:
    points = [(8,), (32,), (64,), (128,)]
    (tape,) = check(load("llama3_1b"), {"heads": (8, 128)}, points)
    assert not tape.at({"heads": 12})  # which 8 heads of keys and values do not divide


def test_sizes_of_the_input_are_variables_by_name() -> None:
    model = load("resnet18")
    tape = trace(
        model,
        [Variable("H", (32, 512)), Variable("W", (32, 512))],
        {"H": 64, "W": 96},
        INTEGERS,
        ("8",),
        sizes={"input": (3, "H", "W")},
    )
    at = {"H": 97, "W": 224}
    assert tape.at(at) == engine(model, at, {"input": (3, "H", "W")}, "8")
    assert tape.at({"H": 31, "W": 224}) is None


def test_what_cannot_be_is_said_as_the_engine_says_it() -> None:
    with pytest.raises(SpecError, match="is larger than the padded"):
        trace(loads(TOO_SMALL), [Variable("size", (1, 64))], {"size": 4})


TOO_SMALL = """
name: small
params: {size: 9}
input: [3, size, size]
layers: {conv: {conv2d: {out_channels: 4, kernel_size: 7}}}
"""


def test_a_tape_does_not_hold_where_the_engine_refuses() -> None:
    tape = trace(loads(TOO_SMALL), [Variable("size", (1, 64))], {"size": 9})
    assert tape.at({"size": 7}) == {"macs": 4 * 3 * 7 * 7 * 1, "params": 4 * 3 * 7 * 7 + 4}
    assert tape.at({"size": 6}) is None


def with_params(drawn: DrawnSpec, random: Random) -> tuple[ModelSpec, dict[str, int]]:
    """The spec with some of its integers as params, and what those are; without any where it then is none."""
    params: dict[str, int] = {}

    def walked(node: Any) -> Any:
        if isinstance(node, dict):
            fixed = ("output", "from", "name", "bits", "dim", "over", "input")
            return {key: value if key in fixed else walked(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walked(item) for item in node]
        if type(node) is int and node > 0 and random.random() < 0.4:
            params[name := f"p{len(params)}"] = node
            return name
        return node

    document = walked(json.loads(drawn.text))
    try:
        model = loads(json.dumps(document | {"params": params}))
        analyse(model)
    except (SpecError, OpError):
        return loads(drawn.text), {}
    return model, params


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_drawn_specs(drawn: DrawnSpec) -> None:
    random = Random(drawn.text)
    model, at = with_params(drawn, random)
    sizes: dict[str, tuple[int | str, ...]] = {}
    for name, given_sizes in analyse(model).graph.input_sizes.items():
        sizes[name] = tuple([f"{name}_{axis}" for axis in range(len(given_sizes))])
        at |= {f"{name}_{axis}": size for axis, size in enumerate(given_sizes)}
    variables = [Variable(name, (1, 3 * size + 4)) for name, size in at.items()] + [Variable("batch", (1, 5))]
    at["batch"] = random.choice([2, 3])
    policy = random.choice(POLICIES)
    if isinstance(policy, VariedBits):
        variables += [Variable(WEIGHT_BITS, (1, 64)), Variable(ACTIVATION_BITS, (1, 64))]
        at |= {WEIGHT_BITS: random.choice([4, 16]), ACTIVATION_BITS: random.choice([4, 8])}
    tape = trace(model, variables, at, INTEGERS, (policy,), sizes=sizes)
    assert tape.at(at) == engine(model, at, sizes, policy)
    for _ in range(25):
        moved = random.sample(variables, random.randint(1, min(3, len(variables))))
        point = at | {each.name: random.randint(*map(int, each.bounds)) for each in moved if random.random() < 0.5}
        point |= {
            each.name: min(max(1, point[each.name] + random.choice([-1, 1])), int(each.bounds[1])) for each in moved
        }
        found = tape.at(point)
        if found is not None:
            assert found == engine(model, point, sizes, policy), point


def refused(model: ModelSpec, at: Mapping[str, Any], sizes: Mapping[str, tuple[int | str, ...]]) -> str:
    """Why the engine refuses the point, empty where it does not."""
    try:
        engine(model, at, sizes, "8")
    except (SpecError, OpError) as error:
        return str(error).partition("\n")[0]
    return ""


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_what_drawn_specs_cannot_be(drawn: DrawnSpec) -> None:
    """Where the tape of a refusal holds the engine refuses too, in the same words."""
    random = Random(drawn.text)
    model, at = with_params(drawn, random)
    sizes: dict[str, tuple[int | str, ...]] = {}
    for name, given_sizes in analyse(model).graph.input_sizes.items():
        sizes[name] = tuple([f"{name}_{axis}" for axis in range(len(given_sizes))])
        at |= {f"{name}_{axis}": size for axis, size in enumerate(given_sizes)}
    most = {name: random.choice([1, 1, 10**9]) * (2 * size + 1) for name, size in at.items()}
    variables = [Variable(name, (0 if name in model.parameters else 1, end)) for name, end in most.items()]
    for _ in range(6):
        changed = random.sample(variables, min(2, len(variables)))
        point = at | {
            each.name: random.choice([int(each.bounds[0]), random.randint(1, each.bounds[1])]) for each in changed
        }
        said = refused(model, point, sizes)
        if not said:
            continue
        tape, errors = recorded_run(model, variables, point, ["macs"], ("8",), None, sizes, 1)
        assert [str(error).partition("\n")[0] for error in errors.values()] == [said]
        assert tape.at(point) is not None
        for _ in range(6):
            moved = random.choice(variables)
            other = point | {moved.name: random.randint(*map(int, moved.bounds))}
            if tape.at(other) is not None:
                assert refused(model, other, sizes) == said, (point, other)


def test_what_one_policy_refuses_is_there_for_the_others() -> None:
    model = loads("{name: net, params: {wide: 64}, input: [wide], layers: [{linear: 64}, {linear: 10}]}")
    variables = [Variable("wide", (1, 99))]
    tape, errors = recorded_run(model, variables, {"wide": 63}, ["bitops.weight"], ("8", "gguf_q4_0"), None, None, 1)
    assert list(errors) == ["Q4_0"]
    assert tape.at({"wide": 63}) == {"bitops.weight@8": 8 * (64 * 63 + 640)}
    assert tape.at({"wide": 62}) is None  # which has another number in its error
    with pytest.raises(SpecError, match="rows of a multiple of 32 weights; those of 64×63 have 63"):
        trace(model, variables, {"wide": 63}, policies=("8", "gguf_q4_0"))


@pytest.mark.parametrize("over", ["2**62 * size // 2**62", "size * size * 2**60 // 2**60"])
def test_a_number_that_is_too_large_on_the_way_is_refused(over: str) -> None:
    model = loads(f"{{name: net, params: {{size: 1}}, input: [3], layers: [{{linear: '{over}'}}]}}")
    tape, errors = recorded_run(model, [Variable("size", (1, 9))], {"size": 4}, ["macs"], ("8",), None, None, 1)
    assert "is larger than 2**63" in str(errors[""])
    assert tape.at({"size": 1}) is None
