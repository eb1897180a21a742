"""Files are written whole or not at all, where their names lead, and stay whose they were."""

import ast
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calc import writing
from calc.errors import OpError

ROOT = Path(__file__).parents[2]
BIG = b"x" * 100_000


@contextmanager
def small_disk(size: int = 1000) -> Iterator[None]:
    """Within it no file of this process grows beyond ``size`` bytes: the same as a full disk to who writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _finished(path: Path, data: bytes) -> None:
    part = path.with_name("part")
    part.write_bytes(data)
    writing.finish(part, path)


REPLACING = pytest.mark.parametrize("replace", [writing.write, _finished], ids=["write", "finish"])


@REPLACING
def test_a_file_is_made_and_replaced(replace: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    path = tmp_path / "report"
    for data in (b"one\n", b"two\n", b""):
        replace(path, data)
        assert path.read_bytes() == data
        assert names(tmp_path) == ["report"]


@REPLACING
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o666, 0o755])
def test_the_mode_is_kept(replace: Callable[[Path, bytes], None], mode: int, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    path.chmod(mode)
    replace(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    writing.write(tmp_path / "report", b"x")
    (tmp_path / "other").write_bytes(b"x")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode


@REPLACING
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser gives files away")
def test_the_owner_is_kept(replace: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    os.chown(path, 1234, 5678)
    replace(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


@REPLACING
def test_what_is_written_on_the_label_is_kept(replace: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.origin", b"here")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    replace(path, b"new")
    assert os.getxattr(path, "user.origin") == b"here"


@REPLACING
def test_links_are_followed_and_stay(replace: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to("middle")
    (tmp_path / "middle").symlink_to("far/report")
    for data in (b"made where it leads", b"replaced there"):
        replace(tmp_path / "near", data)
        assert (tmp_path / "far" / "report").read_bytes() == data
    assert os.readlink(tmp_path / "near") == "middle"
    assert os.readlink(tmp_path / "middle") == "far/report"
    assert names(tmp_path / "far") == ["report"]


@REPLACING
def test_a_read_only_file_is_left_alone(replace: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    """Also by the superuser, who could write to it."""
    path = tmp_path / "report"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(OpError, match=r"the file is read-only \(mode 0444\)") as error:
        replace(path, b"new")
    assert error.value.hint == f"chmod u+w {path}"
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("act", [writing.write, writing.append, _finished])
def test_where_no_file_can_be(act: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    if act is not _finished:
        with pytest.raises(OpError, match=r"cannot be written: there is no folder .*none"):
            act(tmp_path / "none" / "report", b"x")
        with pytest.raises(OpError, match="cannot be written: Not a directory"):
            act(tmp_path / "file" / "report", b"x")
    with pytest.raises(OpError, match="cannot be written: it is a folder"):
        act(tmp_path / "folder", b"x")
    with pytest.raises(OpError, match="cannot be written: Too many levels of symbolic links"):
        act(tmp_path / "loop", b"x")
    with pytest.raises(OpError, match=r"cannot be written: .*embedded null"):  # as each Python words it
        writing.write(f"{tmp_path}/a\0b", b"x")


def test_a_name_as_long_as_they_get(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    writing.write(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    with small_disk(), pytest.raises(OpError) as error:
        writing.write(path, BIG)
    assert error.value.fact == f"{path}: cannot be written: File too large; what it held before is still there"
    with small_disk(), pytest.raises(OpError, match=r"cannot be written: File too large$"):
        writing.write(tmp_path / "new", BIG)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report"]


def test_a_full_disk_takes_all_of_what_is_added_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    writing.append(path, b"one\n")
    with small_disk(), pytest.raises(OpError, match="File too large"):
        writing.append(path, BIG)
    assert path.read_bytes() == b"one\n"
    writing.append(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("act", [writing.write, writing.append])
def test_a_full_device_is_a_message(act: Callable[[Path, bytes], None]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OpError, match=r"^/dev/full: cannot be written: No space left on device$"):
        act(Path("/dev/full"), BIG)
    assert Path("/dev/full").is_char_device()


def test_a_folder_that_goes_away_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setattr(writing, "require_writable", lambda _path: folder.rmdir())
    with pytest.raises(OpError, match=r"report: cannot be written: No such file or directory$"):
        writing.write(folder / "report", b"x")


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_kill_leaves_the_old_file(moment: str, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    code = f"""
import os, signal
from calc import writing
os.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
writing.write({str(path)!r}, b"new")
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    writing.write(path, b"new")
    assert path.read_bytes() == b"new"


def test_an_interrupt_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")

    def interrupted(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writing.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize("act", [writing.write, writing.append])
def test_a_pipe_is_written_to_and_stays_one(act: Callable[[Path, bytes], None], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    act(pipe, b"through it")
    assert os.read(reader, 100) == b"through it"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


@pytest.mark.parametrize("link", [False, True])
def test_a_device_is_written_to_and_stays_one(link: bool, tmp_path: Path) -> None:
    path = Path(os.devnull)
    if link:
        path = tmp_path / "link"
        path.symlink_to(os.devnull)
    writing.write(path, b"gone")
    assert Path(os.devnull).is_char_device()
    assert names(tmp_path) == ["link"] * link


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_an_open_file_gets_more_where_it_is(name: str, tmp_path: Path) -> None:
    """``calc … --output /dev/stdout >> log`` loses nothing of the log."""
    if name != "link" and not os.path.exists(name):
        pytest.skip(f"no {name} here")
    (tmp_path / "link").symlink_to("/dev/stdout")
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    code = f'from calc import writing; print("first"); writing.write({name!r}, b"second\\n"); print("third")'
    with log.open("ab") as out:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], stdout=out, cwd=tmp_path, check=True, env=environment)
    assert log.read_bytes() == b"before\nfirst\nsecond\nthird\n"


def test_an_inherited_pipe_gets_what_is_written() -> None:
    """``calc … --output >(gzip > report.gz)``."""
    reader, writer = os.pipe()
    writing.write(f"/dev/fd/{writer}", b"through it")
    os.close(writer)
    assert os.read(reader, 100) == b"through it"
    os.close(reader)


WAYS = ("write_text", "write_bytes", "os.rename", "os.replace", "shutil.move", "savefig", "torch.save")


def _other_ways(source: str) -> list[str]:
    """The calls in ``source`` that write to a path by themselves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = [*node.args, *[keyword.value for keyword in node.keywords]]
        modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        opens = name.rpartition(".")[2] == "open"
        if name.endswith(WAYS) or (opens and any(set(m) <= set("rwaxbt+") and set(m) & set("wax+") for m in modes)):
            found.append(name)
    return found


@pytest.mark.architecture
def test_nothing_else_writes_files() -> None:
    files = [path for package in ("calc", "verify") for path in (ROOT / package).rglob("*.py")]
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    assert len(sources) > 300
    # most files have none of the words, and reading all of them closely takes a while
    suspects = {file: text for file, text in sources.items() if any(way in text for way in (*WAYS, "open("))}
    assert {file: sorted(ways) for file, text in suspects.items() if (ways := _other_ways(text))} == ALLOWED


ALLOWED = {
    "calc/writing.py": ["open", "os.replace", "part.open", "path.open"],
    "calc/editor/app.py": ["(Path(folder) / name).open"],  # a temporary folder, as the next
    "calc/gate/revisions.py": ["path.write_bytes"],
    "calc/report/figure.py": ["drawn.savefig"],  # into memory, as all that follow but the survey
    "calc/report/plot.py": ["draw_configurations(found).savefig"],
    "verify/importers/surveyed.py": ["path.write_text", "self._path.open"],  # its record, a line at a time
    "verify/plot.py": ["figure.savefig"],
    "verify/train/checkpoint.py": ["torch.save"],
}


def test_other_ways_of_writing_are_seen() -> None:
    source = """
path.write_text("x")
path.open("w")
open(path, mode="ab")
os.replace(a, b)
text.replace("a", "b")
path.open("rb")
"""
    assert _other_ways(source) == ["path.write_text", "path.open", "open", "os.replace"]
