"""A prefill and decode steps with a cache are one pass over all tokens, in float64."""

from pathlib import Path

import pytest
import torch

from calc.analysis import analyse
from calc.spec import load, loads
from calc.spec.expand import expand
from calc.spec.model import ModelSpec
from verify.build import Network, build
from verify.errors import VerifyError
from verify.phases import carry
from verify.verification import verify

pytestmark = pytest.mark.torch

SPEC = """
name: two layers of attention
params: {tokens: 9, past: 0, window: 4}
input: {shape: [tokens], dtype: int64}
blocks:
  Attention:
    params: {seen: }
    inputs: x
    layers:
      q: {linear: 16}
      k: {linear: 8, from: x}
      v: {linear: 8, from: x}
      q_turned: {rotary: {heads: 4, start: past}, from: q}
      k_turned: {rotary: {heads: 2, start: past}, from: k}
      keys: {cache: {past: past, sliding_window: seen}}
      values: {cache: {past: past, sliding_window: seen}, from: v}
      attention:
        attention: {num_heads: 4, num_kv_heads: 2, is_causal: lower_right, sliding_window: seen}
        from: [q_turned, keys, values]
      o: {linear: 16}
layers:
  emb: {embedding: {num_embeddings: 50, embedding_dim: 16}}
  blocks:
    - residual: [Attention: 9]
    - residual: [Attention: window]
"""


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return load(path)


def network(spec: ModelSpec, tokens: int, past: int, like: Network | None = None) -> Network:
    made = build(expand(spec, {"tokens": tokens, "past": past})).double()
    if like is not None:
        made.load_state_dict(like.state_dict())
    return made


@torch.no_grad()
def test_a_prefill_and_two_calls_are_one_pass(spec: ModelSpec) -> None:
    ids = torch.randint(50, (3, 9), generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    whole = network(spec, 9, 0)
    expected = whole(ids)
    calls = [network(spec, tokens, past, whole) for tokens, past in ((6, 0), (1, 6), (2, 7))]
    outputs = [calls[0](ids[:, :6])]
    for before, after, at in ((calls[0], calls[1], slice(6, 7)), (calls[1], calls[2], slice(7, 9))):
        carry(before, after)
        outputs.append(after(ids[:, at]))
    found = torch.cat(outputs, 1)
    assert (found - expected).abs().max() <= 1e-12 * expected.abs().max()


@torch.no_grad()
def test_a_cache_that_is_not_carried_gives_something_else(spec: ModelSpec) -> None:
    ids = torch.randint(50, (1, 9), generator=torch.Generator().manual_seed(0))
    whole = network(spec, 9, 0)
    last = network(spec, 1, 8, whole)
    assert not torch.allclose(last(ids[:, 8:]), whole(ids)[:, 8:])


@torch.no_grad()
def test_what_was_not_left_is_told(spec: ModelSpec) -> None:
    before, after = network(spec, 2, 0), network(spec, 1, 5)
    with pytest.raises(VerifyError, match=r"blocks.0.keys needs a state, but no earlier run kept one"):
        carry(before, after)
    before(torch.zeros(1, 2, dtype=torch.int64))
    with pytest.raises(VerifyError, match=r"blocks.0.keys continues after 5 tokens, but the earlier run kept 2"):
        carry(before, after)


def test_a_state_is_no_entry_of_the_state_dict(spec: ModelSpec) -> None:
    assert not [key for key in network(spec, 1, 5).state_dict() if "keys" in key or "values" in key]


ENCODED = """
name: n
params: {past: 0}
input: {sound: {shape: [5, 4], channels: last}, text: {shape: [2, 4], channels: last}}
layers:
  k: {linear: 4, from: sound, runs: past == 0}
  keys: {cache: {past: past, once: true}, from: k}
  attention: {attention: {num_heads: 2}, from: [text, keys, keys]}
"""


@torch.no_grad()
def test_what_the_first_call_kept_is_what_later_ones_read() -> None:
    spec = loads(ENCODED)
    first, sound, text = build(expand(spec)), torch.randn(3, 5, 4), torch.randn(3, 2, 4)
    expected = first(sound, text)
    for past in (2, 4):
        later = build(expand(spec, {"past": past}))
        later.load_state_dict(first.state_dict())
        with pytest.raises(VerifyError, match=r"keys needs a state, but no earlier run kept one"):
            carry(build(expand(spec)), later)
        carry(first, later)
        assert torch.equal(later(torch.zeros_like(sound), text), expected)
        first = later


SHARED = """
name: the last of three layers has the keys and values of the second
params: {tokens: 9, past: 0}
input: {shape: [tokens, 16], channels: last}
blocks:
  Attention:
    params: {own: }
    inputs: x
    layers:
      q: {linear: 16, from: x}
      k: {linear: 8, from: x, when: own}
      keys: {cache: past, when: own}
      v: {linear: 8, from: x, when: own}
      values: {cache: past, when: own}
      attention:
        attention: {num_heads: 4, num_kv_heads: 2, is_causal: lower_right}
        from: [q, "{'keys' if own else 'layers.1.keys'}", "{'values' if own else 'layers.1.values'}"]
layers:
  layers: [{Attention: i < 2, repeat: 3}]
"""


@torch.no_grad()
def test_layers_that_share_a_cache_keep_it_once() -> None:
    spec = loads(SHARED)
    found = analyse(spec, {"tokens": 1, "past": 8}, bits="bf16").totals
    assert (found.kv_bytes, found.kv_bytes_per_token) == (9 * 2 * 2 * 8 * 2, 2 * 2 * 8 * 2)
    assert found.bytes_moved - analyse(spec, {"tokens": 1, "past": 7}, bits="bf16").totals.bytes_moved == 2 * 2 * 8 * 2
    x = torch.randn(3, 9, 16, dtype=torch.float64)
    whole = network(spec, 9, 0)
    first, last = network(spec, 8, 0, whole), network(spec, 1, 8, whole)
    start = first(x[:, :8])
    carry(first, last)
    assert torch.allclose(torch.cat((start, last(x[:, 8:])), 1), whole(x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("past", [0, 2])
def test_a_call_in_which_layers_rest_is_verified(past: int) -> None:
    graph = expand(loads(ENCODED), {"past": past})
    found = verify(analyse(graph, bits="8"))
    assert found.mismatches == ()
