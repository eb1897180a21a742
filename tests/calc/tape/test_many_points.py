"""Tapes of drawn specs against the engine at 100,000 points, those at which it refuses and those beyond int64 too."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.quantities import quantities
from calc.spec import loads
from calc.tape import Tape, Variable, trace
from tests.calc.tape.test_trace import with_params
from tests.drawn_specs import DrawnSpec, specs
from tests.strategies import import_drawing

numpy = pytest.importorskip("numpy", reason="needs the extra search")
arrays = pytest.importorskip("calc.tape.arrays")
import_drawing()

POINTS = 100_000
PARTS = 4
EXAMPLES = 125
"""Specs of a part; to trace one takes as long as the engine takes for some fifty points."""
TRACES = 4
"""Of one spec; points that need more are not compared."""
POLICIES = ("8", "w4a8", "int4g128", "adaptive")
OPTIONS: list[dict[str, Any]] = [{}, {}, {"activations": "producer"}, {"activations": "4"}, {"deployed": True}]
QUANTITIES = list(quantities())
WANTED = [each.name for each in QUANTITIES]


class _Compared:
    """What was compared so far."""

    def __init__(self, part: int) -> None:
        self.points = self.refused = self.large = 0
        self.words: set[str] = set()
        self.options: dict[str, Any] = {}
        self.random = Random(part)

    def compare(self, drawn: DrawnSpec) -> None:
        """Tapes of the spec, with some of its numbers as params, at points near and far."""
        random = self.random
        model, at = with_params(drawn, random)
        sizes: dict[str, tuple[int | str, ...]] = {}
        for name, given_sizes in analyse(model).graph.input_sizes.items():
            sizes[name] = tuple([f"{name}_{axis}" for axis in range(len(given_sizes))])
            at |= {f"{name}_{axis}": size for axis, size in enumerate(given_sizes)}
        at["batch"] = random.choice([1, 3])
        self.options = random.choice(OPTIONS)
        most = 10 ** random.choice([0, 0, 0, 4, 8])
        bounds = {name: (1, most * (3 * size + 4)) for name, size in at.items()}
        tapes: list[Tape] = []
        for _ in range(POINTS // (PARTS * EXAMPLES * len(POLICIES)) + 12):
            point = dict(at)
            for name in random.sample(sorted(at), random.randint(0, min(3, len(at)))):
                far = random.randint(1, bounds[name][1])
                point[name] = max(1, random.choice([at[name] - 1, at[name] + 1, at[name] * most, far]))
                point[name] = min(point[name], bounds[name][1])
            expected = self.engine(model, point, sizes)
            found = self.taped(model, tapes, point, sizes, bounds)
            if expected is None:
                assert found is None, (drawn.text, point)
                self.refused += len(POLICIES)
            elif found is not None:
                assert found == expected, (drawn.text, point)
                self.large += max(value for value in expected.values() if isinstance(value, int)) >= 2**63
            else:
                continue
            self.points += len(POLICIES)
        self.words |= drawn.words

    def engine(self, model: Any, point: dict[str, int], sizes: Any) -> dict[str, Any] | None:
        """What the engine counts; None where it refuses."""
        params = {name: value for name, value in point.items() if name in model.parameters}
        given_sizes = {name: tuple([point[each] for each in of]) for name, of in sizes.items()}
        try:
            found = analyse(model, params, given_sizes, bits=POLICIES[0], batch=point["batch"], **self.options)
            totals = {policy: found.with_bits(policy).totals for policy in POLICIES}
        except (SpecError, OpError):
            return None
        return {
            f"{each.name}@{policy}" if each.at_bits else each.name: each.total(totals[policy])
            for each in QUANTITIES
            for policy in POLICIES
        }

    def taped(self, model: Any, tapes: list[Tape], point: dict[str, int], sizes: Any, bounds: Any) -> Any:
        """What a tape gives, in Python's integers and over arrays; None where none of so many holds."""
        found = next((found for tape in tapes if (found := tape.at(point)) is not None), None)
        if found is None and len(tapes) < TRACES:
            variables = [Variable(name, ends) for name, ends in bounds.items()]
            try:
                tapes.append(trace(model, variables, point, WANTED, POLICIES, sizes=sizes, **self.options))
            except (SpecError, OpError):
                return None
            found = tapes[-1].at(point)
            assert found is not None
            values = {name: numpy.array([value]) for name, value in point.items()}
            many = arrays.evaluate(tapes[-1], values)
            assert many.holds.all()
            assert {
                name: each[0].item() if hasattr(each[0], "item") else each[0] for name, each in many.outputs.items()
            } == found
        return found


@pytest.mark.zoo
@pytest.mark.parametrize("part", range(PARTS))
def test_tapes_are_the_engine(part: int) -> None:
    compared = _Compared(part)

    @seed(part)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(specs())
    def run(drawn: DrawnSpec) -> None:
        compared.compare(drawn)

    run()
    assert compared.points >= POINTS // PARTS
    assert compared.refused
    assert compared.large


SPLIT = """
name: split
params: {size: 9, channels: 8}
input: [channels, size, size]
layers:
  conv: {conv2d: {out_channels: channels + 1, kernel_size: 3 if size < 20 else 5}}
  more: {relu: , when: channels % 2 == 0}
  most: {conv2d: {out_channels: 4 if channels > 5 else 3, kernel_size: 1}}
"""


def test_a_guard_that_is_left_out_or_turned_round_is_seen() -> None:
    model = loads(SPLIT)
    bounds = [Variable("size", (3, 40)), Variable("channels", (1, 9))]
    tape = trace(model, bounds, {"size": 9, "channels": 8}, ("macs", "params", "activation_elements"))
    points = [{"size": size, "channels": channels} for size in (5, 19, 20, 33) for channels in range(1, 10)]

    def wrong(tried: Tape) -> int:
        found = [(tried.at(point), analyse(model, point).totals) for point in points]
        return sum(
            [given is not None and given != {name: getattr(totals, name) for name in given} for given, totals in found]
        )

    assert wrong(tape) == 0
    guards = tape.guards
    left_out = [replace(tape, guards=tuple([other for other in guards if other is not guard])) for guard in guards]
    turned = [guard._replace(answer=not guard.answer) for guard in tape.guards]
    assert sum([wrong(tried) > 0 for tried in left_out]) == 3  # the kernel, relu, out_channels; no size makes it 0 MACs
    for tried, guard in zip(left_out, turned, strict=True):
        planted = replace(tried, guards=(*tried.guards, guard))
        assert wrong(planted) > 0 or all(planted.at(point) is None for point in points)
