"""The view per layer: colours, and the names below the bars."""

from itertools import pairwise

import pytest

from calc.analysis import analyse
from calc.configurations import configurations
from calc.report import plot
from calc.report.plot_layers import BlockBars, blocks_of, colours
from calc.spec import load, loads

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("widths", [range(1, 6), (1, 3, 5, 6, 7), range(1, 10), range(1, 11), range(1, 65)])
def test_no_two_widths_have_one_colour(widths) -> None:
    found = colours(widths)
    assert list(found) == list(widths)
    assert len(set(found.values())) == len(found)


def test_usual_widths_have_the_same_colour_in_every_figure() -> None:
    usual = colours([2, 4, 8])
    assert {bits: colour for bits, colour in colours([2, 4, 5, 8, 32]).items() if bits in usual} == usual


def test_a_legend_entry_a_width_in_its_colour() -> None:
    small = loads("name: n\ninput: [3]\nlayers: {a: {linear: 2}}\n")
    found = configurations([analyse(small)], ["5", "6", "7"])
    drawn = plot.draw_configurations(found)
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == ["5-bit weights", "6-bit weights", "7-bit weights"]
    shown = [patch.get_facecolor() for patch in legend.get_patches()]
    assert [panel.patches[0].get_facecolor() for panel in drawn.axes[1:]] == shown
    assert len(set(shown)) == 3


def test_blocks_are_named_by_the_fewest_parts_that_make_several() -> None:
    names = ["stem.conv", *[f"body.{block}.{conv}" for block in range(8) for conv in ("a", "b")]]
    assert blocks_of(names) == [BlockBars("stem.conv", 0, 1), *[BlockBars(f"body.{n}", 1 + 2 * n, 2) for n in range(8)]]


def test_networks_of_few_layers_have_every_layer_named() -> None:
    assert blocks_of(["a.x", "a.y", "b"]) == [BlockBars("a.x", 0, 1), BlockBars("a.y", 1, 1), BlockBars("b", 2, 1)]


def test_a_name_is_cut_between_its_parts_alone() -> None:
    names = [f"encoder.layers.encoder_layer_{n}.mlp" for n in range(9)]
    assert [block.name for block in blocks_of(names)] == [f"encoder_layer_{n}" for n in range(9)]
    assert blocks_of(["a_part_of_more_than_a_few_characters"])[0].name == "a_part_of_more_than_a_few_characters"


@pytest.mark.parametrize(
    "name",
    [
        "inception_v3",
        "vit_b_16",
        "alexnet",
        *[pytest.param(each, marks=pytest.mark.zoo) for each in ("densenet121", "mobilenetv2")],
    ],
)
def test_names_stand_beside_one_another_within_their_axis(name: str) -> None:
    drawn = plot.draw_configurations(configurations([analyse(load(name))], ["8"]))
    drawn.draw_without_rendering()
    panel = drawn.axes[1]
    axis = panel.get_window_extent()
    labels = sorted([label.get_window_extent() for label in panel.get_xticklabels()], key=lambda box: box.x0)
    assert len(labels) >= 4
    assert all(left.x1 < right.x0 for left, right in pairwise(labels))
    assert labels[0].x0 >= axis.x0 - 1
    assert labels[-1].x1 <= axis.x1 + 1
