"""The arena: networks of MLPerf Tiny, and drawn lifetimes against a planner that tries every offset."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings

from calc.analysis import analyse
from calc.memory import Lifetimes, peak_bytes, planner
from calc.memory.arena import ALIGNMENT
from calc.memory.plan import Plan, alive
from tests.calc.graphs import Draft
from tests.calc.memory.drawn import lifetimes_and_sizes


def arena(lifetimes: Lifetimes, sizes: Sequence[int]) -> Plan:
    return planner("arena")(lifetimes, sizes)


def by_every_offset(lifetimes: Lifetimes, sizes: Sequence[int]) -> dict[int, int]:
    """The same rule worked out apart: a grid of blocks of 16 bytes by layers, and each offset tried from 0."""
    times = {
        made: {step for step, living in enumerate(alive(lifetimes)) if made in living}
        for made, size in enumerate(sizes)
        if size
    }
    blocks = {made: (sizes[made] + 15) // 16 for made in times}
    taken: set[tuple[int, int]] = set()
    offsets = {}
    for made in sorted(times, reverse=True, key=lambda made: (blocks[made], made)):
        offset = 0
        while not taken.isdisjoint(wanted := _cells(times[made], offset, blocks[made])):
            offset += 1
        taken |= wanted
        offsets[made] = 16 * offset
    return offsets


def _cells(steps: set[int], offset: int, blocks: int) -> set[tuple[int, int]]:
    return {(step, offset + block) for step in steps for block in range(blocks)}


@settings(max_examples=40)
@given(lifetimes_and_sizes())
def test_each_tensor_lies_at_the_first_offset_that_fits(drawn: tuple[Lifetimes, list[int]]) -> None:
    assert arena(*drawn).offsets == by_every_offset(*drawn)


@settings(max_examples=40)
@given(lifetimes_and_sizes())
def test_no_two_tensors_alive_at_once_overlap(drawn: tuple[Lifetimes, list[int]]) -> None:
    lifetimes, sizes = drawn
    found = arena(lifetimes, sizes)
    ends = []
    for living in alive(lifetimes):
        places = sorted([(found.offsets[made], found.offsets[made] + sizes[made]) for made in living if sizes[made]])
        assert all(end <= start for (_, end), (start, _) in pairwise(places))
        ends.append(max([(end + 15) // 16 * 16 for _, end in places], default=0))
    assert found.needed == tuple(ends)
    assert found.bytes == max(ends)
    assert found.bytes >= peak_bytes(lifetimes, sizes)
    living = [sum([sizes[made] for made in each]) for each in alive(lifetimes)]
    full = [step for step, needed in enumerate(found.needed) if needed == found.bytes]
    assert found.layer == max(full, key=living.__getitem__)
    assert all(offset % ALIGNMENT == 0 for offset in found.offsets.values())


def separable(draft: Draft, out_channels: int, stride: int = 1) -> None:
    """A depthwise and a pointwise convolution, without norms and activations, as they are deployed."""
    channels = draft.builder.nodes[-1].shape.sizes[0]
    name = f"{draft.last}"
    draft.add(
        f"{name}dw", "conv2d", out_channels=channels, kernel_size=3, stride=stride, padding="same", groups=channels
    )
    draft.add(f"{name}pw", "conv2d", out_channels=out_channels, kernel_size=1)


def planned(draft: Draft, bits: str = "8") -> tuple[int, int]:
    """The bytes by liveness and in the arena."""
    found = analyse(draft.graph(), bits=bits)
    liveness, placed = [planner(name)(found.workload.lifetimes, found.storage_bytes) for name in ("liveness", "arena")]
    return liveness.bytes, placed.bytes


def test_keyword_spotting() -> None:
    draft = Draft(1, 49, 10)
    draft.add("first", "conv2d", out_channels=64, kernel_size=[10, 4], stride=2, padding="same")
    for _ in range(4):
        separable(draft, 64)
    draft.add("pool", "adaptive_avg_pool2d", output_size=1)
    draft.add("flat", "flatten")
    draft.add("head", "linear", out_features=12)
    draft.add("classes", "softmax")
    assert planned(draft) == (2 * 64 * 25 * 5, 16_000)


def test_visual_wake_words() -> None:
    draft = Draft(3, 96, 96)
    draft.add("first", "conv2d", out_channels=8, kernel_size=3, stride=2, padding="same")
    for width, stride in [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]:
        separable(draft, width, stride)
    draft.add("pool", "adaptive_avg_pool2d", output_size=1)
    draft.add("flat", "flatten")
    draft.add("head", "linear", out_features=2)
    # alive: 8 and 16 channels of 48×48. Placed: 16 channels, then the image where they will be, 8 above them,
    # and the first 8, between which and the image there is no room, on top
    assert planned(draft) == ((8 + 16) * 48 * 48, (16 + 8 + 8) * 48 * 48)


def test_image_classification() -> None:
    draft = Draft(3, 32, 32)
    entry = draft.add("first", "conv2d", out_channels=16, kernel_size=3, padding=1)
    for width, stride in ((16, 1), (32, 2), (64, 2)):
        draft.add(f"a{width}", "conv2d", out_channels=width, kernel_size=3, stride=stride, padding=1)
        last = draft.add(f"b{width}", "conv2d", out_channels=width, kernel_size=3, padding=1)
        if stride > 1:
            entry = draft.add(f"skip{width}", "conv2d", (entry,), out_channels=width, kernel_size=1, stride=stride)
        entry = draft.add(f"sum{width}", "add", (entry, last))
    draft.add("pool", "adaptive_avg_pool2d", output_size=1)
    draft.add("flat", "flatten")
    draft.add("head", "linear", out_features=10)
    assert planned(draft) == (3 * 16 * 32 * 32, 49_152)
    assert planned(draft, "fp32") == (4 * 3 * 16 * 32 * 32, 196_608)


def test_an_autoencoder() -> None:
    draft = Draft(640, channels="last")
    for index, width in enumerate((128, 128, 128, 128, 8, 128, 128, 128, 128, 640)):
        draft.add(f"{index}", "linear", out_features=width)
    assert planned(draft) == (640 + 128, 640 + 128)
