"""Of a model that reads text and sees images the text is a language model, and what is left out is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.configs import read_config
from calc.errors import SpecError
from calc.sources.load import load
from calc.spec import loads

GEMMA3: dict[str, Any] = {  # as google/gemma-3-4b-it has it
    "architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999, "eoi_token_index": 256000,
    "image_token_index": 262144, "initializer_range": 0.02, "mm_tokens_per_image": 256, "model_type": "gemma3",
    "text_config": {
        "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024,
    },
    "vision_config": {"hidden_size": 1152, "image_size": 896, "num_hidden_layers": 27, "patch_size": 14},
}  # fmt: skip
SAID = "vision_config is left out: the parameters and MACs of the vision tower are not counted"


def read(**fields: Any) -> Any:
    return read_config(json.dumps(GEMMA3 | fields, indent=1).encode(), "config.json")


def test_the_text_of_gemma_3_is_a_language_model_that_says_what_it_has_not() -> None:
    found = read(_name_or_path="google/gemma-3-4b-it", quantization_config={"quant_method": "gptq"})
    assert found.text.startswith('name: "gemma-3-4b-it, its text"\n')
    assert f"\n# {SAID}\n" in found.text
    assert found.left_out == SAID
    assert found.stored_as is not None
    layer = 2560 * (2 * 8 + 2 * 4) * 256 + 3 * 2560 * 10240 + 4 * 2560 + 2 * 256
    assert analyse(loads(found.text)).totals.params == 262208 * 2560 + 34 * layer + 2560 == 3_880_263_168


def test_fields_that_change_no_count_are_those_of_the_text_and_those_beside_it() -> None:
    text = GEMMA3["text_config"] | {"torch_dtype": "bfloat16", "cache_implementation": None}
    found = read(torch_dtype="bfloat16", text_config=text).no_matter
    assert found == ("initializer_range", "torch_dtype", "rope_scaling", "cache_implementation")


def test_a_report_says_so_too(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(GEMMA3), encoding="utf-8")
    assert load(file).provenance.remarks == (SAID,)


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"sandwich": 3}, "sandwich beside text_config is not understood, and may change a count"),
        ({"hidden_size": 8}, "hidden_size beside text_config is not understood"),
        ({"architectures": ["Gemma3ForSequenceClassification"]}, "architectures: Gemma3ForSequenceClassification, but"),
        ({"architectures": 3}, "architectures: 3, but model_type=gemma3 is counted as Gemma3ForConditionalGeneration"),
        ({"text_config": {"model_type": "llama"}}, 'text_config has model_type="llama", but gemma3 needs gemma3_text'),
        ({"text_config": {"num_key_value_heads": 3}}, "num_key_value_heads=3 does not divide num_attention_heads=8"),
        ({"text_config": {"cut": 1}}, "cut is not understood, and may change a count"),
        ({"text_config": None}, 'model_type="gemma3" has several parts'),
        ({"text_config": [1]}, 'model_type="gemma3" has several parts'),
    ],
)
def test_what_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(**fields)
    assert len(caught.value.problems) == 1
    assert said in str(caught.value.problems[0])
    assert caught.value.problems[0].place is not None
