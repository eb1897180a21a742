"""What of a config is refused, all at once and each where it stands."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from calc.configs import MODEL_TYPES, is_config, spec_of_config, text_of_config
from calc.errors import SpecError
from calc.spec import loads
from tests.calc.configs.test_configs import problems, text
from tests.language.published import CONFIGS


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"num_key_value_heads": 3}, "config.json:8:2: num_key_value_heads=3 does not divide num_attention_heads=4"),
        ({"num_attention_heads": 5}, "config.json:4:2: hidden_size=32 is not a multiple of num_attention_heads=5"),
        ({"vocab_size": -1}, "config.json:3:2: vocab_size=-1: must be an integer of at least 1"),
        ({"vocab_size": "61"}, 'config.json:3:2: vocab_size="61": must be an integer of at least 1'),
        ({"vocab_size": True}, "config.json:3:2: vocab_size=true: must be an integer of at least 1"),
        (
            {"vocab_size": 10**30},
            f"config.json:3:2: vocab_size={10**30}: must be an integer of at least 1 and at most 2,147,483,647",
        ),
        ({"vocab_size": 10**4000}, "config.json:3:2: vocab_size=Infinity: must be an integer of at least 1"),
        ({"vocab_size": 61.0}, "config.json:3:2: vocab_size=61.0: must be an integer of at least 1"),
        ({"vocab_size": float("nan")}, "config.json:3:2: vocab_size=NaN: must be an integer of at least 1"),
        ({"vocab_size": [61]}, "config.json:3:2: vocab_size=[61]: must be an integer of at least 1"),
        ({"vocab_size": None}, "config.json:3:2: needs vocab_size: an integer of at least 1"),
        ({"tie_word_embeddings": "yes"}, 'config.json:8:2: tie_word_embeddings="yes": must be true or false'),
        ({"hidden_act": "relu9"}, 'config.json:8:2: hidden_act="relu9": is not understood'),
        ({"rms_norm_eps": 0}, "config.json:8:2: rms_norm_eps=0: must be a number above 0"),
        ({"sandwich": 3}, "config.json:8:2: sandwich is not understood, and may change a count"),
        (
            {"architectures": ["LlamaForSequenceClassification"]},
            "config.json:8:2: architectures: LlamaForSequenceClassification, but model_type=llama is counted as",
        ),
        (
            {"architectures": ["Qwen2ForCausalLM"]},
            "config.json:8:2: architectures: Qwen2ForCausalLM, but model_type=llama is counted as LlamaForCausalLM",
        ),
        ({"architectures": [["LlamaForCausalLM"]]}, "config.json:8:2: architectures: ['LlamaForCausalLM'], but model"),
        (
            {"is_encoder_decoder": True},
            "config.json:8:2: is_encoder_decoder=true: only false is understood",
        ),
        (
            {"model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 5},
            "config.json:9:2: num_experts_per_tok=5 is more than num_local_experts=4",
        ),
        (
            {
                "model_type": "mistral",
                "sliding_window": 8,
                "layer_types": ["full_attention"],
                "num_key_value_heads": 4,
            },
            'config.json:9:2: layer_types=["full_attention"]: must be a list of 4 of full_attention, sliding_attention',
        ),
        *[
            (
                {"model_type": kind, "sliding_window": window, "layer_types": types, "num_key_value_heads": 4},
                f"config.json:9:2: layer_types must be {all_have} for every layer of the model_type {kind}",
            )
            for kind in ("mistral", "phi3", "starcoder2")
            for window, types, all_have in (
                (8, ["full_attention"] * 3 + ["sliding_attention"], "sliding_attention"),
                (None, ["sliding_attention"] * 4, "full_attention"),
            )
        ],
        (
            {"model_type": "qwen2", "layer_types": ["sliding_attention"] * 4, "num_key_value_heads": 4},
            "config.json:8:2: layer_types has layers with a window, but use_sliding_window is not true",
        ),
        (
            {"model_type": "mistral"},
            "config.json:1:1: num_key_value_heads=8 does not divide num_attention_heads=4",
        ),
        (
            {"model_type": "gemma", "num_key_value_heads": None},
            "config.json:8:2: num_key_value_heads=null: must be an integer",
        ),
        (
            {"model_type": "gemma2", "num_key_value_heads": 2, "sliding_window": None},
            "config.json:9:2: sliding_window=null: must be an integer",
        ),
        (
            {"model_type": "qwen3_moe", "num_key_value_heads": 4, "mlp_only_layers": [1, 99]},
            "config.json:9:2: mlp_only_layers has 99, and layers are numbered 0 to 3",
        ),
        (
            {"model_type": "bert", "is_decoder": True, "hidden_act": "gelu"},
            "config.json:8:2: is_decoder=true: only false is understood",
        ),
        (
            {"model_type": "falcon", "intermediate_size": None, "apply_residual_connection_post_layernorm": True},
            "config.json:8:2: apply_residual_connection_post_layernorm=true: only false is understood",
        ),
        (
            {"model_type": "phi3", "attention_bias": True},
            "config.json:8:2: attention_bias=true: only false is understood",
        ),
        (
            {"model_type": "qwen2", "num_key_value_heads": 4, "use_mrope": True},
            "config.json:9:2: use_mrope=true: only false is understood",
        ),
        (
            {"model_type": "deepseek_v2", "num_key_value_heads": 4},
            "config.json:1:1: needs num_experts_per_tok: an integer of at least 1",
        ),
        ({"model_type": "gemma3n_text"}, 'config.json:2:2: model_type="gemma3n_text" has AltUp, low-rank residuals'),
        (
            {"model_type": "gemma3n", "text_config": {}},
            'config.json:2:2: model_type="gemma3n" has AltUp, ',
        ),
        (
            {"model_type": "bert", "hidden_act": "gelu", "architectures": ["BertForPreTraining"]},
            "config.json:9:2: architectures: BertForPreTraining, but model_type=bert is counted as BertModel or",
        ),
        (
            {"model_type": "bert", "hidden_act": "gelu", "architectures": ["BertModel", "BertForMaskedLM"]},
            "config.json:9:2: architectures: BertModel and BertForMaskedLM; it is unknown which head the model has",
        ),
        (
            {
                "model_type": "bert",
                "hidden_act": "gelu",
                "architectures": ["BertForMaskedLM"],
                "tie_word_embeddings": False,
            },
            "config.json:12:2: tie_word_embeddings=false: only true is understood",
        ),
        (
            {
                "model_type": "roberta",
                "hidden_act": "gelu",
                "architectures": ["RobertaForTokenClassification"],
                "id2label": {"0": "a", "1": "b"},
                "num_labels": 3,
            },
            "config.json:16:2: num_labels=3 contradicts id2label, which names 2 labels",
        ),
        (
            {"model_type": "bert", "pruned_heads": {"0": [1]}},
            'config.json:8:2: pruned_heads={"0": [1]}: heads that are removed when the network is built, which',
        ),
        (
            {"model_type": "gpt2", "intermediate_size": None, "add_cross_attention": True},
            "config.json:8:2: add_cross_attention=true: only false is understood",
        ),
        (
            {"model_type": "t5", "intermediate_size": None, "feed_forward_proj": ["relu"]},
            'config.json:8:2: feed_forward_proj=["relu"]: is not understood',
        ),
        ({"model_type": "llava", "text_config": {}}, 'config.json:2:2: model_type="llava" has several parts'),
        ({"model_type": "lama"}, 'config.json:2:2: unknown model_type "lama"'),
        (
            {"num_hidden_layers": 10**5},
            "config.json:6:2: num_hidden_layers=100000: must be an integer of at least 1 and at most 200",
        ),
        (
            {"head_dim": 3},
            "config.json:8:2: 3 of the 3 features of a head are rotated, which is not a positive number of pairs",
        ),
        ({"rope_parameters": {"rope_theta": True}}, "config.json:9:3: rope_theta=true: must be a number above 0"),
        ({"rope_parameters": {"rope_theta": float("nan")}}, "config.json:9:3: rope_theta=NaN: must be a number above"),
        (
            {"model_type": "phi3", "partial_rotary_factor": 1.5},
            "config.json:8:2: 12 of the 8 features of a head are rotated",
        ),
        (
            {"model_type": "mixtral", "num_local_experts": 10**6},
            "config.json:8:2: num_local_experts=1000000: must be an integer of at least 1 and at most 10,000",
        ),
        ({"a" * 10**5: 1}, f'config.json:8:2: "{"a" * 56}… is not understood'),
        ({"": 1}, 'config.json:8:2: "" is not understood'),
        ({"model_type": None}, "config.json:2:2: model_type is missing, so the family of the model is unknown"),
        ({"model_type": ["llama"]}, 'config.json:2:2: unknown model_type ["llama"]'),
    ],
)
def test_what_is_refused(fields: dict[str, Any], said: str) -> None:
    found = problems(**fields)
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize("known, hint", [("lama", "\n  hint: did you mean llama?"), ("mamba", ""), (["llama"], "")])
def test_an_unknown_type_is_told_with_all_that_are_known(known: Any, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        text(model_type=known)
    head, *lines = str(caught.value).removesuffix(hint).split("\n")
    assert head == f"config.json:2:2: unknown model_type {json.dumps(known)}"
    assert max(map(len, lines)) <= 78
    listed = " ".join(line.strip() for line in lines).removeprefix("known are ").split(", ")
    assert listed == sorted([*MODEL_TYPES, "gemma3"])


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"n_group": 5}, "n_group=5 does not divide n_routed_experts=256"),
        ({"topk_group": 9}, "topk_group=9 is more than n_group=8"),
        (
            {"topk_group": 1, "num_experts_per_tok": 33},
            "num_experts_per_tok=33 is more than the experts of topk_group=1",
        ),
    ],
)
def test_groups_that_experts_cannot_be_chosen_among(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        text_of_config(json.dumps(CONFIGS["deepseek_v3"] | fields).encode(), "config.json")


def test_heads_of_keys_that_deepseek_v3_has_not() -> None:
    """Its keys are made from what is latent: as many as heads, or not said, or null, is the same network."""
    given = {key: value for key, value in CONFIGS["deepseek_v3"].items() if key != "num_key_value_heads"}
    said = text_of_config(json.dumps(CONFIGS["deepseek_v3"]).encode(), "config.json")
    assert text_of_config(json.dumps(given).encode(), "config.json") == said
    assert text_of_config(json.dumps(given | {"num_key_value_heads": None}).encode(), "config.json") == said
    with pytest.raises(SpecError, match="num_key_value_heads=8: only 128 is understood"):
        text_of_config(json.dumps(given | {"num_key_value_heads": 8}).encode(), "config.json")


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(problems(vocab_size=0, hidden_size="x", sandwich=1, tie_word_embeddings=2)) == 4


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "c:1:1: not JSON"),
        (b"[1]", "c:1:1: a config must be a mapping"),
        (b'{"model_type": "llama",\n "a": }', "c:2:7: not JSON"),
        (b"\xff\xfe", "c: cannot be read: not UTF-8"),
        (b"[" * 100_000, "c:1:101: nested more than 100 deep"),
        (b'{"a": "[[", "b":\n' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}", "c:2:496: nested more than 100 deep"),
        (b'{"a": 1,\n "b": {"c": 1, "c": 2}, "a": 1}', "c:2:16: c occurs twice.*\nc:2:25: a occurs twice"),
        (b'{"a": 1}\0', "c:1:9: not JSON"),
        ('{"a": 1}'.encode("utf-16"), "c: cannot be read: not UTF-8"),
        (b'{"a": ' + b"9" * 5000 + b"}", "c:1:1: model_type is missing"),
    ],
)
def test_what_is_no_config(data: bytes, said: str) -> None:
    with pytest.raises(SpecError, match=f"^{said}"):
        text_of_config(data, "c")
    assert not is_config(data)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b" " * (4 * 2**20 + 1))
    with pytest.raises(SpecError, match="cannot be read"):
        spec_of_config(file)


EXTREMES = [None, True, 0, -1, 10**30, 0.5, float("nan"), "8", [], [[None]], {}, {"rope_theta": -1}]


def refused(fields: dict[str, Any]) -> SpecError | None:
    try:
        loads(text_of_config(json.dumps(fields).encode(), "config.json"))
    except SpecError as error:
        return error
    return None


@pytest.mark.parametrize("name", ["gemma3_1b"])
def test_every_field_at_every_extreme_is_taken_or_refused_at_its_place(name: str) -> None:
    usual = CONFIGS[name] | {"rope_parameters": {}, "quantization_config": {}, "_name_or_path": "a"}
    found = [refused(usual | {key: value}) for key, value in itertools.product(usual, EXTREMES)]
    places = [problem.place for error in found if error is not None for problem in error.problems]
    assert len(places) > len(usual)
    assert {place.file if place else place for place in places} == {"config.json"}
