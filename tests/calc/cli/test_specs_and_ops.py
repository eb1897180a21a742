"""``calc specs`` and ``calc ops``."""

import json

from calc.ops import WORDS


def test_specs_lists_what_is_packaged(calc) -> None:
    ran = calc("specs")
    assert (ran.code, ran.err) == (0, "")
    (row,) = [line.split() for line in ran.out.split("\n") if line.startswith("mobilenetv2 ")]
    assert row == ["mobilenetv2", "3×224×224", "3,504,872", "300,774,272"]


def test_specs_as_json(calc) -> None:
    found = {row["name"]: row for row in json.loads(calc("specs", "--format", "json").out)}
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
    assert calc("ops", "--format", "csv").code == 2
    assert calc("specs", "--format", "csv").code == 2
