"""Errors of every option of every command are reported before torch is loaded, which takes seconds."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from calc.cli.commands import application
from tests.verify.small import SPEC, save_images

ROOT = Path(__file__).parents[3]
BASE = {
    "verify": ("small.yaml",),
    "evaluate": ("small.yaml", "--weights", "net.pt", "--data", "images"),
    "sensitivity": ("small.yaml", "--weights", "net.pt", "--data", "images"),
    "train": ("small.yaml", "--data", "images", "--bits", "4"),
}
"""Calls with nothing wrong."""
NETWORK = {"--set": ("nothing=1", "nothing"), "--input": ("3xx", "--input '3xx'")}
NUMBER = "must be a positive integer"
DATA = {
    "--data": ("nowhere", "nowhere: no such file or folder"),
    "--preprocess": ("{size: 100000}", "size: 100000×100000 are 10,000,000,000 pixels"),
    "--split": ("some", "--split 'some': must be train or test"),
    "--root": ("empty --data cifar10 --set classes=10", "cifar10: the folder empty/cifar-10-batches-py does not exist"),
}
BAD: dict[str, dict[str, tuple[str, str]]] = {
    "verify": {
        "spec": ("nowhere", "nowhere: neither a file nor a packaged spec"),
        "--bits": ("w8a0", "0 bits: must be 1 to 64"),
        **NETWORK,
        "--batch": ("0", NUMBER),
        "--against": ("torchvision", "small has no reference to compare with"),
        "--weights": ("DEFAULT", "small has no reference to compare with"),
        "--device": ("nonsense", "device 'nonsense' cannot be used here"),
        "--all": ("", "calc verify takes a spec, or --all"),
        "--deployed": ("--against torchvision", "--deployed compares with the network as written"),
        "--format": ("text", "--format 'text': must be table or json"),
        "--output": ("no/table.txt", "there is no folder no"),
    },
    "evaluate": {
        "spec": ("nowhere", "nowhere: neither a file nor a packaged spec"),
        "--weights": ("nope.pt", "nope.pt: no such file"),
        **DATA,
        "--bits": ("w8a0", "0 bits: must be 1 to 64"),
        **NETWORK,
        "--activations": ("some", "'some'"),
        "--scheme": ("some", "must be symmetric, narrow or affine"),
        "--range": ("some", "must be max, mse or percentile"),
        "--activation-range": ("mse", "must be max or percentile"),
        "--percentile": ("0", "percentile=0.0 is not above 0"),
        "--calibration": ("0", NUMBER),
        "--limit": ("0", NUMBER),
        "--batch-size": ("0", NUMBER),
        "--threads": ("99999", "--threads 99999: must be at most 256"),
        "--device": ("meta", "device 'meta' runs nothing"),
        "--scheduler": ("nonsense", "--scheduler 'nonsense': must be an address"),
        "--results": ("other.txt", "other.txt:1: not a result of calc evaluate"),
        "--format": ("text", "--format 'text': must be table, json or csv"),
        "--output": ("no/table.txt", "there is no folder no"),
        "--plot": ("picture.txt", "must end in .png, .svg or .pdf"),
    },
    "sensitivity": {
        "spec": ("nowhere", "nowhere: neither a file nor a packaged spec"),
        "--weights": ("images", "images: is a folder, not a file"),
        **DATA,
        "--bits": ("8..2", "must be widths from 1 to 16"),
        **NETWORK,
        "--images": ("0", NUMBER),
        "--hessian": ("0", NUMBER),
        "--batch-size": ("0", NUMBER),
        "--device": ("cpu:1", "there is only one cpu"),
        "--measure": ("some", "--measure 'some': must be"),
        "--format": ("text", "must be table, csv or json"),
        "--output": ("no/table.txt", "there is no folder no"),
        "--plot": ("picture.txt", "must end in .png, .svg or .pdf"),
    },
    "train": {
        "spec": ("nowhere", "nowhere: neither a file nor a packaged spec"),
        **NETWORK,
        **{option: value for option, value in DATA.items() if option != "--split"},
        "--bits": ("w8a0", "0 bits: must be 1 to 64"),
        "--epochs": ("0", NUMBER),
        "--batch-size": ("0", NUMBER),
        "--optimiser": ("lion", "must be adam or sgd"),
        "--learning-rate": ("nan", "must be above 0"),
        "--weight-decay": ("-1", "must be 0 or more"),
        "--weights": ("nope.pt", "nope.pt: no such file"),
        "--seed": ("-1", "must be from 0 to 999,999"),
        "--limit": ("0", NUMBER),
        "--device": ("nonsense", "device 'nonsense' cannot be used here"),
        "--threads": ("0", NUMBER),
        "--run": ("held", "held already holds a run"),
        "--resume": ("--run held", "held/last.pt: cannot be resumed: cannot be read as weights"),
        "--format": ("text", "must be table or json"),
        "--output": ("no/table.txt", "there is no folder no"),
        "--plot": ("picture.txt", "must end in .png, .svg or .pdf"),
    },
}
FREE = {"--per-channel", "--download", "--skip-bad", "--lsq", "--augment", "--all-layers", "--force", "--help"}
"""Flags that are right whatever else is given."""
MORE = {
    "a mode without its data": ("sensitivity small.yaml --weights net.pt --hessian 4", "needs images"),
    "no width": ("sensitivity small.yaml --weights net.pt --bits ,", "has no width"),
    "a policy of 1-bit activations": ("evaluate small.yaml --weights net.pt --data images --bits w8a1", "of 1 bit"),
    "a policy's file": ("evaluate small.yaml --weights net.pt --data images --bits no.yaml", "no.yaml: cannot be read"),
    "other classes": ("evaluate small.yaml --weights net.pt --data images --set classes=5", "has 3 classes"),
    "cifar10's classes": (
        "train small.yaml --bits 4 --data cifar10",
        "cifar10 has 10 classes, but the network has 3 outputs",
    ),
    "a run in a file": ("train small.yaml --bits 4 --data images --run net.pt", "net.pt: cannot be made"),
    "all and a spec": ("verify --all small.yaml", "calc verify takes a spec, or --all"),
    "all, of no policy": ("verify --all --bits some", "unknown precision 'some'"),
    "weights where nothing runs": ("verify small.yaml --weights DEFAULT --device meta", "not used on meta"),
    "weights twice": ("evaluate small.yaml --weights a.pt --weights net.pt --data images", "--weights is given twice"),
    "data twice": ("sensitivity small.yaml --weights a.pt --data a --data=b", "--data is given twice"),
    "an input twice": ("verify small.yaml --input 3x8x8 --input 3x9x9", "--input is given twice"),
    "no policy": ("evaluate small.yaml --weights net.pt --data images --bits ,", "has no policy"),
}
PROGRAM = """
import contextlib, io, json, sys
from calc.cli import main

for words in json.load(sys.stdin):
    sys.argv, code, said = ["calc", *words], 0, io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    print(json.dumps([code, said.getvalue()]))
"""
LOADED = 99
"""How a call ends that loads torch: what it finds under that name ends it at once."""


def called(command: str, option: str, value: str) -> tuple[str, ...]:
    spec, *rest = BASE[command]
    if option == "spec":
        return command, value, *rest
    words = [option, value] if option == "--preprocess" else [option, *value.split()]
    usual = zip(rest[::2], rest[1::2], strict=True)
    return command, spec, *[word for pair in usual if pair[0] not in words for word in pair], *words


CALLS = {
    f"{command} {option}": (called(command, option, value), fact)
    for command, options in BAD.items()
    for option, (value, fact) in options.items()
} | {name: (tuple(line.split()), fact) for name, (line, fact) in MORE.items()}


def test_it_is_said_without_torch(tmp_path: Path) -> None:
    """All CALLS fail in one process as expected, and then a call without an error loads torch."""
    (tmp_path / "torch.py").write_text(f"raise SystemExit({LOADED})")
    (tmp_path / "small.yaml").write_text(SPEC)
    (tmp_path / "other.txt").write_text("something else\n")
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "last.pt").write_text("no checkpoint")
    save_images(tmp_path / "images", per_class=1)
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as archive:
        archive.writestr("net/data.pkl", b"what torch reads later")
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([*[words for words, _ in CALLS.values()], ("verify", "small.yaml")]),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    *said, right = map(json.loads, ended.stdout.splitlines())
    assert right == [LOADED, ""]  # a call in which nothing is wrong loads torch
    not_said = {
        name: (code, message)
        for (name, (_, fact)), (code, message) in zip(CALLS.items(), said, strict=True)
        if code != 2 or fact not in message or "Traceback" in message
    }
    assert not_said == {}


@pytest.mark.parametrize("name", BAD)
def test_every_option_has_a_value_that_is_wrong(name: str) -> None:
    command = application().get_command(None, name)
    assert {param.opts[0] for param in command.params} - FREE == BAD[name].keys()
