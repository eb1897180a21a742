"""The figure of memory over time."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.report import memory_plot
from calc.spec import loads
from tests.calc.report.test_memory import MAP, planned

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("memory", ["liveness", "arena", "in-place"])
def test_a_bar_a_tensor_and_of_an_arena_a_block_each(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: drawn.append(figure))
    memory_plot.draw_memory(planned(memory), "memory.png")
    needed, *arena = drawn[0].axes
    needs = {"liveness": [1, 2, 5, 6, 3], "arena": [1, 6, 6, 6, 6], "in-place": [1, 2, 5, 6, 2]}
    assert [bar.get_height() for bar in needed.patches] == [MAP * maps for maps in needs[memory]]
    assert len(needed.lines) == (memory != "liveness")
    if memory == "arena":
        assert [block.get_y() for block in arena[0].patches] == [0, 5 * MAP, 0, 4 * MAP, 0]
        assert [block.get_width() for block in arena[0].patches] == [2, 4, 2, 2, 1]
    else:
        assert arena == []
    assert f"{memory}, at most {6 * MAP} B at narrow" in drawn[0].get_suptitle()


def test_long_names_are_cut_below_the_axis(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: drawn.append(figure))
    spec = loads(f"name: Long\ninput: [1, 2, 2]\nlayers: {{{'a' * 40}_end: relu}}\n")
    memory_plot.draw_memory(analyse(spec), "memory.png")
    assert [tick.get_text() for tick in drawn[0].axes[0].get_xticklabels()] == ["input", f"…{'a' * 27}_end"]


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "memory.svg"
    memory_plot.draw_memory(planned("arena"), str(path))
    assert path.read_text(encoding="utf-8").startswith("<?xml")


def test_a_lower_bound_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: drawn.append(figure))
    odd = "{opaque: {op: a.b, shape: [4], reason: none}}"
    memory_plot.draw_memory(analyse(loads(f"name: Odd\ninput: [4]\nlayers: {{odd: {odd}}}\n")), "memory.png")
    assert "liveness, at its most at least 32 B at odd" in drawn[0].get_suptitle()
