"""Tapes over arrays of numpy against tapes in Python's integers, and against the engine."""

from typing import Any

import pytest

from calc.analysis import analyse
from calc.spec import load, loads
from calc.tape import Tape, Variable, trace
from calc.tape.trace import NETWORK

numpy = pytest.importorskip("numpy", reason="needs the extra search")
arrays = pytest.importorskip("calc.tape.arrays")
points = pytest.importorskip("calc.tape.points")

WANTED = ("macs", "effective_macs", "params", "bitops.product", "weight_bytes", "peak_activation_bytes")


def test_a_grid_is_broadcast() -> None:
    bounds = [Variable("width", (0.1, 2.0)), Variable("resolution", (96, 416))]
    tape = trace(load("mobilenetv2"), bounds, {"width": 1.0, "resolution": 224}, WANTED, ("4", "w4a8"))
    widths, resolutions = numpy.array([0.1, 0.35, 1.0, 1.4]), numpy.array([96, 131, 224, 416])
    found = arrays.evaluate(tape, {"width": widths[:, None], "resolution": resolutions})
    assert found.holds.tolist() == [[False] * 4] + [[True] * 4] * 3
    for row, width in enumerate(widths.tolist()):
        for column, resolution in enumerate(resolutions.tolist()):
            here = {name: int(value[row, column]) for name, value in found.outputs.items()}
            assert tape.at({"width": width, "resolution": resolution}) == (here if found.holds[row, column] else None)


LARGE = """
name: large
params: {size: 9, channels: 8}
input: [3, size, size]
layers:
  - conv2d: {out_channels: channels, kernel_size: 1}
  - conv2d: {out_channels: channels, kernel_size: 1}
"""


def tape_up_to(most: int) -> Tape:
    bounds = [Variable("size", (1, most)), Variable("channels", (1, most))]
    return trace(loads(LARGE), bounds, {"size": 9, "channels": 8}, ("macs", "params"))


@pytest.mark.parametrize("most, kind", [(2**15, "int64"), (2**17, "object")])
def test_where_int64_might_not_be_enough_integers_are_pythons(most: int, kind: str) -> None:
    # the second layer alone: channels · channels · size · size, 2^60 or 2^68
    tape = tape_up_to(most)
    assert (tape.largest < 2**63) is (kind == "int64")
    at = {"size": numpy.array([9, most // 4]), "channels": numpy.array([8, most // 2])}
    found = arrays.evaluate(tape, at)
    assert found.outputs["macs"].dtype == kind
    for index in numpy.flatnonzero(found.holds).tolist():
        size, channels = int(at["size"][index]), int(at["channels"][index])
        assert found.outputs["macs"][index] == size * size * channels * (3 + channels)


def test_outside_the_bounds_nothing_holds() -> None:
    found = arrays.evaluate(tape_up_to(64), {"size": numpy.array([0, 64, 65]), "channels": numpy.array(8)})
    assert found.holds.tolist() == [False, True, False]


SPLIT = """
name: split
params: {size: 9, channels: 8}
input: [channels, size, size]
layers:
  conv: {conv2d: {out_channels: channels + 1, kernel_size: 3 if size < 20 else 5}}
  more: {relu: , when: channels % 2 == 0}
"""


def test_points_that_leave_a_tape_are_traced_anew() -> None:
    model = loads(SPLIT)
    space = points.Points(model, [Variable("size", (1, 40)), Variable("channels", (1, 9))], WANTED, ("8",))
    sizes, channels = numpy.arange(1, 41), numpy.arange(1, 10)
    outputs, errors, left, _ = space.outputs({"size": sizes[:, None], "channels": channels})
    assert not left.any()
    # sizes 1 and 2 are too small; 3 to 19 and 20 to 40, an even number of channels or not
    refused = errors[NETWORK]
    assert sorted(refused) == list(range(2 * 9))
    assert refused[0].endswith("is larger than the padded height 1 (0 + 1 + 0)")
    assert len(space.tapes) >= 4
    assert len(space.refusals) == 2 * 2  # of two sizes; the expansion goes on after the error, to "more"
    for row, size in enumerate(sizes.tolist()):
        for column, number in enumerate(channels.tolist()):
            if row * 9 + column not in refused:
                totals = analyse(model, {"size": size, "channels": number}, bits=8).totals
                assert _at(outputs, (row, column)) == [
                    totals.macs, totals.effective_macs, totals.params, totals.bitops["product"],
                    totals.weight_bytes, totals.peak_activation_bytes,
                ]  # fmt: skip
    before = len(space.tapes)
    again = space.outputs({"size": sizes[5:], "channels": numpy.array(4)}).outputs
    assert len(space.tapes) == before
    assert again["macs"].tolist() == outputs["macs"][5:, 3].tolist()


def _at(outputs: dict[str, Any], at: tuple[int, int]) -> list[int]:
    names = [f"{name}@8" if name not in ("macs", "effective_macs", "params") else name for name in WANTED]
    return [int(outputs[name][at]) for name in names]
