"""The three commands as a user runs them: outputs, files left behind, exit codes and messages."""

import json
import subprocess
import sys

import pytest

from calc.cli import main
from calc.errors import OpError

pytestmark = pytest.mark.torch


def calc(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, "argv", ["calc", *args])
    try:
        main()
    except SystemExit as stop:
        return stop.code or 0, *capsys.readouterr()
    return 0, *capsys.readouterr()


GIVEN = ("small.yaml", "--weights", "net.pt", "--data", "images")


def test_evaluate_takes_several_policies_and_runs_none_twice(here, monkeypatch, capsys):
    code, out, _ = calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "fp32", "8", "w8a8", "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert found["schema"] == "calc.evaluate/1"
    assert [row["bits"] for row in found["configurations"]] == ["fp32", "8", "w8a8"]
    assert {"bits", "top1", "top5", "loss", "images", "bitops", "weight_bytes"} <= found["configurations"][0].keys()
    assert len((here / "evaluate_results.jsonl").read_text().splitlines()) == 3
    _, again, _ = calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "fp32", "8", "w8a8", "--format", "json")
    assert again == out
    assert len((here / "evaluate_results.jsonl").read_text().splitlines()) == 3


@pytest.mark.usefixtures("here")
def test_a_policy_keeps_the_words_it_was_asked_by(monkeypatch, capsys):
    for asked in (["w32a32", "8"], ["fp32", "8", "w8a32"]):
        _, out, _ = calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", *asked, "--format", "json")
    found = json.loads(out)["configurations"]
    assert [row["bits"] for row in found] == ["fp32", "8", "w8a32"]
    assert found[0]["delta_top1"] == 0


def test_a_changed_result_is_measured_again_and_named(here, monkeypatch, capsys):
    args = ("evaluate", *GIVEN, "--bits", "8", "--format", "json")
    _, out, _ = calc(monkeypatch, capsys, *args)
    path = here / "evaluate_results.jsonl"
    path.write_text(path.read_text().replace('"images": 21', '"images": 20'))
    assert calc(monkeypatch, capsys, *args)[1:] == (
        out,
        "evaluate_results.jsonl: ignored because cut off or changed: line 1\n",
    )


def test_an_interrupt_keeps_the_configurations_before(here, monkeypatch, capsys):
    from verify.evaluate import Evaluator

    measure = Evaluator.measure

    def interrupted(self, configuration, done):
        if configuration.bits == "4":
            raise KeyboardInterrupt
        return measure(self, configuration, done)

    monkeypatch.setattr(Evaluator, "measure", interrupted)
    assert calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "fp32", "8", "4")[0] == 130
    assert len((here / "evaluate_results.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "args, fact",
    [
        (("evaluate", "small.yaml", "--weights", "no.pt", "--data", "images"), "no.pt: no such file"),
        (("evaluate", "small.yaml", "--weights", "net.pt", "--data", "nowhere"), "no such file or folder"),
        (("evaluate", *GIVEN, "--set", "classes=5"), "has 3 classes, but the network has 5 outputs"),
        (("evaluate", *GIVEN, "--bits", "many"), "unknown precision 'many'"),
        (("evaluate", *GIVEN, "--plot", "picture.txt"), "must end in .png"),
        (("evaluate", *GIVEN, "--percentile", "200", "--range", "percentile"), "percentile=200"),
        (("sensitivity", "small.yaml", "--weights", "net.pt", "--measure", "loss_increase"), "needs images"),
        (("sensitivity", "small.yaml", "--weights", "net.pt", "--bits", "8..2"), "must be widths"),
        (("sensitivity", "small.yaml", "--weights", "no.pt", "--data", "images", "--hessian", "x"), "--hessian 'x'"),
        (("sensitivity", "small.yaml", "--weights", "no.pt", "--data", "images", "--images", "0"), "--images '0'"),
        (("evaluate", *GIVEN, "--device", "nonsense"), "device 'nonsense' cannot be used here"),
        (("evaluate", *GIVEN, "--device", "cpu:1"), "there is only one cpu"),
        (("evaluate", *GIVEN, "--device", "meta"), "runs nothing"),
        (("sensitivity", "small.yaml", "--weights", "net.pt", "--device", "xla"), "device 'xla' cannot be used here"),
        (
            ("train", "small.yaml", "--data", "images", "--bits", "4", "--device", "mtia"),
            "device 'mtia' cannot be used here",
        ),
        (("train", "small.yaml", "--data", "images"), "has bits written on it"),
        (
            ("evaluate", *GIVEN, "--results", "no/results.jsonl"),
            "--results no/results.jsonl: cannot be written: there is no",
        ),
        (("evaluate", *GIVEN, "--results", "images"), "--results images: cannot be written: it is a folder"),
        (
            ("evaluate", *GIVEN, "--output", "no/table.csv"),
            "--output no/table.csv: cannot be written: there is no",
        ),
        (
            ("sensitivity", *GIVEN, "--output", "no/table.csv"),
            "--output no/table.csv: cannot be written: there is no",
        ),
        (
            ("sensitivity", *GIVEN, "--plot", "no/heat.png"),
            "--plot no/heat.png: cannot be written: there is no",
        ),
        (("train", "small.yaml", "--data", "images", "--plot", "no/curves.png"), "there is no folder no"),
        (("train", "small.yaml", "--data", "images", "--optimiser", "lion"), "--optimiser 'lion'"),
        (("evaluate", *GIVEN, "--bits", ","), "--bits ',': has no policy"),
        (("evaluate", *GIVEN, "--threads", "99999"), "--threads 99999: must be at most 256"),
        (("train", "small.yaml", "--learning-rate", "-1"), "--learning-rate -1.0: must be above 0"),
        (("train", "small.yaml", "--learning-rate", "nan"), "--learning-rate nan: must be above 0"),
        (("train", "small.yaml", "--weight-decay", "-1"), "--weight-decay -1.0: must be 0 or more"),
        (("train", "small.yaml", "--seed", "99999999999999999999"), "must be from 0 to 999,999"),
        (("train", "small.yaml", "--data", "images", "--bits", "fp16"), "training rounds to integer codes"),
    ],
)
@pytest.mark.usefixtures("here")
def test_bad_input_is_a_message_and_exit_code_2(monkeypatch, capsys, args, fact):
    code, out, err = calc(monkeypatch, capsys, *args)
    assert (code, out) == (2, "")
    assert fact in err
    assert "Traceback" not in err


@pytest.mark.usefixtures("here")
def test_a_picture_that_cannot_be_drawn_loses_no_table(monkeypatch, capsys):
    from verify.sensitivity import report

    def full(*_args):
        raise OpError("heat.png: cannot be written: No space left on device")

    monkeypatch.setattr(report, "heat_map", full)
    code, out, err = calc(monkeypatch, capsys, "sensitivity", *GIVEN, "--format", "csv", "--plot", "heat.png")
    assert code == 2
    assert "No space left" in err
    assert out.startswith("layer,bits,")


def test_damaged_images_are_counted(here, monkeypatch, capsys):
    (here / "images" / "class1" / "3.png").write_bytes(b"junk")
    assert calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "8")[0] == 2
    code, out, _ = calc(monkeypatch, capsys, "evaluate", *GIVEN, "--bits", "8", "--skip-bad")
    assert code == 0
    assert "20 images of images" in out
    assert "1 damaged images left out: class1/3.png" in out


@pytest.mark.usefixtures("here")
def test_sensitivity_writes_what_allocation_reads(monkeypatch, capsys):
    code, out, _ = calc(monkeypatch, capsys, "sensitivity", *GIVEN, "--bits", "2", "4..5", "--format", "csv")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "layer,bits,weights,sqnr_db,weight_error,output_error,loss_increase"
    assert [line.split(",")[:2] for line in lines[1:]] == [[n, b] for n in ("conv", "last", "fc") for b in "245"]


def test_train_refuses_to_overwrite_a_run_and_resumes_it(here, monkeypatch, capsys):
    args = ("train", "small.yaml", "--data", "images", "--bits", "4", "--epochs", "2", "--run", "run")
    code, out, err = calc(monkeypatch, capsys, *args)
    assert code == 0
    assert "the bits of the trained codes" in out
    assert err.count("Epoch") == 2
    assert {path.name for path in (here / "run").iterdir()} == {"last.pt", "best.pt", "log.csv"}
    code, _, err = calc(monkeypatch, capsys, *args)
    assert code == 2
    assert "already holds a run" in err
    code, again, _ = calc(monkeypatch, capsys, *args, "--resume")
    assert code == 0
    assert again == out
    best = ("small.yaml", "--weights", "run/best.pt", "--data", "images", "--bits", "4", "--per-tensor")
    assert calc(monkeypatch, capsys, "evaluate", *best)[0] == 0


@pytest.mark.usefixtures("here")
def test_the_largest_seed_augments(monkeypatch, capsys):
    args = ("small.yaml", "--data", "images", "--bits", "4", "--epochs", "1", "--augment", "--seed", "999999")
    assert calc(monkeypatch, capsys, "train", *args)[0] == 0


@pytest.mark.parametrize("missing", ["torch", "torchvision", "PIL"])
def test_the_commands_can_be_listed_without_what_they_need(missing):
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import verify.cli.evaluate, verify.cli.sensitivity, verify.cli.train\n"
        "loaded = [name for name in sys.modules if name.startswith(('torch', 'PIL')) and sys.modules[name]]\n"
        "assert not loaded, loaded\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("command", ["evaluate", "train"])
@pytest.mark.parametrize("missing", ["torchvision", "PIL"])
def test_what_reads_images_says_what_is_missing(monkeypatch, capsys, command, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = calc(monkeypatch, capsys, command, "net.yaml", "--weights", "w", "--data", "fake", "--bits", "8")
    assert code == 2
    assert err.startswith(f"calc {command} reads images with torchvision, which is not installed\n  hint: pip install")
