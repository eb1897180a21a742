"""The file of a sweep whose points have no line each: the same, whatever happened on the way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calc.errors import OpError
from calc.sweeps import parquet
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.job import SweepJob, sweep_columns, sweep_rows
from calc.sweeps.saved_blocks import SweepBlocks, sweep_file
from tests.calc.sweeps.test_rows import job_of

needs_pyarrow = pytest.mark.skipif(not parquet.is_there(), reason="needs the extra parquet")
FORMATS = ["csv", "json", "jsonl", pytest.param("parquet", marks=needs_pyarrow)]


def _job(format_name: str, where: str | None = "params > 2k") -> SweepJob:
    # sizes of 2 are too small: those points have an error, and no row where there is a condition
    return job_of(("width", (4, 3, 2, 1)), ("size", (8, 2, 9)), policies=("8", "4"), format=format_name, where=where)


def _small_chunks(job: SweepJob, first: int) -> Iterator[Chunk]:
    for at in range(first, job.grid.points, 5):
        yield chunk(job, job.model(), at, min(at + 5, job.grid.points))


def _write(path: Path, job: SweepJob, *, restart: bool = False) -> int:
    """Write the sweep, and return of how many points the rows were there already."""
    saved = SweepBlocks(path, job, job.model(), restart=restart)
    found = saved.done
    for _ in saved.write(_small_chunks(job, found)):
        pass
    return found


def _interrupted(path: Path, job: SweepJob, chunks: int) -> None:
    running = SweepBlocks(path, job, job.model(), restart=False).write(_small_chunks(job, 0))
    for _ in range(chunks):
        next(running)
    running.close()


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("chunks", [1, 3])
def test_killed_and_taken_up_is_uninterrupted(tmp_path: Path, format_name: str, chunks: int) -> None:
    job = _job(format_name)
    _write(tmp_path / "whole", job)
    _interrupted(tmp_path / "cut", job, chunks)
    with (tmp_path / "cut.part").open("ab") as part:
        part.write(b"half a row")  # which the note does not know of
    assert _write(tmp_path / "cut", job) == 5 * chunks
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["cut", "whole"]


@pytest.mark.parametrize("where", ["params > 2k", None])
@pytest.mark.parametrize("format_name", FORMATS)
def test_errors_before_an_interruption_count_in_the_end(tmp_path: Path, format_name: str, where: str | None) -> None:
    job = _job(format_name, where)
    files = [sweep_file(tmp_path / name, job, job.model(), restart=False) for name in ("whole", "cut")]
    for _ in files[0].write(_small_chunks(job, 0)):
        pass
    running = files[1].write(_small_chunks(job, 0))
    for _ in range(3):
        next(running)
    running.close()
    again = sweep_file(tmp_path / "cut", job, job.model(), restart=False)
    assert sum(again.reasons.values()) == 2 + 2 + 1  # of 15 points, those at a size of 2
    for _ in again.write(_small_chunks(job, again.done)):
        pass
    assert again.reasons == files[0].reasons
    assert sum(again.reasons.values()) == 4 * 2


@pytest.mark.parametrize("format_name", ["csv", "json", "jsonl"])
def test_rows_are_those_of_points_that_fulfil_the_condition(tmp_path: Path, format_name: str) -> None:
    job = _job(format_name)
    _write(tmp_path / "rows", job)
    text = (tmp_path / "rows").read_text()
    rows = sweep_rows(job, job.model(), 0, job.grid.points)
    kept = [dict(zip(sweep_columns(job), row, strict=True)) for row in rows]
    kept = [row for row in kept if row["error"] is None and row["params"] > 2000]
    assert len(kept) not in (0, job.grid.points)
    if format_name == "csv":
        assert [line.split(",")[5] for line in text.splitlines()[1:]] == [str(row["effective_macs"]) for row in kept]
    else:
        assert (json.loads(text) if format_name == "json" else list(map(json.loads, text.splitlines()))) == kept


@needs_pyarrow
def test_parquet_has_the_values_of_the_rows(tmp_path: Path) -> None:
    job = _job("parquet", None)
    _write(tmp_path / "rows", job)
    assert read(tmp_path / "rows") == rows_of(job)
    parquet.save_parquet(tmp_path / "again", job, list(sweep_rows(job, job.model(), 0, job.grid.points)))
    assert read(tmp_path / "again") == rows_of(job)


def rows_of(job: SweepJob) -> list[dict[str, Any]]:
    return [dict(zip(sweep_columns(job), row, strict=True)) for row in sweep_rows(job, job.model(), 0, job.grid.points)]


def read(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet

    found: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return found


@needs_pyarrow
def test_an_integer_that_parquet_does_not_hold_is_refused_by_name() -> None:
    job = job_of(("width", (10**9,)), ("size", (10**4,)), policies=("8",), format="parquet")
    with pytest.raises(OpError, match="at a point, and a column of Parquet holds integers up to 9,223,"):
        chunk(job, job.model(), 0, 1)


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.sweeps.parquet.find_spec", lambda _: None)
    with pytest.raises(OpError, match="Parquet needs pyarrow, which is not installed") as caught:
        parquet.require_pyarrow()
    assert "macbits[parquet]" in caught.value.hint


def test_the_part_of_another_sweep_or_one_that_was_changed_is_not_taken_up(tmp_path: Path) -> None:
    path, job = tmp_path / "rows.csv", _job("csv")
    _interrupted(path, job, 2)
    other = job._replace(where="params > 2001")
    with pytest.raises(OpError, match="belongs to another sweep"):
        SweepBlocks(path, other, other.model(), restart=False)
    part = tmp_path / "rows.csv.part"
    part.write_bytes(part.read_bytes().replace(b"4", b"5"))
    with pytest.raises(OpError, match="it has changed since"):
        SweepBlocks(path, job, job.model(), restart=False)
    note = tmp_path / "rows.csv.part.json"
    for key, value in (("reasons", [3]), ("reasons", {"": "3"}), ("points", "3"), ("rows", None)):
        note.write_text(json.dumps(json.loads(note.read_text()) | {key: value}))
        with pytest.raises(OpError, match="not as calc sweep writes it"):
            SweepBlocks(path, job, job.model(), restart=False)
    assert _write(path, job, restart=True) == 0
