"""A variant of a spec: its key, and how it is locked, checked and compared."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import analyse, load
from calc.errors import OpError, SpecError
from calc.gate.diff import diff
from calc.gate.difference import Reason
from calc.gate.gate import added, check_specs, exit_code, locked, updated
from calc.gate.lockfile import lock_text, parse_lock
from calc.gate.variant import SpecVariant, read_variant

SPEC = """
name: net
params: {width: 4}
input: [3, 8, 8]
layers: [{conv2d: {out_channels: width, kernel_size: 1, bias: false}}]
budgets: {macs: 800}
"""
KEY = "net.yaml --set width=2 --input 3x4x4 --batch 5"


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in the folder from which all is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path / "net.yaml"


@pytest.mark.parametrize(
    "text, variant",
    [
        ("net.yaml", SpecVariant("net.yaml")),
        (KEY, SpecVariant("net.yaml", ("width=2",), ("3x4x4",), 5)),
        ("a b.yaml", SpecVariant("a b.yaml")),
        ("a --force b", SpecVariant("a --force b")),
        ("it's.yaml", SpecVariant("it's.yaml")),
        ("", SpecVariant("")),
        ("net --set", SpecVariant("net --set")),
        ("'a b.yaml' --set 'x=[1, 2]'", SpecVariant("a b.yaml", ("x=[1, 2]",))),
        ("net --deployed", SpecVariant("net", deployed=True)),
        ("net --deployed --batch 5 --set width=2", SpecVariant("net", ("width=2",), (), 5, deployed=True)),
        ("net.py:make --deployed --opaque", SpecVariant("net.py:make", deployed=True, opaque=True)),
        ("net --set --deployed", SpecVariant("net", ("--deployed",))),
        ("net --deployed yes", SpecVariant("net --deployed yes")),
        ("net --kv k=q8_0,v=q4_0 --deployed", SpecVariant("net", deployed=True, kv="k=q8_0,v=q4_0")),
        ("net --phase decode --context 9 --set dim=4", SpecVariant("net", ("dim=4", "tokens=1", "past=8"))),
        ("net --tokens 3", SpecVariant("net", ("tokens=3", "past=0"))),
        ("net --input text=7 --input image=3x4x4", SpecVariant("net", (), ("text=7", "image=3x4x4"))),
    ],
)
def test_keys_that_are_read(text: str, variant: SpecVariant) -> None:
    assert read_variant(text) == variant


@given(
    st.builds(
        SpecVariant,
        st.text(min_size=1), st.lists(st.text()).map(tuple), st.just(()), st.integers(2, 99),
        st.booleans(), st.booleans(), st.none() | st.text(),
    )
)  # fmt: skip
def test_a_key_says_its_variant(variant: SpecVariant) -> None:
    assert read_variant(variant.key) == variant._replace(params=tuple(sorted(variant.params)))


@pytest.mark.parametrize("text", ["net --batch 0", "net --batch 2 --batch 3", "net --batch x"])
def test_a_batch_that_is_none(text: str) -> None:
    with pytest.raises(OpError, match="--batch"):
        read_variant(text)


@pytest.mark.parametrize(
    "text, fact",
    [
        ("net --deployed --deployed", "--deployed is given twice"),
        ("net --kv q8_0 --kv q4_0", "--kv is given twice"),
        ("net --context 9 --context 9", "--context is given twice"),
        ("net --set past=3 --tokens 2", "--set past is given with --phase, --tokens or --context"),
        ("net --phase decode --context 1", "a decode step follows earlier tokens"),
    ],
)
def test_options_that_contradict(text: str, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        read_variant(text)


@pytest.mark.usefixtures("net")
def test_a_variant_is_locked_and_made_again(tmp_path: Path) -> None:
    lock = locked([KEY, "net.yaml"], ("8",), tmp_path)
    found = lock.specs[KEY]
    assert dict(found.inputs) == {"input": (3, 4, 4)}
    assert found.quantities["params"] == 3 * 2
    assert found.quantities["macs"] == 5 * 2 * 3 * 4 * 4
    assert lock.folders == (".",)
    assert parse_lock(lock_text(lock), "calc.lock.json") == lock
    outcomes = list(check_specs(lock, tmp_path))
    assert [(outcome.spec, outcome.status) for outcome in outcomes] == [("net.yaml", "same"), (KEY, "same")]
    assert exit_code(outcomes) == 0
    assert updated(lock, tmp_path, outcomes) == lock


@pytest.mark.usefixtures("net")
def test_beside_a_variant_the_entry_of_the_spec_is_the_same_text(tmp_path: Path) -> None:
    alone = lock_text(locked(["net.yaml"], ("8",), tmp_path))
    both = added(locked(["net.yaml"], ("8",), tmp_path), [KEY], (), tmp_path)
    entry = alone.partition('"specs": {\n')[2].removesuffix("\n  }\n}\n")
    assert entry in lock_text(both)
    assert sorted(both.specs) == ["net.yaml", KEY]
    with pytest.raises(OpError, match="the lock is at bits 8, not 4"):
        added(both, [KEY], ("4",), tmp_path)


def test_an_edit_moves_every_variant(net: Path) -> None:
    lock = locked([KEY, "net.yaml"], ("8",), net.parent)
    net.write_text(SPEC.replace("kernel_size: 1", "kernel_size: 2"))
    outcomes = {outcome.spec: outcome for outcome in check_specs(lock, net.parent, ["net.yaml"])}
    assert {spec: outcome.status for spec, outcome in outcomes.items()} == {"net.yaml": "changed", KEY: "changed"}
    net.write_text(SPEC.replace("width", "wide"))
    (outcome,) = check_specs(lock, net.parent, [KEY])
    assert outcome.status == "unreadable"
    assert "net has no param width" in str(outcome.problems[0])
    net.unlink()
    assert [outcome.status for outcome in check_specs(lock, net.parent)] == ["missing", "missing"]


@pytest.mark.usefixtures("net")
def test_budgets_of_a_spec_are_not_those_of_its_variants(tmp_path: Path) -> None:
    wide = "net.yaml --set width=8"
    outcomes = list(check_specs(locked([wide, "net.yaml"], ("8",), tmp_path), tmp_path))
    assert [(outcome.spec, len(outcome.budgets), len(outcome.breaches)) for outcome in outcomes] == [
        ("net.yaml", 1, 0),
        (wide, 0, 0),
    ]


@pytest.mark.usefixtures("net")
def test_a_variant_that_is_not_locked_is_told(tmp_path: Path) -> None:
    lock = locked(["net.yaml"], ("8",), tmp_path)
    (outcome,) = check_specs(lock, tmp_path, ["net.yaml --set width=3"])
    assert outcome.status == "unreadable"
    assert "net.yaml --set width=3: no such variant is locked" in str(outcome.problems[0])


@pytest.mark.usefixtures("net")
@pytest.mark.parametrize(
    "key, fact",
    [
        ("net.yaml --batch 0", "--batch '0'"),
        ("../net.yaml --batch 2", "leads outside"),
        ("- --batch 2", "is standard input"),
        ("net.yaml --batch 5 --set width=2 --input 3x4x4", "is not how calc writes"),
    ],
)
def test_keys_that_a_lock_may_not_hold(tmp_path: Path, key: str, fact: str) -> None:
    text = lock_text(locked([KEY], ("8",), tmp_path)).replace(KEY, key)
    with pytest.raises(SpecError) as refused:
        parse_lock(text, "calc.lock.json")
    assert fact in str(refused.value)


@pytest.mark.usefixtures("net")
def test_variants_are_compared() -> None:
    moves = {move.quantity: (move.before, move.after) for move in diff("net.yaml", KEY).moves}
    assert moves["params"] == (12, 6)
    assert moves["macs"] == (4 * 3 * 64, 5 * 2 * 3 * 16)


CACHED = """
name: net
params: {tokens: 3, past: 0}
input: {shape: [tokens, 4], channels: last}
layers: [{cache: past}, {linear: 2}]
"""


def test_what_is_kept_is_locked_in_its_format_and_saved_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(CACHED)
    call = "net.yaml --phase decode --context 10"
    lock = locked([f"{call} --kv int8_tensor", call], ("bf16",), tmp_path)
    assert {key: found.quantities["kv_bytes@bf16"] for key, found in lock.specs.items()} == {
        "net.yaml --set past=9 --set tokens=1": 10 * 4 * 2,
        "net.yaml --set past=9 --set tokens=1 --kv int8_tensor": 10 * 4 + 4,
    }
    assert parse_lock(lock_text(lock), "calc.lock.json") == lock
    assert [outcome.status for outcome in check_specs(lock, tmp_path, [f"{call} --kv int8_tensor"])] == ["same"]
    saved = analyse(load("net.yaml"), {"tokens": 1, "past": 9}, bits="bf16", kv="int8_tensor").to_json_dict()
    (tmp_path / "saved.json").write_text(json.dumps(saved))
    assert not diff("saved.json", call).is_moved
    found = diff("saved.json", f"{call} --kv fp16")
    assert {move.quantity: move.delta for move in found.moves} == {
        "kv_bytes@bf16": 10 * 4 - 4,
        "kv_bytes_per_token@bf16": 4,
    }
    assert found.settings == (Reason("kv", "int8_tensor", "fp16"),)


NORMED = """
name: net
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 1, bias: false}}
  norm: batch_norm
  act: relu
  drop: dropout
output: [drop, conv]
"""
DEPLOYED = "normed.yaml --deployed"


def test_a_deployed_network_is_locked_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "normed.yaml").write_text(NORMED.replace("output: [drop, conv]", "output: [drop]"))
    lock = locked([DEPLOYED, "normed.yaml"], ("8",), tmp_path)
    found = lock.specs[DEPLOYED]
    assert [(row.name, dict(row.fields)["fused"] if row.op == "relu" else None) for row in found.layers] == [
        ("conv", None),
        ("act", True),
    ]
    assert found.quantities["params"] == 4 * 3 + 4
    assert lock.specs["normed.yaml"].quantities["params"] == 4 * 3 + 2 * 4
    assert parse_lock(lock_text(lock), "calc.lock.json") == lock
    assert [outcome.status for outcome in check_specs(lock, tmp_path)] == ["same", "same"]


def test_outputs_whose_layers_went_are_locked_as_the_layers_that_put_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "normed.yaml").write_text(NORMED)
    lock = locked([DEPLOYED], ("8",), tmp_path)
    assert lock.specs[DEPLOYED].outputs == ("act", "conv")
    assert parse_lock(lock_text(lock), "calc.lock.json") == lock


def test_a_deployed_network_beside_the_one_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "normed.yaml").write_text(NORMED.replace("output: [drop, conv]", "output: [drop]"))
    found = diff("normed.yaml", DEPLOYED, ["8"])
    assert {(layer.change, layer.row.name) for layer in found.layers if layer.is_cause} == {
        ("changed", "conv"),
        ("changed", "act"),
        ("removed", "norm"),
        ("removed", "drop"),
    }
    (act,) = [layer for layer in found.layers if layer.row.name == "act"]
    assert act.moves
    assert act.reasons[0] == Reason("fused", False, True)
    moves = {move.quantity: move.delta for move in found.moves}
    assert moves["params"] == 4 - 2 * 4
    assert "macs" not in moves
