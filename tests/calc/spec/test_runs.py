"""runs: layers that compute nothing in this call, and are in the network as any other."""

import pytest

from calc.analysis import Analysis, analyse
from calc.conventions import counted
from calc.deploy import deploy
from calc.errors import SpecError
from calc.gate.snapshot import snapshot
from calc.model.graph import parameters
from calc.spec import ModelSpec, expand, loads
from calc.spec.write import spec_text

SPEC = """
name: an encoder and a decoder
params: {tokens: 3, past: 0}
input: {sound: {shape: [5, 8], channels: last}, text: {shape: [tokens, 8], channels: last}}
layers:
  q: {linear: 16, from: text}
  encoder:
    chain:
      fc: {linear: 16, from: sound}
      act: relu
    runs: past == 0
  copy: {relu: , from: q}
  k: {linear: 16, from: encoder, runs: past == 0}
  keys: {cache: {past: past, once: true}, from: k}
  attention: {attention: {num_heads: 2}, from: [copy, keys, keys]}
"""
Q, FC, K = 8 * 16, 8 * 16, 16 * 16
WEIGHTS = Q + FC + K
PAIRS = 2 * 16 * 5  # MACs of a token with the five that were heard
LATER = {"tokens": 1, "past": 3}


@pytest.fixture
def spec() -> ModelSpec:
    return loads(SPEC)


def at(spec: ModelSpec, bits: str = "fp32", **params: int) -> Analysis:
    return analyse(spec, params, bits=bits, batch=2)


def test_only_the_first_call_computes_it(spec: ModelSpec) -> None:
    first, later = at(spec).totals, at(spec, **LATER).totals
    assert first.macs == 2 * (3 * Q + 5 * (FC + K) + 3 * PAIRS)
    assert later.macs == 2 * (Q + PAIRS)
    assert (first.elementwise["relu"], later.elementwise["relu"]) == (2 * (3 + 5) * 16, 2 * 16)
    assert later.bitops["weight"] == 32 * later.macs


def test_it_is_stored_in_every_call(spec: ModelSpec) -> None:
    for bits in ("fp32", "int4g128:llm", "8", "8:deployed"):
        first, later = at(spec, bits), at(spec, bits, **LATER)
        assert first.totals.params == later.totals.params == WEIGHTS + 3 * 16
        assert first.totals.weight_bytes == later.totals.weight_bytes
        assert first.weight_bytes_by_role == later.weight_bytes_by_role
        assert later.training_only_weight_bytes == 0
    assert parameters(at(spec).graph) == parameters(at(spec, **LATER).graph)


def test_what_is_kept_once_does_not_grow(spec: ModelSpec) -> None:
    for analysis in (at(spec), at(spec, **LATER), at(spec, tokens=1, past=99)):
        assert analysis.totals.kv_bytes == 2 * 5 * 16 * 4
        assert analysis.totals.kv_bytes_per_token == 0


def test_its_input_takes_no_memory(spec: ModelSpec) -> None:
    assert at(spec, **LATER).liveness.bytes == 2 * (16 + 16) * 4  # what q makes, and copy beside it


def test_counters_do_not_see_it(spec: ModelSpec) -> None:
    analysis = at(spec, **LATER)
    assert counted("torch", analysis.workload).total == 2 * analysis.totals.macs
    assert [row for row, node in zip(counted("acts", analysis.workload).rows, analysis.graph.nodes, strict=True)
            if node.resting] == [0, 0, 0]  # fmt: skip


def test_it_stays_where_the_network_is_deployed(spec: ModelSpec) -> None:
    graph = expand(spec, LATER)
    assert parameters(deploy(graph)) == parameters(graph)


def test_a_lock_says_which_layers_rest(spec: ModelSpec) -> None:
    rows = {row.name: row.fields for row in snapshot([at(spec, **LATER)], ["8"]).layers}
    assert [name for name, fields in rows.items() if "resting" in fields] == ["encoder.fc", "encoder.act", "k"]


def test_what_follows_reads_what_came_before_it() -> None:
    for runs, expected in (("true", "b"), ("false", "a")):
        text = f"name: n\ninput: [4]\nlayers: {{a: relu, b: {{tanh: , runs: {runs}}}, c: relu}}"
        graph = expand(loads(text))
        assert graph.nodes[graph.nodes[-1].inputs[0]].name == expected


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "layers: {a: {relu: , runs: false}, b: {tanh: , from: a}}",
            "3:40: b (tanh): reads a, which does not run in this call\n"
            "  hint: a cache with once: true and past keeps what an earlier call made",
        ),
        (
            "layers: {a: {relu: , runs: 3}}",
            "3:28: runs=3: must be true or false\n  hint: write a comparison, such as i == 0",
        ),
        (
            "params: {p: 3}\nlayers: {a: {relu: , runs: p}, b: relu}",
            "4:28: a: runs=3 (p): must be true or false\n  hint: write a comparison, such as i == 0",
        ),
        (
            "layers: {a: {branches: {l: {relu: , runs: false}, r: tanh}, merge: add}}",
            "3:29: a branch cannot be runs: it is merged",
        ),
        (
            "layers: {a: {relu: , runs: false}}\noutput: a",
            "4:9: the output a is not run in this call\n  hint: an output must be run in every call",
        ),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        expand(loads(f"name: n\ninput: [4]\n{text}"))
    assert str(caught.value) == f"<text>:{said}"


def test_a_later_call_is_not_written_as_a_spec(spec: ModelSpec) -> None:
    assert "encoder" in spec_text(expand(spec))
    with pytest.raises(SpecError) as caught:
        spec_text(expand(spec, LATER))
    assert str(caught.value.problems[-1]) == (
        "k (linear): it is not run in this call\n  hint: if past=0 does not run it either, extend the spec by its name"
    )


def test_what_does_not_run_moves_nothing(spec: ModelSpec) -> None:
    first, later = analyse(spec).totals.bytes_moved, analyse(spec, LATER).totals.bytes_moved
    kept, weights = 5 * 16, Q + FC + K + 3 * 16
    assert first == 4 * (weights + kept + 3 * (8 + 16) + 5 * (8 + 16) + 5 * (16 + 16) + 3 * (16 + 16) + kept)
    assert later == 4 * (Q + 16 + kept + (8 + 16) + (16 + 16))


@pytest.mark.parametrize("word", ["runs", "when"])
def test_a_condition_that_is_none_is_named_as_it_is_written(word: str) -> None:
    with pytest.raises(SpecError, match=rf":4:25: (0: )?{word}=3 \(p\): must be true or false"):
        expand(loads(f"name: net\ninput: [3, 8, 8]\nparams: {{p: 3}}\nlayers: [{{relu: , {word}: p}}]\n"))
