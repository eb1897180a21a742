"""Which layers of a network are those of its shortcuts."""

from calc.analysis import analyse
from calc.claims.shortcuts import shortcuts
from calc.claims.subject import parts, whole
from calc.model.graph import Graph
from calc.spec import load
from tests.calc.graphs import Draft


def _block(kernel_size: int, layers: int) -> Graph:
    """A sum of a chain of convolutions and of one convolution of ``kernel_size``."""
    draft = Draft(4, 8, 8)
    for index in range(layers):
        draft.add(f"long{index}", "conv2d", out_channels=4, kernel_size=1)
    draft.add("short", "conv2d", [0], out_channels=4, kernel_size=kernel_size, padding=kernel_size // 2)
    norm = draft.add("norm", "batch_norm")
    draft.add("sum", "add", [norm - 2, norm])
    return draft.graph()


def test_the_single_1x1_beside_a_longer_way_and_its_norm() -> None:
    assert shortcuts(_block(1, layers=2)) == {3, 4}


def test_neither_a_larger_kernel_nor_two_ways_alike() -> None:
    assert shortcuts(_block(3, layers=2)) == shortcuts(_block(1, layers=1)) == frozenset()


def test_a_shortcut_without_layers_is_none() -> None:
    assert shortcuts(analyse(load("mobilenetv2")).graph) == frozenset()


def test_those_of_resnet18() -> None:
    resnet18 = analyse(load("resnet18"))
    names = [resnet18.graph.nodes[index].name for index in sorted(shortcuts(resnet18.graph))]
    assert names == [f"layer{stage}.0.downsample.{place}" for stage in (2, 3, 4) for place in (0, 1)]
    (less,) = [part for part in parts(whole(resnet18)) if part.words == "without the convolutions of shortcuts"]
    macs = sum([resnet18.counts[index].macs for index in less.layers])
    # each halves the map and doubles the channels, so that all three are alike
    assert macs == 1_814_073_344 - 3 * 64 * 128 * 28**2
