"""The file of a sweep: whole in the end, whatever happened on the way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from calc.errors import OpError
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.chunks import Where, chunks
from calc.sweeps.job import SweepJob
from calc.sweeps.saved import SweepFile
from tests.calc.sweeps.test_rows import job_of


def _job(format_name: str = "csv") -> SweepJob:
    return job_of(("width", (4, 3, 2, 1)), ("size", (8, 9)), policies=("8", "4"), format=format_name)


def _write(path: Path, job: SweepJob, *, restart: bool = False) -> int:
    """Write the sweep, and return how many rows were there already."""
    saved = SweepFile(path, job, job.model(), restart=restart)
    found = saved.done
    for _ in saved.write(_small_chunks(job, found)):
        pass
    return found


def _small_chunks(job: SweepJob, first: int) -> Iterator[Chunk]:
    for at in range(first, job.grid.points, 3):
        yield chunk(job, job.model(), at, min(at + 3, job.grid.points))


def _interrupted(path: Path, job: SweepJob, chunks_written: int) -> None:
    running = SweepFile(path, job, job.model(), restart=False).write(_small_chunks(job, 0))
    for _ in range(chunks_written):
        next(running)
    running.close()


@pytest.mark.parametrize("format_name", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("written", [1, 3, 5])
@pytest.mark.parametrize("cut", [0, 7])
def test_killed_and_taken_up_is_uninterrupted(tmp_path: Path, format_name: str, written: int, cut: int) -> None:
    job = _job(format_name)
    _write(tmp_path / "whole", job)
    path = tmp_path / "cut"
    _interrupted(path, job, written)
    part = tmp_path / "cut.part"
    part.write_bytes(part.read_bytes()[: -cut or None])
    assert _write(path, job) == 3 * written - (cut > 0)
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["cut", "whole"]


def test_killed_before_the_first_row_or_within_the_head(tmp_path: Path) -> None:
    job = _job()
    _write(tmp_path / "whole", job)
    for left in (b"", b"wid"):
        _interrupted(tmp_path / "cut", job, 1)
        (tmp_path / "cut.part").write_bytes(left)
        assert _write(tmp_path / "cut", job) == 0
        assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()


def test_killed_before_the_file_was_renamed(tmp_path: Path) -> None:
    job = _job("json")
    _write(tmp_path / "whole", job)
    _interrupted(tmp_path / "cut", job, 6)
    (tmp_path / "cut.part").write_bytes((tmp_path / "whole").read_bytes())
    assert _write(tmp_path / "cut", job) == job.grid.points
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()


def test_json_is_one_list_of_every_row(tmp_path: Path) -> None:
    job = _job("json")
    _write(tmp_path / "all.json", job)
    found = json.loads((tmp_path / "all.json").read_text())
    assert [(row["width"], row["size"], row["bits"]) for row in found[:3]] == [(4, 8, "8"), (4, 8, "4"), (4, 9, "8")]
    assert len(found) == job.grid.points


def test_the_part_of_another_sweep_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    _interrupted(path, _job(), 2)
    other = job_of(("width", (4, 3, 2, 1)), ("size", (8, 10)), policies=("8", "4"))
    with pytest.raises(OpError, match="belongs to another sweep"):
        SweepFile(path, other, other.model(), restart=False)
    assert _write(path, other, restart=True) == 0


def test_a_part_whose_rows_are_not_ours_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    _interrupted(path, _job(), 2)
    part = tmp_path / "rows.csv.part"
    part.write_text(f"{part.read_text()}1,9,3x9x9,4,no such counts\n")
    with pytest.raises(OpError, match="row 7 is not what is computed now"):
        SweepFile(path, _job(), _job().model(), restart=False)
    note = tmp_path / "rows.csv.part.json"
    note.write_text(note.read_text().replace('"sha256"', '"sha265"'))
    with pytest.raises(OpError, match="not as calc sweep writes it"):
        SweepFile(path, _job(), _job().model(), restart=False)
    note.unlink()
    with pytest.raises(OpError, match="does not say to which sweep"):
        SweepFile(path, _job(), _job().model(), restart=False)


@pytest.mark.parametrize("format_name", ["csv", "json", "jsonl"])
def test_a_part_that_was_changed_in_the_middle_is_not_taken_up(tmp_path: Path, format_name: str) -> None:
    """Its last row is right, and so is the number of rows."""
    path, job = tmp_path / "rows", _job(format_name)
    _interrupted(path, job, 3)
    part = tmp_path / "rows.part"
    text = bytearray(part.read_bytes())
    text[len(text) // 2] ^= 1
    part.write_bytes(text)
    with pytest.raises(OpError, match="it has changed since"):
        SweepFile(path, job, job.model(), restart=False)
    assert _write(path, job, restart=True) == 0


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OpError, match="cannot be written"):
        SweepFile(tmp_path / "none" / "rows.csv", _job(), _job().model(), restart=False)


def test_chunks_are_made_as_they_are_written(tmp_path: Path) -> None:
    """Constant memory: no more than one chunk is made before the first is written."""
    job, made = _job(), []

    def counted() -> Iterator[Chunk]:
        for each in _small_chunks(job, 0):
            made.append(each)
            yield each

    running = SweepFile(tmp_path / "rows.csv", job, job.model(), restart=False).write(counted())
    next(running)
    assert len(made) == 1
    assert len(list(chunks(job, job.model(), 0, Where(1)))) == 1
