"""``calc specs`` and ``calc ops``."""

import json

import pytest

from calc.ops import WORDS


@pytest.mark.usefixtures("few_specs")
def test_specs_lists_what_is_packaged(calc) -> None:
    ran = calc("specs")
    assert (ran.code, ran.err) == (0, "")
    (row,) = [line.split() for line in ran.out.split("\n") if line.startswith("mobilenetv2 ")]
    assert row == ["mobilenetv2", "3×224×224", "3,504,872", "300,774,272"]


def test_specs_as_json(calc, few_specs: tuple[str, ...]) -> None:
    found = {row["name"]: row for row in json.loads(calc("specs", "--format", "json").out)}
    assert tuple(found) == few_specs
    assert found["mobilenetv2"] == {
        "name": "mobilenetv2",
        "input": [3, 224, 224],
        "params": 3_504_872,
        "macs": 300_774_272,
    }


def test_one_op_in_full(calc) -> None:
    ran = calc("ops", "conv2d")
    assert (ran.code, ran.err) == (0, "")
    assert "  inputs  x, weight?, bias?\n" in ran.out
    assert "  out_channels  a positive integer; required\n" in ran.out
    assert "; default 'zeros'\n" in ran.out


def test_what_has_no_macs_says_so_once_and_without_markup(calc) -> None:
    out = calc("ops", "upsample").out
    assert "  MACs    none: interpolation weights" in out
    assert "spatial axes of (channels, …) to size, or by scale_factor" in out


@pytest.mark.parametrize("words", [["ops", "conv2d"], ["ops", "multihead_attention"], ["ops"]])
def test_lines_break_between_words_in_a_terminal_alone(calc, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    piped = calc(*words).out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    shown = calc(*words).out
    assert max(map(len, piped.splitlines())) > 50
    assert max(map(len, shown.splitlines())) <= 50
    assert shown.split() == piped.split()


def test_a_line_goes_on_below_its_text(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "50")
    lines = calc("ops", "conv2d").out.splitlines()
    padding = next(i for i, line in enumerate(lines) if line.startswith("  padding  "))
    assert lines[padding + 1].startswith(" " * len("  padding_mode  ") + "axis, [before")


def test_ops_as_json(calc) -> None:
    found = {op["op"]: op for op in json.loads(calc("ops", "--format", "json").out)}
    assert list(found) == list(WORDS)
    assert all(bool(op["macs"]) != bool(op["no_macs"]) for op in found.values())
    linear = found["linear"]["keys"]
    assert linear[0] == {"key": "out_features", "accepts": "a positive integer", "required": True}
    assert linear[1] == {"key": "bias", "accepts": "true or false", "required": False, "default": True}


def test_bad_words(calc) -> None:
    ran = calc("ops", "conv2")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean" in ran.err
    assert "experts is not an op: it builds structure out of layers" in calc("ops", "experts").err
    assert calc("ops", "--format", "csv").code == 2
    assert calc("specs", "--format", "csv").code == 2
