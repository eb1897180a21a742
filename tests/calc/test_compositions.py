"""Layers that need no op of their own: what they cost, put together from ops."""

from calc.analysis import analyse
from calc.spec import expand, loads

GATED_LINEAR_ATTENTION = """
name: gated linear attention
source: Yang et al. 2023, arXiv:2312.06635, Equation 3 and Section 4.1
params: {tokens: 6, width: 8, rank: 2}
input: {shape: [tokens, width], channels: last}
layers:
  q: {linear: {out_features: width, bias: false}, from: input}
  k: {linear: {out_features: width, bias: false}, from: input}
  v: {linear: {out_features: width, bias: false}, from: input}
  gate: {chain: [{linear: {out_features: rank, bias: false}}, {linear: {out_features: width}}, sigmoid], from: input}
  decay: {chain: [log, {cumsum: {dim: 1}}, exp], from: gate}
  queries: {multiply: , from: [q, decay]}
  keys: {divide: , from: [k, decay]}
  columns: {permute: {dims: [0, 2, 1]}}
  scores: {matmul: , from: [queries, columns]}
  causal: {tensor: {shape: [tokens, tokens], buffer: true}}
  seen: {multiply: , from: [scores, causal]}
  values: {matmul: , from: [seen, v]}
  out: {linear: {out_features: width, bias: false}}
"""


def test_gated_linear_attention() -> None:
    tokens, width, rank = 6, 8, 2
    totals = analyse(expand(loads(GATED_LINEAR_ATTENTION))).totals
    assert totals.params == 4 * width * width + 2 * width * rank + width
    assert totals.macs == tokens * (4 * width * width + 2 * width * rank) + 2 * tokens * tokens * width
