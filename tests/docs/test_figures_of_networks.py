"""Figures of networks in the prose of pages are counted again: whole sentences."""

import re

from calc import analyse, load
from tests.docs.test_figures import said

MIB = 2**20


def test_a_token_of_the_cache_of_llama() -> None:
    model = load("llama3_8b")
    bf16, q8_0 = [analyse(model, bits="bf16", kv=kv).totals.kv_bytes_per_token for kv in ("bf16", "q8_0")]
    assert f"Each token of context takes {bf16:,} bytes in bf16 and {q8_0:,} in q8_0" in said("guides/one_gpu")


def test_the_cache_of_gemma_in_llama_cpp() -> None:
    found = analyse(load("gemma3_4b"), {"tokens": 1, "past": 131_071}, bits="bf16", runtime="llama.cpp")
    told = re.search(r"Gemma 3 4B at 131,072 tokens takes ([\d,]+) \+ ([\d,]+) MiB\.", said("language_models"))
    assert told is not None
    assert sum([int(part.replace(",", "")) for part in told.groups()]) * MIB == found.kv_bytes_of_runtime


def test_a_network_that_is_not_deployed() -> None:
    totals = analyse(load("mobilenetv2"), bits=8).totals
    sentence = f"there are {totals.params:,} params and a peak of {totals.peak_activation_bytes:,} bytes."
    assert sentence in said("deploy")


def test_the_bytes_of_a_deployed_network_by_their_parts() -> None:
    found = analyse(load("ds_cnn"), bits=8, deployed=True)
    weights = sum([layer.weight_elements for layer in found.layers])
    biases = found.totals.params - weights
    assert weights + 4 * biases == found.totals.weight_bytes
    sentence = f"{weights:,} weights of 1 byte and {biases:,} biases of 4 bytes: {found.totals.weight_bytes:,} bytes."
    assert sentence in said("deploy")
