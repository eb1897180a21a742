"""calc.sweep offers what the command does, with the same points."""

import csv
import io
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from calc import sweep
from calc.errors import OpError
from calc.spec.expand import expand

SPEC = """
name: small
params: {width: 1.0, size: 9, kernels: [3, 3]}
input: [3, size, size]
layers:
  - conv2d: {out_channels: make_divisible(16 * width), kernel_size: 'kernels[0]', stride: 2}
  - conv2d: {out_channels: 8, kernel_size: 'kernels[1]'}
"""
VARY = ["size=5..9", "width=0.25..2.0:0.25"]
ARGUMENTS = ("--vary", VARY[0], "--vary", VARY[1], "--bits", "4", "8")


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "small.yaml").write_text(SPEC)
    return str(tmp_path / "small.yaml")


OPTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"where": "macs < 20k", "of": ["macs", "weight_bytes"]}, ["--where", "macs < 20k", "--of", "macs,weight_bytes"]),
    ({"sample": 7, "seed": 3, "deployed": True}, ["--sample", "7", "--seed", "3", "--deployed"]),
    ({"front": "macs,+params"}, ["--front", "macs,+params"]),
    ({"best": 3, "by": "+macs", "of": "macs"}, ["--best", "3", "--by", "+macs", "--of", "macs"]),
]


@pytest.mark.parametrize("options, arguments", OPTIONS)
def test_the_points_are_those_of_the_command(calc, path: str, options: dict[str, Any], arguments: list[str]) -> None:
    if "--front" in arguments or "--best" in arguments:
        pytest.importorskip("numpy", reason="needs the extra search")
    ran = calc("sweep", path, *ARGUMENTS, *arguments, "--format", "json")
    points = sweep(path, VARY, [4, 8], **options)
    assert list(points) == json.loads(ran.out)
    assert (points.errors > 0) == (ran.code == 1)


def test_errors_are_counted_that_a_condition_leaves_out(path: str) -> None:
    points = sweep(path, VARY, where="macs > 0")
    assert all(point["error"] is None for point in points)
    assert points.errors == 2 * 8  # sizes 5 and 6, whose maps are smaller than the second kernel
    assert list(points.reasons.values()) == [2 * 8]
    (reason,) = points.reasons
    assert "a window of 3 (kernel 3, dilation 1) is larger than the padded height 2" in reason


@pytest.mark.parametrize(
    "arguments", [["--where", "macs > 0"], ["--front", "macs,params"], ["--best", "1", "--by", "macs"]]
)
def test_why_points_cannot_be_is_said_where_no_row_does(calc, path: str, arguments: list[str]) -> None:
    if "--where" not in arguments:
        pytest.importorskip("numpy", reason="needs the extra search")
    ran = calc("sweep", path, *ARGUMENTS, *arguments, "--format", "csv")
    assert ran.code == 1
    assert "32 of the points have an error instead of counts:\n  32 × " in ran.err
    assert "is larger than the padded height 2" in ran.err


def test_points_from_tapes_are_those_of_the_engine(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy", reason="needs the extra search")
    vary = [*VARY, "kernels=[3, 3],[1, 3]"]
    every = list(sweep(path, vary, ["4", "w4a8"]))
    assert every[0]["kernels"] == (3, 3)
    monkeypatch.setattr("calc.sweeps.makers.FEW", 1)
    assert list(sweep(path, vary, ["4", "w4a8"])) == every


def test_points_are_counted_as_they_are_asked_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Any] = []
    monkeypatch.setattr("calc.sweeps.job.expand", lambda *given: counted.append(given) or expand(*given))
    points = sweep(path, VARY)
    assert counted == []
    next(points)
    next(points)
    assert len(counted) == 2


@pytest.mark.parametrize("options", [{}, {"front": "macs,+params"}])
def test_points_are_saved_as_the_command_saves_them(calc, path: str, tmp_path: Path, options: dict[str, str]) -> None:
    if options:
        pytest.importorskip("numpy", reason="needs the extra search")
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    sweep(path, VARY, **options).save(ours)
    calc(
        "sweep", path, *ARGUMENTS[:4], *[f"--{key}={value}" for key, value in options.items()], "--output", str(theirs)
    )
    assert ours.read_bytes() == theirs.read_bytes()
    assert len(list(csv.reader(io.StringIO(ours.read_text())))) > 1


@pytest.mark.parametrize(
    "options, said",
    [
        ({"where": "mac < 3"}, "unknown name mac"),
        ({"of": "macs,mac"}, "unknown quantity 'mac'"),
        ({"sample": 0}, "at least 1"),
        ({"seed": 1}, "--seed goes with --sample"),
        ({"best": 0, "by": "macs"}, "from 1 to 10,000 points"),
        ({"best": 1}, "--best and --by go together"),
        ({"front": "macs,params", "best": 1}, "--best with --front does not"),
        ({"jobs": 0}, "jobs=0: must be a number of processes, at least 1"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_counted(path: str, options: dict[str, Any], said: str) -> None:
    if "best" in options or "front" in options:
        pytest.importorskip("numpy", reason="needs the extra search")
    with pytest.raises(OpError) as caught:
        sweep(path, VARY, **options)
    assert said in f"{caught.value.fact} {caught.value.hint}"


def test_a_file_of_another_ending_is_refused(path: str) -> None:
    with pytest.raises(OpError, match=r"rows.txt: must end in .csv, .json, .jsonl or .parquet"):
        sweep(path, VARY).save("rows.txt")


VARIED = SPEC.replace("layers:", 'vary: {size: 7..8, "kernels[*]": [1, 3]}\nlayers:')


def test_a_spec_says_what_is_varied(calc, tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(VARIED)
    expected = list(sweep(path, ["size=7..8", "kernels[*]=1,3"], of="macs"))
    assert len(expected) == 2 * 2 * 2
    assert list(sweep(path, of="macs")) == expected
    assert [point["size"] for point in sweep(path, "size=9")] == [9]  # in place of all that it says
    assert len(list(sweep(path, params={"size": 9}, of="macs"))) == 2 * 2
    ran = calc("sweep", str(path), "--sample", "1e6", "--seed", "1", "--of", "macs", "--format", "json")
    same = "nothing here depends on size\n" if find_spec("numpy") else ""  # maps of ⌈7 / 2⌉ = ⌈8 / 2⌉, or of 3
    assert (ran.code, ran.err) == (
        0,
        f"--sample 1,000,000: the grid has 8 networks, and all of them are counted\n{same}",
    )
    drawn = json.loads(ran.out)
    assert drawn != expected
    assert all(point in drawn for point in expected)


@pytest.mark.parametrize(
    "vary, said",
    [
        ("{sizes: 1..3}", "5:8: vary sizes: small has no such param"),
        ("{size: 3..1}", "5:8: vary size: 3..1 is empty"),
        ("{size: []}", "5:8: vary size: has no values"),
        ("{size: {a: 1}}", "5:8: vary size: size takes one value, this is a mapping"),
        ("{size: [[1, 2], {a: 1}]}", "5:"),
        ("{'size[*]': [1]}", "5:8: vary size[*]: size is not a list"),
        ("{'kernels[2]': [1]}", "5:8: vary kernels[2]: kernels has 2 values"),
        ("{size: 'os.system()'}", "5:8: vary size: "),
    ],
)
def test_what_a_spec_cannot_say_that_is_varied(calc, tmp_path: Path, vary: str, said: str) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC.replace("layers:", f"vary: {vary}\nlayers:"))
    ran = calc("sweep", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert f"small.yaml:{said}" in ran.err


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_the_ending_of_the_output_chooses_its_format(calc, path: str, tmp_path: Path, ending: str) -> None:
    rows = tmp_path / f"rows.{ending}"
    assert calc("sweep", path, "--vary", "size=7..9", "--of", "macs", "--output", str(rows)).code == 0
    assert rows.read_text() == calc("sweep", path, "--vary", "size=7..9", "--of", "macs", "--format", ending).out
    calc(
        "sweep",
        path,
        "--vary",
        "size=7..9",
        "--of",
        "macs",
        "--format",
        "csv",
        "--output",
        str(tmp_path / "other.json"),
    )
    assert (tmp_path / "other.json").read_text().startswith("size,input,bits,macs,error\n")
