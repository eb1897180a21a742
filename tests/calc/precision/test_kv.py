"""Keys in one format and values in another."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError
from calc.precision.kv import read_kv
from calc.spec import load, loads

OF_Q8, OF_Q4 = 34, 18  # bytes of 32 weights


def test_one_format_is_that_of_both() -> None:
    assert read_kv("q8_0").keys == read_kv("q8_0").values == read_kv("v=q8_0,k=q8_0").keys
    assert [each.name for each in read_kv("K=fp16, v=q4_0")] == ["fp16", "Q4_0"]


@pytest.mark.parametrize("text", ["k=q8_0", "k=q8_0,k=q4_0", "q8_0,v=q4_0", "k=q8_0,v=q4_0,w=2", "=", "k=,v="])
def test_what_names_no_two_formats(text: str) -> None:
    with pytest.raises(OpError, match=r"kv|unknown format"):
        read_kv(text)


def test_each_has_its_own() -> None:
    found = analyse(load("llama3_8b"), {"tokens": 1, "past": 99}, bits="bf16", kv="k=q8_0,v=q4_0")
    assert found.totals.kv_bytes == 32 * 100 * (1024 // 32) * (OF_Q8 + OF_Q4)
    assert found.formats_by_role["state"] == ("Q8_0", "Q4_0")
    assert sum([moved.cache for moved in found.moved]) == 8 * found.totals.kv_bytes


def test_what_keys_and_values_are_made_of_is_kept_in_one_format() -> None:
    step = {"tokens": 1, "past": 99}
    found = analyse(load("deepseek_v2_lite"), step, bits="bf16", kv="q8_0")
    assert found.totals.kv_bytes == 27 * 100 * (512 + 64) // 32 * OF_Q8
    latents = "model.layers.0.self_attn.latents"
    made_of = f"--kv k=Q8_0,v=Q4_0: no layer keeps values: they are computed from {latents}, as keys are"
    with pytest.raises(OpError, match=made_of) as caught:
        analyse(load("deepseek_v2_lite"), step, bits="bf16", kv="k=q8_0,v=q4_0")
    assert caught.value.hint == "one format for both: --kv Q8_0"
    each_head = analyse(load("deepseek_v2_lite"), {**step, "latent": False}, bits="bf16", kv="k=q8_0,v=q4_0")
    assert each_head.totals.kv_bytes == 27 * 100 * 16 * ((128 + 64) // 32 * OF_Q8 + 128 // 32 * 18)


def test_what_no_attention_reads_is_neither() -> None:
    spec = loads("name: n\ninput: {shape: [3, 64], channels: last}\nlayers: [{cache: 0}, {linear: 2}]\n")
    assert analyse(spec, kv="q8_0").totals.kv_bytes == 3 * 2 * OF_Q8
    with pytest.raises(OpError, match="no attention reads 0, so it is not known whether it is keys or values"):
        analyse(spec, kv="k=q8_0,v=q4_0")
