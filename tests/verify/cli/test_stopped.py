"""Commands that run for hours are stopped in the middle, started twice, or run on a full disk."""

import pytest

from tests.calc.test_holding import holder
from tests.calc.test_writing import names, small_disk
from tests.verify.cli.test_commands import GIVEN, calc

pytestmark = pytest.mark.torch
TRAIN = ("train", "small.yaml", "--data", "images", "--bits", "4", "--epochs", "3", "--run", "run")


def stopping(of, name, at):
    """The method ``name`` of ``of``, which is interrupted the time numbered ``at``."""
    method, calls = getattr(of, name), []

    def call(*args, **more):
        calls.append(args)
        if len(calls) == at:
            raise KeyboardInterrupt
        return method(*args, **more)

    return call


@pytest.mark.usefixtures("here")
def test_an_interrupted_evaluation_says_what_is_kept(monkeypatch, capsys):
    from verify.evaluate import Evaluator

    monkeypatch.setattr(Evaluator, "measure", stopping(Evaluator, "measure", 2))
    assert calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "fp32", "8", "4") == (
        130,
        "",
        "interrupted: 1 of 3 configurations are kept in evaluate_results.jsonl; the same command measures the others\n",
    )


def test_an_interrupted_training_says_what_is_kept(here, monkeypatch, capsys):
    from verify.train import Trainer

    for at, said in (
        (1, "no epoch was finished, so nothing is kept"),
        (
            2,
            "the finished epochs are kept in run/last.pt; the same command with --resume continues after them",
        ),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(Trainer, "validate", stopping(Trainer, "validate", at))
            code, out, err = calc(monkeypatch, capsys, *TRAIN)
        assert (code, out) == (130, "")
        assert err.endswith(f"interrupted: {said}\n")
    assert names(here / "run") == ["best.pt", "last.pt", "log.csv"]
    assert calc(monkeypatch, capsys, *TRAIN, "--resume")[0] == 0
    assert len((here / "run" / "log.csv").read_text().splitlines()) == 1 + 3


def test_a_training_that_saved_nothing_leaves_no_folder(here, monkeypatch, capsys):
    assert calc(monkeypatch, capsys, *TRAIN, "--batch-size", "0")[0] == 2
    assert calc(monkeypatch, capsys, *TRAIN[:-1], "runs/deep/run", "--batch-size", "0")[0] == 2
    assert not (here / "run").exists()
    assert not (here / "runs").exists()


@pytest.mark.usefixtures("here")
def test_an_interrupted_sensitivity_says_that_nothing_is(monkeypatch, capsys):
    from verify.data import Loader

    monkeypatch.setattr(Loader, "__iter__", stopping(Loader, "__iter__", 1))
    assert calc(monkeypatch, capsys, "sensitivity", *GIVEN) == (
        130,
        "",
        "interrupted: nothing is kept; the same command starts again\n",
    )


@pytest.mark.parametrize(
    "args, file",
    [(("evaluate", *GIVEN), "evaluate_results.jsonl"), (TRAIN, "run/last.pt")],
    ids=["evaluate", "train"],
)
def test_the_second_on_one_file_is_told(here, monkeypatch, capsys, args, file):
    (here / "run").mkdir()
    with holder(here / file) as process:
        code, out, err = calc(monkeypatch, capsys, *args)
        assert (code, out) == (2, "")
        assert err.startswith(f"{file}: is being written by process {process.pid} since 20")
    assert calc(monkeypatch, capsys, *args)[0] == 0


def test_a_full_disk_keeps_the_results_before(here, monkeypatch, capsys):
    assert calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "8")[0] == 0
    results = here / "evaluate_results.jsonl"
    before = results.read_bytes()
    with small_disk(len(before) + 10):
        code, out, err = calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "8", "4")
    assert (code, out) == (2, "")
    assert err == "evaluate_results.jsonl: cannot be written: File too large\n"
    assert results.read_bytes() == before
    assert calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "8", "4")[0] == 0


def test_a_full_disk_leaves_no_half_checkpoint(here, monkeypatch, capsys):
    with small_disk():
        code, out, err = calc(monkeypatch, capsys, *TRAIN)
    assert (code, out) == (2, "")
    assert err.endswith("run/best.pt: cannot be written: File too large\n")
    assert not (here / "run").exists()


@pytest.mark.parametrize("command", ["evaluate", "sensitivity", "train"])
@pytest.mark.parametrize("option, name", [("--output", "report.json"), ("--plot", "picture.png")])
def test_a_full_disk_leaves_no_half_report(here, monkeypatch, capsys, command, option, name):
    args = TRAIN if command == "train" else (command, *GIVEN)
    assert calc(monkeypatch, capsys, *args)[0] == 0  # so that results and checkpoints are there
    args = (*args, "--resume") if command == "train" else args
    with small_disk(50):
        code, _, err = calc(monkeypatch, capsys, *args, "--format", "json", option, name)
    assert code == 2
    assert err.endswith(f"{name}: cannot be written: File too large\n")
    assert not (here / name).exists()
    assert not list(here.glob(".calc*"))
