"""A sweep's rows against one analysis after the other, and the grid they come from."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.api.sweep import sweep_job
from calc.errors import OpError, SpecError
from calc.spec.load import load, loads
from calc.spec.provenance import Provenance
from calc.sweeps.axes import Axis, read_axis, read_policies
from calc.sweeps.chunk import chunk
from calc.sweeps.chunks import Where, chunks, spans
from calc.sweeps.grid import Grid, checked_grid
from calc.sweeps.job import SweepJob, may_tell_bounds, sweep_columns, sweep_rows
from calc.sweeps.job import resolve_policies as resolved

SPEC = """\
name: Small
params: {width: 4, size: 8}
input: [3, size, size]
layers:
  stem: {conv2d: {out_channels: width, kernel_size: 3, bias: false}}
  relu: relu
  flatten: flatten
  head: {linear: 10}
"""


def job_of(*axes: tuple[str, tuple[Any, ...]], policies: tuple[str, ...] = ("8", "4"), **options: Any) -> SweepJob:
    grid = Grid(tuple(Axis(*axis) for axis in axes), policies)
    given: dict[str, Any] = {"input": None, "batch": 1, "activations": "same", "format": "csv"} | options
    return SweepJob("<text>", SPEC, grid, resolved(grid), **given)


@pytest.mark.parametrize("activations", ["same", "producer", "8"])
def test_every_row_is_an_analysis_of_its_own(activations: str) -> None:
    job = job_of(
        ("width", (4, 2)), ("size", (8, 9, 16)), policies=("8", "w4a8", "fp32"), activations=activations, batch=2
    )
    model = loads(SPEC)
    expected = []
    for width in (4, 2):
        for size in (8, 9, 16):
            for bits in job.grid.policies:
                found = analyse(
                    model, {"width": width, "size": size}, bits=bits, activations=activations, batch=2
                ).totals
                counts = [found.macs, found.effective_macs, found.params, found.weight_bytes, *found.bitops.values()]
                tail = [found.peak_activation_bytes, found.activation_elements, None]
                expected.append([width, size, f"3x{size}x{size}", bits, *counts, *tail])
    assert list(sweep_rows(job, model, 0, job.grid.points)) == expected
    assert sweep_columns(job)[:4] == ["width", "size", "input", "bits"]


def test_rows_of_deployed_networks() -> None:
    job = job_of(("width", (4, 2)), policies=("8",), deployed=True)
    model = loads(SPEC)
    for width, row in zip((4, 2), sweep_rows(job, model, 0, job.grid.points), strict=True):
        totals = analyse(model, {"width": width}, bits="8", deployed=True).totals
        # the relu is fused: the image and what the convolution writes, never that twice
        assert row[-3] == totals.peak_activation_bytes == 3 * 8 * 8 + width * 6 * 6
        assert totals.weight_bytes in row


def test_a_part_of_the_rows_is_that_part_of_all() -> None:
    job = job_of(("width", (4, 2, 1)), ("input", ((3, 8, 8), (3, 9, 7))))
    model = job.model()
    whole = list(sweep_rows(job, model, 0, job.grid.points))
    assert len(whole) == 3 * 2 * 2
    assert list(sweep_rows(job, model, 3, 8)) == whole[3:8]
    assert whole[2][1] == "3x9x7"


def test_a_point_that_cannot_be_is_a_row_with_an_error() -> None:
    job = job_of(("size", (2, 8)), policies=("8",))
    bad, good = sweep_rows(job, job.model(), 0, 2)
    assert bad[:3] == [2, "", "8"]
    assert "stem (conv2d)" in bad[-1]
    assert good[-1] is None
    assert list(chunk(job, job.model(), 0, 2).reasons.values()) == [1]


def test_a_policy_that_does_not_fit_is_a_row_with_an_error() -> None:
    (row,) = sweep_rows(job_of(policies=("spec",)), loads(SPEC), 0, 1)
    assert "has bits written on it" in row[-1]


def test_json_lines_are_records_of_the_same_values() -> None:
    job = job_of(("width", (4,)), policies=("8",), format="jsonl")
    (line,) = chunk(job, job.model(), 0, 1).lines
    assert list(json.loads(line).values()) == next(sweep_rows(job, job.model(), 0, 1))


def test_processes_give_the_chunks_of_one() -> None:
    job = job_of(("width", tuple(range(1, 401))), policies=("8", "4", "2"))
    one = list(chunks(job, job.model(), 7, Where(1)))
    assert [len(each.lines) for each in one] == [last - first for first, last in spans(7, job)]
    assert list(chunks(job, job.model(), 7, Where(2))) == one


def test_ranges_have_both_ends_and_no_rounding() -> None:
    model = loads(SPEC)
    assert read_axis("size=96..224:32", model).values == (96, 128, 160, 192, 224)
    assert read_axis("width=0.1..0.7:0.2", model).values == (0.1, 0.3, 0.5, 0.7)
    for first, last, step in (("0.1", "2.0", "0.001"), ("-1.5", "3", "0.7"), ("1", "9", "0.125"), ("-9", "9", "3")):
        values = read_axis(f"width={first}..{last}:{step}", model).values
        number = int if "." not in first + step else float
        count = (Fraction(last) - Fraction(first)) // Fraction(step) + 1
        assert values == tuple([number(Fraction(first) + at * Fraction(step)) for at in range(count)])
        assert set(map(type, values)) == {number}
    assert read_axis("width=1,2.5,2 * 8", model).values == (1, 2.5, 16)
    assert read_axis("input=3x8x8,3x9x9", model).values == ((3, 8, 8), (3, 9, 9))
    assert read_policies(["2..4,adaptive", "w4a8"]) == ("2", "3", "4", "adaptive", "w4a8")


@pytest.mark.parametrize(
    "text, message",
    [
        ("size", "must be name=values"),
        ("depth=1,2", "no such param"),
        ("size=224..96:32", "is empty: it runs from 224 to 96"),
        ("size=96..224:0", "step of 0"),
        ("size=8,,9", "empty value"),
        ("size=8,8", "given twice"),
        ("size=1..999999999", "999,999,999 values"),
        ("size=1..1000000000000", "has 1,000,000,000,000 values"),
        ("size=0.1..999999999999999999999:0.000000001", "values; at most"),
        ("input=3x0x8", "positive sizes"),
        ("size=nothing", "nothing"),
    ],
)
def test_bad_axes_are_refused(text: str, message: str) -> None:
    with pytest.raises(OpError, match=message):
        read_axis(text, loads(SPEC))


def test_a_text_without_its_inner_quotes_has_a_hint() -> None:
    with pytest.raises(OpError) as caught:
        read_axis("size='small'", loads(SPEC))
    assert (caught.value.fact, str(caught.value.hint)) == (
        "unknown name small", "a text has quotes in quotes: \"'small'\"",
    )  # fmt: skip


def test_bad_policies_are_refused() -> None:
    with pytest.raises(SpecError) as error:
        read_policies(["8..2", "63..65", "4"])
    assert [problem.fact for problem in error.value.problems] == [
        "--bits 8..2: 8..2 is empty: it runs from 8 to 2",
        "--bits 63..65: 65 bits: must be 1 to 64",
    ]
    with pytest.raises(OpError, match="given twice"):
        read_policies(["2..8", "4"])


def test_a_grid_too_large_is_refused_with_its_count_before_any_work() -> None:
    axis = tuple(range(1_000_000))
    with pytest.raises(OpError, match="1,000,000,000,000 points"):
        checked_grid(Grid((Axis("width", axis), Axis("size", axis)), ("8",)))
    with pytest.raises(OpError, match="varied twice"):
        checked_grid(Grid((Axis("width", (1,)), Axis("width", (2,))), ("8",)))


TWO = "{name: Two, input: {a: [2, 3], b: [2, 3]}, layers: {x: relu, y: {add: , from: [x, b]}}}"


def test_inputs_are_varied_by_name() -> None:
    model = loads(TWO)
    axis = read_axis("input.a=2x3,1x3", model)
    assert axis == Axis("input.a", ((2, 3), (1, 3)))
    grid = Grid((axis,), ("8",))
    job = SweepJob("<text>", TWO, grid, resolved(grid), {"b": (4, 3)}, 1, "same", "csv")
    assert sweep_columns(job)[:2] == ["input", "bits"]
    first, second = sweep_rows(job, model, 0, 2)
    assert (first[0], first[-1] is None) == ("a=2x3 b=4x3", False)
    assert (second[0], second[-1]) == ("a=1x3 b=4x3", None)


@pytest.mark.parametrize("text", ["input=2x3", "input.c=2x3"])
def test_an_input_that_is_not_there_is_not_varied(text: str) -> None:
    with pytest.raises(OpError, match="Two has no such param"):
        read_axis(text, loads(TWO))


ODD = SPEC.replace(
    "relu: relu", "odd: {opaque: {op: a.b, shape: [width, 6, 6], channels: first, reason: c}, when: width > 2}"
)


@pytest.mark.parametrize("format_name", ["csv", "json"])
def test_rows_say_which_of_their_values_are_lower_bounds(format_name: str) -> None:
    model = loads(ODD)
    job = job_of(("width", (2, 4)), policies=("8",), format=format_name, tells_bounds=may_tell_bounds(model))
    exact, bound = chunk(job, model, 0, 2).lines
    keys = sweep_columns(job)
    told = analyse(model, {"width": 4}, bits="8").at_least
    names = [key for key in keys if key in told or key.startswith("bitops")]
    if format_name == "csv":
        assert (exact[-2:], bound.rsplit(",", 2)[1:]) == (",,", [" ".join(names), ""])
    else:
        assert (json.loads(exact)["at_least"], json.loads(bound)["at_least"]) == ([], names)
    assert keys[-2:] == ["at_least", "error"]


def test_a_lower_bound_that_cannot_be_told_is_an_error() -> None:
    (row,) = sweep_rows(job_of(("width", (4,)), policies=("8",)), loads(ODD), 0, 1)
    assert "odd (opaque): stands for a.b, whose computation and tensors are not known: c" in row[-1]
    assert set(row[3:-1]) == {None}


def test_specs_that_may_have_lower_bounds_are_known_by_the_ops_that_they_call(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(ODD)
    (tmp_path / "uses.yaml").write_text("name: a\ninput: [3, 8, 8]\nuses: {Odd: odd.yaml}\nlayers: [Odd]\n")
    assert may_tell_bounds(load(str(tmp_path / "uses.yaml")))
    assert not may_tell_bounds(loads(SPEC))


def test_sizes_under_the_names_of_imported_code_are_those_of_the_spec() -> None:
    imported = replace(loads(SPEC), provenance=Provenance(asked={"x": (3, 8, 8)}))
    job, model = sweep_job("net.py:make_net", imported, [], ["8"], {}, input={"x": (3, 8, 8)}, of=["macs"])
    plain, _ = sweep_job("net", loads(SPEC), [], ["8"], {}, of=["macs"])
    assert list(sweep_rows(job, model, 0, 1)) == list(sweep_rows(plain, model, 0, 1))
    with pytest.raises(SpecError, match="has no input y; it has input"):
        sweep_job("net.py:make_net", imported, [], ["8"], {}, input={"y": (3, 8, 8)})
