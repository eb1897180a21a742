"""Samples of a grid: no network twice, any part by itself, a larger one begins with a smaller."""

from typing import Any

import pytest

from calc.api.sweep import sweep, sweep_job
from calc.errors import OpError
from calc.spec import loads
from calc.sweeps.job import sweep_rows
from calc.sweeps.samples import Sample, read_sample
from tests.calc.sweeps.test_rows import SPEC


@pytest.mark.parametrize("networks", [1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("seed", [0, 1, 10**17])
def test_a_sample_of_all_is_all_in_another_order(networks: int, seed: int) -> None:
    found = [Sample(networks, seed).number(at, networks) for at in range(networks)]
    assert sorted(found) == list(range(networks))
    assert networks < 64 or found != sorted(found)


def test_seeds_give_different_samples_that_are_spread() -> None:
    grid = 3**30
    one, other = ([Sample(500, seed).number(at, grid) for at in range(500)] for seed in (1, 2))
    assert len({*one, *other}) == 1000
    for found in (one, other):  # of 500 some 125 in each quarter; half as many are as good as never
        assert min([sum(each * 4 // grid == quarter for each in found) for quarter in range(4)]) > 60


def test_of_arrays_it_is_the_same() -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    for grid in (1, 5, 6561, 2**62):
        sample = Sample(5, 3)
        places = numpy.arange(min(grid, 300))
        assert sample.number(places, grid).tolist() == [sample.number(at, grid) for at in places.tolist()]


def rows(sample: Sample | None) -> list[list[Any]]:
    job, model = sweep_job("net", loads(SPEC), ["width=1..9", "size=3..9"], ["8", "4"], {}, sample=sample)
    return list(sweep_rows(job, model, 0, job.grid.points))


def test_rows_of_a_sample_are_some_of_all() -> None:
    every, few, more = rows(None), rows(Sample(10, 4)), rows(Sample(25, 4))
    assert more[:20] == few  # each network at both policies
    assert len(more) == 2 * 25
    assert all(each in every for each in more)


@pytest.mark.parametrize(
    "networks, seed, said",
    [
        ("0", "0", "at least 1"),
        ("-1", "0", "--sample '-1' is not an amount"),
        ("1.5", "0", "--sample 1.5: must be a number of networks"),
        ("10", "-1", "--seed '-1': must be an integer from 0 on"),
        (None, "3", "--seed goes with --sample"),
    ],
)
def test_what_is_no_sample(networks: str | None, seed: str, said: str) -> None:
    with pytest.raises(OpError) as caught:
        read_sample(networks, seed)
    assert said in str(caught.value)


def test_more_than_there_are_are_all() -> None:
    assert read_sample("1e6", "7") == Sample(10**6, 7)
    assert rows(Sample(64, 0)) == rows(Sample(63, 0))


@pytest.mark.parametrize("batch", [-1, 0, 1.5, True, float("nan")])
def test_a_batch_that_cannot_be(batch: Any) -> None:
    with pytest.raises(OpError, match="must be a positive integer"):
        sweep("mobilenetv2", "classes=1..3", batch=batch)
