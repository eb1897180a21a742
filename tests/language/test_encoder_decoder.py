"""T5 and Whisper against transformers: a first call that runs the encoder, later ones that read what it left."""

from typing import Any

import pytest

from calc.analysis import analyse
from calc.spec import ModelSpec, expand
from tests.language.oracle import as_published, call_of, distance, ours, theirs

pytestmark = [pytest.mark.torch, pytest.mark.oracles("transformers"), pytest.mark.usefixtures("doubles")]

TOKENS = 9
T5: dict[str, Any] = {
    "model_type": "t5", "vocab_size": 61, "d_model": 32, "d_kv": 6, "d_ff": 40, "num_layers": 3,
    "num_decoder_layers": 2, "num_heads": 4, "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 12,
}  # fmt: skip
WHISPER: dict[str, Any] = {
    "model_type": "whisper", "vocab_size": 61, "num_mel_bins": 5, "d_model": 32, "encoder_layers": 3,
    "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 2, "encoder_ffn_dim": 40,
    "decoder_ffn_dim": 24, "max_source_positions": 7, "max_target_positions": 16, "pad_token_id": 0,
}  # fmt: skip
CONFIGS: dict[str, dict[str, Any]] = {
    "t5": T5,
    "t5, gated": T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "whisper": WHISPER,
}


@pytest.mark.parametrize(
    "name, params",
    [("t5", {}), ("t5", {"tied": False, "scaled": True}), ("t5, gated", {}), ("whisper", {})],
)
def test_logits_params_macs_and_both_caches_are_those_of_transformers(name: str, params: dict[str, Any]) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from verify.phases import carry

    model = theirs(CONFIGS[name])
    spec, tensors = ours(model), as_published(model)
    graph = expand(spec, params | {"tokens": TOKENS})
    called = call_of(model, graph, batch=2)
    with FlopCounterMode(display=False) as counter:
        expected = model(**called).logits
    source, ids = called.values()

    assert distance(network(spec, tensors, model, params | {"tokens": TOKENS})(source, ids), expected) <= 1e-12
    totals = analyse(graph, batch=2).totals
    untied = model.lm_head.weight.numel() if "tied" in params else 0
    assert totals.params == untied + sum(each.numel() for each in model.parameters())
    assert totals.macs == counter.get_total_flops() // 2

    before = network(spec, tensors, model, params | {"tokens": 6})
    logits = [before(source, ids[:, :6])]
    for past, tokens in ((6, 1), (7, 2)):
        after = network(spec, tensors, model, params | {"tokens": tokens, "past": past})
        carry(before, after)
        logits.append(after(torch.zeros_like(source), ids[:, past : past + tokens]))  # which nothing reads
        before = after
    assert distance(torch.cat(logits, 1), expected) <= 1e-12


@pytest.mark.parametrize("name", CONFIGS)
def test_macs_of_a_later_call_are_those_of_transformers(name: str) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    model = theirs(CONFIGS[name])
    spec = ours(model)
    called = call_of(model, expand(spec, {"tokens": 6}))
    first = model(**called, use_cache=True)
    called["decoder_input_ids"] = called["decoder_input_ids"][:, :1]
    del called[next(iter(called))]
    with FlopCounterMode(display=False) as counter:
        model(encoder_outputs=(first.encoder_last_hidden_state,), cache=first.cache, use_cache=True, **called)
    found = analyse(spec, {"tokens": 1, "past": 6}).totals
    assert found.macs == counter.get_total_flops() // 2
    assert found.params == analyse(spec, {"tokens": 6}).totals.params


def network(spec: ModelSpec, tensors: dict[str, Any], model: Any, params: dict[str, Any]) -> Any:
    """Ours with ``tensors``, and T5's numbers of buckets, which a spec does not say."""
    import torch

    from verify.build import build

    graph = expand(spec, params)
    made = build(graph).double()
    made.load_state_dict(tensors)
    for name, layer in made.layers.items():
        if name.endswith(".bucket"):
            queries, keys = layer.tensor.shape
            distances = torch.arange(keys)[None] - torch.arange(keys - queries, keys)[:, None]
            attention = model.encoder if name.startswith("encoder") else model.decoder
            attention = attention.block[0].layer[0].SelfAttention
            bucket = attention._relative_position_bucket(distances, not attention.is_decoder, 8, 12)
            layer.tensor.copy_(bucket)
    return made
