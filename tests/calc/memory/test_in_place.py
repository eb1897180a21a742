"""Writing in place: by hand, as published, and drawn networks whose bytes are read and written one by one."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import Analysis, analyse
from calc.errors import SpecError
from calc.memory import peak_bytes, planner
from calc.memory.plan import Plan
from calc.model.graph import Bits
from calc.spec import load
from tests.calc.graphs import Draft, mobilenetv2
from tests.calc.memory.simulator import Memory


def in_place(found: Analysis) -> Plan:
    return planner("in-place")(found.workload.lifetimes, found.storage_bytes)


def of(draft: Draft, bits: str = "8", batch: int = 1) -> Plan:
    return in_place(analyse(draft.graph(), bits=bits, batch=batch))


def test_an_add_writes_over_an_operand_that_nothing_reads_later() -> None:
    draft = Draft(2, 4, 4)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    left = draft.add("b", "conv2d", out_channels=2, kernel_size=1)
    summed = draft.add("sum", "add", (left, entry))
    draft.add("both", "concat", (summed, entry))
    found = of(draft)
    assert found.written_over == {summed: left}  # the other operand is still to be read
    assert found.needed == (32, 2 * 32, 2 * 32, 2 * 32, 4 * 32)


def test_an_output_of_the_network_is_not_written_over() -> None:
    draft = Draft(2, 4, 4)
    kept = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    last = draft.add("act", "relu")
    graph = draft.builder.graph("net", "net.yaml", [kept, last])
    assert in_place(analyse(graph)).written_over == {}


def test_what_is_wider_than_its_input_does_not_fit_over_it() -> None:
    draft = Draft(2, 4, 4)
    draft.add("a", "conv2d", out_channels=2, kernel_size=1, bits=Bits(8, 8))
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=1, groups=2, bits=Bits(8, 8))
    draft.add("b", "conv2d", out_channels=2, kernel_size=1, bits=Bits(16, 16))
    assert of(draft, "spec").written_over == {}


def test_a_parameter_and_a_part_of_a_tensor_are_not_written_over() -> None:
    draft = Draft(4, 4, channels="last")
    token = draft.add("token", "tensor", (), shape=[4, 4])
    summed = draft.add("sum", "add", (token, 0))
    draft.add("half", "slice", dim=1, end=2)
    draft.add("act", "relu")
    assert of(draft).written_over == {summed: 0}


def test_of_two_that_die_the_first_is_written_over() -> None:
    draft = Draft(2, 4, 4)
    left = draft.add("left", "conv2d", out_channels=2, kernel_size=1)
    right = draft.add("right", "conv2d", (0,), out_channels=2, kernel_size=1)
    summed = draft.add("sum", "add", (right, left))
    assert of(draft).written_over == {summed: left}


def test_a_tensor_that_lies_in_another_order_is_not_written_over() -> None:
    draft = Draft(1, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=1, kernel_size=1)
    turned = draft.add("turned", "permute", (conv,), dims=[0, 1, 3, 2])
    summed = draft.add("sum", "add", (0, turned))
    draft.add("again", "add", (0, summed))
    assert summed not in of(draft).written_over


def test_a_part_of_the_channels_and_a_weight_are_not_written_over() -> None:
    draft = Draft(4, 4, 4)
    draft.add("half", "slice", dim=1, start=2)
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=1, groups=2)
    assert of(draft).written_over == {}
    draft = Draft(2, 4, 4)
    held = draft.add("held", "tensor", (), shape=[2, 1, 4, 4])
    weight = draft.add("weight", "relu", (held,))
    small = draft.add("depthwise", "conv2d", (0, weight), out_channels=2, kernel_size=4, groups=2, bias=False)
    draft.add("sum", "add", (0, small))
    assert small not in of(draft).written_over


def test_channels_that_lie_between_one_another_are_not_written_apart() -> None:
    draft = Draft(4, 4, 2, channels="last")
    draft.add("maps", "permute", dims=[0, 3, 1, 2], channels="first")
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=1, groups=2)
    assert of(draft).written_over == {}


def test_what_is_the_same_for_each_sample_is_not_written_over_by_what_is_not() -> None:
    draft = Draft(1, 4, 4)
    held = draft.add("held", "tensor", (), shape=[1, 4, 4])
    same = draft.add("same", "relu", (held,))
    draft.add("wide", "linear", (same,), out_features=4, bits=Bits(16, 16))
    summed = draft.add("sum", "add", (0, same))
    draft.add("narrow", "conv2d", (summed,), out_channels=2, kernel_size=1, bits=Bits(8, 8))
    draft.add("both", "concat", (0, draft.last))
    found = analyse(draft.graph(), bits="spec", batch=2)
    # 16 bits of one, 8 bits of each of two samples: as many bytes
    assert found.storage_bytes[same] == found.storage_bytes[summed]
    assert summed not in in_place(found).written_over


def test_two_views_of_one_tensor_meet_its_elements_at_different_times() -> None:
    draft = Draft(1, 4, 4)
    turned = draft.add("turned", "permute", dims=[0, 1, 3, 2])
    draft.add("sum", "add", (0, turned))
    assert of(draft).written_over == {}
    draft = Draft(1, 4, 4)
    twice = draft.add("twice", "add", (0, 0))
    assert of(draft).written_over == {twice: 0}


def test_a_tensor_that_is_broadcast_is_not_written_over() -> None:
    draft = Draft(3, 4, 4)
    mean = draft.add("mean", "adaptive_avg_pool2d", output_size=1)
    gated = draft.add("gated", "multiply", (mean, 0))
    assert of(draft, batch=2).written_over == {gated: 0}


def test_a_depthwise_convolution_keeps_one_channel_aside() -> None:
    draft = Draft(6, 8, 8)
    draft.add("depthwise", "conv2d", out_channels=6, kernel_size=3, stride=2, padding=1, groups=6)
    assert of(draft).needed == (6 * 64, 6 * 64 + 16)
    assert of(draft, batch=2).needed == (2 * 6 * 64, 2 * 6 * 64 + 16)
    assert of(draft, "4").needed == (6 * 64 // 2, 6 * 64 // 2 + 16 // 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("out_channels", 12), ("groups", 3), ("padding", 4)],
    ids=["two outputs a channel", "groups of two channels", "a larger output"],
)
def test_other_convolutions_do_not(field: str, value: int) -> None:
    draft = Draft(6, 8, 8)
    fields = {"out_channels": 6, "kernel_size": 3, "padding": 1, "groups": 6} | {field: value}
    draft.add("conv", "conv2d", **fields)
    assert of(draft).written_over == {}


def test_channels_that_share_a_byte_are_not_written_apart() -> None:
    draft = Draft(2, 3, 3)
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=1, groups=2)
    assert of(draft, "8").written_over == {1: 0}
    assert of(draft, "4").written_over == {}  # 9 elements of 4 bits a channel
    draft = Draft(2, 3, 3)
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=1, stride=2, groups=2)
    assert of(draft, "4").written_over == {}
    draft = Draft(2, 4, 4)
    draft.add("depthwise", "conv2d", out_channels=2, kernel_size=2, groups=2)
    assert of(draft, "4").written_over == {}


def test_statistics_of_its_own_need_all_elements_first() -> None:
    draft = Draft(2, 4, 4)
    draft.add("a", "batch_norm")
    draft.add("b", "batch_norm", track_running_stats=False)
    assert of(draft).written_over == {1: 0}


def test_mcunets_figure_for_mobilenetv2() -> None:
    found = analyse(mobilenetv2(), bits="8")
    # arXiv:2007.10319 and its repository: 1372 KiB, at the first expansion, 16 → 96 channels of 112×112
    assert in_place(found).bytes == (16 + 96) * 112 * 112 == 1372 * 1024


def test_resnet50_in_single_precision() -> None:
    # published as 7.2 MB: the image's 64 channels of 56×56, and 256 on either side of a block
    assert in_place(analyse(load("resnet50"))).bytes == (64 + 256 + 256) * 56 * 56 * 4


@st.composite
def networks(draw: st.DrawFn) -> Draft:
    """Up to eight layers, each reading what any before it put out."""
    draft = Draft(2, *[draw(st.integers(1, 4)) for _ in range(2)])
    fields = {
        "relu": {},
        "batch_norm": {},
        "add": {},
        "concat": {"dim": 1},
        "identity": {},
        "flatten": {"start_dim": 2},
        "permute": {"dims": [0, 1, 3, 2]},
        "slice": {"dim": 1, "start": 1},
        "conv2d": {"out_channels": 2, "kernel_size": 1},
        "depthwise": {"out_channels": 2, "kernel_size": 1, "stride": 2, "groups": 2},
    }
    for number in range(draw(st.integers(1, 8))):
        word = draw(st.sampled_from([*fields, "depthwise", "relu", "add"]))
        earlier = st.integers(max(0, draft.last - 2), draft.last)
        inputs = [draw(earlier) for _ in range(2 if word in ("add", "concat") else 1)]
        bits = draw(st.sampled_from([4, 8, 16]))
        with suppress(SpecError):  # it does not fit what arrives
            op = "conv2d" if word == "depthwise" else word
            wide = Bits(bits, bits) if op == "conv2d" else None
            draft.add(f"{number}", op, inputs, bits=wide, **fields[word])
    return draft


@settings(max_examples=60)
@given(networks(), st.booleans())
def test_no_byte_is_written_while_it_is_still_to_be_read(draft: Draft, deployed: bool) -> None:
    has_bits = any(node.bits for node in draft.builder.nodes)
    found = analyse(draft.graph(), bits="spec" if has_bits else "8", deployed=deployed)
    plan = in_place(found)
    Memory(found, plan).run()
    liveness = planner("liveness")(found.workload.lifetimes, found.storage_bytes)
    assert all(less <= most for less, most in zip(plan.needed, liveness.needed, strict=True))
    assert plan.bytes <= peak_bytes(found.workload.lifetimes, found.storage_bytes)
    for index, over in plan.written_over.items():
        assert found.storage_bytes[index] <= found.storage_bytes[over]
        beside = liveness.needed[index] - plan.needed[index]
        conv = found.graph.nodes[index].op.word == "conv2d"
        assert beside == found.storage_bytes[index] - (found.storage_bytes[index] // 2 if conv else 0)


def test_the_simulator_sees_a_tensor_written_over_too_early() -> None:
    draft = Draft(2, 2, 2)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    act = draft.add("act", "relu")
    draft.add("sum", "add", (act, entry))
    found = analyse(draft.graph(), bits="8")
    with pytest.raises(AssertionError, match="a is read after it was written over"):
        Memory(found, in_place(found)._replace(written_over={act: entry})).run()


def test_the_simulator_sees_two_views_that_meet_elements_at_different_times() -> None:
    draft = Draft(1, 4, 4)
    turned = draft.add("turned", "permute", dims=[0, 1, 3, 2])
    summed = draft.add("sum", "add", (0, turned))
    found = analyse(draft.graph(), bits="8")
    with pytest.raises(AssertionError, match="is read after it was written over"):
        Memory(found, in_place(found)._replace(written_over={summed: 0})).run()
