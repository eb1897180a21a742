"""Counts that keras-hub publishes of its presets, where the network is one of ours: all of it, or less what is named.

Not here are presets of other families, those whose count test_figures.py has, and these:

- llama2_instruct_7b_en_int8, which counts scales of int8 too: tests/calc/claims/test_beside.py has it;
- qwen2.5_coder_7b, 6,993,420,288, and qwen2.5_coder_instruct_1.5b, 1,543,434,240: no config of that name has such a
  size; the Hub says 7,615,616,512 and 1,543,714,304.
"""

from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.spec import load

LLAMA_3B = {"dim": 3072, "depth": 28, "heads": 24, "tied": False}
MINILM = {"dim": 384, "heads": 12, "hidden": 4 * 384}
FALCON_1B = {  # its parts follow one another and its positions are biases (alibi): of the same parameters, other MACs
    "vocabulary": 50304, "dim": 2048, "depth": 24, "heads": 32, "kv_heads": 32, "norms": 2, "bias": True,
}  # fmt: skip
QWEN3_4B = {"vocabulary": 151665, "dim": 2560, "depth": 36, "heads": 32, "hidden": 9728}
GEMMA3_12B = {"vocabulary": 262144, "dim": 3840, "depth": 48, "heads": 16, "kv_heads": 8, "hidden": 15360}
PRESETS: dict[str, tuple[str, dict[str, Any], int]] = {
    "bert_tiny_en_uncased": ("bert_base", {"dim": 128, "depth": 2, "heads": 2}, 4_385_920),
    "all_minilm_l12_v2_en, bge_small_en": ("bert_base", MINILM, 33_360_000),
    "multi_qa_minilm_l6_cos_v1_en": ("bert_base", MINILM | {"depth": 6}, 22_713_216),
    "bge_small_v1.5_zh": ("bert_base", {"vocabulary": 21128, "dim": 512, "depth": 4, "heads": 8}, 23_953_920),
    "multilingual_e5_small": ("bert_base", MINILM | {"vocabulary": 250037}, 117_653_760),
    "falcon_refinedweb_1b_en": ("falcon_7b", FALCON_1B, 1_311_625_216),
    "gemma3_12b_text": ("gemma3_4b", GEMMA3_12B, 11_765_788_416),
    "gpt2_medium_en": ("gpt2", {"dim": 1024, "depth": 24, "heads": 16}, 354_823_168),
    "llama3.2_1b, untied": ("llama3_1b", {"tied": False}, 1_498_482_688),
    "llama3.2_instruct_3b, untied": ("llama3_1b", LLAMA_3B, 3_606_752_256),
    "qwen2.5_3b_en": ("qwen2_0_5b", {"dim": 2048, "depth": 36, "heads": 16, "hidden": 11008}, 3_085_938_688),
    "qwen2.5_coder_instruct_32b": (
        "qwen2_7b", {"dim": 5120, "depth": 64, "heads": 40, "kv_heads": 8, "hidden": 27648}, 32_763_876_352,
    ),
    "qwen2.5_instruct_72b_en": (
        "qwen2_7b", {"dim": 8192, "depth": 80, "heads": 64, "kv_heads": 8, "hidden": 29568}, 72_706_203_648,
    ),
    "qwen3_embedding_4b_en": ("qwen3_0_6b", QWEN3_4B, 4_021_774_336),
    "t5_small_multi": ("t5_base", {"dim": 512, "depth": 6, "heads": 8, "hidden": 2048}, 60_506_624),
    "whisper_medium_en": ("whisper_medium", {"vocabulary": 51864}, 763_856_896),
}  # fmt: skip
GEMMA3_27B = {"vocabulary": 262144, "dim": 5376, "depth": 62, "heads": 32, "kv_heads": 16, "head": 128, "hidden": 21504}
GEMMA2_9B = {"vocabulary": 257152, "dim": 3584, "depth": 42, "heads": 16, "kv_heads": 8, "hidden": 14336}
SEEING = {  # with what sees pictures of so many pixels, of which no spec is: the text's network, and arithmetic
    "gemma3_4b": ("gemma3_4b", {"vocabulary": 262144}, 896, 4_299_915_632),
    "medgemma_4b, medgemma_1.5_instruct_4b": ("gemma3_4b", {"vocabulary": 262208}, 896, 4_300_079_472),
    "gemma3_27b, translategemma_27b_it": ("gemma3_4b", GEMMA3_27B, 896, 27_432_062_576),
    "pali_gemma_3b_224": ("gemma_2b", {"vocabulary": 257152}, 224, 2_923_335_408),
    "pali_gemma2_pt_3b_448": ("gemma2_2b", {"vocabulary": 257152}, 448, 3_032_979_696),
    "pali_gemma2_ft_docci_10b_448, pali_gemma2_mix_10b_448": ("gemma2_2b", GEMMA2_9B, 448, 9_663_294_192),
    "pali_gemma2_pt_10b_896": ("gemma2_2b", GEMMA2_9B, 896, 9_666_833_136),
}  # fmt: skip
ROBERTA = {  # without a pooler, types and the two positions of which none is learnt
    "roberta_base_en": ("roberta_base", {}, 124_052_736),
    "xlm_roberta_base_multi": ("roberta_base", {"vocabulary": 250002}, 277_450_752),
    "multilingual_e5_large": ("roberta_large", {"vocabulary": 250002}, 558_837_760),
}
HEADLESS = {  # running statistics are parameters to Keras
    "densenet_169_imagenet": ("densenet169", "classifier", 12_642_880),
    "mobilenet_v3_small_100_imagenet": ("mobilenet_v3_small", "classifier", 939_120),
    "resnet_101_imagenet": ("resnet101", "fc", 42_605_504),
    "swin_base_patch4_window7_224": ("swin_b", "head", 86_743_224),
    "vgg_16_imagenet": ("vgg16", "classifier", 14_714_688),
    "vit_base_patch16_224_imagenet21k": ("vit_b_16", "heads", 85_798_656),
    "vit_large_patch16_224_imagenet": ("vit_l_16", "heads", 303_301_632),
    "vit_large_patch32_224_imagenet21k": ("vit_l_32", "heads", 305_510_400),
}
WHOLE = {
    "efficientnet_b0_ra_imagenet": ("efficientnet_b0", 5_288_548),
    "efficientnet_b2_ra_imagenet": ("efficientnet_b2", 9_109_994),
    "efficientnet_b5_sw_ft_imagenet": ("efficientnet_b5", 30_389_784),
}


def params_under(analysis: Analysis, scope: str) -> int:
    return sum(layer.params for layer in analysis.layers if layer.name.partition(".")[0] == scope)


@pytest.mark.parametrize("preset", PRESETS)
def test_all_of_it(preset: str) -> None:
    spec, params, published = PRESETS[preset]
    assert analyse(load(spec), params).totals.params == published


@pytest.mark.parametrize("preset", SEEING)
def test_the_text_and_what_sees_images(preset: str) -> None:
    """SigLIP So400m, arXiv:2303.15343, on patches of 14 × 14, and a matrix to the features of the text.

    In Gemma 3 a norm stands before it, in PaliGemma it has a bias.
    """
    spec, params, pixels, published = SEEING[preset]
    analysis = analyse(load(spec), params)
    dim = next(node.shape.sizes[-1] for node in analysis.graph.nodes if node.op.word == "embedding")
    layer = 4 * (1152 + 1) * 1152 + 2 * 1152 * 4304 + 4304 + 1152 + 2 * 2 * 1152
    tower = (3 * 14**2 + 1) * 1152 + (pixels // 14) ** 2 * 1152 + 27 * layer + 2 * 1152
    projector = 1152 * dim + (1152 if spec == "gemma3_4b" else dim)
    assert analysis.totals.params + tower + projector == published


def test_opt_whose_published_count_is_rounded() -> None:
    params = analyse(load("opt_125m"), {"dim": 2560, "depth": 32, "heads": 32}).totals.params
    assert round(params, -8) == 2_700_000_000  # opt_2.7b_en


@pytest.mark.parametrize("preset", ROBERTA)
def test_roberta_less_what_keras_leaves_out(preset: str) -> None:
    spec, params, published = ROBERTA[preset]
    analysis = analyse(load(spec), params)
    dim = analysis.graph.nodes[-1].shape.sizes[-1]
    assert analysis.totals.params - params_under(analysis, "pooler") - (1 + 2) * dim == published


@pytest.mark.parametrize("preset", HEADLESS)
def test_less_the_classifier_with_running_statistics(preset: str) -> None:
    spec, head, published = HEADLESS[preset]
    analysis = analyse(load(spec))
    means = sum(2 * layer.out_channels for layer in analysis.layers if layer.op == "batch_norm")
    assert analysis.totals.params - params_under(analysis, head) + means == published


@pytest.mark.parametrize("preset", WHOLE)
def test_the_whole_of_it_without_running_statistics(preset: str) -> None:
    spec, published = WHOLE[preset]
    assert analyse(load(spec)).totals.params == published
