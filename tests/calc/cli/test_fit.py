"""calc fit on the command line."""

import json

import pytest

OPTIONS = ("--bits", "q4_K_M", "--kv", "q8_0", "--context", "8192..131072")


def test_the_largest_context_that_fits(calc) -> None:
    ran = calc("fit", "llama3_8b", "--memory", "12GB", *OPTIONS, "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["schema"], found["largest_context"]) == (0, "calc.fit/1", 101_775)
    of_token = 131_072 // 64 * 34
    rows = {row["context"]: row for row in found["contexts"]}
    assert rows[131_072]["kv_bytes"] == 131_072 * of_token
    assert not rows[131_072]["fits"]
    assert rows[101_775]["bytes"] <= 12 * 10**9 < rows[101_775]["bytes"] + of_token


def test_a_table(calc) -> None:
    ran = calc("fit", "qwen2_0_5b", "--memory", "2GiB", "--context", "4096")
    assert ran.code == 0
    assert "largest context  4,096" in ran.out
    assert "exact, no padding" in ran.out


def test_where_none_fits_the_code_is_1(calc) -> None:
    ran = calc("fit", "llama3_8b", "--memory", "1GiB", "--context", "4096")
    assert ran.code == 1
    assert "largest context  none           from 4,096 on; no smaller one fits" in ran.out


def test_where_a_smaller_context_fits_it_is_told(calc) -> None:
    given = ("fit", "qwen2_0_5b", "--memory", "1GB", "--context", "4096")
    of_token = 24 * 2 * 2 * 64 * 2
    found = json.loads(calc(*given, "--format", "json").out)
    assert found["largest_context"] is None
    rows = found["contexts"]
    assert [row["context"] for row in rows] == [found["smaller_context"], 4096]
    assert rows[0]["bytes"] <= 10**9 < rows[0]["bytes"] + of_token
    assert f"from 4,096 on; {rows[0]['context']:,} fits" in calc(*given).out


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["llama3_8b", "--memory", "lots"], "--memory 'lots' is not an amount"),
        (["llama3_8b", "--memory", "1GB", "--context", "9..3"], "--context 9..3: ends before it begins"),
        (["llama3_8b", "--memory", "1GB", "--context", "x"], "--context 'x': must be a positive integer"),
        (["llama3_8b", "--memory", "1GB", "--kv", "q9"], "unknown format 'q9'"),
        (["llama3_8b", "--memory", "1GB", "--set", "past=3"], "--set past is given with"),
        (["resnet18", "--memory", "1GB"], "is not a language model with a cache"),
        (["llama3_8b", "--memory", "1.5"], "--memory 1.5: must be whole bytes"),
        (["gpt2", "--memory", "1GB", "--context", "512..4096"], "context of 4,096 tokens is more than positions=1,024"),
        (["gpt2", "--memory", "1GB", "--context", "2048"], "the context of 2,048 tokens is more than positions=1,024"),
    ],
)
def test_what_is_refused(calc, arguments: list[str], said: str) -> None:
    ran = calc("fit", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_contexts_end_where_the_training_did_unless_others_are_asked_for(calc) -> None:
    found = json.loads(calc("fit", "gpt2", "--memory", "1GB", "--format", "json").out)
    assert [row["context"] for row in found["contexts"]] == [1024]
    ran = calc("fit", "llama2_7b", "--memory", "80GB", "--context", "8192")
    assert "warning: the context of 8,192 tokens is more than max_position_embeddings=4,096" in ran.err
    assert ran.code == 0


def test_the_padding_of_a_runtime(calc) -> None:
    given = ("fit", "gemma3_4b", "--memory", "24GiB", "--context", "131072", "--runtime", "llama.cpp")
    found = json.loads(calc(*given, "--format", "json").out)
    assert found["runtime"] == "llama.cpp"
    assert found["contexts"][0]["kv_bytes"] == (2560 + 174) * 2**20
    assert "a multiple of 256 cells; in layers with a window, a window and a micro-batch of 512" in calc(*given).out
    grows = calc("fit", "mistral_7b", "--memory", "24GiB", "--context", "4096..8192", "--runtime", "llama.cpp").out
    assert "it uses no windows of the model_type mistral" in grows  # though the first context is as long as the window
    of_format = calc("fit", "qwen2_0_5b", "--memory", "1GB", "--bits", "q8_0")
    assert of_format.err.endswith("q8_0: the format of all matrices; a GGUF file is --bits gguf:q8_0\n")
    assert "GGUF" not in calc("fit", "qwen2_0_5b", "--memory", "1GB", "--bits", "gguf:q8_0").err
    assert "unknown runtime 'vlm'" in calc("fit", "gemma3_4b", "--memory", "1GB", "--runtime", "vlm").err


def test_a_device_has_the_memory_and_the_least_time_of_a_step(calc) -> None:
    given = ("fit", "qwen2_0_5b", "--device", "l4", "--context", "4096..8192")
    found = json.loads(calc(*given, "--format", "json").out)
    assert (found["memory_bytes"], found["device"]) == (23_034 * 2**20, "NVIDIA L4")
    first, second = found["contexts"]
    of_token = 2 * 24 * 2 * 64 * 2
    assert second["bound_seconds"] - first["bound_seconds"] == pytest.approx(4096 * of_token / 300e9)
    assert "Step at least" in calc(*given).out
    assert "Step at least" not in calc("fit", "qwen2_0_5b", "--memory", "1GiB", "--context", "4096").out
    latent = calc("fit", "deepseek_v2_lite", "--device", "h100_sxm", "--context", "64")
    assert "or all MACs run; latents of past tokens not expanded" in latent.out
    assert "the memory is not given" in calc("fit", "qwen2_0_5b").err
