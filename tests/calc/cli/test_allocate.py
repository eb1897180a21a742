"""allocate, pareto and sweep as a user runs them: output, files, exit codes."""

import csv
import json
from collections.abc import Callable
from inspect import signature
from pathlib import Path

import pytest

from calc.allocation.integer_programme import SECONDS
from calc.cli.allocate import allocate
from tests.calc.cli.conftest import Ran

Run = Callable[..., Ran]
SIZES = ",".join(f"3x8x{8 + i}" for i in range(160))


def test_allocate_writes_a_policy_that_run_takes(calc: Run, spec: str, tmp_path: Path) -> None:
    policy = str(tmp_path / "policy.yaml")
    ran = calc("allocate", spec, "--budget", "bitops.product=60K", "--bits", "2", "4", "8", "--output", policy)
    assert ran.code == 0
    assert "optimal" in ran.out
    assert "# lower bound:" in Path(policy).read_text()
    used = int(ran.out.partition("bitops.product  ")[2].split()[0].replace(",", ""))
    assert used <= 60_000
    run = json.loads(calc("run", spec, "--bits", policy, "--format", "json").out)
    assert run["totals"]["bitops"]["product"] == used


def test_formats_to_choose_from(calc: Run, spec: str) -> None:
    words = ("allocate", spec, "--budget", "weight_bytes=1K", "--bits", "int8,int4g32", "2..3")
    assert "allocated: int4g32" in calc(*words).out
    found = json.loads(calc(*words, "--format", "json").out)
    assert {layer.get("weight_format") for layer in found["layers"]} <= {"int8", "int4g32", None}
    wrong = calc("allocate", spec, "--budget", "weight_bytes=1K", "--bits", "int4g32", "nf5")
    assert (wrong.code, wrong.err.splitlines()[0]) == (2, "unknown precision 'nf5'")
    for policy in ("adaptive", "8:llm"):
        whole = calc("allocate", spec, "--budget", "weight_bytes=1K", "--bits", policy)
        assert (whole.code, whole.err.splitlines()[0]) == (2, f"--bits {policy}: is a policy for a whole network")


def test_without_sensitivities_the_first_line_says_that_nothing_was_measured(
    calc: Run, spec: str, tmp_path: Path
) -> None:
    """In the policy file too; where there are some, only that they are taken to add up is said."""
    budget = ("--budget", "bitops.product=1M", "--bits", "4")
    policy = tmp_path / "policy.yaml"
    ran = calc("allocate", spec, *budget, "--output", str(policy))
    assert " ".join(ran.out.splitlines()[0].split()) == "measured nothing assumed: every layer alike, 4^−bits"
    assert "calc sensitivity SPEC --weights W --data D" in ran.out
    assert policy.read_text().splitlines()[1].startswith("# measured: nothing (assumed: every layer")
    found = json.loads(calc("allocate", spec, *budget, "--format", "json").out)
    assert found["measured"] is False
    layers = [layer["name"] for layer in found["layers"]]
    (tmp_path / "s.csv").write_text("\n".join(["layer,bits,output_error", *[f"{name},4,0.5" for name in layers]]))
    measured = calc("allocate", spec, *budget, "--sensitivity", str(tmp_path / "s.csv"))
    assert "nothing" not in measured.out
    assert measured.out.splitlines()[-1] == "  calc evaluate SPEC --weights W --data D --bits fp32 policy.yaml"


def test_a_front_of_nothing_measured_says_so_first(calc: Run, spec: str) -> None:
    pytest.importorskip("numpy", reason="needs the extra search")
    assert calc("pareto", spec, "--bits", "2", "4").out.splitlines()[0].split()[:2] == ["measured", "nothing"]
    assert json.loads(calc("pareto", spec, "--bits", "2", "4", "--format", "json").out)["measured"] is False


@pytest.mark.parametrize("command", [("allocate", "--budget", "weight_bytes=2K"), ("pareto", "--bits", "2", "4")])
def test_rows_of_csv_are_left_alone_and_standard_error_says_that_nothing_was_measured(
    calc: Run, spec: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    if command[0] == "pareto":
        pytest.importorskip("numpy", reason="needs the extra search")
    ran = calc(command[0], spec, *command[1:], "--format", "csv")
    assert ran.out.startswith(("name,", "quantity,"))
    assert ran.err.startswith("nothing was measured: every layer is assumed to lose alike")
    rows = [
        line.split(",")[0]
        for line in calc("allocate", spec, "--budget", "weight_bytes=2K", "--format", "csv").out.splitlines()[1:]
    ]
    (tmp_path / "s.csv").write_text(
        "\n".join(["layer,bits,output_error", *[f"{n},{b},0.5" for n in rows for b in (2, 4)]])
    )
    measured = ("--sensitivity", str(tmp_path / "s.csv"), "--format", "csv")
    extra = [] if "--bits" in command else ["--bits", "2", "4"]
    assert calc(command[0], spec, *command[1:], *extra, *measured).err == ""


def test_allocate_as_json(calc: Run, spec: str) -> None:
    found = json.loads(calc("allocate", spec, "--budget", "weight_bytes=2K", "--pin", "head=8", "--format", "json").out)
    assert found["schema"] == "calc.allocate/1"
    assert found["gap"] == 0
    assert found["budgets"][0]["limit"] == 2000
    assert [(layer["name"], layer["weight_bits"]) for layer in found["layers"]][-1] == ("head", 8)


def test_a_budget_that_cannot_be_met_is_exit_1_with_the_smallest_that_can(calc: Run, spec: str) -> None:
    ran = calc("allocate", spec, "--budget", "bitops.weight=10")
    assert ran.code == 1
    smallest = ran.err.rpartition("bitops.weight=")[2].strip()
    assert calc("allocate", spec, "--budget", f"bitops.weight={smallest}").code == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["allocate"], "no budget"),
        (["allocate", "--budget", "macs=1"], "unknown quantity"),
        (["allocate", "--budget", "weight_bytes=1K", "--bits", "8..2"], "it is empty"),
        (["allocate", "--budget", "weight_bytes=1K", "--bits", "2..99"], "must be 1 to 64"),
        (["allocate", "--budget", "weight_bytes=1K", "--column", "x"], "about a file"),
        (["allocate", "--budget", "weight_bytes=1K", "--sensitivity", "none.csv"], "cannot be read"),
        (["allocate", "--budget", "weight_bytes=1K", "--activations", "wide"], "must be tied, apart"),
        (["allocate", "--budget", "weight_bytes=1K", "--solver", "best"], "must be auto"),
        (["allocate", "--budget", "weight_bytes=1K", "--time-limit", "0"], "--time-limit '0': must be a positive"),
        (["pareto", "--against", "speed"], "unknown quantity"),
        (["pareto", "--plot", "front.bmp"], "must end in"),
        (["sweep", "--vary", "depth=1,2"], "no such param"),
        (["sweep", "--vary", "width=1..9999", "--bits", "1..64", "--vary", f"input={SIZES}"], "102,389,760 points"),
        (["sweep", "--bits", "nine"], "unknown precision"),
        (["sweep", "--vary", "depth=1", "--vary", "bread=2"], "--vary bread=2: "),
        (["sweep", "--vary", "width=many"], "--vary width=many: unknown name many"),
        (["sweep", "--output", "."], "it is a folder"),
    ],
)  # fmt: skip
def test_bad_input_is_exit_2(calc: Run, spec: str, arguments: list[str], message: str) -> None:
    ran = calc(arguments[0], spec, *arguments[1:])
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_pareto_lists_marks_and_draws(calc: Run, spec: str, tmp_path: Path) -> None:
    pytest.importorskip("numpy", reason="needs the extra search")
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    ran = calc("pareto", spec, "--against", "bitops.product", "--bits", "2", "4", "--plot", str(tmp_path / "front.png"))
    assert ran.code == 0
    assert "front against bitops.product: 3 of 3 points" in ran.out
    assert "adaptive" in ran.out
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")


def test_a_front_whose_network_has_a_long_name_with_signs_is_drawn(calc: Run, spec: str, tmp_path: Path) -> None:
    """Dollars are no mathematics, and a long title is folded."""
    pytest.importorskip("numpy", reason="needs the extra search")
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    named = tmp_path / "named.yaml"
    named.write_text("\n".join(["name: " + "costs $x_$ " * 20, *Path(spec).read_text().splitlines()[1:]]))
    ran = calc("pareto", str(named), "--against", "bitops.product", "--plot", str(tmp_path / "front.svg"))
    assert (ran.code, ran.err) == (0, "")


def test_pareto_has_every_point_in_json_and_csv(calc: Run, spec: str) -> None:
    pytest.importorskip("numpy", reason="needs the extra search")
    found = json.loads(calc("pareto", spec, "--bits", "2..8", "--format", "json").out)
    assert found["schema"] == "calc.pareto/1"
    rows = list(csv.DictReader(calc("pareto", spec, "--bits", "2..8", "--format", "csv").out.splitlines()))
    points = [point for front in found["fronts"] for point in front["points"]]
    assert [[float(row["cost"]), float(row["sensitivity"])] for row in rows] == points
    assert {row["quantity"] for row in rows} == {"bitops.weight", "weight_bytes"}


def test_sweep_prints_one_row_a_point(calc: Run, spec: str) -> None:
    ran = calc("sweep", spec, "--vary", "width=2,4", "--bits", "2..4", "w4a8", "--input", "3x10x10")
    rows = list(csv.DictReader(ran.out.splitlines()))
    assert [(row["width"], row["bits"]) for row in rows] == [(w, b) for w in "24" for b in ("2", "3", "4", "w4a8")]
    assert {row["input"] for row in rows} == {"3x10x10"}


def test_sweep_from_standard_input_in_processes_is_that_of_the_file(process: Run, spec: str, tmp_path: Path) -> None:
    options = ("--vary", "width=1..100", "--bits", "2..8", "--jobs", "2")
    for name, source, text in (("a.csv", spec, ""), ("b.csv", "-", Path(spec).read_text())):
        ran = process("sweep", source, *options, "--output", str(tmp_path / name), stdin=text)
        assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 1 + 100 * 7


def test_sweep_with_errors_is_exit_1(calc: Run, spec: str) -> None:
    ran = calc("sweep", spec, "--vary", "input=3x2x2,3x8x8", "--format", "json")
    assert ran.code == 1
    assert "1 of the points" in ran.err
    assert [bool(row["error"]) for row in json.loads(ran.out)] == [True, False]


def test_the_time_limit_in_the_help_is_that_of_the_function() -> None:
    assert signature(allocate).parameters["time_limit"].default == f"{SECONDS:.0f}"
