"""The bits and bytes of the tensors between layers, of small graphs, worked out by hand."""

import pytest

from calc.analysis import Analysis, analyse
from calc.counts import count
from calc.memory import lifetimes_of, peak_bytes, storage_bits, storage_bytes
from calc.model.graph import Bits, Graph
from calc.spec import loads
from tests.calc.graphs import Draft
from tests.calc.memory.test_lifetimes import every_case


def peak(graph: Graph, bits: str = "8") -> int:
    return analyse(graph, bits=bits).totals.peak_activation_bytes


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


def test_token_ids_are_64_bits_wide_at_any_width_of_the_activations() -> None:
    draft = Draft(1000, dtype="int64")
    draft.add("table", "embedding", num_embeddings=50_000, embedding_dim=1)
    draft.add("head", "linear", out_features=1)
    assert peak(draft.graph(), "2") == 1000 * 8 + 1000 * 2 // 8
    alone = Draft(3, dtype="int64")
    alone.add("table", "embedding", num_embeddings=10, embedding_dim=5)
    assert peak(alone.graph()) == 3 * 8 + 3 * 5 * 4


def test_bits_and_bytes() -> None:
    graph = every_case()
    found = lifetimes_of(graph, count(graph))
    read_at = [0, 4, 0, 8, 0, 0, 0]
    # the sum is as wide as its widest input, the token, which no layer with MACs reads
    assert storage_bits(found, read_at) == [4, 8, 8, 8, 32, 32, 32]
    # at a 32 · 4 bits and 32 · 8; at head 32 · 8 and 10 · 8; at the sum 10 · 8 and 10 · 32
    assert peak_bytes(found, storage_bytes(found, read_at)) == max(16 + 32, 32 + 10, 10 + 40)


SUM_OF_TWO_WIDTHS = """
name: a sum of two widths
input: [16, 8, 8]
layers:
  stem: {conv2d: {out_channels: 16, kernel_size: 1, bias: false}, bits: 8}
  a: {conv2d: {out_channels: 16, kernel_size: 1, bias: false}, bits: 4}
  b: {conv2d: {out_channels: 16, kernel_size: 1, bias: false}, bits: 8, from: stem}
  s: {add: , from: [a, b]}
  c: {conv2d: {out_channels: 16, kernel_size: 1, bias: false}, bits: 2}
"""
ELEMENTS = 16 * 8 * 8


def stored(analysis: Analysis) -> list[int]:
    return [8 * size // ELEMENTS for size in analysis.storage_bytes]


def test_a_tensor_is_as_wide_as_it_was_written_where_layers_read_that() -> None:
    analysis = analyse(loads(SUM_OF_TWO_WIDTHS), bits="spec", activations="producer")
    assert stored(analysis) == [8, 8, 4, 8, 8, 2]
    assert analysis.totals.peak_activation_bytes == ELEMENTS + ELEMENTS // 2 + ELEMENTS == 2560


def test_elsewhere_it_is_as_wide_as_it_is_read() -> None:
    # the input and what a and b read is read at 8; their sum, and so both parts of it, at 2
    assert stored(analyse(loads(SUM_OF_TWO_WIDTHS), bits="spec")) == [8, 8, 2, 2, 2, 2]


def test_what_no_layer_with_macs_makes_or_reads_is_as_wide_as_the_policy_says() -> None:
    pool = loads("name: x\ninput: [16, 8, 8]\nlayers: [relu, relu]")
    widths = {bits: stored(analyse(pool, bits=bits)) for bits in ("8", "fp16", "8:llm", "8:paper")}
    assert widths == {"8": [32] * 3, "fp16": [16] * 3, "8:llm": [16] * 3, "8:paper": [32] * 3}


def test_an_embedding_writes_the_rows_of_its_table_as_they_are_stored() -> None:
    table = """
name: table
input: {shape: [8], dtype: int64}
layers:
  emb: {embedding: {num_embeddings: 10, embedding_dim: 128}BITS}
  fc: {linear: {out_features: 128, bias: false}, bits: 4}
"""
    read = {}
    written = {"spec": ", bits: 6", "spec:llm": ", bits: nf4"}
    for bits in ("4", "spec", "4:llm", "4:deployed", "spec:llm"):
        analysis = analyse(loads(table.replace("BITS", written.get(bits, ""))), bits=bits, activations="producer")
        read[bits] = analysis.layers[-1].activation_bits
    assert read == {"4": 32, "spec": 6, "4:llm": 16, "4:deployed": 4, "spec:llm": 16}


def test_what_is_made_of_learnt_tensors_alone_is_written_as_the_policy_says() -> None:
    text = "name: x\ninput: [16, 8, 8]\nlayers:\n  a: {tensor: [16, 8, 8]}\n  b: {tensor: [16, 8, 8]}\n"
    text += "  constant: {add: , from: [a, b]}\n  sum: {add: , from: [input, constant]}\n"
    for bits, width in (("fp16", 16), ("fp32", 32)):
        assert stored(analyse(loads(text), bits=bits, activations="producer")) == [8, 0, 0, width, 8]


ODD = "{opaque: {op: a, shape: [16, 8, 8], channels: first, reason: b}}"


@pytest.mark.parametrize("bits, activations, expected", [
    ("8", "same", [8, 8, 8]), ("w4a6", "same", [6, 6, 6]), ("fp32", "same", [32, 32, 32]),
    ("fp32", "producer", [8, 8, 32]), ("4", "producer", [8, 4, 4]),
])  # fmt: skip
def test_what_is_not_known_reads_and_writes_no_narrower_than_the_narrowest(
    bits: str, activations: str, expected: list[int]
) -> None:
    text = f"name: x\ninput: [16, 8, 8]\nlayers:\n  odd: {ODD}\n  c: {{conv2d: {{out_channels: 16, kernel_size: 1}}}}\n"
    assert stored(analyse(loads(text), bits=bits, activations=activations)) == expected
    alone = f"name: x\ninput: [16, 8, 8]\nlayers:\n  odd: {ODD}\n"
    assert stored(analyse(loads(alone), bits="fp16")) == [16, 16]


def test_an_input_that_only_what_is_not_known_reads_is_as_narrow_as_that() -> None:
    text = "name: x\ninput: {a: [16, 8, 8], b: [16, 8, 8]}\nlayers:\n"
    text += f"  odd: {ODD[:-1]}, from: b}}\n  c: {{conv2d: {{out_channels: 16, kernel_size: 1}}, from: a}}\n"
    text += "  sum: {add: , from: [odd, c]}\n"
    assert stored(analyse(loads(text), bits="8")) == [8, 8, 8, 8, 8]
