"""calc lock, check, budgets, diff and validate as a user and a CI server run them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from calc.spec import load
from calc.spec.shelf import packaged, packaged_specs
from tests.calc.gate.networks import SPEC

ROOT = Path(__file__).parents[3]
EDITED = SPEC.replace("out_channels: 12", "out_channels: 16")


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``net.yaml`` in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path / "net.yaml"


def test_every_packaged_spec_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the lock that is committed."""
    monkeypatch.chdir(ROOT)
    locked = json.loads(Path("calc.lock.json").read_text())["specs"]
    files = {path.relative_to(packaged_specs().parent).as_posix() for path in packaged().values()}
    # larger sizes of language models repeat the layers of those that are there, up to 80 times
    others = {file for file in files if file.startswith("specs/language/")} - locked.keys()
    assert files - others <= locked.keys()
    families = [{load(file).lineage[-1].file for file in each} for each in (others, files - others)]
    assert families[0] <= families[1]


@pytest.mark.zoo
def test_no_number_has_moved(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    locked = json.loads(Path("calc.lock.json").read_text())["specs"]
    ran = calc("check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{len(locked)} specs as locked in calc.lock.json (bits 8, adaptive)")
    assert ran.out.count("\n") == 1


def test_a_lock_holds_no_folder_of_this_machine(calc, net: Path) -> None:
    assert calc("lock", str(net), "--lock", str(net.with_name("calc.lock.json"))).code == 0
    assert str(net.parent).encode() not in net.with_name("calc.lock.json").read_bytes()


def test_a_variant_is_added_to_a_lock_under_the_name_that_makes_it(calc, net: Path) -> None:
    assert calc("lock", "net.yaml", "--bits", "8").code == 0
    before = (net.parent / "calc.lock.json").read_text()
    ran = calc("lock", "net.yaml", "--batch", "2", "--add")
    assert (ran.code, ran.out) == (0, "calc.lock.json: 2 specs, 16 layers, bits 8\n")
    specs = json.loads((net.parent / "calc.lock.json").read_text())["specs"]
    assert specs["net.yaml"] == json.loads(before)["specs"]["net.yaml"]
    assert specs["net.yaml --batch 2"]["quantities"]["macs"] == 2 * specs["net.yaml"]["quantities"]["macs"]
    assert calc("check").out.startswith("2 specs as locked")
    twice = calc("lock", "net.yaml --batch 2", "--batch", "3")
    assert (twice.code, twice.out) == (2, "")
    assert "net.yaml --batch 2 has options of its own" in twice.err


def test_lock_writes_a_file_and_says_what_it_holds(calc, net: Path) -> None:
    ran = calc("lock", "net.yaml", "--bits", "8", "adaptive")
    assert (ran.code, ran.out) == (0, "calc.lock.json: 1 spec, 8 layers, bits 8, adaptive\n")
    assert json.loads((net.parent / "calc.lock.json").read_text())["schema"] == "calc.lock/2"
    assert sorted(path.name for path in net.parent.iterdir()) == ["calc.lock.json", "net.yaml"]


def test_bits_may_be_repeated_or_take_several_words(calc, net: Path) -> None:
    calc("lock", "net.yaml", "--bits", "8", "4")
    first = (net.parent / "calc.lock.json").read_bytes()
    calc("lock", "--bits", "8", "--bits", "4", "--lock", "calc.lock.json", "net.yaml")
    assert (net.parent / "calc.lock.json").read_bytes() == first


@pytest.mark.usefixtures("net")
@pytest.mark.parametrize(
    "command, fact",
    [
        (["run", "net.yaml", "--bits", "8", "--bits=4"], "--bits is given twice"),
        (["run", "net.yaml", "--input", "3x16x16", "--input", "3x8x8"], "--input is given twice"),
        (["lock", "net.yaml", "--bits", "8", "--lock", "a.json", "--lock", "b.json"], "--lock is given twice"),
        (["budgets", "net.yaml", "--max", "macs=1M", "--max", "macs=2M"], "two --max are on macs: 1M and 2M"),
        (
            ["budgets", "net.yaml", "--max", "layer.macs=1M", "--max", "layer[*].macs=2M"],
            "two --max are on layer[*].macs",
        ),
        (["check", "--allow", "macs=+1%", "--allow", "macs=2%"], "two --allow are on macs in one direction"),
        (["run", "net.yaml", "--set", "a=1", "--set", "a=2"], "--set a is given twice"),
    ],
)
def test_what_is_given_twice_is_refused_and_none_passed_over(calc, command: list[str], fact: str) -> None:
    ran = calc(*command)
    assert (ran.code, ran.out) == (2, "")
    assert fact in ran.err


@pytest.mark.usefixtures("net")
def test_what_may_stand_twice(calc) -> None:
    assert calc("lock", "net.yaml", "--bits", "8").code == 0
    assert calc("check", "--allow", "macs=+1%", "--allow", "macs=-2%").code == 0
    assert calc("budgets", "net.yaml", "--max", "macs=9G", "--max", "params=9G").code == 0
    assert calc("run", "net.yaml", "--all", "--all").code == 0


def test_specs_after_bits_are_a_question(calc, net: Path) -> None:
    ran = calc("lock", "--bits", "8", "net.yaml")
    assert ran.code == 2
    assert "name the specs before --bits" in ran.err
    assert not (net.parent / "calc.lock.json").exists()


def test_nothing_is_written_where_a_spec_is_bad(calc, net: Path) -> None:
    (net.parent / "bad.yaml").write_text("name: x")
    assert calc("lock", "net.yaml", "bad.yaml").code == 2
    assert not (net.parent / "calc.lock.json").exists()


def test_check_tells_a_change_and_updates(calc, net: Path) -> None:
    calc("lock", "net.yaml", "--bits", "8")
    net.write_text(EDITED)
    ran = calc("check")
    assert (ran.code, ran.err) == (1, "")
    assert "point (conv2d): out_channels 12 → 16; MACs +8,192, params +32  [net.yaml:8:11]" in ran.out
    assert "\x1b" not in ran.out
    ran = calc("check", "--update")
    assert (ran.code, ran.err) == (0, "calc.lock.json updated\n")
    assert "out_channels 12 → 16" in ran.out
    assert "--update" not in ran.out
    assert calc("check").out == "1 spec as locked in calc.lock.json (bits 8)\n"
    lock = (net.parent / "calc.lock.json").read_bytes()
    assert calc("check", "--update").err == "calc.lock.json unchanged\n"
    assert calc("lock", "net.yaml", "--bits", "8").out.endswith("(unchanged)\n")
    assert (net.parent / "calc.lock.json").read_bytes() == lock


def test_check_allows_what_it_is_told_to(calc, net: Path) -> None:
    calc("lock", "net.yaml", "--bits", "8")
    net.write_text(SPEC.replace("linear: 10", "linear: 11"))
    ran = calc("check", "--allow", "all=+10%")
    assert ran.code == 0
    assert "moved within what --allow permits" in ran.out
    assert calc("check", "--allow", "all=-10%").code == 1
    assert calc("check", "--allow", "macs=+10%").code == 1
    ran = calc("check", "--allow", "all=+-10%")
    assert (ran.code, "'-10' is not an amount" in ran.err) == (2, True)


def test_an_update_with_a_spec_that_cannot_be_read_changes_nothing(calc, net: Path) -> None:
    calc("lock", "net.yaml", "--bits", "8")
    lock = (net.parent / "calc.lock.json").read_bytes()
    net.write_text("name: [")
    ran = calc("check", "--update")
    assert ran.code == 2
    assert "unreadable" in ran.out
    assert (net.parent / "calc.lock.json").read_bytes() == lock


def test_lock_leaves_one_of_a_newer_calc_as_it_is(calc, net: Path) -> None:
    calc("lock", "net.yaml")
    lock = net.parent / "calc.lock.json"
    newer = lock.read_text().replace("calc.lock/2", "calc.lock/7")
    lock.write_text(newer)
    for arguments in (["lock", "net.yaml"], ["check"]):
        ran = calc(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "calc.lock.json: written by a newer calc: its schema is calc.lock/7" in ran.err
    assert lock.read_text() == newer


def test_lock_says_what_is_no_longer_in_it(calc, net: Path) -> None:
    for i in range(7):
        (net.parent / f"other{i}.yaml").write_text(SPEC)
    calc("lock", "net.yaml", "other0.yaml", "--bits", "8", "4")
    assert calc("lock", "net.yaml", "--bits", "8").out == (
        "calc.lock.json: 1 spec, 8 layers, bits 8\nno longer locked: other0.yaml\nno longer at bits 4\n"
    )
    calc("lock", *[f"other{i}.yaml" for i in range(7)])
    ran = calc("lock", "net.yaml")
    assert "no longer locked: other0.yaml, other1.yaml, other2.yaml, other3.yaml, other4.yaml, … 2 more\n" in ran.out
    assert calc("lock", "net.yaml", "other0.yaml").out.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{", "<<<<<<< HEAD\n"])
@pytest.mark.parametrize("file", ["calc.lock.json", "other.json"])
def test_the_hint_for_a_bad_lock_mends_it(calc, net: Path, text: str, file: str) -> None:
    (net.parent / file).write_text(text)
    hint = calc("check", "--lock", file).err.splitlines()[-1]
    _, command = hint.split(": calc ")
    assert calc(*command.replace("SPEC...", "net.yaml").split()).code == 0
    assert calc("check", "--lock", file).code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "calc.lock/2"}', "\x00", "<<<<<<< HEAD\n"])
def test_a_bad_lock_is_one_message(calc, net: Path, text: str) -> None:
    (net.parent / "calc.lock.json").write_text(text)
    ran = calc("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("calc.lock.json:")
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("net")
def test_no_lock_says_how_to_make_one(calc) -> None:
    ran = calc("check")
    assert (ran.code, "calc lock SPEC... --bits 8" in ran.err) == (2, True)


def test_a_read_only_lock_is_checked_and_not_written(calc, net: Path) -> None:
    calc("lock", "net.yaml")
    lock = net.parent / "calc.lock.json"
    lock.chmod(0o444)
    assert calc("check").code == 0
    net.write_text(EDITED)
    before = lock.read_bytes()
    for arguments in (["lock", "net.yaml"], ["check", "--update"]):
        ran = calc(*arguments)
        assert ran.code == 2
        assert "calc.lock.json: cannot be written: the file is read-only" in ran.err
    assert lock.read_bytes() == before
    assert sorted(path.name for path in net.parent.iterdir()) == ["calc.lock.json", "net.yaml"]


@pytest.mark.usefixtures("net")
def test_a_lock_where_none_can_be_written(calc) -> None:
    for target in (".", "none/calc.lock.json"):
        ran = calc("lock", "net.yaml", "--lock", target)
        assert ran.code == 2
        assert "outside" in ran.err or "cannot be written" in ran.err


def test_budgets(calc, net: Path) -> None:
    macs = 8 * 3 * 9 * 256 + 8 * 9 * 256 + 12 * 8 * 256 + 120
    assert calc("budgets", "net.yaml", "--max", f"macs={macs}").out == "1 spec: 1 budget kept\n"
    ran = calc("budgets", "net.yaml", "--max", "macs=98K", "--max", "weight_bytes@8=1Ki")
    assert ran.code == 1
    assert ran.out == (
        f"net.yaml: macs is {macs:,}, {macs - 98000} (0.43 %) over the budget of 98K\n\n"
        "1 spec checked: 1 budget exceeded\n"
    )
    assert calc("budgets", "net.yaml").code == 2
    assert calc("budgets", "net.yaml", "--max", "flops=1").code == 2
    assert calc("budgets", "net.yaml", "--max", "layer[x].macs=1").code == 2
    net.write_text(f"{SPEC}budgets: {{flops: 1}}\n")
    assert "net.yaml:12:11: budget flops: unknown quantity" in calc("budgets", "net.yaml").out


def test_budgets_for_a_ci_server_speak_of_no_lock(calc, net: Path) -> None:
    calc("budgets", "net.yaml", "--max", "macs=98K", "--format", "junit", "--output", "calc.xml")
    suite = ElementTree.parse(net.parent / "calc.xml").getroot()
    assert (suite.get("name"), suite[0][0].get("classname")) == ("calc budgets", "calc.budgets")
    assert suite[0][0][0].attrib == {
        "type": "budget",
        "message": "macs is 98,424, 424 (0.43 %) over the budget of 98K",
    }
    found = json.loads(calc("budgets", "net.yaml", "--max", "macs=98K", "--format", "json").out)
    assert (found["lock"], found["specs"][0]["status"]) == (None, "unlocked")


def test_check_keeps_the_budgets_too(calc, net: Path) -> None:
    net.write_text(f"{SPEC}budgets: {{macs: 98K}}\n")
    calc("lock", "net.yaml")
    ran = calc("check")
    assert ran.code == 1
    assert "net.yaml: macs is 98,424, 424 (0.43 %) over the budget of 98K" in ran.out
    net.write_text(f"{SPEC}budgets: {{macs: 99K}}\n")
    assert calc("check").out == "1 spec as locked in calc.lock.json (bits fp32); 1 budget kept\n"
    assert calc("check", "--max", "params=1").code == 1


def test_junit_in_a_file_and_the_verdict_on_the_screen(calc, net: Path) -> None:
    calc("lock", "net.yaml")
    net.write_text(EDITED)
    ran = calc("check", "--format", "junit", "--output", "calc.xml")
    assert (ran.code, ran.out) == (1, "1 spec checked against calc.lock.json (bits fp32): 1 changed\n")
    assert ElementTree.parse(net.parent / "calc.xml").getroot().get("failures") == "1"


def test_github_writes_the_summary_of_the_step(calc, net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = net.parent / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    calc("lock", "net.yaml")
    net.write_text(EDITED)
    ran = calc("check", "--format", "github")
    assert ran.out.startswith(
        "::error file=net.yaml,line=8,col=11,title=A number of a network moved::changed: point (conv2d)"
    )
    assert summary.read_text().startswith("before\n<!-- calc check -->\n")
    summary.write_text("x" * (2**20 - 1000))
    assert "the step's summary is full" in calc("check", "--format", "github").out
    assert summary.stat().st_size < 2**20
    calc("check", "--format", "text")
    assert summary.stat().st_size == 2**20 - 1000


@pytest.mark.parametrize("is_git", [True, False])
def test_other_programs_are_told_paths_from_the_top_of_the_repository(
    calc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_git: bool
) -> None:
    folder = tmp_path / "proj" / "ci"
    folder.mkdir(parents=True)
    (tmp_path / "proj/net.yaml").write_text(SPEC)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere" if is_git else tmp_path))
    if is_git:
        (tmp_path / ".git").mkdir()
    monkeypatch.chdir(folder)
    calc("lock", "../net.yaml", "--lock", "../calc.lock.json")
    (tmp_path / "proj/net.yaml").write_text(EDITED)
    for lock in ("../calc.lock.json", str(tmp_path / "proj/calc.lock.json")):
        told = calc("check", "--lock", lock, "--format", "github").out
        assert told.startswith("::error file=proj/net.yaml,line=8,col=11,")
        found = json.loads(calc("check", "--lock", lock, "--format", "sarif").out)["runs"][0]["results"][0]
        assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "proj/net.yaml"}
        cases = ElementTree.fromstring(calc("check", "--lock", lock, "--format", "junit").out)
        assert cases[0][0].get("file") == "proj/net.yaml"
    assert "[../net.yaml:8:11]" in calc("check", "--lock", "../calc.lock.json").out


def test_diff_of_two_specs(calc, net: Path) -> None:
    (net.parent / "other.yaml").write_text(EDITED)
    ran = calc("diff", "net.yaml", "other.yaml", "--bits", "8", "4")
    assert ran.code == 0
    assert ran.out.startswith("net.yaml → other.yaml\n")
    assert "bitops.weight@4" in ran.out
    assert "changed  point (conv2d): out_channels 12 → 16" in ran.out
    assert calc("diff", "net.yaml", "other.yaml", "--exit-code").code == 1
    assert calc("diff", "net.yaml", "net.yaml", "--exit-code").out == "net.yaml → net.yaml\n  nothing differs\n"
    assert json.loads(calc("diff", "net.yaml", "other.yaml", "--format", "json").out)["schema"] == "calc.diff/1"
    assert "| macs | 98,424 |" in calc("diff", "net.yaml", "other.yaml", "--format", "markdown").out
    assert calc("diff", "net.yaml", "other.yaml", "--format", "sarif").code == 2


def test_validate(calc, net: Path) -> None:
    (net.parent / "family.yaml").write_text(
        SPEC.replace("input:", "params: {out: }\ninput:").replace(": 12,", ": out,")
    )
    assert calc("validate", "net.yaml", "family.yaml").out == "2 valid specs\n"
    (net.parent / "bad.yaml").write_text(SPEC.replace("groups: 8", "groups: 7"))
    (net.parent / "worse.yaml").write_text(f"{SPEC}budgets: {{mac: 1}}\n")
    ran = calc("validate", "bad.yaml", "net.yaml", "worse.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "bad.yaml:7:15: depthwise (conv2d): groups=7 does not divide" in ran.err
    assert "worse.yaml:12:11: budget mac" in ran.err


def test_validate_reads_claims(calc, net: Path) -> None:
    net.write_text(f"{SPEC}claims:\n  - {{macs: 1, imput: 3x16x16}}\n")
    ran = calc("validate", "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "net.yaml:13:15: unknown key imput\n  hint: did you mean input?" in ran.err


def test_validate_reports_a_budget_of_nothing(calc, net: Path) -> None:
    net.write_text(f'{SPEC}budgets: {{macs: 1, "layer[zzz].macs": 3, elementwise.gelu: 3}}\n')
    ran = calc("validate", "net.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "net.yaml:12:20: budget layer[zzz].macs: Net has no quantity or layer of that name",
        "net.yaml:12:42: budget elementwise.gelu: Net has no quantity or layer of that name",
    ]
    net.write_text(f"{SPEC}budgets: {{macs: 1}}\n")  # exceeded, which is for calc budgets to say
    assert calc("validate", "net.yaml").code == 0


@pytest.mark.usefixtures("net")
def test_unknown_formats_are_bad_usage(calc) -> None:
    assert "did you mean junit" in calc("check", "--format", "junti").err
