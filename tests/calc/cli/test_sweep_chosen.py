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


def test_nothing_that_fits_is_no_row(calc) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, "--best", "2", "--by", "macs", "--where", "macs < 1", "--format", "json")
    assert (ran.code, json.loads(ran.out)) == (0, [])


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--where", "macs < 3"], "--where and --by go with --front or with --best"),
        (["--front", "macs,params", "--best", "3"], "one of which is given"),
        (["--best", "3"], "--best and --by go together"),
        (["--best", "x", "--by", "macs"], "--best 'x': must be a positive integer"),
        (["--best", "3", "--by", "macs,params"], "takes one total"),
        (["--front", "macs"], "takes two or three totals"),
        (["--front", "macs,bitops.uniq"], "bitops.uniq: is no integer"),
        (["--front", "macs,mac"], "unknown quantity 'mac'"),
        (["--front", "macs,params", "--where", "mac < 3"], "--where: unknown name mac"),
        (["--front", "macs,params", "--deployed"], "choose among networks as written"),
        (["--front", "macs,params", "--output", "x.csv"], "write their rows to standard output"),
    ],
)
def test_what_cannot_be_is_said(calc, arguments: list[str], said: str) -> None:
    ran = calc("sweep", "mobilenetv2", *VARY, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
