"""Peak activation memory of small graphs, worked out by hand."""

from hypothesis import given
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.memory.liveness import plan
from calc.memory.plan import Plan
from calc.model.graph import Graph
from tests.calc.graphs import Draft, chain


def peak(graph: Graph, bits: str = "8", batch: int = 1) -> int:
    return analyse(graph, bits=bits, batch=batch).totals.peak_activation_bytes


def test_a_chain_holds_one_input_and_one_output() -> None:
    draft = Draft(3, 8, 8)
    draft.add("a", "conv2d", out_channels=16, kernel_size=1)
    draft.add("b", "conv2d", out_channels=4, kernel_size=1)
    # at a: 3 + 16 channels, at b: 16 + 4
    assert peak(draft.graph()) == (16 + 4) * 8 * 8
    assert peak(draft.graph(), "4") == (16 + 4) * 8 * 8 // 2
    assert peak(draft.graph(), batch=5) == 5 * (16 + 4) * 8 * 8


def test_a_skip_lives_until_it_is_added() -> None:
    draft = Draft(2, 4, 4)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    draft.add("wide", "conv2d", out_channels=10, kernel_size=1)
    narrow = draft.add("narrow", "conv2d", out_channels=2, kernel_size=1)
    draft.add("add", "add", (entry, narrow))
    # at narrow: the skip's 2 channels, 10 in, 2 out
    assert peak(draft.graph()) == (2 + 10 + 2) * 4 * 4


def test_a_view_shares_the_storage_of_its_input() -> None:
    draft = Draft(2, 4, 4)
    draft.add("flatten", "flatten")
    draft.add("head", "linear", out_features=10)
    assert peak(draft.graph()) == 2 * 4 * 4 + 10


def test_parameters_and_training_heads_are_not_activations() -> None:
    draft = Draft(4, 4, channels="last")
    position = draft.add("position", "tensor", (), shape=[4, 4])
    summed = draft.add("add", "add", (0, position))
    draft.add("auxiliary", "linear", (summed,), out_features=1000, training_only=True)
    draft.add("head", "linear", (summed,), out_features=1)
    assert peak(draft.graph()) == 2 * (4 * 4)


def test_a_reshape_that_cannot_be_a_view_needs_a_storage_of_its_own() -> None:
    draft = Draft(2, 3, 4)
    draft.add("turned", "permute", dims=[0, 2, 3, 1])
    draft.add("flat", "flatten")
    draft.add("head", "linear", out_features=1)
    assert peak(draft.graph()) == 2 * 3 * 4 + 2 * 3 * 4


@given(st.integers(1, 6), st.integers(1, 64), st.integers(1, 3))
def test_uniform_bits_scale_a_plain_chain(convolutions: int, bits: int, batch: int) -> None:
    graph = chain(2, 4, 4, convolutions=convolutions)
    assert peak(graph, str(bits), batch) == max(2 * (batch * 2 * 16 * bits // 8), 0)


def test_the_layer_at_the_peak_is_the_first_that_needs_so_much() -> None:
    draft = Draft(1, 4, 4)
    draft.add("a", "conv2d", out_channels=3, kernel_size=1)
    draft.add("b", "conv2d", out_channels=3, kernel_size=1)
    draft.add("c", "conv2d", out_channels=3, kernel_size=1)
    found = analyse(draft.graph(), bits="8")
    assert plan(found.workload.lifetimes, found.storage_bytes) == Plan(
        planner="liveness",
        bytes=(3 + 3) * 16,
        layer=2,
        needed=(16, (1 + 3) * 16, (3 + 3) * 16, (3 + 3) * 16),
        offsets={},
        written_over={},
    )
