"""Bits by a block's share of the MACs."""

from calc.counts import count
from calc.model.graph import Bits
from calc.names import block_of
from calc.precision import Assigned, resolve
from tests.calc.graphs import Draft, mobilenetv2


def test_the_borders_belong_to_the_wider_bits() -> None:
    draft = Draft(100, 1, 1)
    # of 100 inputs each: 15, 16, 5, 6 and 58 outputs are 15 %, 16 %, 5 %, 6 % and 58 % of the MACs
    for index, out_channels in enumerate((15, 16, 5, 6, 58)):
        draft.add(f"block.{index}", "conv2d", (0,), out_channels=out_channels, kernel_size=1, bias=False)
    graph = draft.graph()
    assigned = resolve("mac-share").assign(graph, count(graph))
    assert assigned[1:] == (
        Assigned(Bits(4, 4), "block.0: over 5 %"),
        Assigned(Bits(2, 2), "block.1: over 15 %"),
        Assigned(Bits(8, 8), "block.2: up to 5 %"),
        Assigned(Bits(4, 4), "block.3: over 5 %"),
        Assigned(Bits(2, 2), "block.4: over 15 %"),
    )


def test_the_blocks_of_mobilenetv2() -> None:
    graph = mobilenetv2()
    blocks = {block_of(node.name) for node in graph.nodes if node.op.word in ("conv2d", "linear")}
    # stem, 17 inverted residuals, the last 1×1 convolution, the classifier
    assert blocks == {f"features.{i}" for i in range(1 + 17 + 1)} | {"classifier.1"}


def test_a_block_has_one_width_and_the_rule_names_it() -> None:
    graph = mobilenetv2()
    counts = count(graph)
    total = sum(row.macs for row in counts)
    assigned = resolve("mac-share").assign(graph, counts)
    for block in (f"features.{i}" for i in range(19)):
        rows = [i for i, node in enumerate(graph.nodes) if block_of(node.name) == block and assigned[i]]
        percent = 100 * sum(counts[i].macs for i in rows) / total
        expected = 2 if percent > 15 else 4 if percent > 5 else 8
        assert {(assigned[i].bits.weight, assigned[i].rule.partition(":")[0]) for i in rows} == {(expected, block)}
