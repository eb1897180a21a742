"""Locking and checking specs on disk: what each spec comes to."""

import shutil
from pathlib import Path

import pytest

from calc.errors import OpError, SpecError
from calc.gate import gate, lockfile
from calc.gate.allowances import allowance
from calc.gate.budgets import from_option
from calc.gate.gate import Outcome, check_specs, exit_code, locked, updated
from calc.gate.lockfile import Lock, lock_text, parse_lock
from calc.report.gate.text import section
from calc.spec.shelf import packaged
from tests.calc.gate.networks import NUMBERED, SPEC

TOTALS = (
    "macs",
    "effective_macs",
    "params",
    "activation_elements",
    "bitops",
    "weight_bits_total",
    "weight_bytes",
    "elementwise",
)
"""Those that another width of the last layer moves."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two specs under ``nets``."""
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.yaml").write_text(SPEC)
    (tmp_path / "nets" / "b.yaml").write_text(NUMBERED)
    return tmp_path


def lock_of(folder: Path, *policies: str) -> Lock:
    return locked(sorted(map(str, folder.glob("nets/*.yaml"))), policies or ("8",), folder)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def statuses(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.spec: outcome.status for outcome in outcomes}


def test_lock_then_check_finds_nothing(folder: Path) -> None:
    lock = lock_of(folder, "8", "adaptive")
    outcomes = list(check_specs(lock, folder))
    assert statuses(outcomes) == {"nets/a.yaml": "same", "nets/b.yaml": "same"}
    assert exit_code(outcomes) == 0
    assert lock_of(folder, "8", "adaptive") == lock


def test_the_order_in_which_specs_are_given_does_not_matter(folder: Path) -> None:
    specs = [str(folder / "nets/b.yaml"), str(folder / "nets/a.yaml"), str(folder / "nets/a.yaml")]
    assert lockfile.lock_text(locked(specs, ["8"], folder)) == lockfile.lock_text(lock_of(folder))


def test_a_change_is_found_with_the_line_of_its_layer(folder: Path) -> None:
    lock = lock_of(folder)
    edit(folder / "nets/a.yaml", "out_channels: 12", "out_channels: 16")
    outcomes = list(check_specs(lock, folder))
    assert statuses(outcomes) == {"nets/a.yaml": "changed", "nets/b.yaml": "same"}
    assert exit_code(outcomes) == 1
    assert (outcomes[0].places["point"].line, outcomes[0].places["point"].column) == (8, 11)


def test_missing_extra_and_unreadable_specs(folder: Path) -> None:
    lock = lock_of(folder)
    (folder / "nets/a.yaml").unlink()
    (folder / "nets/c.yaml").write_text(SPEC)
    (folder / "nets/rules.yaml").write_text("rules: [{bits: 8}]")
    (folder / "nets/b.yaml").write_text("name: [")
    outcomes = list(check_specs(lock, folder))
    assert statuses(outcomes) == {"nets/a.yaml": "missing", "nets/b.yaml": "unreadable", "nets/c.yaml": "extra"}
    assert exit_code(outcomes) == 2
    assert "not YAML" in outcomes[1].problems[0].fact


def test_missing_or_extra_alone_fail_the_check(folder: Path) -> None:
    lock = lock_of(folder)
    (folder / "nets/c.yaml").write_text(SPEC)
    assert exit_code(check_specs(lock, folder)) == 1
    (folder / "nets/c.yaml").unlink()
    (folder / "nets/a.yaml").unlink()
    assert exit_code(check_specs(lock, folder)) == 1


def test_a_folder_of_which_only_some_specs_are_locked_is_not_watched(folder: Path) -> None:
    lock = locked([str(folder / "nets/a.yaml")], ["8"], folder)
    assert lock.folders == ()
    assert statuses(list(check_specs(lock, folder))) == {"nets/a.yaml": "same"}


def test_only_the_specs_that_are_named(folder: Path) -> None:
    lock = locked([str(folder / "nets/a.yaml")], ["8"], folder)
    only = [str(folder / "nets/b.yaml"), str(folder / "nets/a.yaml")]
    assert statuses(list(check_specs(lock, folder, only))) == {"nets/b.yaml": "extra", "nets/a.yaml": "same"}


def test_a_spec_that_is_neither_locked_nor_there(folder: Path) -> None:
    (found,) = check_specs(lock_of(folder), folder, [str(folder / "nets/none.yaml")])
    assert found.status == "unreadable"
    assert "no such spec in the lock" in found.problems[0].fact


def test_what_is_allowed_passes_and_is_still_told(folder: Path) -> None:
    lock = lock_of(folder)
    edit(folder / "nets/a.yaml", "linear: 10", "linear: 11")
    (found, _) = check_specs(lock, folder, allowances=[allowance("macs=+1%")])
    assert found.status == "changed"
    assert "macs" not in {move.quantity for move in found.beyond}
    (found, _) = check_specs(lock, folder, allowances=[allowance(f"{name}=+20%") for name in TOTALS])
    assert (found.status, found.passes, found.beyond) == ("allowed", True, ())
    assert found.difference is not None
    (found, _) = check_specs(lock, folder, allowances=[allowance(f"{name}=-20%") for name in TOTALS])
    assert found.status == "changed"


def test_a_rename_is_not_let_through_by_an_allowance(folder: Path) -> None:
    lock = lock_of(folder)
    edit(folder / "nets/a.yaml", "  head:", "  classifier:")
    (found, _) = check_specs(lock, folder, allowances=[allowance("macs=+1%")])
    assert found.status == "changed"


def test_a_rename_beside_totals_that_may_move_is_not_let_through(folder: Path) -> None:
    lock, every = lock_of(folder), [allowance(f"{name}=20%") for name in TOTALS]
    edit(folder / "nets/a.yaml", "linear: 10", "linear: 11")
    assert [outcome.status for outcome in check_specs(lock, folder, allowances=every)] == ["allowed", "same"]
    edit(folder / "nets/a.yaml", "  point:", "  pointwise:")
    (found, _) = check_specs(lock, folder, allowances=every)
    assert (found.status, found.passes, found.beyond) == ("changed", False, ())


def test_an_edit_that_moves_nothing_passes(folder: Path) -> None:
    edit(folder / "nets/a.yaml", "  norm: batch_norm", "  norm: {batch_norm: {eps: 0.001}}")
    lock = lock_of(folder)
    edit(folder / "nets/a.yaml", "0.001", "0.002")
    (found, _) = check_specs(lock, folder)
    assert (found.status, found.passes) == ("same", True)
    assert found.difference is not None


def test_a_lock_edited_by_hand_fails_even_where_the_numbers_agree(folder: Path) -> None:
    text = lockfile.lock_text(lock_of(folder))
    found = lockfile.parse_lock(text.replace("sha256:", "sha256:0", 1), "lock")
    outcomes = list(check_specs(found, folder))
    assert exit_code(outcomes) == 1
    assert [outcome.inconsistent for outcome in outcomes] == [True, False]


def test_a_changed_policy_file(folder: Path) -> None:
    (folder / "bits.yaml").write_text("default: 8\nrules: [{name: head, bits: 4}]\n")
    lock = lock_of(folder, str(folder / "bits.yaml"))
    assert lock.policies == ("bits.yaml",)
    assert exit_code(check_specs(lock, folder)) == 0
    (folder / "bits.yaml").write_text("default: 8\nrules: [{name: head, bits: 5}]\n")
    (found, _) = check_specs(lock, folder)
    assert found.difference is not None
    (layer,) = found.difference.layers
    assert (layer.row.name, layer.reasons[0]) == ("head", ("bits@bits.yaml", "4", "5"))


RULES = "default: 8\nrules: [{name: head, bits: 4}]\n"


def test_a_policy_file_is_found_from_here_and_named_from_the_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "nets/rules.yaml").write_text(RULES)
    monkeypatch.chdir(folder / "nets")
    spellings = ["rules.yaml", "./rules.yaml", str(folder / "nets/rules.yaml"), "rules.yaml:llm"]
    lock = locked(["a.yaml"], [*spellings, "8"], Path(".."))
    assert lock.policies == ("nets/rules.yaml", "nets/rules.yaml:llm", "8")
    monkeypatch.chdir(folder)
    assert exit_code(check_specs(lock, Path())) == 0


def test_any_format_is_locked_with_what_is_stored_beside_it(folder: Path) -> None:
    policies = ("int4g128", "8:deployed", "w3g8a4", "fp16")
    text = lockfile.lock_text(locked([str(folder / "nets/a.yaml")], policies, folder))
    lock = lockfile.parse_lock(text, "lock")
    assert lock.policies == policies
    rows = {row.name: row.bits for row in lock.specs["nets/a.yaml"].layers if row.bits}
    assert rows["stem"] == ("int4g128", "8", "int3g8-a4", "fp16")
    assert exit_code(check_specs(lock, folder)) == 0


def test_a_policy_file_outside_the_folder_of_the_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(folder / "nets")
    for given in ("../rules.yaml", str(folder / "rules.yaml")):
        with pytest.raises(OpError, match="is outside"):
            locked(["a.yaml"], [given], Path())


def test_a_name_that_begins_with_a_dash(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    Path("-x.yaml").write_text(SPEC)
    text = lockfile.lock_text(locked(["./-x.yaml"], ["8"], Path()))
    assert statuses(list(check_specs(lockfile.parse_lock(text, "lock"), Path()))) == {"-x.yaml": "same"}


def test_update_takes_changes_and_new_specs_in_and_missing_ones_out(folder: Path) -> None:
    lock = lock_of(folder, "8", "4")
    edit(folder / "nets/a.yaml", "out_channels: 12", "out_channels: 16")
    (folder / "nets/b.yaml").unlink()
    (folder / "nets/c.yaml").write_text(NUMBERED)
    after = updated(lock, folder, list(check_specs(lock, folder)))
    assert after == lock_of(folder, "8", "4")
    assert sorted(after.specs) == ["nets/a.yaml", "nets/c.yaml"]
    assert exit_code(check_specs(after, folder)) == 0


def test_update_refuses_a_spec_that_cannot_be_read(folder: Path) -> None:
    lock = lock_of(folder)
    (folder / "nets/a.yaml").write_text("name: x")
    with pytest.raises(SpecError):
        updated(lock, folder, list(check_specs(lock, folder)))


def test_a_packaged_spec_is_locked_by_its_name(tmp_path: Path) -> None:
    lock = locked(["seed-depthwise-example"], ["4"], tmp_path)
    assert list(lock.specs) == ["seed_depthwise_example"]
    assert exit_code(check_specs(lock, tmp_path)) == 0


@pytest.mark.parametrize("given", ["-", "../x.yaml"])
def test_what_a_lock_cannot_name(given: str, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "x.yaml").write_text(SPEC)
    name = given if given == "-" else str(tmp_path / "below" / given)
    with pytest.raises(OpError):
        locked([name], ["8"], tmp_path / "below")


def test_every_spec_that_cannot_be_locked_is_told(folder: Path) -> None:
    (folder / "nets/a.yaml").write_text("name: x")
    (folder / "nets/b.yaml").write_text("name: y")
    with pytest.raises(SpecError) as error:
        lock_of(folder)
    assert {problem.place.file for problem in error.value.problems if problem.place} == {
        str(folder / "nets/a.yaml"),
        str(folder / "nets/b.yaml"),
    }


def test_budgets_of_the_spec_and_of_all(folder: Path) -> None:
    edit(folder / "nets/a.yaml", "name: Net", "name: Net\nbudgets: {macs: 1K, params: 1K}")
    (a, b) = check_specs(lock_of(folder), folder, limits=[from_option("layer[head].params=50")])
    assert [breach.budget.name for breach in a.breaches] == ["macs", "layer[head].params"]
    assert (len(a.budgets), len(b.budgets)) == (3, 1)
    assert (a.status, a.passes, b.passes) == ("same", False, False)


def test_a_limit_that_names_nothing_in_any_spec(folder: Path) -> None:
    limits = [from_option("layer[head].params=500"), from_option("layer[nothing].params=500")]
    outcomes = list(check_specs(lock_of(folder), folder, limits=limits))
    with pytest.raises(OpError, match=r"layer\[nothing\]"):
        gate.check_limits(limits, outcomes)
    gate.check_limits(limits[:1], outcomes)


def test_a_budget_of_a_spec_that_names_nothing_makes_it_unreadable(folder: Path) -> None:
    lock = lock_of(folder)
    edit(folder / "nets/a.yaml", "name: Net", "name: Net\nbudgets: {'layer[nothing].macs': 1K}")
    outcomes = list(check_specs(lock, folder))
    assert outcomes[0].status == "unreadable"
    assert exit_code(outcomes) == 2


def test_budgets_of_a_variant_are_those_given_and_not_those_of_the_spec(folder: Path) -> None:
    edit(folder / "nets/a.yaml", "name: Net", "name: Net\nbudgets: {macs: 1}")
    spec, (limit,) = str(folder / "nets/a.yaml"), [from_option(f"peak_activation_bytes@8={(8 + 12) * 16**2}")]
    assert [breach.budget.name for breach in gate.within_budgets(spec, [limit]).breaches] == ["macs"]
    larger = gate.within_budgets(f"{spec} --input 3x17x17 --batch 2", [limit])
    assert [(breach.budget, breach.value) for breach in larger.breaches] == [(limit, 2 * (8 + 12) * 17**2)]
    (problem,) = gate.within_budgets(f"{spec} --batch 0", [limit]).problems
    assert "--batch '0': must be a positive integer" in problem.fact


def test_a_lock_says_which_file_a_name_was(tmp_path: Path) -> None:
    (tmp_path / "half.yaml").write_text("name: half\nextends: alexnet\n")
    lock = locked([str(tmp_path / "half.yaml")], ("8",), tmp_path)
    assert lock.specs["half.yaml"].bases == ("<packaged>/alexnet.yaml",)
    assert parse_lock(lock_text(lock), "calc.lock.json") == lock
    shutil.copy(packaged()["alexnet"], tmp_path)
    (outcome,) = check_specs(lock, tmp_path, [str(tmp_path / "half.yaml")])
    assert outcome.passes
    assert outcome.difference is not None
    assert outcome.difference.after.bases == ("alexnet.yaml",)
    assert "  made of <packaged>/alexnet.yaml → alexnet.yaml" in section(outcome).splitlines()


def test_a_locked_packaged_spec_stays_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lock = locked(["alexnet"], ("8",), tmp_path)
    (tmp_path / "alexnet.yaml").write_text("name: another\ninput: [3]\nlayers: [relu]\n")
    assert [(outcome.spec, outcome.status) for outcome in check_specs(lock, tmp_path)] == [("alexnet", "same")]
    assert list(locked(["alexnet"], ("8",), tmp_path).specs) == ["alexnet.yaml"]
