"""calc sweep --front and --best on the command line."""

import json

import pytest

pytest.importorskip("numpy", reason="needs the extra search")

VARY = ("--vary", "width=0.5,1.0", "--vary", "resolution=96..128:32", "--bits", "4", "8")


def test_the_best_as_rows_that_a_sweep_writes(calc) -> None:
    every = calc("sweep", "mobilenetv2", *VARY, "--format", "csv").out.splitlines()
    ran = calc("sweep", "mobilenetv2", *VARY, "--best", "2", "--by", "+macs", "--where", "width < 1", "--format", "csv")
    assert ran.code == 0
    assert ran.out.splitlines() == [every[0], every[1 + 2], every[1 + 3]]  # 0.5 at 128, at 4 and at 8 bits
    assert ran.err == "2 of 8 points, found with one trace of the engine\n"


def test_a_front_as_json(calc) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, "--front", "weight_bytes,+params", "--format", "json")
    assert [(row["width"], row["bits"]) for row in json.loads(ran.out)] == [(0.5, "4"), (1.0, "4")]


def test_the_best_of_deployed_networks(calc) -> None:
    options = ("--deployed", "--activations", "producer", "--format", "csv")
    every = calc("sweep", "mobilenetv2", *VARY, *options).out.splitlines()
    ran = calc("sweep", "mobilenetv2", *VARY, *options, "--best", "1", "--by", "peak_activation_bytes")
    assert ran.out.splitlines() == every[:2]  # the smallest at 4 bits


def test_some_totals_of_a_sample(calc) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, "--sample", "2", "--of", "params,macs", "--format", "csv")
    head, *rows = ran.out.splitlines()
    assert head == "width,resolution,input,bits,macs,params,error"
    every = calc("sweep", "mobilenetv2", *VARY, "--of", "params,macs", "--format", "csv").out.splitlines()
    assert len(rows) == 2 * 2
    assert set(rows) < set(every)


def test_a_front_in_a_file(calc, tmp_path) -> None:
    arguments = ("sweep", "mobilenetv2", *VARY, "--front", "weight_bytes,+params", "--format", "csv")
    shown = calc(*arguments).out
    assert calc(*arguments, "--output", str(tmp_path / "front.csv")).code == 0
    assert (tmp_path / "front.csv").read_text() == shown


@pytest.mark.parametrize("name", ["rows.csv", "rows.json"])
def test_rows_that_a_condition_leaves(calc, tmp_path, name: str) -> None:
    style = name.partition(".")[2]
    every = calc("sweep", "mobilenetv2", *VARY, "--format", style).out
    where = ("--where", "weight_bytes < 2Mi and not resolution == 96")
    ran = calc("sweep", "mobilenetv2", *VARY, *where, "--format", style)
    calc("sweep", "mobilenetv2", *VARY, *where, "--format", style, "--output", str(tmp_path / name))
    assert ran.out == (tmp_path / name).read_text()
    if style == "csv":
        lines = every.splitlines()
        assert ran.out.splitlines() == [lines[0], *lines[3:5], lines[7]]  # 0.5 at 128 and both bits, 1.0 at 4 bits
    else:
        assert [(row["width"], row["bits"]) for row in json.loads(ran.out)] == [(0.5, "4"), (0.5, "8"), (1.0, "4")]


def test_a_condition_that_no_point_fulfils(calc) -> None:
    for style, empty in (("json", "[\n]\n"), ("jsonl", "")):
        assert calc("sweep", "mobilenetv2", *VARY, "--where", "macs < 1", "--format", style).out == empty


def test_nothing_that_fits_is_no_row(calc) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, "--best", "2", "--by", "macs", "--where", "macs < 1", "--format", "json")
    assert (ran.code, json.loads(ran.out)) == (0, [])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--where", "macs in 3"], "only == != < <= > >= compare"),
        (["--front", "macs,params", "--best", "3"], "--best with --front does not"),
        (["--best", "3"], "--best and --by go together"),
        (["--best", "x", "--by", "macs"], "--best 'x': must be a positive integer"),
        (["--best", "3", "--by", "macs,params"], "takes one total"),
        (["--front", "macs"], "takes two or three totals"),
        (["--front", "macs,+macs"], "a total is given twice"),
        (["--front", "macs,bitops.uniq"], "bitops.uniq: is not an integer"),
        (["--front", "macs,mac"], "unknown quantity 'mac'"),
        (["--front", "macs,params", "--where", "mac < 3"], "--where: unknown name mac"),
        (["--front", "macs,params", "--plot", "x.svg"], "--plot draws the points of a grid"),
        (["--of", "macs,mac"], "--of: unknown quantity 'mac'"),
        (["--sample", "x"], "'x'"),
        (["--seed", "1"], "--seed goes with --sample"),
        (["--sample", "2", "--plot", "x.svg"], "--plot draws a whole grid"),
        (["--vary", "width[x]=1"], "width[x] is not a position"),
        (["--vary", "width[0]=1"], "width is not a list, so it has no positions to vary"),
        (["--format", "parquet"], "--format parquet is a file, not a stream"),
        (["--front", "macs,params", "--format", "parquet"], "--format parquet is a file, not a stream"),
    ],
)
def test_what_cannot_be_is_said(calc, arguments: list[str], said: str) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
