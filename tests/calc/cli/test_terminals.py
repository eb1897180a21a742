"""Every command in terminals of several widths: what it prints fits, whatever the names."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calc.cli.conftest import Ran
from tests.terminal import WIDTHS, faults, pretend

pytestmark = pytest.mark.usefixtures("files", "few_specs")
Calc = Callable[..., Ran]
LONG = ".".join(["a_block_of_many"] * 8)
"""A name of 127 characters."""

PLAIN = """\
name: Small
input: [3, 32, 32]
params: {width: 64}
budgets: {macs: 1K, params: 10M}
layers:
  features:
    - conv2d: {out_channels: width, kernel_size: 3, padding: 1, bias: false}
    - batch_norm
    - relu6
    - conv2d: {out_channels: 2048, kernel_size: 3}
    - adaptive_avg_pool2d: 1
  flatten: flatten
  head: {linear: 1000}
"""
HOSTILE = f"""\
name: {"畳み込み" * 32}
input: [3, 32, 32]
params: {{width: 64}}
budgets: {{macs: 1K}}
layers:
  {LONG}:
    conv2d: {{out_channels: width, kernel_size: 3, padding: 1}}
  {"x" * 128}:
    conv2d: {{out_channels: 2048, kernel_size: 3}}
  pool: {{adaptive_avg_pool2d: 1}}
  flatten: flatten
  head: {{linear: 1000}}
"""
CLAIMS = """\
source: a table that is as long as the sentence in which it is told where it can be found, and longer
claims:
  - {spec: SPEC, params: 1.2M}
  - {spec: SPEC, macs: 1.2G}
"""
COMMANDS = (
    "run SPEC",
    "run SPEC --bits adaptive --all",
    "run SPEC --bits 8 --by block --count-as fvcore",
    "run SPEC --bits w4a8 --top 1 --batch 999999999",
    "memory SPEC --bits 8 --memory arena --all",
    "compare SPEC OTHER --bits 8 4 adaptive",
    "conventions",
    "conventions SPEC --bits 8",
    "explain SPEC 1.2M",
    "explain SPEC 123456789",
    "audit CLAIMS",
    "check --lock LOCK",
    "diff SPEC OTHER --bits 8",
    "diff SPEC OTHER --all",
    "budgets SPEC",
    "allocate SPEC --budget weight_bytes=1M",
    "pareto SPEC",
    "sweep SPEC --vary width=8,64,1024 --bits 2..4",
    "sweep SPEC --vary input=3x2x2,3x32x32",
    "validate SPEC",
    "ops",
    "ops multihead_attention",
    "formats",
    "formats gptq4g128 --shape 64x3x8x8",
    "specs",
    "specs --totals",
)


HOSTILE_FILE = "a_folder_of_specs/漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"


@pytest.fixture
def files(tmp_path: Path, calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the commands name; the specs have changed since they were locked."""
    monkeypatch.chdir(tmp_path)
    Path(HOSTILE_FILE).parent.mkdir()
    for name, text in (("plain", PLAIN), (HOSTILE_FILE, HOSTILE)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
        Path(f"{name}.claims.yaml").write_text(CLAIMS.replace("SPEC", Path(f"{name}.yaml").name), encoding="utf-8")
        assert calc("lock", f"{name}.yaml", "--bits", "8", "--lock", f"{name}.lock.json").code == 0
        Path(f"{name}.yaml").write_text(text.replace("2048", "2000"), encoding="utf-8")


@pytest.mark.parametrize("name", ["plain", HOSTILE_FILE], ids=["plain", "hostile"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_fits(calc: Calc, monkeypatch: pytest.MonkeyPatch, command: str, name: str) -> None:
    if name == HOSTILE_FILE and not re.search("SPEC|CLAIMS|LOCK", command):
        pytest.skip("names no spec")
    if command.startswith("pareto"):
        pytest.importorskip("numpy", reason="needs the extra search")
    other = HOSTILE_FILE if name == "plain" else "plain"
    words = {"SPEC": f"{name}.yaml", "OTHER": f"{other}.yaml"}
    words |= {"CLAIMS": f"{name}.claims.yaml", "LOCK": f"{name}.lock.json"}
    arguments = [words.get(word, word) for word in command.split()]
    pretend(monkeypatch, None)
    piped = calc(*arguments)
    assert piped.code < 2, piped.err
    assert piped.out
    for width in WIDTHS:
        pretend(monkeypatch, width)
        shown = calc(*arguments)
        assert shown.code == piped.code
        assert faults(shown.out, width, None if command.startswith("sweep") else piped.out) == []
        assert shown.out


def test_a_sweep_is_a_table_in_a_terminal_alone(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("sweep", "plain.yaml", "--vary", "width=8,16", "--bits", "4")
    piped = calc(*arguments).out
    assert piped.startswith("width,input,bits,macs,")
    pretend(monkeypatch, 80)
    assert calc(*arguments).out.split()[:4] == ["width", "input", "bits", "macs"]
    assert calc(*arguments, "--format", "csv").out == piped
    assert calc(*arguments, "--output", "rows.csv").code == 0
    assert Path("rows.csv").read_text() == piped


def test_a_sweep_says_what_its_table_is_not_and_shows_errors(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, 100)
    shown = calc("sweep", "plain.yaml", "--vary", "input=3x1x1,3x32x32")
    assert shown.code == 1
    assert "too narrow here for" in shown.out
    assert "Counts have three digits here" in shown.out
    assert "kernel" in shown.out
    assert "error" not in calc("sweep", "plain.yaml").out


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ("12345678901", "11 columns: 12345678901"),
        ("漢字漢字漢字", "12 columns: 漢字漢字漢字"),
        ("301,\n774", "broken: 301,774"),
        ("1,23", "cut: 1,23"),
        ("10.8\n  M", "a unit apart from its number: '8\\n  M'"),
    ],
)
def test_that_it_can_fail(shown: str, fault: str) -> None:
    assert faults(shown, 10, "301,774 1,234 10.8 M") == [fault]
