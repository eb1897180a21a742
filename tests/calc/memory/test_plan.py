"""What is alive when, and planners by name."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError
from calc.memory import PLANNERS, planner
from calc.memory.plan import alive, at_peak
from tests.calc.graphs import Draft


def test_what_is_alive_while_a_layer_runs() -> None:
    draft = Draft(2, 4, 4)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    draft.add("b", "conv2d", out_channels=2, kernel_size=1)
    draft.add("seen", "identity")
    draft.add("sum", "add", (entry, draft.last))
    # the image until a has read it; a's output until the sum; b's, seen through the identity, until the sum too
    assert list(alive(analyse(draft.graph()).workload.lifetimes)) == [(0,), (0, 1), (1, 2), (1, 2), (1, 2, 4)]


def test_a_plan_names_the_first_layer_at_its_peak() -> None:
    found = at_peak("any", [3, 7, 5, 7])
    assert (found.bytes, found.layer, found.needed) == (7, 1, (3, 7, 5, 7))


def test_every_planner_says_its_name() -> None:
    draft = Draft(2, 4, 4)
    draft.add("act", "relu")
    found = analyse(draft.graph())
    for name in PLANNERS:
        assert planner(name)(found.workload.lifetimes, found.storage_bytes).planner == name


def test_an_unknown_planner_names_the_nearest() -> None:
    with pytest.raises(OpError, match="unknown memory planner 'in_place'") as raised:
        planner("in_place")
    assert raised.value.hint == "did you mean in-place?"
