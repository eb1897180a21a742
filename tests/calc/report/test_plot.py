"""Figures: what is drawn, in every format, and without matplotlib."""

import errno
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from calc.analysis import analyse
from calc.configurations import configurations
from calc.errors import OpError
from calc.report import plot
from calc.spec import ModelSpec, load
from calc.spec.load import loads

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def found():
    return configurations([analyse(load("seed_notebook"))], ["2", "8", "adaptive"])


@pytest.fixture(scope="module")
def drawn(found):
    return plot.draw_configurations(found)


@pytest.fixture(scope="module")
def small():
    """As little as can be drawn, for what a file is whatever the figure."""
    return configurations([analyse(network("n", 3))], ["8"])


def network(name: str, *sizes: int) -> ModelSpec:
    return loads(f"name: {name}\ninput: {list(sizes)}\nlayers: {{a: flatten, b: {{linear: 2}}}}\n")


def test_a_bar_a_configuration_and_a_panel_each(found, drawn) -> None:
    totals, *panels = drawn.axes
    assert [bar.get_width() for bar in totals.patches] == [float(one.bitops) / 10**6 for one in found]
    assert "MACs × weight bits" in totals.get_xlabel()
    assert "M = 10⁶" in totals.get_xlabel()
    assert [panel.get_title(loc="left") for panel in panels] == ["2 bit", "8 bit", "adaptive"]
    layers = [layer for layer in found[0].analysis.layers if layer.macs]
    assert [len(panel.patches) for panel in panels] == [len(layers)] * 3


def test_panels_of_one_network_share_their_scale(drawn) -> None:
    _, *panels = drawn.axes
    assert len({panel.get_ylim() for panel in panels}) == 1


def test_a_network_thousands_of_times_smaller_has_a_bar_that_is_seen() -> None:
    networks = [analyse(network("Small", 3)), analyse(network("Large", 3, 400, 400)), analyse(network("Larger", 3000))]
    totals = plot.draw_configurations(configurations(networks, ["8"])).axes[0]
    assert "on a logarithmic scale" in totals.get_xlabel()
    left, right = totals.transAxes.inverted().transform(totals.transData.transform([(x, 0) for x in totals.get_xlim()]))
    assert (left[0], right[0]) == pytest.approx((0, 1))
    ends = totals.transAxes.inverted().transform(
        totals.transData.transform([(bar.get_width(), 0) for bar in totals.patches])
    )
    assert min(end[0] for end in ends) > 0.1


def test_networks_of_like_size_are_drawn_from_0(drawn) -> None:
    assert drawn.axes[0].get_xscale() == "linear"
    assert drawn.axes[0].get_xlim()[0] == 0


def test_too_many_configurations_have_no_panels() -> None:
    many = configurations(
        [analyse(load("seed_depthwise_example"))], [str(bits) for bits in range(1, plot.MOST_PANELS + 2)]
    )
    (totals,) = plot.draw_configurations(many).axes
    assert f"no view per layer: more than {plot.MOST_PANELS} configurations" in totals.get_xlabel()
    assert totals.get_ylim() == (len(many) - 0.5, -0.5)


def test_the_title_states_what_the_networks_share() -> None:
    networks = [analyse(network(name, 3, 4, 4), activations="producer") for name in ("One", "Other")]
    drawn = plot.draw_configurations(configurations(networks, ["w4a8"]))
    stated = "input 3×4×4, batch 1; activations producer: each layer reads what its producer wrote"
    assert drawn.get_suptitle().startswith(f"BitOps of 2 networks at w4a8\n{stated}")
    assert [panel.get_title(loc="left") for panel in drawn.axes[1:]] == ["One", "Other"]


def test_inputs_that_differ_stand_with_their_networks() -> None:
    networks = [analyse(network("One", 3, 4, 4)), analyse(network("Other", 3, 5, 5))]
    drawn = plot.draw_configurations(configurations(networks, ["8", "2"]))
    assert drawn.get_suptitle().startswith("BitOps of 2 networks\ninput differs, batch 1;")
    labels = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert labels[::2] == ["One, 8 bit, 3×4×4", "Other, 8 bit, 3×5×5"]
    assert [panel.get_title(loc="left") for panel in drawn.axes[1:]] == labels


def test_one_network_at_one_precision_names_both_above() -> None:
    drawn = plot.draw_configurations(configurations([analyse(load("seed_notebook"))], ["adaptive"]))
    assert drawn.get_suptitle().startswith("BitOps of Quantised MobileNet blocks at adaptive\ninput 3×32×32, batch 1;")


@pytest.mark.filterwarnings("error")
def test_a_network_without_macs_is_drawn_without_a_warning(tmp_path: Path) -> None:
    found = configurations([analyse(loads("name: n\ninput: [3]\nlayers: {a: relu}\n"))], ["8"])
    totals, panel = plot.draw_configurations(found).axes
    assert [text.get_text() for text in totals.texts] == ["0"]
    assert [text.get_text() for text in panel.texts] == ["no layer has MACs"]
    plot.save_figure(found, tmp_path / "figure.png")


@pytest.mark.parametrize("ending", plot.ENDINGS)
def test_every_ending(small, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"figure{ending}"
    plot.save_figure(small, path)
    data = path.read_bytes()
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".html": b"<!DOCTYPE html>"}
    assert data.startswith(starts[ending])


@pytest.mark.parametrize("ending", [".png", ".html"])
def test_letters_that_the_font_lacks_are_no_warning(
    tmp_path: Path, ending: str, recwarn: pytest.WarningsRecorder
) -> None:
    named = analyse(loads("name: 网络\ninput: [3]\nlayers: {a: {linear: 2}}\n"))
    plot.save_figure(configurations([named], ["8"]), tmp_path / f"figure{ending}")
    assert [str(warning.message) for warning in recwarn] == []


def test_html_holds_the_figure_and_the_numbers(small, tmp_path: Path) -> None:
    path = tmp_path / "figure.html"
    plot.save_figure(small, path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert f"{small[0].bitops:,}" in text
    svg = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    "others, names",
    [
        (("a/one.yaml", "a/two.yaml"), ["Same (one.yaml)", "Same (two.yaml)"]),
        (("a/net.yaml", "b/net.yaml"), ["Same (a/net.yaml)", "Same (b/net.yaml)"]),
    ],
)
def test_figures_have_no_folders_of_this_machine_but_tell_networks_apart(
    others: tuple[str, str], names: list[str], tmp_path: Path
) -> None:
    paths = [tmp_path / other for other in others]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("name: Same\ninput: [3]\nlayers: {a: {linear: 2}}\n", encoding="utf-8")
    found = configurations([analyse(load(path)) for path in paths], ["8"])
    drawn = plot.draw_configurations(found)
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == names
    plot.save_figure(found, tmp_path / "figure.html")
    text = (tmp_path / "figure.html").read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert all(f"<td>{name}</td>" in text for name in names)


def test_html_leaves_no_comma_after_what_has_no_note(tmp_path: Path) -> None:
    path = tmp_path / "figure.html"
    plot.save_figure(configurations([analyse(network(name, 3)) for name in ("One", "Other")], ["8"]), path)
    assert "<li>bits: 8</li>" in path.read_text(encoding="utf-8")


def test_what_cannot_be_drawn_leaves_the_old_file_and_nothing_else(
    small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figure.png"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OpError, match="cannot be written: No space left on device; what it held before is still there"):
        plot.save_figure(small, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_ending(found, tmp_path: Path) -> None:
    with pytest.raises(OpError, match="a plot ends in"):
        plot.save_figure(found, tmp_path / "figure.gif")


def test_a_folder_that_is_not_there(small, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OpError, match="cannot be written: Not a directory"):
        plot.save_figure(small, tmp_path / "file" / "figure.png")
    with pytest.raises(OpError, match="cannot be written"):
        plot.save_figure(small, tmp_path / "nowhere" / "figure.png")


def test_without_matplotlib_the_extra_is_named(found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OpError) as error:
        plot.save_figure(found, tmp_path / "figure.png")
    assert "macbits[plot]" in error.value.hint


def test_lower_bounds_are_marked() -> None:
    odd = "{opaque: {op: a.b, shape: [4], reason: none}}"
    networks = [analyse(loads(f"name: {name}\ninput: [300]\nlayers: {{b: {layer}, a: {{linear: 700}}}}\n"))
                for name, layer in (("odd", odd), ("known", "{linear: 4}"))]  # fmt: skip
    totals, *panels = plot.draw_configurations(configurations(networks, ["8"])).axes
    assert [text.get_text()[:2] == "≥ " for text in totals.texts] == [True, False]
    assert panels[-1].get_xlabel() == "layers with MACs, in execution order; some others are not known completely"
