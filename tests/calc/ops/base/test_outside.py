"""An op that another distribution registers is an op like ours, whole or refused by name."""

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from calc.errors import OpError
from calc.ops import WORDS, op_class
from calc.ops.base import Op
from calc.ops.base.outside import broken_rules, installed, load
from tests.calc.ops.base.outside import ENTRIES, OP, SPEC, calc, distribution


def test_a_spec_runs_with_it(tmp_path: Path) -> None:
    ran = calc(distribution(tmp_path), "run", "net.yaml", "--format", "json")
    assert ran.stderr == ""
    turn, stem = json.loads(ran.stdout)["layers"]
    assert (turn["op"], turn["macs"], turn["elementwise"]) == ("swirl", 0, {"swirl": 3 * 8 * 8})
    assert stem["macs"] == 4 * 3 * 3 * 3 * (6 * 6)


def test_its_keys_are_checked_like_ours(tmp_path: Path) -> None:
    folder = distribution(tmp_path)
    (folder / "bad.yaml").write_text(SPEC.replace("swirl: 2", "swirl: {turn: 0}"), encoding="utf-8")
    ran = calc(folder, "run", "bad.yaml")
    assert ran.returncode == 2
    assert "bad.yaml:5:18: (swirl): unknown key turn" in ran.stderr
    assert "did you mean turns?" in ran.stderr


def test_it_is_listed_and_completed_by_editors(tmp_path: Path) -> None:
    folder = distribution(tmp_path)
    listed = calc(folder, "ops")
    assert listed.stderr == ""
    assert "swirl: turns=1\n    no MACs: one turn an element, no sum\n" in listed.stdout
    assert calc(folder, "ops", "swirl").stdout.startswith("swirl: Every element turned turns times.\n")
    assert '"swirl"' in calc(folder, "schema").stdout
    assert "did you mean swirl" in calc(folder, "ops", "swril").stderr


@pytest.mark.parametrize(
    "group, fact",
    [
        ("calc.ops", "swirls registers the op swirl in calc.ops, but no builder for it in verify.builders"),
        pytest.param(
            "verify.builders",
            "swirls registers a builder for swirl in verify.builders, but no op in calc.ops",
            marks=pytest.mark.zoo,
        ),
    ],
)
def test_half_an_op_is_refused_and_the_other_half_named(tmp_path: Path, group: str, fact: str) -> None:
    folder = distribution(tmp_path, {group: ENTRIES[group]})
    ran = calc(folder, "run", "net.yaml")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"net.yaml:5:10: {fact}")
    assert fact in calc(folder, "ops", "swirl").stderr
    listed = calc(folder, "ops")
    assert listed.stderr == f"refused: {fact}\n"
    assert "swirl" not in listed.stdout


def test_an_op_that_cannot_be_loaded_is_named_where_it_is_written(tmp_path: Path) -> None:
    folder = distribution(tmp_path, op="import a_library_that_nobody_has")
    ran = calc(folder, "run", "net.yaml")
    assert ran.returncode == 2
    assert ran.stderr.startswith(
        "net.yaml:5:10: the op swirl of swirls cannot be loaded: ModuleNotFoundError: No module"
    )
    listed = calc(folder, "ops")
    assert listed.returncode == 0
    assert listed.stderr.startswith("refused: the op swirl of swirls cannot be loaded")


def named(word: str) -> dict[str, str]:
    """The entry points of swirl, under another name."""
    return {group: line.replace("swirl =", f"{word} =") for group, line in ENTRIES.items()}


class TestInstalled:
    def test_an_op_with_its_builder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(distribution(tmp_path))
        found = installed(WORDS)
        assert found.ops["swirl"].value == "swirls_op:Swirl"
        assert found.builders["swirl"].value == "swirls_builder:build"
        assert "swirl" not in found.refused

    def test_a_word_of_ours_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(distribution(tmp_path, named("relu")))
        found = installed(WORDS)
        assert "relu" not in {*found.ops, *found.builders}
        assert found.refused["relu"] == "swirls registers relu, which is an op of calc's own"
        assert op_class("relu").__module__ == "calc.ops.activation"

    def test_a_word_that_no_spec_can_write(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(distribution(tmp_path, named("Swirl")))
        assert "'Swirl', which a spec cannot write" in installed(WORDS).refused["Swirl"]

    def test_two_that_want_one_word(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        distribution(tmp_path, name="others")
        monkeypatch.syspath_prepend(distribution(tmp_path))
        assert installed(WORDS).refused["swirl"] == "swirl is registered more than once, by others and swirls"

    def test_one_without_a_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        distribution(tmp_path, {"calc.ops": ENTRIES["calc.ops"]})
        (tmp_path / "swirls-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n", encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        assert installed(WORDS).refused["swirl"].startswith("a distribution without a name registers the op swirl in")

    def test_what_cannot_be_read_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(distribution(tmp_path))
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: {}[group])
        assert installed(WORDS) == ({}, {}, {"": "the list of installed packages cannot be read: KeyError: 'calc.ops'"})


class TestLoad:
    @pytest.mark.parametrize(
        "op, fact",
        [
            ("Swirl = 3", "swirls_op:Swirl, the op swirl of swirls, is not a subclass of calc.ops.base.Op"),
            (OP.replace('"swirl"', '"twirl"'), "swirls_op:Swirl, the op swirl of swirls: its word is 'twirl'"),
            (OP.replace("no_macs", "macs_no"), "it needs either a rule for its macs or a reason in no_macs"),
            (OP.replace("def output_shape", "def shape"), "it has no rule for its output_shape"),
            ("", "the op swirl of swirls cannot be loaded: AttributeError: "),
            ("raise SystemExit(3)", "the op swirl of swirls cannot be loaded: SystemExit: 3"),
        ],
    )
    def test_what_an_op_must_be(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, op: str, fact: str) -> None:
        monkeypatch.syspath_prepend(distribution(tmp_path, op=op))
        monkeypatch.delitem(sys.modules, "swirls_op", raising=False)
        point = installed(WORDS).ops["swirl"]
        with pytest.raises(OpError) as caught:
            load("swirl", point)
        monkeypatch.delitem(sys.modules, "swirls_op", raising=False)
        assert fact in caught.value.fact

    def test_every_rule_is_named(self) -> None:
        class Empty(Op):
            pass

        assert broken_rules(Empty, "empty") == [
            "its word is ''",
            "it has no docstring, which calc ops would show",
            "it has no rule for its output_shape",
            "it needs either a rule for its macs or a reason in no_macs",
        ]

        class Counted(Empty):
            """Counts."""

            word = "counted"
            output_shape = macs = lambda self, *shapes: ()  # type: ignore[assignment]  # any rule

        assert broken_rules(Counted, "counted") == ["it needs the formula of its macs in words"]
