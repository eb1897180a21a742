"""The outputs of evaluate, sensitivity, train and verify replace no input, and an earlier report only on request."""

from importlib import import_module
from inspect import signature

import pytest

from calc.cli.outputs import READ, WRITTEN
from tests.verify.cli.test_commands import GIVEN, calc

pytestmark = pytest.mark.torch
TRAIN = ("train", "small.yaml", "--data", "images", "--bits", "4", "--epochs", "1", "--run", "run", "--resume")
WRITING = [
    *[("evaluate", *GIVEN, "--bits", "8", "--format", name) for name in ("table", "csv", "json")],
    *[("sensitivity", *GIVEN, "--bits", "4", "--format", name) for name in ("table", "csv", "json")],
    *[(*TRAIN, "--format", name) for name in ("table", "json")],
    *[("verify", "small.yaml", "--format", name) for name in ("table", "json")],
]


@pytest.mark.parametrize("command", WRITING, ids=lambda command: f"{command[0]} {command[-1]}")
def test_an_earlier_report_is_replaced_unasked_and_another_file_is_not(here, monkeypatch, capsys, command):
    for _ in range(2):
        assert calc(monkeypatch, capsys, *command, "--output", "report")[0] == 0
    (here / "report").write_text("milk, eggs\n")
    code, out, err = calc(monkeypatch, capsys, *command, "--output", "report")
    assert (code, out) == (2, "")
    assert err.startswith(f"--output report: exists, and does not look like an earlier report ({command[-1]})")
    assert (here / "report").read_text() == "milk, eggs\n"
    assert calc(monkeypatch, capsys, *command, "--output", "report", "--force")[0] == 0


@pytest.mark.parametrize(
    "command, option, name",
    [
        *[(("evaluate", *GIVEN), option, "net.pt") for option in ("--output", "--results")],
        (("evaluate", *GIVEN, "--bits", "8,rules.yaml"), "--output", "rules.yaml"),
        (("evaluate", *GIVEN), "--output", "small.yaml"),
        (("sensitivity", *GIVEN), "--output", "net.pt"),
        ((*TRAIN, "--weights", "net.pt"), "--output", "./net.pt"),
        (("verify", "small.yaml"), "--output", "small.yaml"),
    ],
)
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_an_input_is_not_replaced(here, monkeypatch, capsys, command, option, name, force):
    (here / "rules.yaml").write_text("rules:\n  - {match: '*', bits: 4}\n")
    before = (here / name).read_bytes()
    code, out, err = calc(monkeypatch, capsys, *command, option, name, *force)
    assert (code, out) == (2, "")
    assert err.startswith(f"{option} {name}: is read by this command")
    assert (here / name).read_bytes() == before


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_a_training_replaces_no_weights_that_it_did_not_write(here, monkeypatch, capsys, resume):
    (here / "run").mkdir()
    (here / "net.pt").rename(here / "run" / "best.pt")
    before = (here / "run" / "best.pt").read_bytes()
    command = [*TRAIN[:-1], "--weights", "run/best.pt", *resume]
    code, out, err = calc(monkeypatch, capsys, *command)
    assert (code, out) == (2, "")
    assert err.startswith("run/best.pt exists, but there is no last.pt to continue from")
    assert (here / "run" / "best.pt").read_bytes() == before


def test_every_option_that_takes_a_file_is_known_to_be_read_or_written():
    commands = ("evaluate", "sensitivity", "train", "verify")
    files = {
        parameter.name
        for name in commands
        for parameter in signature(getattr(import_module(f"verify.cli.{name}"), name)).parameters.values()
        for said in getattr(parameter.annotation, "__metadata__", ())
        if getattr(said, "metavar", None) == "FILE"
    }
    assert files == {"weights", "results", "output", "plot"}
    assert files <= {*READ, *WRITTEN}
