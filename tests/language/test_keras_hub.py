"""Counts that keras-hub publishes of its presets, where the network is one of ours: all of it, or less what is named.

Not here are presets of other families, those whose count test_figures.py has, and these:

- falcon_refinedweb_1b_en: its attention and its MLP follow one another, and its positions are biases (alibi), which
  ``calc import`` refuses by name.
- gemma3_4b, gemma3_27b, medgemma and translategemma: with what sees images.
- opt_2.7b_en: printed as 2,700,000,000, and so it rounds.
- qwen2.5_coder_7b, 6,993,420,288, and qwen2.5_coder_instruct_1.5b, 1,543,434,240: no config of that name has such a
  size; the Hub says 7,615,616,512 and 1,543,714,304.
"""

from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.spec import load

LLAMA_3B = {"dim": 3072, "depth": 28, "heads": 24, "tied": False}
MINILM = {"dim": 384, "heads": 12, "hidden": 4 * 384}
QWEN3_4B = {"vocabulary": 151665, "dim": 2560, "depth": 36, "heads": 32, "hidden": 9728}
GEMMA3_12B = {"vocabulary": 262144, "dim": 3840, "depth": 48, "heads": 16, "kv_heads": 8, "hidden": 15360}
PRESETS: dict[str, tuple[str, dict[str, Any], int]] = {
    "bert_tiny_en_uncased": ("bert_base", {"dim": 128, "depth": 2, "heads": 2}, 4_385_920),
    "all_minilm_l12_v2_en, bge_small_en": ("bert_base", MINILM, 33_360_000),
    "multi_qa_minilm_l6_cos_v1_en": ("bert_base", MINILM | {"depth": 6}, 22_713_216),
    "bge_small_v1.5_zh": ("bert_base", {"vocabulary": 21128, "dim": 512, "depth": 4, "heads": 8}, 23_953_920),
    "multilingual_e5_small": ("bert_base", MINILM | {"vocabulary": 250037}, 117_653_760),
    "gemma3_12b_text": ("gemma3_4b", GEMMA3_12B, 11_765_788_416),
    "gpt2_medium_en": ("gpt2", {"dim": 1024, "depth": 24, "heads": 16}, 354_823_168),
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
