"""Peak activation memory of small graphs, worked out by hand."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.counts import count
from calc.frozen import FrozenDict
from calc.memory import Lifetimes, lifetimes_of, peak_bytes, storage_bits, storage_bytes
from calc.model.graph import Bits, Graph
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


def test_a_tensor_is_stored_at_the_widest_bits_it_is_read_at() -> None:
    draft = Draft(4, 4, 4)
    trunk = draft.add("trunk", "conv2d", out_channels=4, kernel_size=1, bits=Bits(8, 8))
    act = draft.add("act", "relu6", (trunk,))
    draft.add("narrow", "conv2d", (act,), out_channels=1, kernel_size=1, bits=Bits(2, 2))
    draft.add("wide", "conv2d", (act,), out_channels=1, kernel_size=1, bits=Bits(16, 16))
    # trunk's output and act's, 4·4·4 elements each, both at the 16 bits that wide reads
    assert peak(draft.graph(), "spec") == 2 * (4 * 4 * 4 * 2)


def test_what_nothing_reads_has_the_bits_of_its_maker() -> None:
    draft = Draft(1, 1, 4)
    draft.add("head", "conv2d", out_channels=9, kernel_size=1, bits=Bits(3, 3))
    draft.add("act", "sigmoid")
    # the image, 4 elements, has 3 bits: 2 bytes (12 bits); each output 36 elements of 3 bits: 14 bytes (108 bits)
    assert peak(draft.graph(), "spec") == 14 + 14


def test_a_network_without_macs_is_at_32_bits() -> None:
    draft = Draft(3, 4, 4)
    draft.add("act", "relu6")
    assert peak(draft.graph()) == 2 * (3 * 4 * 4 * 4)


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


def test_token_ids_are_64_bits_wide_at_any_width_of_the_activations() -> None:
    draft = Draft(1000, dtype="int64")
    draft.add("table", "embedding", num_embeddings=50_000, embedding_dim=1)
    draft.add("head", "linear", out_features=1)
    assert peak(draft.graph(), "2") == 1000 * 8 + 1000 * 2 // 8
    alone = Draft(3, dtype="int64")
    alone.add("table", "embedding", num_embeddings=10, embedding_dim=5)
    assert peak(alone.graph()) == 3 * 8 + 3 * 5 * 4


def every_case() -> Graph:
    """A view, a head for training, a parameter, and a sum that nothing reads."""
    draft = Draft(2, 4, 4)
    draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    flat = draft.add("flat", "flatten")
    head = draft.add("head", "linear", out_features=10)
    draft.add("auxiliary", "linear", (flat,), out_features=1000, training_only=True)
    token = draft.add("token", "tensor", (), shape=[10])
    draft.add("sum", "add", (head, token))
    return draft.graph()


def test_the_lifetimes() -> None:
    graph = every_case()
    assert lifetimes_of(graph, count(graph)) == Lifetimes(
        reads=((), (0,), (1,), (2,), (), (), (3, 5)),
        elements=(2 * 4 * 4, 2 * 4 * 4, 0, 10, 0, 0, 10),
        # the image at a; a's output, seen through flat, at head; the rest at the end
        freed=((), (0,), (), (1,), (), (), (3, 6)),
        unread=(3, 4, 5, 6),
        integers=(),
    )


def test_the_output_lives_to_the_end_wherever_it_stands() -> None:
    graph = replace(every_case(), outputs=FrozenDict({"wide": 1}))
    assert lifetimes_of(graph, count(graph)).freed == ((), (0,), (), (), (), (), (1, 3, 6))


def test_bits_and_bytes() -> None:
    graph = every_case()
    found = lifetimes_of(graph, count(graph))
    read_at = [0, 4, 0, 8, 0, 0, 0]
    # the sum is as wide as its widest input, the token, which no layer with MACs reads
    assert storage_bits(found, read_at) == [4, 8, 8, 8, 32, 32, 32]
    # at a 32 · 4 bits and 32 · 8; at head 32 · 8 and 10 · 8; at the sum 10 · 8 and 10 · 32
    assert peak_bytes(found, storage_bytes(found, read_at)) == max(16 + 32, 32 + 10, 10 + 40)


@given(st.integers(1, 6), st.integers(1, 64), st.integers(1, 3))
def test_uniform_bits_scale_a_plain_chain(convolutions: int, bits: int, batch: int) -> None:
    graph = chain(2, 4, 4, convolutions=convolutions)
    assert peak(graph, str(bits), batch) == max(2 * (batch * 2 * 16 * bits // 8), 0)
