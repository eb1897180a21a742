"""The lock's text: the same to the byte, read back equal, and refused where it is not what calc wrote."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.errors import SpecError
from calc.gate import lockfile
from calc.gate.lockfile import Lock, lock_text, parse_lock
from tests.calc.gate.networks import NUMBERED, OPAQUE, SPEC, of

LOCK = Lock(
    ("8", "adaptive"), ("specs",), {"specs/b.yaml": of(SPEC, "8", "adaptive"), "a.yaml": of(NUMBERED, "8", "adaptive")}
)
TEXT = lock_text(LOCK)


def edited(change: Any) -> str:
    """The lock's text after ``change`` to its data."""
    data = json.loads(TEXT)
    change(data)
    return json.dumps(data)


def refused(text: str) -> str:
    with pytest.raises(SpecError) as error:
        parse_lock(text, "calc.lock.json")
    return str(error.value)


def test_a_lock_is_read_back_equal_and_written_back_the_same() -> None:
    found = parse_lock(TEXT, "calc.lock.json")
    assert found == LOCK
    assert lock_text(found) == TEXT


def test_the_order_of_specs_is_that_of_their_names() -> None:
    turned = LOCK._replace(specs=dict(reversed(LOCK.specs.items())))
    assert lock_text(turned) == TEXT


def test_one_line_a_layer_and_one_a_total() -> None:
    lines = TEXT.split("\n")
    for name in ("stem", "norm", "depthwise", "features.0", "head"):
        assert sum(f'"name": "{name}"' in line for line in lines) in (1, 2)
    assert sum('"bitops.weight@8":' in line for line in lines) == 2
    (line,) = [line for line in lines if '"name": "stem"' in line]
    assert json.loads(line.strip().rstrip(",")) == {
        "name": "stem",
        "op": "conv2d",
        "fields": {"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False},
        "shape": [8, 16, 16],
        "params": 8 * 3 * 9,
        "macs": 8 * 3 * 9 * 256,
        "effective_macs": 8 * 3 * (3 * 16 - 2) ** 2,
        "bits": ["8", "8"],
    }


def test_every_number_is_a_raw_integer() -> None:
    data = json.loads(TEXT)
    for entry in data["specs"].values():
        assert {type(value) for value in entry["quantities"].values()} == {int}


def test_a_lock_without_specs() -> None:
    empty = Lock(("8",), (), {})
    assert parse_lock(lock_text(empty), "x") == empty


@pytest.mark.parametrize("size", [0, 1, 100, len(TEXT) // 2, len(TEXT) - 4])
def test_a_truncated_lock(size: int) -> None:
    message = refused(TEXT[:size])
    assert message.startswith("calc.lock.json:")
    assert "calc lock" in message


def test_a_conflict_that_git_left() -> None:
    lines = TEXT.split("\n")
    lines[7:7] = ["<<<<<<< HEAD", "=======", ">>>>>>> branch"]
    assert refused("\n".join(lines)).startswith("calc.lock.json:8:1: an unresolved merge conflict")


@pytest.mark.parametrize(
    "text, fact",
    [
        ("[]", "not a lock"),
        ("null", "not a lock"),
        ('{"schema": "calc.run/1"}', "its schema is calc.run/1"),
        ('{"schema": "calc.lock/x"}', "not a lock"),
        (
            '{"schema": "calc.lock/3"}',
            "written by a newer calc: its schema is calc.lock/3, this one knows up to calc.lock/2",
        ),
        ('{"schema": "calc.lock/0"}', "was never in use"),
        ('{"schema": "calc.lock/2"}', "bits: missing"),
        ('{"schema": "calc.lock/1"}', "bits: missing"),
        ('{"schema": "calc.lock/1", "bits": [], "folders": []}', "bits: no policy is listed"),
        ('{"a": 1, "a": 2}', "the key a occurs twice"),
        ('{"schema": NaN}', "NaN is not a number"),
        ("[" * 100_000, "not a lock"),
        ('{"schema": ' + "9" * 5000 + "}", "not a lock"),
        ("\x00", "not JSON"),
    ],
)
def test_what_is_no_lock(text: str, fact: str) -> None:
    assert fact in refused(text)


def spec_entry(data: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = data["specs"]["specs/b.yaml"]
    return entry


@pytest.mark.parametrize(
    "change, fact",
    [
        (lambda d: spec_entry(d)["quantities"].update(macs="1"), "specs, specs/b.yaml, macs: 1 is not a count"),
        (lambda d: spec_entry(d)["quantities"].update(macs=True), "True is not a count"),
        (lambda d: spec_entry(d)["quantities"].update(macs=-1), "-1 is not a count"),
        (lambda d: spec_entry(d)["quantities"].update(macs=1.0), "1.0 is not a count"),
        (lambda d: spec_entry(d)["quantities"].update(macs=10**31), "is not a count"),
        (lambda d: spec_entry(d)["quantities"].pop("params"), "quantities: lacks params"),
        (lambda d: spec_entry(d)["quantities"].update(flops=1), "holds the unknown flops"),
        (lambda d: d.update(bit=["8"]), ": unknown key bit\n  hint: did you mean bits?"),
        (lambda d: spec_entry(d).update(layer=[]), "specs/b.yaml: unknown key layer\n  hint: did you mean layers?"),
        (lambda d: spec_entry(d)["layers"][0].update(param=1), "layer 0: unknown key param\n  hint: did you mean"),
        (lambda d: spec_entry(d).pop("layers"), "layers: missing"),
        (lambda d: spec_entry(d).update(model=3), "model: a text is missing"),
        (lambda d: spec_entry(d).update(input="3x4"), "input: missing, or not a list"),
        (lambda d: spec_entry(d)["layers"][0].pop("name"), "layer 0: a text is missing"),
        (lambda d: spec_entry(d)["layers"][1].update(name="stem"), "layer 1: its name occurs twice"),
        (lambda d: spec_entry(d)["layers"][1].update({"from": ["gone"]}), "or it reads a layer that is not before it"),
        (lambda d: spec_entry(d)["layers"][0].update(bits=["8"]), "1 bits for 2 policies"),
        (lambda d: spec_entry(d)["layers"][0].update(shape=None), "layer 0: missing, or not a list"),
        (lambda d: spec_entry(d)["layers"].insert(0, 3), "layer 0: missing, or not a mapping"),
        (lambda d: d["specs"].update({"../x.yaml": spec_entry(d)}), "leads outside the folder of the lock"),
        (lambda d: d["specs"].update({"/etc/x.yaml": spec_entry(d)}), "leads outside the folder of the lock"),
        (lambda d: d["specs"].update({"-": spec_entry(d)}), "is standard input"),
        (lambda d: d.update(bits=["/etc/p.yaml"]), "bits, /etc/p.yaml: leads outside the folder of the lock"),
        (lambda d: d.update(bits=["below/../../p.yaml"]), "leads outside the folder of the lock"),
        (lambda d: d.update(specs=[]), "specs: missing, or not a mapping"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_what_it_has_to_be(change: Any, fact: str) -> None:
    assert fact in refused(edited(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: spec_entry(d)["quantities"].update(macs=1),
        lambda d: spec_entry(d)["layers"][0].update(params=1),
        lambda d: spec_entry(d).update(shapes="sha256:0"),
        lambda d: spec_entry(d)["layers"][0].update(shape=[8, 16, 17]),
        lambda d: spec_entry(d)["layers"].pop(),
    ],
)
def test_an_entry_that_does_not_add_up_is_known(change: Any) -> None:
    assert parse_lock(edited(change), "x").inconsistent == {"specs/b.yaml"}


def test_another_layout_of_the_same_json_is_the_same_lock() -> None:
    assert parse_lock(json.dumps(json.loads(TEXT), indent=7, sort_keys=False), "x") == LOCK


def test_an_older_version_is_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    def renamed(data: dict[str, Any]) -> dict[str, Any]:
        return {"bits" if key == "policies" else key: value for key, value in data.items()}

    old = edited(lambda d: d.update(policies=d.pop("bits")))
    monkeypatch.setattr(lockfile, "VERSION", 3)
    monkeypatch.setitem(lockfile.MIGRATIONS, 2, renamed)
    assert parse_lock(old, "x") == LOCK


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name, data, fact in [("binary", b"\xff\xfe\x00", "not UTF-8"), ("empty", b"", "an empty file")]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SpecError, match=fact):
            lockfile.read_lock(tmp_path / name)
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(SpecError, match="cannot be read"):
            lockfile.read_lock(path)


def test_a_byte_order_mark_is_taken(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(TEXT, encoding="utf-8-sig")
    assert lockfile.read_lock(tmp_path / "lock") == LOCK


LAYERS = "{x: relu, y: {add: , from: [x, b]}}"
SPEC_OF_TWO = f"{{name: Two, input: {{a: [2, 3], b: [2, 3]}}, layers: {LAYERS}, output: [x, y]}}"
TWO = lock_text(Lock(("8",), (), {"two.yaml": of(SPEC_OF_TWO)}))


def test_several_inputs_and_outputs_are_kept_by_name() -> None:
    entry = json.loads(TWO)["specs"]["two.yaml"]
    assert (entry["inputs"], entry["outputs"], "input" in entry) == ({"a": [2, 3], "b": [2, 3]}, ["x", "y"], False)
    assert [row.get("from") for row in entry["layers"]] == [None, ["x", "b"]]
    assert lock_text(parse_lock(TWO, "calc.lock.json")) == TWO


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("inputs", {}, "two.yaml, inputs: no input is listed"),
        ("inputs", [2, 3], "two.yaml, inputs: missing, or not a mapping"),
        ("inputs", {"a": [2, "x"], "b": [2, 3]}, "two.yaml, inputs, a: x is not a count"),
        ("inputs", {"a": [2, 3]}, "layer 1: its name occurs twice, or it reads a layer that is not before it"),
        ("input", [2, 3], "two.yaml, inputs: input is given too"),
        ("outputs", ["x", "z"], "two.yaml, outputs: no layer is named z"),
        ("outputs", "x", "two.yaml, outputs: missing, or not a list"),
    ],
)
def test_ends_that_no_network_has(key: str, value: Any, said: str) -> None:
    data = json.loads(TWO)
    data["specs"]["two.yaml"][key] = value
    assert said in refused(json.dumps(data))


def test_lower_bounds_are_named_and_only_where_there_are_any() -> None:
    lock = Lock(("8",), (), {"a.yaml": of(SPEC), "b.yaml": of(OPAQUE)})
    text = lock_text(lock)
    assert text.count('"at_least"') == 1
    assert parse_lock(text, "calc.lock.json") == lock
    with pytest.raises(SpecError, match=r"specs, b.yaml, at_least: mcs is not a quantity\n.*did you mean macs"):
        parse_lock(text.replace('"at_least": ["macs"', '"at_least": ["mcs"'), "calc.lock.json")
