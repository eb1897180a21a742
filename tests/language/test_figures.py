"""Published figures of language models, and what they are made of."""

import pytest

from calc.analysis import Totals, analyse
from calc.spec import load
from calc.spec.shelf import packaged

PARAMS = {
    "bert_base": 109_482_240,  # keras-hub, bge_base_v1.5_en
    "flan_t5_small": 76_961_152,  # keras-hub, flan_small_multi
    "flan_t5_xl": 2_849_757_184,  # the Hub
    "t5_base": 222_903_552,  # the Hub
    "t5_large": 737_668_096,  # keras-hub, t5_large_multi
    "whisper_base": 72_593_920,  # the Hub
    "whisper_large_v3": 1_543_490_560,  # the Hub
    "whisper_medium": 763_857_920,  # keras-hub, whisper_medium_multi
    "falcon_7b": 6_921_720_704,  # transformers on meta
    "falcon_40b": 41_303_293_952,  # transformers on meta
    "gpt_neox_20b": 20_554_567_680,  # transformers on meta
    "opt_125m": 125_239_296,  # transformers on meta
    "opt_6_7b": 6_658_473_984,  # transformers on meta
    "pythia_1b": 1_011_781_632,  # transformers on meta
    "roberta_base": 124_645_632,  # transformers on meta
    "roberta_large": 355_359_744,  # transformers on meta
    "deepseek_v3": 671_026_404_352,  # transformers on meta, whose 58 · 256 biases of routers are buffers
    "gemma_2b": 2_506_172_416,  # keras-hub, code_gemma_1.1_2b_en
    "gemma_7b": 8_537_680_896,  # keras-hub, gemma_1.1_instruct_7b_en
    "gemma2_27b": 27_227_128_320,  # keras-hub, gemma2_27b_en
    "gemma2_2b": 2_614_341_888,  # keras-hub, gemma2_2b_en
    "gemma3_1b": 999_885_952,  # keras-hub, gemma3_1b
    "gpt2": 124_439_808,  # keras-hub and the Hub; its tied head once
    "gpt_oss_20b": 20_914_757_184,  # keras-hub, gpt_oss_20b_en
    "gpt_oss_120b": 116_829_156_672,  # keras-hub
    "llama2_7b": 6_738_415_616,  # keras-hub; the Hub counts 32 · 64 frequencies of rotary positions too
    "llama3_1b": 1_235_814_400,  # the Hub; keras-hub prints 1,498,482,688, which is untied
    "llama3_8b": 8_030_261_248,  # the Hub and keras-hub
    "llama3_70b": 70_553_706_496,  # transformers on meta
    "mistral_7b": 7_241_732_096,  # keras-hub, mistral_instruct_7b_en
    "mistral_nemo_12b": 12_247_782_400,  # the Hub
    "mistral_small_24b": 23_572_403_200,  # keras-hub, magistral_small_2507_en
    "mixtral_8x22b": 140_620_634_112,  # the Hub
    "mixtral_8x7b": 46_702_792_704,  # the Hub
    "phi3_medium": 13_960_238_080,  # the Hub
    "phi3_mini": 3_821_079_552,  # transformers on meta
    "qwen2_0_5b": 494_032_768,  # transformers on meta
    "qwen2_7b": 7_615_616_512,  # keras-hub, qwen2.5_math_instruct_7b_en
    "qwen3_0_6b": 596_049_920,  # transformers on meta
    "qwen3_8b": 8_190_735_360,  # keras-hub, qwen3_8b_en
    "qwen3_235b_a22b": 235_093_634_560,  # the Hub
    "starcoder2_3b": 3_030_371_328,  # the Hub
    "starcoder2_15b": 15_957_889_024,  # the Hub
    "qwen3_30b_a3b": 30_532_122_624,  # keras-hub, qwen3_coder_instruct_30b_a3b_en
}
MACS = {  # of 128 tokens and a head on each, by PyTorch's counter on transformers' networks with eager attention
    "gpt2": 16_114_089_984,
    "llama2_7b": 850_000_871_424,
    "llama3_8b": 964_891_246_592,
    "qwen2_0_5b": 63_931_678_720,
}
KV_BYTES_PER_TOKEN = {  # in bf16
    "gpt2": 36_864,
    "gpt2_xl": 307_200,  # published as 300 KiB
    "gpt_oss_120b": 73_728,  # what vLLM logs
    "llama2_7b": 524_288,
    "llama3_1b": 32_768,  # 16 · 2 · 8 · 64 · 2
    "llama3_8b": 131_072,  # published as 128 KiB
    "mixtral_8x7b": 131_072,
    "whisper_large_v3": 32 * 2 * 1280 * 2,  # of the decoder's own
    "deepseek_v3": 61 * (512 + 64) * 2,  # the latent and the shared key of each layer, arXiv:2412.19437
}
CROSS_KV_BYTES = {  # in bf16: keys and values of the tokens, or the positions, that the encoder reads
    "t5_base": 12 * 2 * 128 * 768 * 2,
    "t5_large": 24 * 2 * 128 * 1024 * 2,
    "flan_t5_small": 8 * 2 * 128 * 6 * 64 * 2,
    "flan_t5_xl": 24 * 2 * 128 * 32 * 64 * 2,
    "whisper_base": 6 * 2 * 1500 * 512 * 2,
    "whisper_medium": 24 * 2 * 1500 * 1024 * 2,
    "whisper_large_v3": 32 * 2 * 1500 * 1280 * 2,
}


def totals(name: str, **params: object) -> Totals:
    return analyse(load(name), params, bits="bf16").totals


@pytest.mark.parametrize("name", PARAMS)
def test_params(name: str) -> None:
    assert totals(name).params == PARAMS[name]


@pytest.mark.parametrize("name", MACS)
def test_macs_of_128_tokens(name: str) -> None:
    assert totals(name).macs == MACS[name]


@pytest.mark.parametrize("name", KV_BYTES_PER_TOKEN)
def test_kv_bytes_of_a_token(name: str) -> None:
    assert totals(name).kv_bytes_per_token == KV_BYTES_PER_TOKEN[name]


def test_every_packaged_language_model_names_its_source_and_keeps_all_of_128_tokens() -> None:
    names = [name for name, path in packaged().items() if path.parent.name == "language"]
    assert set(PARAMS) | set(MACS) | set(KV_BYTES_PER_TOKEN) <= set(names)
    for name in names:
        assert "\nsource: " in packaged()[name].read_text(encoding="utf-8")
        found = totals(name)
        assert found.kv_bytes == 128 * found.kv_bytes_per_token + CROSS_KV_BYTES.get(name, 0)


@pytest.mark.parametrize(
    "name, vocabulary, published",
    [("bert_base", 28996, 108_310_272), ("bert_large", 28996, 333_579_264)],  # keras-hub, bert_…_en: cased
)
def test_other_vocabularies(name: str, vocabulary: int, published: int) -> None:
    assert totals(name, vocabulary=vocabulary).params == published


@pytest.mark.parametrize("name", ["flan_t5_small", "whisper_base"])
def test_a_later_call_reads_what_the_first_one_kept_of_the_encoder(name: str) -> None:
    first, later = totals(name), totals(name, tokens=1, past=128)
    assert later.kv_bytes == first.kv_bytes + first.kv_bytes_per_token
    assert (later.params, later.weight_bytes) == (first.params, first.weight_bytes)
    assert 50 * later.macs < first.macs


def test_macs_of_a_later_call_of_whisper() -> None:
    decoder = 24 * (6 * 1024**2 + 2 * 1024 * 4096) + 51865 * 1024  # q, k, v, out; q and out; the MLP; the head
    pairs = 24 * 2 * 1024 * (100 + 1500)
    assert totals("whisper_medium", tokens=1, past=99).macs == decoder + pairs


def test_active_params_of_mixtral() -> None:
    attention, expert = 2 * 4096 * 4096 + 2 * 4096 * 1024, 3 * 4096 * 14336
    layer = attention + 4096 * 8 + 2 * expert + 2 * 4096
    assert totals("mixtral_8x7b").active_params == 2 * 32000 * 4096 + 32 * layer + 4096 == 12_879_925_248


def test_a_decode_step_of_llama() -> None:
    found = totals("llama3_8b", tokens=1, past=4095)
    of_matrices = 8_030_261_248 - 128256 * 4096 - 65 * 4096  # neither the table of tokens nor norms
    assert found.macs == found.causal_macs == of_matrices + 32 * 4096 * 2 * 4096
    assert found.kv_bytes == 4096 * 131_072
    assert found.params == PARAMS["llama3_8b"]


def test_a_prefill_is_half_a_square_for_whoever_skips_what_is_masked() -> None:
    found = totals("llama3_8b", tokens=2048)
    assert found.macs - found.causal_macs == 32 * 2 * 4096 * (2048 * 2047 // 2)


def test_windows_of_gemma_hold_what_a_log_says() -> None:
    """ollama/ollama#17037: 2,560 MiB of full layers at 131,072 cells, 174 MiB of sliding ones at 1,536 cells, which are
    the window and the 512 tokens of a batch."""
    found = totals("gemma3_4b", tokens=1, past=131_071)
    of_token = 2 * 4 * 256 * 2  # keys and values of one layer
    assert 5 * 131_072 * of_token == 2560 * 2**20
    assert 29 * 1536 * of_token == 174 * 2**20
    assert found.kv_bytes == 2560 * 2**20 + 29 * 1024 * of_token


def test_latent_attention_where_keys_and_values_of_heads_are_kept() -> None:
    """ollama/ollama#5136: 8,640 MiB at a context of 32,768 for DeepSeek-V2-Lite, 27 · 16 · (192 + 128) · 2 a token."""
    assert totals("deepseek_v2_lite", tokens=1, past=32_767, latent=False).kv_bytes == 8640 * 2**20
    assert totals("deepseek_v2_lite", tokens=1, past=32_767).kv_bytes == 32_768 * 27 * (512 + 64) * 2


def test_the_whole_of_llama_in_half_precision_and_in_integers_of_four_bits() -> None:
    assert totals("llama3_8b").weight_bytes == 16_060_522_496
    packed = analyse(load("llama3_8b"), bits="ct4g128:llm").totals.weight_bytes
    assert packed == 5_700_595_200  # vllm-project/llm-compressor#1215: W4A16, lm_head ignored


@pytest.mark.parametrize(
    "name, gib, size", [("gpt_oss_20b", "12.8", 13_761_264_768), ("gpt_oss_120b", "60.8", 65_248_815_744)]
)
def test_gpt_oss_as_it_is_published(name: str, gib: str, size: int) -> None:
    """OpenAI 2025, arXiv:2508.10925, Table 1: the checkpoints, whose experts are in MXFP4, the rest in bf16."""
    depth, experts = (24, 32) if name == "gpt_oss_20b" else (36, 128)
    narrow = depth * experts * 3 * 2880 * 2880
    found = analyse(load(name), bits="mxfp4:experts")
    stored = found.totals.weight_bytes
    assert found.weight_bytes_by_role["embeddings"] == found.weight_bytes_by_role["head"] == 201_088 * 2880 * 2
    assert stored == narrow * 17 // 32 + 2 * (PARAMS[name] - narrow) == size
    assert f"{stored / 2**30:.1f}" == gib


def test_deepseek_v3_as_it_is_published() -> None:
    """Its main model: fp8 with a float of 32 bits for each 128 × 128, but for embedding, head, norms and routers."""

    def matrix(rows: int, columns: int) -> int:
        return rows * columns + 4 * -(-rows // 128) * -(-columns // 128)

    attention = matrix(1536, 7168) + matrix(128 * 192, 1536) + matrix(576, 7168) + matrix(128 * 256, 512)
    attention += matrix(7168, 128 * 128)
    dense, expert = (2 * matrix(each, 7168) + matrix(7168, each) for each in (18432, 2048))
    floats = 2 * 129280 * 7168 + 58 * 256 * 7168 + 61 * (2 * 7168 + 1536 + 512) + 7168
    stored = analyse(load("deepseek_v3"), bits="fp8_tile128").totals.weight_bytes
    assert stored == 61 * attention + 3 * dense + 58 * 257 * expert + 2 * floats
