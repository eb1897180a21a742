"""What an error message tells of the calls that led to it, and of where a value came from."""

import pytest

from tests.calc.spec.written import refusal

UNIT = "Unit: {params: {g: %s}, layers: [{conv2d: {out_channels: 14, kernel_size: 1, groups: %s}}]}"


def notes(layers: str, **parts: str) -> list[str]:
    """The lines below the fact, the file's name left out."""
    return [line.strip().replace("<text>:", "") for line in refusal(layers, **parts).split("\n")[1:]]


@pytest.mark.parametrize(
    "layers, params, unit, expected",
    [
        ("[{conv2d: {out_channels: 14, kernel_size: 1, groups: g}}]", "{g: 7}", "", "groups = g, given as 7 at 5:7"),
        ("[{Unit: w}]", "{w: 7}", UNIT % (1, "g"), "groups = g, given as w at 9:11, which is 7 at 5:7"),
        ("[{Unit: 7 * 1}]", "", UNIT % (1, "g"), "groups = g, given as 7 * 1 at 7:11"),
        ("[Unit]", "{w: 7}", UNIT % ("w", "g"), "groups = g, given as w at 7:22, which is 7 at 5:7"),
        ("[{Unit: 7}]", "", UNIT % (1, "g * 1"), "groups = g * 1, g given as 7 at 7:11"),
        ("[Unit]", "{w: 4}", UNIT % ("w + in", "g"), "groups = g, given as w + in at 7:22"),
    ],
)
def test_where_a_value_came_from(layers: str, params: str, unit: str, expected: str) -> None:
    blocks = unit or "Other: {layers: [relu]}"
    layers = layers if unit else layers.replace("]", ", Other]")
    assert notes(layers, params=params, blocks=blocks)[-1] == expected


def test_a_value_written_in_place_has_no_other_origin() -> None:
    assert notes("[{conv2d: {out_channels: 14, kernel_size: 1, groups: 7}}]") == []


def test_calls_are_told_from_the_innermost() -> None:
    blocks = "A: {layers: {x: B}}\nB: {layers: {y: C}}\nC: {layers: {z: D}}\nD: {layers: [{linear: 3}]}"
    told = [line for line in notes("{a: A}", blocks=blocks) if line.startswith("in ")]
    assert told == ["in a.x.y.z (D) at 7:19", "in a.x.y (C) at 6:19", "in a.x (B) at 5:19"]
