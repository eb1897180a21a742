"""Small specs for the tests of the gate, and snapshots of them."""

from calc.analysis import analyse
from calc.gate.difference import Difference, difference
from calc.gate.snapshot import Snapshot, snapshot
from calc.spec.load import loads

SPEC = """\
name: Net
input: [3, 16, 16]
layers:
  stem: {conv2d: {out_channels: 8, kernel_size: 3, padding: 1, bias: false}}
  norm: batch_norm
  act: relu
  depthwise: {conv2d: {out_channels: 8, kernel_size: 3, padding: 1, groups: 8, bias: false}}
  point: {conv2d: {out_channels: 12, kernel_size: 1, bias: false}}
  pool: {adaptive_avg_pool2d: 1}
  flatten: flatten
  head: {linear: 10}
"""

NUMBERED = """\
name: Numbered
input: [4, 8, 8]
layers:
  features:
    - {conv2d: {out_channels: 4, kernel_size: 3, padding: 1}}
    - relu
    - {conv2d: {out_channels: 4, kernel_size: 1}}
    - {conv2d: {out_channels: 6, kernel_size: 3, padding: 1}}
    - relu
    - {conv2d: {out_channels: 6, kernel_size: 1}}
  flatten: flatten
  head: {linear: 10}
"""


OPAQUE = SPEC.replace("act: relu", 'act: {opaque: {op: "my::act", shape: [8, 16, 16], channels: first, reason: ours}}')
"""The same with a layer of which nothing but the output is known."""
OPAQUE_HOLDS_NOTHING = OPAQUE.replace("reason: ours", "reason: ours, tensors: none")


def of(text: str, *policies: str) -> Snapshot:
    """The snapshot of the spec ``text``."""
    policies = policies or ("8",)
    analysis = analyse(loads(text), bits=policies[0])
    return snapshot([analysis, *[analysis.with_bits(policy) for policy in policies[1:]]], policies)


def changed(text: str, *replacements: str, policies: tuple[str, ...] = ("8",)) -> Difference:
    """What the replacements (old, new, old, new, …) in ``text`` change."""
    after = text
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert after.count(old) == 1, old
        after = after.replace(old, new)
    return difference(of(text, *policies), of(after, *policies))
