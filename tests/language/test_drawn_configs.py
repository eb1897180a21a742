"""Drawn configs of every ``model_type`` have the params, MACs and cache of transformers' networks, on meta."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.configs import text_of_config
from calc.spec import expand, loads
from tests.language.drawn import DRAWN, configs
from tests.language.oracle import ENCODERS, call_of, ours, theirs

pytestmark = [pytest.mark.torch, pytest.mark.oracles("transformers"), pytest.mark.usefixtures("doubles")]

FEW = 2
EACH = int(os.environ.get("DRAWN_CONFIGS", FEW))
"""How many configs of each type are drawn; another number draws others each time."""


@pytest.mark.parametrize("model_type", DRAWN)
@settings(max_examples=EACH, derandomize=EACH == FEW)
@given(st.data())
def test_params_macs_and_cache_are_those_of_transformers(model_type: str, data: st.DataObject) -> None:
    """In a first call, and in one after it that reads what it kept: there a window changes MACs and bytes."""
    fields = data.draw(configs(model_type))
    tokens, past = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    model = theirs(fields, "meta")
    spec = ours(model)
    short = loads(text_of_config(json.dumps(fields).encode(), "config.json"))

    called = call_of(model, expand(spec, {"tokens": tokens}))
    totals = analyse(spec, {"tokens": tokens}).totals
    if fields.get("tie_word_embeddings", True) or model_type != "t5":  # whose head transformers ties whatever is said
        assert totals == analyse(short, {"tokens": tokens}).totals
    assert totals.params == sum(each.numel() for each in model.parameters())
    assert totals.macs == macs(lambda: model(**called))
    if model_type in ENCODERS:
        return

    first = model(**call_of(model, expand(spec, {"tokens": past})), use_cache=True)
    *encoded, new = called
    read = {"encoder_outputs": (first.encoder_last_hidden_state,)} if encoded else {}
    later = {new: called[new], "cache": first.cache, **read}
    at = {"tokens": tokens, "past": past}
    found = analyse(spec, at, bits="fp64:paper", kv="fp64", runtime="transformers")
    assert found.totals.macs == macs(lambda: model(**later, use_cache=True))
    assert found.kv_bytes_of_runtime == kept(first.cache)


def macs(call: Callable[[], Any]) -> int:
    """What PyTorch's counter counts of ``call``."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() // 2


def kept(cache: Any) -> int:
    """The bytes of all keys and values in ``cache``, those of what an encoder made too."""
    parts = [getattr(cache, "self_attention_cache", cache), getattr(cache, "cross_attention_cache", None)]
    layers = [layer for part in parts if part is not None for layer in part.layers]
    return sum([each.nbytes for layer in layers for each in (layer.keys, layer.values)])
