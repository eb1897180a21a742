"""Names of operations, and results that nothing reads."""

import torch
from torch import fx

from verify.importers.packets import is_in_place, is_read, packet


def test_of_a_name_the_overload_is_no_part() -> None:
    assert packet("aten.add_.Tensor") == "add_"
    assert [is_in_place(f"aten.{name}.default") for name in ("add_", "add", "__and__", "_softmax")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_what_no_output_follows_from_is_left() -> None:
    graph = fx.Graph()
    x = graph.placeholder("x")
    left = graph.call_function(torch.ops.aten.abs.default, (x,))
    after = graph.call_function(torch.ops.aten.neg.default, (left,))
    written = graph.call_function(torch.ops.aten.neg.default, (x,))
    graph.call_function(torch.ops.aten.add_.Tensor, (x, written))
    graph.output((x,))
    assert [is_read(node) for node in (x, left, after, written)] == [True, False, False, True]
