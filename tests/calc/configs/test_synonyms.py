"""Two names of one thing may both be there, and must not contradict each other."""

import json
from typing import Any

import pytest

from calc.configs import text_of_config
from calc.configs.synonyms import SYNONYMS
from calc.errors import SpecError
from tests.language.published import CONFIGS

OF_TYPE = {config["model_type"]: config for config in CONFIGS.values()}
GPT_OSS = {"model_type": "gpt_oss"}


def written(fields: dict[str, Any]) -> str:
    return text_of_config(json.dumps(fields, indent=1).encode(), "c").partition("params:")[2]


def said(fields: dict[str, Any]) -> list[str]:
    with pytest.raises(SpecError) as caught:
        written(fields)
    assert all(problem.place is not None for problem in caught.value.problems)
    return [problem.fact for problem in caught.value.problems]


PAIRS = [(kind, other, name) for kind, names in SYNONYMS.items() for other, name in names.items()]


@pytest.mark.parametrize("kind, other, name", PAIRS)
def test_names_of_one_thing(kind: str, other: str, name: str) -> None:
    """Either counts alone, and both do where they agree."""
    published = OF_TYPE[kind]
    value = next((published[key] for key in (name, other) if key in published), 8)
    config = {key: each for key, each in published.items() if key not in {name, *SYNONYMS[kind]}}
    assert written(config | {name: value}) == written(config | {other: value})
    assert written(config | {name: value}) == written(config | {name: value, other: value})
    assert said(config | {name: value, other: value + 1}) == [
        f"{other}={value + 1} contradicts {name}={value}, another name of the same"
    ]


@pytest.mark.parametrize(
    "fields, fact",
    [
        ({"experts_per_token": 4}, ""),
        (
            {"experts_per_token": 3},
            "experts_per_token=3 contradicts num_experts_per_tok=4, which takes precedence",
        ),
        (
            {"experts_per_token": 3, "num_experts_per_tok": 2},
            "experts_per_token=3 contradicts num_experts_per_tok=2, which takes precedence",
        ),
        (
            OF_TYPE["t5"] | {"feed_forward_proj": "gated-gelu", "is_gated_act": False},
            'is_gated_act=false contradicts feed_forward_proj="gated-gelu", which takes precedence',
        ),
        (
            OF_TYPE["t5"] | {"feed_forward_proj": "gated-gelu", "dense_act_fn": "relu"},
            'dense_act_fn="relu" contradicts feed_forward_proj="gated-gelu", which takes precedence',
        ),
        (
            OF_TYPE["t5"] | {"feed_forward_proj": "gated-gelu", "is_gated_act": True, "dense_act_fn": "gelu_new"},
            "",
        ),
    ],
)
def test_fields_that_follow_from_another(fields: dict[str, Any], fact: str) -> None:
    if fact:
        assert said(GPT_OSS | fields) == [fact]
    else:
        assert written(GPT_OSS | fields)


@pytest.mark.oracles("transformers")
def test_the_table_is_that_of_transformers() -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    for kind in OF_TYPE:
        for other, name in CONFIG_MAPPING[kind].attribute_map.items():
            assert SYNONYMS[kind][other] == name, kind
