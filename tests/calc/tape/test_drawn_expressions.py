"""Drawn expressions of two decimals as the channels of one layer: tapes over arrays count what the engine counts."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.spec import ModelSpec, loads
from calc.tape.trace import Variable

numpy = pytest.importorskip("numpy", reason="needs the extra search")
many = pytest.importorskip("calc.tape.points")

VALUES = (2.0, -1.0, 0.0, 0.3, 1.0, 3.5)
"""With the numbers of the first steps of a tape among them; the first is where the first tape is recorded."""
EXAMPLES = 200

atoms = st.sampled_from(["a", "b", "0", "1", "2", "0.0", "1.0", "2.0", "3.0", "0.5", "1e200"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs, orders = st.sampled_from(["+", "-", "*", "/", "//", "%"]), st.sampled_from(["<", "<=", "==", "!=", ">"])
    whole, extreme = st.sampled_from(["int", "round", "floor", "ceil"]), st.sampled_from(["min", "max"])
    powers = st.sampled_from(["2", "0.5", "-1", "1.0"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, signs, inner),
        st.builds("{}({})".format, whole, inner),
        st.builds("{}({}, {})".format, extreme, inner, inner),
        st.builds("({} ** {})".format, inner, powers),
        st.builds("({} if {} {} {} else {})".format, inner, inner, orders, atoms, inner),
    )


expressions = st.recursive(atoms, _larger, max_leaves=8)
channels = st.one_of(
    st.builds("max(1, int({}) + 3) % 5000 + 1".format, expressions), st.builds("max(1, {})".format, expressions)
)


def spec_of(out_channels: str) -> ModelSpec | None:
    """None where it cannot be whatever the params are."""
    layers = f"  c: {{conv2d: {{out_channels: '{out_channels}', kernel_size: 1}}}}\n"
    read = "  r: {relu: , when: 'a + b > -100'}\n"
    try:
        return loads(f"name: N\nparams: {{a: 1.0, b: 1.0}}\ninput: [3, 2, 2]\nlayers:\n{layers}{read}")
    except SpecError:
        return None


def counted(model: ModelSpec, a: float, b: float) -> int | None:
    """The params, or None for an error."""
    try:
        return analyse(model, params={"a": a, "b": b}).totals.params
    except (SpecError, OpError):
        return None


def assert_tapes_are_right(model: ModelSpec, values: tuple[float, ...] = VALUES) -> None:
    at = list(product(values, repeat=2))
    bounds = min(values), max(values)
    found = many.Points(model, [Variable("a", bounds), Variable("b", bounds)], ["params"]).outputs(
        {name: numpy.array([each[number] for each in at]) for number, name in enumerate("ab")}
    )
    wrong: dict[int, str] = {**found.errors.get("", {}), **found.errors.get("fp32", {})}
    given_out: Any = found.outputs.get("params", [None] * len(at))
    for number, point in enumerate(at):
        taped = None if number in wrong else int(given_out[number])
        assert taped == counted(model, *point), point


@given(channels)
@settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None)
def test_tapes_over_decimals_are_the_engine(out_channels: str) -> None:
    model = spec_of(out_channels)
    if model is not None:
        assert_tapes_are_right(model)


@pytest.mark.parametrize(
    "out_channels",
    [
        "max(1, a)",  # at 1.0 it is the integer, which channels are
        "max(1.0, floor(a + 1))",
        "min(1, b)",
        "int(a * 1e308 / 1e308) + 3",  # up to 3.5, of which the product is infinite
        "1 if floor(a) < 1 else int(floor(a) ** -1.0) + 1",  # a power of 0, and a root of what is below, are excluded
        "1 if floor(a) < 1 else int(floor(a) ** 0.5) + 1",
        "3 if floor(b) > 1 else int((floor(b) + 3) * 1e150 / 1e150) ** 2",
    ],
)
def test_a_tape_is_the_engine_at_ties_and_at_points_that_it_excludes(out_channels: str) -> None:
    model = spec_of(out_channels)
    assert model is not None
    assert_tapes_are_right(model)
    assert_tapes_are_right(model, (0.5, 1.0, 1.5, 3.0))
