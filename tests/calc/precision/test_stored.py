"""Bytes of a policy are those of its tensors, by a rule that knows nothing of layers that count together."""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.formats import format_named
from calc.model.graph import parameters
from calc.precision.stored import bits_of_layers
from calc.spec import loads
from tests.calc.graphs import Draft

PARTS = (
    "conv: {conv1d: {out_channels: 12, kernel_size: 3, padding: 1}}",
    "norm: {batch_norm: }",
    "act: prelu",
    "again: {conv1d: {out_channels: 12, kernel_size: 3, padding: 1, bias: false}, training_only: true}",
    "scale: {layer_scale: 1}",
)
ROLES = {"conv": ("weights", "biases"), "norm": ("norms", "norms"), "act": ("norms",), "again": ("unused",)}
ROLES |= {"scale": ("norms",), "head": ("head", "biases")}
BESIDE = {
    "paper": {"biases": 32, "norms": 32, "unused": 32},
    "deployed": {"biases": 32, "norms": 32},
    "llm": {"biases": 16, "norms": 16, "unused": 16, "head": 16},
}


@given(
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=5, unique=True),
    stored=st.sampled_from(["3", "8", "int4g8", "int8", "int4_tensor"]),
    name=st.sampled_from(sorted(BESIDE)),
)
@settings(max_examples=40)
def test_bytes_are_those_of_each_tensor(parts: list[str], stored: str, name: str) -> None:
    lines = "".join([f"  {part}\n" for part in parts])
    head = "  head: {conv1d: {out_channels: 4, kernel_size: 1}}\n"
    text = f"name: x\ninput: [12, 5]\nlayers:\n{lines}{head}"
    analysis = analyse(loads(text), bits=f"{stored}:{name}")
    total = 0
    for key, sizes in parameters(analysis.graph).items():
        layer, _, tensor = key.partition(".")
        role = ROLES[layer]["bias" in tensor if len(ROLES[layer]) > 1 else 0]
        width = BESIDE[name].get(role)
        total += format_named(stored).stored_bits(sizes) if width is None else width * prod(sizes)
    assert analysis.totals.weight_bits_total == total
    assert analysis.totals.weight_bits_total == sum([tensor.bits for tensor in analysis.stored])
    assert analysis.totals.params == sum([tensor.elements for tensor in analysis.stored])


def tied(bits: str) -> Analysis:
    return analyse(
        loads("""
name: tied
input: {shape: [5], dtype: int64}
layers:
  table: {embedding: {num_embeddings: 10, embedding_dim: 8}}
  matrix: {linear: {out_features: 8, bias: false}}
  head: {linear: {out_features: 10, bias: false}, shares: table}
"""),
        bits=bits,
    )


def test_a_tied_table_is_one_tensor_at_the_bits_of_the_layer_that_multiplies_it() -> None:
    assert tied("4").totals.weight_bits_total == 4 * 80 + 4 * 64
    assert tied("4:llm").totals.weight_bits_total == 16 * 80 + 4 * 64
    assert [(tensor.role, tensor.elements) for tensor in tied("4").stored] == [("weight", 64), ("weight", 80)]


def test_experts_hold_as_many_tensors_as_there_are() -> None:
    text = """
name: experts
input: {shape: [6, 8], channels: last}
layers:
  router: {linear: {out_features: 3, bias: false}}
  moe: {experts: {expert: {linear: 8}, count: 3, active: 1}, from: [input, router]}
  norm: layer_norm
"""
    total = analyse(loads(text), bits="int4g8").totals.weight_bits_total
    router, expert, norm = 16 * 3 * 8, 8 * (4 * 8 + 16) + 16 * 8, 16 * 2 * 8
    assert total == router + 3 * expert + norm


def test_what_a_format_cannot_hold_is_said_with_its_layer() -> None:
    refused = format_named("int4g8")._replace(columns_multiple=8)
    draft = Draft(12, 5)
    draft.add("conv", "conv1d", out_channels=4, kernel_size=1, bias=False)
    draft.add("other", "conv1d", out_channels=4, kernel_size=1, bias=False)
    analysis = analyse(draft.graph(), bits="4")
    assigned = [row and row._replace(bits=row.bits._replace(format=refused)) for row in analysis.assigned]
    with pytest.raises(SpecError) as caught:
        bits_of_layers(analysis.graph, analysis.counts, tuple(assigned), analysis.held, analysis.roles)
    assert [str(problem).partition(": weight: ")[0] for problem in caught.value.problems] == [
        "net.yaml:2:3: conv (conv1d)",
        "net.yaml:3:3: other (conv1d)",
    ]
    hint = "give this tensor another format, in a precision file: {name: conv, bits: fp16}"
    assert str(caught.value.problems[0].hint) == hint
