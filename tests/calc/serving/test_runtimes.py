"""What runtimes add to the cache, held against logs of theirs and their rules."""

import json
from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import OpError
from calc.serving.runtimes import RUNTIMES, padding_of
from calc.sources import load as load_source
from calc.spec import expand, load, loads

LAYER = """
name: a layer
params: {tokens: 1, past: 0, window: null}
input: {shape: [tokens, 64], channels: last}
layers:
  k: {cache: {past: past, sliding_window: window}}
  a: {attention: {num_heads: 1, is_causal: lower_right, sliding_window: window}, from: [input, k, k]}
"""


def tokens(runtime: str, tokens: int, past: int, window: int | None = None, batch: int = 1, spec: str = LAYER) -> int:
    given = {"tokens": tokens, "past": past, "window": window}
    found = analyse(loads(spec), given, bits="fp16", runtime=runtime, batch=batch).kv_bytes_of_runtime
    assert found is not None
    assert found % (64 * 2) == 0
    return found // (64 * 2)


@pytest.mark.parametrize(
    "call, room",
    [
        ((1, 14), 16), ((1, 15), 16), ((1, 16), 32), ((33, 0), 48),
        ((1, 10, 64), 16),  # the window has not moved
        ((1, 63, 64), 64), ((1, 64, 64), 64 + 16), ((10, 100, 64), 80 + 16),
    ],
)  # fmt: skip
def test_vllm_has_pages_of_16_tokens_and_one_more_where_a_window_has_moved(call: tuple[int, ...], room: int) -> None:
    assert tokens("vllm", *call) == room
    assert tokens("vllm", *call, batch=3) == 3 * room


@pytest.mark.parametrize(
    "call, room",
    [((1, 255), 256), ((1, 256), 512), ((1, 2999, 1024), 1536), ((1, 1199, 1024), 1280), ((1, 99, 1024), 256)],
)
def test_llama_cpp_rounds_up_to_256_cells_and_windows_have_room_for_a_micro_batch(
    call: tuple[int, ...], room: int
) -> None:
    whole = tokens("llama.cpp", *call[:2])
    beside = LAYER + "  whole: {cache: {past: past}, from: input}\n"
    assert tokens("llama.cpp", *call, spec=beside) == room + whole


@pytest.mark.parametrize("model, window", [("mistral_7b", 4096), ("phi3_mini", 2047), ("starcoder2_3b", 4096)])
def test_llama_cpp_keeps_all_of_the_context_where_it_reads_no_window(model: str, window: int) -> None:
    found = analyse(load(model), {"tokens": 1, "past": 8191}, bits="fp16", runtime="llama.cpp")
    assert found.kv_bytes_of_runtime == found.totals.kv_bytes_per_token * 8192
    assert found.totals.kv_bytes == found.totals.kv_bytes_per_token * window  # exact all the same


MIXED = LAYER + "  whole: {cache: {past: past}, from: input}\n"


@pytest.mark.parametrize(
    "model_type, spec, room",
    [
        ("qwen2", MIXED, 8192 + 8192),  # use_sliding_window, and layers before max_window_layers have none
        ("gemma2", MIXED, 1536 + 8192),
        ("gpt_oss", LAYER, 1536),  # though no layer sees the whole context
        ("mistral", LAYER, 8192),
        ("", MIXED, 1536 + 8192),  # of which nothing is known: as in those that it reads windows of
        ("", LAYER, 8192),
        ("gemma4_text", MIXED, 1536 + 8192),
        ("gemma4_text", LAYER, 8192),
        ("gpt-oss", MIXED, 1536 + 8192),  # as GGUF has it, which is no model_type
        ("Gemma3", MIXED, 1536 + 8192),
        ("3", MIXED, 1536 + 8192),
    ],
)
def test_which_windows_llama_cpp_reads_goes_by_the_model_type(model_type: str, spec: str, room: int) -> None:
    said = f"model_type: {model_type}\n" if model_type else ""
    assert tokens("llama.cpp", 1, 8191, 1024, spec=said + spec) == room


def test_a_config_of_qwen_2_with_windows_in_some_layers_keeps_the_whole_context_in_llama_cpp(tmp_path: Path) -> None:
    config = {
        "model_type": "qwen2", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 2,
        "num_key_value_heads": 1, "intermediate_size": 64, "vocab_size": 64, "use_sliding_window": True,
        "sliding_window": 1024, "max_window_layers": 2,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    model = load_source(tmp_path / "config.json")
    found = analyse(model, {"tokens": 1, "past": 8191}, bits="fp16", runtime="llama.cpp")
    assert found.kv_bytes_of_runtime == 4 * 2 * 32 * 2 * 8192
    assert found.totals.kv_bytes == 2 * 2 * 32 * 2 * (8192 + 1024)


@pytest.mark.parametrize(
    "model_type, said",
    [
        ("gemma2", "a multiple of 256 cells; in layers with a window, a window and a micro-batch of 512"),
        ("qwen2", "a multiple of 256 cells; it uses no windows of the model_type qwen2"),
        (
            "",
            "a multiple of 256 cells; a window and a micro-batch of 512 if other layers have none, "
            "as no model_type is known",
        ),
        (
            "gemma4_text",
            "a multiple of 256 cells; a window and a micro-batch of 512 if other layers have none, "
            "as the model_type gemma4_text is not known",
        ),
    ],
)
def test_what_is_done_about_windows_is_said_where_there_are_some(model_type: str, said: str) -> None:
    spec = loads((f"model_type: {model_type}\n" if model_type else "") + LAYER)
    past, window = 8191, 1024
    for context in (past, window // 2):
        graph = expand(spec, {"past": context, "window": window})
        assert padding_of(RUNTIMES["llama.cpp"], graph) == said
    assert padding_of(RUNTIMES["llama.cpp"], expand(spec, {"past": past})) == "a multiple of 256 cells"


def test_llama_cpp_does_not_run_opt() -> None:
    with pytest.raises(OpError, match="it does not run networks of the model_type opt, such as OPT 125M") as caught:
        analyse(load("opt_125m"), runtime="llama.cpp")
    assert caught.value.hint == "vllm or transformers"


@pytest.mark.parametrize(
    "call, room",
    [
        ((1, 99), 100), ((1, 99, 64), 63), ((1, 9, 64), 10), ((70, 0, 64), 63),
        ((1, 62, 64), 63), ((1, 63, 64), 63), ((64, 0, 64), 63),  # the window is all but full, and just full
        ((1, 99, 2), 1), ((1, 99, 1), 100), ((5, 0, 1), 5), ((1, 0, 1), 1),  # a window of 1 cuts nothing
    ],
)  # fmt: skip
def test_transformers_pads_nothing_and_keeps_one_token_less_than_a_window(call: tuple[int, ...], room: int) -> None:
    assert tokens("transformers", *call) == room


def gemma(runtime: str | None = None) -> Analysis:
    return analyse(load("gemma3_4b"), {"tokens": 1, "past": 131_071}, bits="bf16", runtime=runtime)


def test_gemma_3_in_llama_cpp_has_the_bytes_of_its_log() -> None:
    # ollama/ollama#17037: 5 layers with 131,072 cells, 29 with 1,024 + 512
    assert gemma("llama.cpp").kv_bytes_of_runtime == (2560 + 174) * 2**20
    assert gemma("llama.cpp").totals.kv_bytes == gemma().totals.kv_bytes  # exact all the same
    assert gemma("llama.cpp").to_json_dict()["runtime"] == {"name": "llama.cpp", "kv_bytes": (2560 + 174) * 2**20}
    assert gemma().kv_bytes_of_runtime is None
    assert "runtime" not in gemma().to_json_dict()


@pytest.mark.parametrize(
    "model, kept, more",
    [
        ("falcon_40b", 60 * 128 * 64, "; keys and values that 16 query heads share are stored 16 times"),
        ("falcon_7b", 32 * 1 * 64, ""),
        ("pythia_1b", 16 * 8 * 256, ""),
        ("llama3_8b", 32 * 8 * 128, ""),
    ],
)
def test_transformers_keeps_what_heads_of_falcon_share_once_for_each(model: str, kept: int, more: str) -> None:
    found = analyse(load(model), {"tokens": 1, "past": 99}, bits="bf16", runtime="transformers")
    assert found.kv_bytes_of_runtime == 2 * 100 * kept * 2
    assert padding_of(RUNTIMES["transformers"], found.graph) == RUNTIMES["transformers"].padding + more
    assert padding_of(RUNTIMES["vllm"], found.graph) == RUNTIMES["vllm"].padding


@pytest.mark.parametrize("is_new", [True, False])
def test_one_key_of_all_heads_is_kept_for_each_in_the_new_architecture_of_falcon(tmp_path: Path, is_new: bool) -> None:
    config = {
        "model_type": "falcon", "hidden_size": 512, "num_hidden_layers": 1, "num_attention_heads": 8, "vocab_size": 64,
        "new_decoder_architecture": is_new, "num_kv_heads": 1, "parallel_attn": True, "bias": False,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    model = load_source(tmp_path / "config.json")
    kept = [
        analyse(model, {"tokens": 5}, bits="fp32", runtime=name).kv_bytes_of_runtime
        for name in ("transformers", "vllm")
    ]
    assert kept == [2 * 5 * (8 if is_new else 1) * 64 * 4, 2 * 16 * 64 * 4]  # keys of [1, 8, 5, 64] in a run of it


@pytest.mark.parametrize(
    "runtime, kv, refused",
    [
        ("llama.cpp", "nvfp4", "nvfp4"), ("llama.cpp", "fp8", "fp8"), ("llama.cpp", "k=q8_0,v=int8", "int8"),
        ("vllm", "q8_0", "Q8_0"), ("vllm", "int4g128", "int4g128"), ("transformers", "q8_0", "Q8_0"),
        ("transformers", "fp8", "fp8"),
    ],
)  # fmt: skip
def test_a_format_that_a_runtime_lacks_is_refused_and_its_own_are_named(runtime: str, kv: str, refused: str) -> None:
    found = analyse(load("llama3_1b"), runtime=runtime, kv=kv)
    with pytest.raises(OpError, match=f"--runtime {runtime}: it cannot keep keys and values in {refused}$") as caught:
        _ = found.kv_bytes_of_runtime
    assert caught.value.hint == "--kv " + " or ".join(RUNTIMES[runtime].formats).lower()


@pytest.mark.parametrize("runtime", ["vllm", "transformers"])
def test_a_runtime_with_one_format_for_keys_and_values_refuses_two(runtime: str) -> None:
    found = analyse(load("llama3_1b"), runtime=runtime, kv="k=fp16,v=bf16")
    said = f"--runtime {runtime}: it keeps keys and values in one format, but these have fp16 and bf16"
    with pytest.raises(OpError, match=said) as caught:
        _ = found.kv_bytes_of_runtime
    assert caught.value.hint == "--kv fp16"
    assert analyse(load("llama3_1b"), runtime="llama.cpp", kv="k=fp16,v=q8_0").kv_bytes_of_runtime


@pytest.mark.parametrize("name", list(RUNTIMES))
def test_every_format_of_a_runtime_is_one_that_kv_takes(name: str) -> None:
    for kv in RUNTIMES[name].formats:
        assert analyse(load("llama3_1b"), runtime=name, kv=kv.lower()).kv_bytes_of_runtime


def test_llama_cpp_keeps_heads_in_whole_blocks_of_a_format() -> None:
    found = analyse(load("llama3_8b"), {"tokens": 1, "past": 255}, runtime="llama.cpp", kv="q8_0")  # heads of 128
    assert found.kv_bytes_of_runtime == 32 * 2 * 256 * 1024 // 32 * 34
    narrow = analyse(
        load("phi3_mini"), {"tokens": 1, "past": 255, "heads": 40, "kv_heads": 40}, runtime="llama.cpp", kv="q8_0"
    )
    with pytest.raises(OpError, match="has 76 features, but Q8_0 needs a multiple of 32"):
        _ = narrow.kv_bytes_of_runtime


def test_letters_of_a_runtime_may_be_of_either_case() -> None:
    found = analyse(load("qwen2_0_5b"), {"tokens": 1, "past": 16}, runtime="VLLM")
    assert (found.runtime, found.kv_bytes_of_runtime) == ("vllm", 32 * found.totals.kv_bytes_per_token)


def test_what_is_no_runtime_or_has_no_cache_is_refused() -> None:
    with pytest.raises(OpError, match="unknown runtime 'vlm'"):
        gemma("vlm")
    with pytest.raises(OpError, match="no layer of ResNet-18 keeps keys or values, which it would pad"):
        analyse(load("resnet18"), runtime="vllm")


def test_what_the_first_call_kept_of_an_encoder_grows_no_further() -> None:
    first, later = [
        analyse(load("whisper_base"), params, bits="bf16", runtime="transformers")
        for params in ({"tokens": 100}, {"tokens": 1, "past": 99})
    ]
    assert first.kv_bytes_of_runtime == later.kv_bytes_of_runtime == 6 * 2 * (1500 + 100) * 512 * 2
    paged = analyse(load("whisper_base"), {"tokens": 1, "past": 99}, bits="bf16", runtime="vllm")
    assert paged.kv_bytes_of_runtime == 6 * 2 * (94 + 7) * 16 * 512 * 2
    with pytest.raises(
        OpError, match="it has no cache for the keys and values of an encoder, which Whisper base needs"
    ) as caught:
        analyse(load("whisper_base"), runtime="llama.cpp")
    assert caught.value.hint == "it computes those of T5 again in each call, and it does not run Whisper"
