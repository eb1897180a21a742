"""Each family against transformers: tiny networks with the same tensors give the same logits, a cache or none."""

import json
from typing import Any

import pytest

from calc.analysis import analyse
from calc.configs import MODEL_TYPES, text_of_config
from calc.model.graph import buffers, parameters
from calc.spec import expand, load, loads
from tests.language.oracle import ENCODERS, answers, as_published, call_of, distance, ours, theirs
from tests.language.published import CONFIGS as PUBLISHED

pytestmark = [pytest.mark.torch, pytest.mark.oracles("transformers"), pytest.mark.usefixtures("doubles")]

TOKENS, WINDOW = 9, 4
SMALL: dict[str, Any] = {
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
LATENT: dict[str, Any] = SMALL | {
    "num_key_value_heads": 4,
    "q_lora_rank": 12,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 6,
    "n_routed_experts": 6,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 20,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
    "routed_scaling_factor": 1.5,
}
OLD = {key: value for key, value in SMALL.items() if key not in ("num_key_value_heads", "intermediate_size")}
BERT = OLD | {"model_type": "bert", "intermediate_size": 40, "type_vocab_size": 3}
ROBERTA = OLD | {"model_type": "roberta", "intermediate_size": 40, "pad_token_id": 1}
HEADS = ["MaskedLM", "TokenClassification", "SequenceClassification", "QuestionAnswering"]
CONFIGS: dict[str, dict[str, Any]] = {
    "llama": SMALL | {"model_type": "llama", "attention_bias": True, "mlp_bias": True, "rope_theta": 500.0},
    "llama, tied": SMALL | {"model_type": "llama", "tie_word_embeddings": True, "head_dim": 12},
    "mistral": SMALL | {"model_type": "mistral", "sliding_window": WINDOW},
    "mixtral": SMALL | {"model_type": "mixtral", "num_local_experts": 5, "num_experts_per_tok": 2},
    "qwen2": SMALL | {"model_type": "qwen2"},
    "qwen2, windows": SMALL
    | {"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 2},
    "qwen3": SMALL | {"model_type": "qwen3", "head_dim": 10, "tie_word_embeddings": True},
    "qwen3_moe": SMALL
    | {
        "model_type": "qwen3_moe",
        "head_dim": 8,
        "num_experts": 6,
        "num_experts_per_tok": 3,
        "moe_intermediate_size": 20,
        "mlp_only_layers": [1],
        "norm_topk_prob": True,
    },
    "phi3": SMALL | {"model_type": "phi3", "sliding_window": 5, "partial_rotary_factor": 0.5},
    "gemma": SMALL | {"model_type": "gemma", "head_dim": 10},
    "gemma2": SMALL | {"model_type": "gemma2", "head_dim": 10, "sliding_window": WINDOW, "query_pre_attn_scalar": 11},
    "gemma3": SMALL
    | {"model_type": "gemma3_text", "head_dim": 10, "sliding_window": WINDOW, "sliding_window_pattern": 2},
    "gpt2": {"model_type": "gpt2", "vocab_size": 61, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 20},
    "gpt_oss": SMALL
    | {
        "model_type": "gpt_oss",
        "head_dim": 8,
        "sliding_window": WINDOW,
        "num_local_experts": 5,
        "num_experts_per_tok": 2,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},  # it stretches its angles otherwise
    },
    "gpt_neox": OLD | {"model_type": "gpt_neox", "intermediate_size": 40, "rotary_pct": 0.5},
    "gpt_neox, in turn": OLD
    | {"model_type": "gpt_neox", "intermediate_size": 40, "rotary_pct": 0.5, "use_parallel_residual": False},
    "starcoder2": SMALL | {"model_type": "starcoder2", "sliding_window": WINDOW},
    "starcoder2, without biases": SMALL
    | {"model_type": "starcoder2", "use_bias": False, "tie_word_embeddings": False, "hidden_act": "gelu"},
    "falcon": OLD | {"model_type": "falcon", "ffn_hidden_size": 40},
    "falcon, new": OLD | {"model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2},
    "opt": OLD | {"model_type": "opt", "ffn_dim": 40, "word_embed_proj_dim": 32},
    "opt, narrow embeddings": OLD
    | {
        "model_type": "opt",
        "ffn_dim": 40,
        "word_embed_proj_dim": 20,
        "do_layer_norm_before": False,
        "activation_function": "gelu_new",
    },
    "bert": BERT,
    "roberta": ROBERTA,
    **{f"bert, {head}": BERT | {"architectures": [f"BertFor{head}"], "num_labels": 2} for head in HEADS},
    **{f"roberta, {head}": ROBERTA | {"architectures": [f"RobertaFor{head}"], "num_labels": 2} for head in HEADS},
    "deepseek_v2": LATENT | {"model_type": "deepseek_v2", "topk_method": "greedy"},
    "deepseek_v3": LATENT | {"model_type": "deepseek_v3"},
    "deepseek_v3, one rank": LATENT | {"model_type": "deepseek_v3", "q_lora_rank": None},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_logits_params_macs_and_a_cache_are_those_of_transformers(name: str) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from verify.build import build
    from verify.phases import carry

    model = theirs(CONFIGS[name])
    spec = ours(model)
    ids = torch.randint(2, 61, (2, TOKENS), generator=torch.Generator().manual_seed(1))
    with FlopCounterMode(display=False) as counter:
        given = model(ids)
    expected, encodes = answers(given), CONFIGS[name]["model_type"] in ENCODERS
    tensors = as_published(model)

    def network(tokens: int, past: int = 0) -> Any:
        made = build(expand(spec, {"tokens": tokens} | ({"past": past} if past else {}))).double()
        made.load_state_dict(tensors)
        return made

    found = network(TOKENS)(ids)
    if "last_hidden_state" in given:
        assert distance(found[1], given.pooler_output) <= 1e-12
        found = found[0]
    assert distance(found, expected) <= 1e-12
    totals = analyse(spec, {"tokens": TOKENS}, batch=2).totals
    assert totals.params == sum(each.numel() for each in model.parameters())
    assert totals.macs == counter.get_total_flops() // 2
    if encodes:
        return

    before, logits = network(6), []
    logits.append(before(ids[:, :6]))
    for past, tokens in ((6, 1), (7, 2)):
        after = network(tokens, past)
        carry(before, after)
        logits.append(after(ids[:, past : past + tokens]))
        before = after
    assert distance(torch.cat(logits, 1), expected) <= 1e-12


@pytest.mark.parametrize(
    "name, exact",
    [
        ("llama", True),
        ("mistral", False),
        ("gemma3", False),
        ("gpt_oss", False),
        ("gpt2", True),
        ("falcon", True),
        ("deepseek_v3", True),
    ],
)
@pytest.mark.parametrize("tokens", [3, WINDOW, TOKENS])
def test_its_cache_has_the_bytes_that_are_told_of_the_runtime(name: str, exact: bool, tokens: int) -> None:
    import torch

    model = theirs(CONFIGS[name])
    ids = torch.randint(2, 61, (2, tokens), generator=torch.Generator().manual_seed(1))
    cache = model(ids, use_cache=True).past_key_values
    kept = sum([each.nbytes for layer in cache.layers for each in (layer.keys, layer.values)])
    found = analyse(ours(model), {"tokens": tokens}, batch=2, bits="fp64:paper", kv="fp64", runtime="transformers")
    assert found.kv_bytes_of_runtime == kept
    assert (found.totals.kv_bytes == kept) == (exact or tokens == 3)  # no window, or none that is full


@pytest.mark.parametrize("window", [1, 2, 3])
def test_a_window_of_one_or_two_tokens_in_decode_steps(window: int) -> None:
    """Of a window of 1 the cache would keep the last 0 tokens, and x[-0:] is all of x."""
    import torch
    from transformers import AutoConfig, DynamicCache

    fields = SMALL | {"model_type": "mistral", "sliding_window": window}
    config = AutoConfig.for_model(**fields)
    cache, past = DynamicCache(config=config), 0
    spec = loads(text_of_config(json.dumps(fields).encode(), "config.json"))
    for tokens in (5, 1, 1, 2):
        new = torch.zeros(1, 2, tokens, 8, dtype=torch.float16)
        for layer in range(3):
            cache.update(new, new, layer)
        kept = sum([each.nbytes for layer in cache.layers for each in (layer.keys, layer.values)])
        found = analyse(spec, {"tokens": tokens, "past": past}, bits="fp16", runtime="transformers")
        past += tokens
        assert found.kv_bytes_of_runtime == kept == 3 * 2 * 2 * 8 * 2 * (past if window == 1 else window - 1)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_the_classes_of_a_model_type_are_those_of_transformers(model_type: str) -> None:
    from transformers.models.auto import modeling_auto

    mappings = ["MODEL", "MODEL_FOR_CAUSAL_LM", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM", "MODEL_FOR_SPEECH_SEQ_2_SEQ"]
    mappings += [f"MODEL_FOR_{head}" for head in ("MASKED_LM", "TOKEN_CLASSIFICATION", "SEQUENCE_CLASSIFICATION")]
    mappings += ["MODEL_FOR_QUESTION_ANSWERING"]
    known = {getattr(modeling_auto, f"{mapping}_MAPPING_NAMES").get(model_type) for mapping in mappings}
    assert known.issuperset(MODEL_TYPES[model_type].classes)


@pytest.mark.parametrize("name", PUBLISHED)
def test_tensors_and_macs_of_published_sizes(name: str) -> None:
    """On meta, where scores are not known: each token is multiplied by as many experts as it runs, whichever."""
    from torch.utils.flop_counter import FlopCounterMode

    model = theirs(PUBLISHED[name], "meta")
    graph = expand(load(name))
    wanted = {key: tuple(tensor.shape) for key, tensor in as_published(model).items()}
    assert parameters(graph) | buffers(graph) == wanted
    with FlopCounterMode(display=False) as counter:
        model(**call_of(model, graph))
    assert analyse(graph).totals.macs == counter.get_total_flops() // 2
