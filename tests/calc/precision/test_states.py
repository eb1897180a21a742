"""The cache of keys and values: its bytes by format, by layer, in a batch, and what cannot hold it."""

from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from calc.gate.saved import of_json
from calc.gate.snapshot import snapshot
from calc.report import render
from calc.report.rows import View
from calc.spec import load, loads

STEP = """
name: one decode step
params: {tokens: 1, past: 1023, window: 4096}
input: {shape: [tokens, 512], channels: last}
layers:
  q: {linear: {out_features: 512, bias: false}}
  k: {linear: {out_features: 128, bias: false}, from: input}
  v: {linear: {out_features: 128, bias: false}, from: input}
  keys: {cache: {past: past, sliding_window: window}, from: k}
  values: {cache: {past: past, sliding_window: window}, from: v, bits: q4_0}
  a:
    attention: {num_heads: 8, num_kv_heads: 2, is_causal: lower_right, sliding_window: window}
    from: [q, keys, values]
"""


def step(bits: str = "fp16", batch: int = 1, kv: str | None = None, **params: int) -> Analysis:
    return analyse(loads(STEP), params, bits=bits, batch=batch, kv=kv)


def test_bytes_of_a_layer() -> None:
    totals = step().totals
    assert totals.kv_bytes == 2 * 1024 * 128 * 2 == 524_288
    assert totals.kv_bytes_per_token == 2 * 128 * 2


def test_each_sample_has_its_own() -> None:
    assert step(batch=3).totals.kv_bytes == 3 * 524_288
    assert step(batch=3).totals.kv_bytes_per_token == 2 * 128 * 2


def test_a_window_holds_its_tokens_and_no_more() -> None:
    assert step(window=100).totals.kv_bytes == 2 * 100 * 128 * 2
    assert step(window=100, past=10, tokens=20).totals.kv_bytes == 2 * 30 * 128 * 2
    assert step(window=100).totals.kv_bytes_per_token == 2 * 128 * 2


@pytest.mark.parametrize("bits, of_token", [("8", 2 * 128 * 4), ("8:llm", 2 * 128 * 2), ("bf16", 2 * 128 * 2)])
def test_a_policy_gives_the_format(bits: str, of_token: int) -> None:
    totals = step(bits).totals
    assert totals.kv_bytes_per_token == of_token
    assert totals.kv_bytes == 1024 * of_token


def test_another_format_with_its_scales() -> None:
    found = step("8", kv="q8_0")
    assert found.totals.kv_bytes_per_token == 2 * 128 // 32 * 34
    assert found.formats_by_role["state"] == ("Q8_0",)
    assert found.with_bits("4").totals.kv_bytes == 1024 * 2 * 128 // 32 * 34
    assert step("8", kv="fp8_tensor").totals.kv_bytes_per_token == 2 * 128


def test_keys_and_values_in_two_formats() -> None:
    found = step("spec")
    assert found.formats_by_role["state"] == ("fp32", "Q4_0")
    assert found.totals.kv_bytes_per_token == 128 * 4 + 128 // 32 * 18


def test_a_rule_names_a_cache(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("default: 8\nstores: {state: fp16}\nrules: [{name: keys, bits: 8}]\n", encoding="utf-8")
    assert step(str(rules)).totals.kv_bytes_per_token == 128 + 128 * 2


def test_a_format_that_cannot_hold_it_is_refused_with_the_layer() -> None:
    narrow = STEP.replace("features: 128", "features: 16").replace("num_heads: 8", "num_heads: 64")  # of 8 each
    with pytest.raises(SpecError, match="Q8_0 takes rows of a multiple of 32 weights") as caught:
        analyse(loads(narrow), kv="q8_0")
    (problem,) = caught.value.problems
    assert (problem.layer, problem.notes) == ("keys", ("likewise values",))
    with pytest.raises(SpecError) as of_layers:
        _ = analyse(load("qwen2_0_5b"), {"head": 40}, bits="bf16", kv="q8_0").states
    assert str(of_layers.value).split(": ", 1)[1].split("\n") == [
        "model.layers.{0..23}.self_attn.keys (cache): Q8_0 takes rows of a multiple of 32 weights; "
        "those of 128×80 have 80",
        "  likewise model.layers.{0..23}.self_attn.values",
        "  hint: keep keys and values in another format: --kv fp16, fp8 or int8",
    ]


@pytest.mark.parametrize(
    "kv, fact",
    [
        ("q9", "unknown format 'q9'"),
        (8, "must be the name of a format"),
        ("q6_K", "--kv Q6_K: it is a format for weights, which cannot store"),
        ("k=q8_0,v=gptq4g128", "--kv gptq4g128: it is a format for weights"),
    ],
)
def test_what_is_no_format(kv: str, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        step(kv=kv)


def test_a_network_that_keeps_nothing() -> None:
    alone = loads("name: x\ninput: [4]\nlayers: [{linear: 2}]")
    assert not {"kv_bytes", "causal_macs"} & analyse(alone).to_json_dict()["totals"].keys()
    assert "KV" not in render(analyse(alone), "table", View())
    with pytest.raises(OpError, match="--kv fp16: no layer of x keeps keys or values"):
        analyse(alone, kv="fp16")


def test_macs_that_the_mask_leaves() -> None:
    linear = 512 * (512 + 2 * 128)
    totals = step(past=3, tokens=4).totals
    assert totals.macs == 4 * linear + 4 * 7 * 2 * 512
    assert totals.causal_macs == 4 * linear + (4 + 5 + 6 + 7) * 2 * 512
    narrow = step(past=3, tokens=4, window=2).totals
    assert narrow.macs == 4 * linear + 4 * (1 + 4) * 2 * 512
    assert narrow.causal_macs == 4 * linear + 4 * 2 * 2 * 512


def test_what_is_kept_is_no_activation() -> None:
    assert step().totals.peak_activation_bytes == step(past=0).totals.peak_activation_bytes


def test_json_lock_and_report_have_them() -> None:
    found = step("fp16", past=7)
    saved = of_json(found.to_json_dict()).snapshot.quantities
    assert saved["kv_bytes@fp16"] == 8 * 512
    assert saved["causal_macs"] == found.totals.causal_macs
    locked = snapshot([found, found.with_bits("8")], ["fp16", "8"])
    assert locked.quantities["kv_bytes@8"] == 8 * 1024
    text = render(found, "table", View())
    assert "KV bytes" in text
    assert "causal MACs" in text


def test_the_report_of_a_call_has_macs_a_token_and_bytes_by_role() -> None:
    lines = render(step(past=3, tokens=4), "table", View()).splitlines()
    for label, convention in (
        ("MACs  ", "full: with"),
        ("MACs per token", "full, MACs /"),
        ("causal MACs", "causal: without"),
    ):
        assert [convention in line for line in lines if line.startswith(label)] == [True]
    (of_token,) = [line.split() for line in lines if line.startswith("MACs per token")]
    assert of_token[3] == f"{512 * (512 + 2 * 128) + 7 * 2 * 512:,}"
    (by_role,) = [line for line in lines if line.startswith("weight bytes by role")]
    assert by_role.split()[4:] == ["weights", f"{2 * 512 * (512 + 2 * 128):,}"]
