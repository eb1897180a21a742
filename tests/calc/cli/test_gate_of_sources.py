"""A gate for code: what a callable returns is locked, imported again and compared."""

import json
from pathlib import Path

import pytest

from tests.calc.sources import stand_in
from tests.calc.sources.stand_in import MACS, NET, SWIRL

pytestmark = pytest.mark.usefixtures("folder", "imports")

SOURCE = "net.py:make_net"
LOCK = Path("calc.lock.json")


@pytest.fixture
def locked(calc) -> None:
    """A lock of the source."""
    ran = calc("lock", SOURCE, "--bits", "8")
    assert (ran.code, ran.out) == (0, "calc.lock.json: 1 spec, 4 layers, bits 8\n")


@pytest.fixture
def other_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "VERSIONS", {"torch": "2.15.0"})


def entry() -> dict[str, object]:
    return json.loads(LOCK.read_text())["specs"][SOURCE]


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_a_lock_says_the_source_and_what_it_was_imported_with() -> None:
    assert entry()["versions"] == {"torch": "2.14.0"}
    assert entry()["quantities"]["macs"] == MACS
    assert entry()["input"] == [3, 8, 8]


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_what_did_not_move_passes(calc) -> None:
    ran = calc("check")
    assert (ran.code, ran.out) == (0, "1 spec as locked in calc.lock.json (bits 8)\n")


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_what_moved_is_said_by_layer(calc) -> None:
    Path("net.py").write_text(NET.replace("width=4", "width=6"))
    ran = calc("check")
    assert ran.code == 1
    assert "changed  stem (conv2d): out_channels 4 → 6" in ran.out
    assert "[" not in ran.out  # no place: the layers stand in no file
    ran = calc("check", "--format", "github")
    assert "::error file=net.py,line=2," in ran.out  # where make_net is defined
    assert calc("check", "--update").code == 0
    assert calc("check").code == 0


@pytest.mark.usefixtures("folder", "imports", "locked", "other_torch")
def test_another_version_that_moves_nothing_passes_and_is_told(calc) -> None:
    ran = calc("check")
    assert ran.code == 0
    assert (
        "net.py:make_net: made by other versions, and no number moved\n  imported with torch 2.14.0 → 2.15.0" in ran.out
    )
    assert json.loads(calc("check", "--format", "json").out)["specs"][0]["versions"]["after"] == {"torch": "2.15.0"}
    assert "Imported with torch 2.14.0 → 2.15.0" in calc("check", "--format", "markdown").out
    calc("check", "--update")
    assert entry()["versions"] == {"torch": "2.15.0"}


def test_what_is_not_known_is_locked_as_a_lower_bound(calc) -> None:
    key = f"{SOURCE} --opaque"
    Path("net.py").write_text(SWIRL)
    assert calc("lock", SOURCE).code == 2
    assert calc("lock", SOURCE, "--opaque").code == 0
    held = json.loads(LOCK.read_text())["specs"]
    assert list(held) == [key]
    assert "macs" in held[key]["at_least"]
    assert calc("check").code == 0
    assert "nothing differs" in calc("diff", key, key).out


def test_what_stands_in_no_file_is_annotated_in_the_lock(calc) -> None:
    assert calc("lock", "timm/net", "--input", "3x8x8").code == 0
    lines = LOCK.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.lstrip().startswith('"timm/net --input'))
    LOCK.write_text(LOCK.read_text().replace('"macs": ', '"macs": 1'))
    ran = calc("check", "--format", "github")
    assert ran.code == 1
    assert f"::error file=calc.lock.json,line={line}," in ran.out


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_code_that_cannot_be_read_is_annotated_in_its_file(calc) -> None:
    Path("net.py").write_text("def make_net():\n    raise ValueError('no net')\n")
    ran = calc("check", "--format", "github")
    assert ran.code == 2
    assert "::error file=net.py,line=2," in ran.out
    Path("net.py").write_text("\ndef make_net(width):\n    pass\n")
    assert "::error file=net.py,line=2," in calc("check", "--format", "github").out


def test_a_source_at_sizes_of_its_own_is_imported_at_them_again(calc) -> None:
    key = f"{SOURCE} --input 3x9x9"
    assert calc("lock", SOURCE, "--input", "3x9x9").code == 0
    assert list(json.loads(LOCK.read_text())["specs"]) == [key]
    assert calc("check").code == 0
    assert calc("check", SOURCE).code == 0


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_budgets_hold_for_sources(calc) -> None:
    ran = calc("check", "--max", f"macs={MACS - 1}")
    assert ran.code == 1
    assert f"net.py:make_net: macs is {MACS:,}, 1 " in ran.out
    assert calc("budgets", SOURCE, "--max", f"macs={MACS}").code == 0


@pytest.mark.usefixtures("folder", "imports", "locked")
def test_code_that_is_gone_or_broken_is_said(calc) -> None:
    Path("net.py").write_text("def make_net(: pass")
    ran = calc("check")
    assert ran.code == 2
    assert "net.py:1: is not valid Python" in ran.out
    Path("net.py").unlink()
    ran = calc("check")
    assert ran.code == 1
    assert "1 missing" in ran.out


def test_a_lock_elsewhere_names_the_file_from_its_folder(calc, tmp_path: Path, monkeypatch) -> None:
    Path("code").mkdir()
    Path("net.py").rename("code/net.py")
    assert calc("lock", "code/net.py:make_net").code == 0
    monkeypatch.chdir(tmp_path / "code")
    assert calc("check", "--lock", "../calc.lock.json").code == 0
    assert calc("check", SOURCE, "--lock", "../calc.lock.json").code == 0
    monkeypatch.chdir(tmp_path)
    Path("locks").mkdir()
    ran = calc("lock", "code/net.py:make_net", "--lock", "locks/calc.lock.json")
    assert ran.code == 2
    assert "outside" in ran.err


def test_specs_and_sources_are_locked_together(calc) -> None:
    Path("specs").mkdir()
    Path("specs/net.yaml").write_text(stand_in.NET_OF_LIBRARY)
    ran = calc("lock", "specs/net.yaml", SOURCE, "timm/net", "torchvision/net")
    assert ran.code == 0
    specs = json.loads(LOCK.read_text())["specs"]
    assert list(specs) == [SOURCE, "specs/net.yaml", "timm/net", "torchvision/net"]
    assert [name for name in specs if "versions" in specs[name]] == [SOURCE, "timm/net", "torchvision/net"]
    assert calc("check").code == 0


@pytest.mark.usefixtures("folder", "imports", "locked")
@pytest.mark.parametrize("key", ["net.py", "/etc/net.py:f", "../net.py:f"])
def test_a_key_that_no_calc_writes_is_refused(calc, key: str) -> None:
    LOCK.write_text(LOCK.read_text().replace(SOURCE, key))
    ran = calc("check")
    assert ran.code == 2
    assert ran.err.startswith("calc.lock.json: specs")


@pytest.mark.usefixtures("folder", "imports", "locked")
@pytest.mark.parametrize("format_", ["junit", "sarif", "json", "markdown", "github", "text"])
def test_every_format_tells_of_a_source(calc, format_: str) -> None:
    Path("net.py").write_text(NET.replace("width=4", "width=6"))
    ran = calc("check", "--format", format_)
    assert ran.code == 1
    assert "net.py" in ran.out
    assert "stem" in ran.out
