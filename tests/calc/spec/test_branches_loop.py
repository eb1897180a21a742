"""A named branch in a loop makes one branch a turn."""

import pytest

from calc.errors import SpecError
from calc.spec import expand, loads

SPEC = """
name: turns
input: [3, 8, 8]
layers:
  - branches:
      branch{{n}}: {{conv2d: {{out_channels: n, kernel_size: 1}}{loop}}}
    merge: concat
"""


def test_one_branch_a_turn() -> None:
    graph = expand(loads(SPEC.format(loop=", for: n, over: [1, 2, 4]")))
    assert [node.name for node in graph.nodes[1:]] == ["branch1", "branch2", "branch4", "concat"]
    assert graph.nodes[-1].shape.sizes == (1 + 2 + 4, 8, 8)


def test_a_single_branch_without_a_loop_is_refused() -> None:
    with pytest.raises(SpecError, match="branches needs at least two branches"):
        loads(SPEC.format(loop="").replace("{n}", "").replace("out_channels: n", "out_channels: 2"))
