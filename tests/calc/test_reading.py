import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from calc import load
from calc.errors import SpecError
from calc.reading import MAX_BYTES, Pipes, nearest_file, read_bytes, read_standard_input, read_text

SPEC = b"name: small\ninput: [3]\nlayers: [relu]\n"
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
needs_devices = pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")


def refusal(path: object, pipes: Pipes = "no", most: int = MAX_BYTES) -> str:
    with pytest.raises(SpecError) as error:
        read_bytes(str(path), most, pipes)
    return str(error.value)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.yaml")
    return tmp_path / "pipe.yaml"


def test_a_file_is_read_whole_and_a_link_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_bytes(tmp_path / "a") == read_bytes(tmp_path / "link", 5) == b"12345"


def test_more_than_the_most_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123456")
    assert refusal(tmp_path / "a", most=5) == f"{tmp_path}/a: cannot be read: it has more than 5 bytes"
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    assert refusal(tmp_path / "sparse").endswith("it has more than 67,108,864 bytes")


def test_text_is_utf_8_without_its_mark(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf\xc3\xa9")
    assert read_text(tmp_path / "a") == "é"
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(SpecError, match="cannot be read: not UTF-8"):
        read_text(tmp_path / "a")


@needs_devices
@pytest.mark.parametrize("pipes", ["no", "open", "awaited"])
def test_a_device_is_never_read(pipes: Pipes) -> None:
    assert refusal("/dev/zero", pipes) == "/dev/zero: cannot be read: it is a device, not a file"


@needs_devices
def test_the_null_device_is_an_empty_file_where_a_pipe_may_be() -> None:
    assert read_bytes("/dev/null", pipes="open") == b""
    assert "a device" in refusal("/dev/null")


def test_a_folder_and_what_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith(": cannot be read: Is a directory")
    assert refusal(tmp_path / "none").endswith(": cannot be read: No such file or directory")
    assert "cannot be read: embedded null byte" in refusal("nul\0")


@needs_pipes
def test_a_pipe_without_a_writer_is_refused_or_empty_but_never_waited_for(pipe: Path) -> None:
    assert refusal(pipe) == f"{pipe}: cannot be read: it is a pipe, not a file"
    assert read_bytes(pipe, pipes="open") == b""


@needs_pipes
def test_an_awaited_pipe_is_read_to_its_end_and_no_further_than_the_most(pipe: Path) -> None:
    for most, wanted in ((len(SPEC), SPEC), (10, None)):
        writer = threading.Thread(target=pipe.write_bytes, args=(SPEC,))
        writer.start()
        if wanted is None:
            assert "more than 10 bytes" in refusal(pipe, "awaited", most)
        else:
            assert read_bytes(pipe, most, "awaited") == wanted
        writer.join()


@needs_pipes
def test_an_awaited_pipe_that_nobody_opens_is_given_up(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.reading.LONGEST_WAIT_SECONDS", 0.1)
    assert refusal(pipe, "awaited").endswith("it is a pipe, and for 0.1 seconds nobody came to write to it")


@needs_pipes
def test_who_has_opened_a_pipe_may_take_longer_than_one_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.reading.LONGEST_WAIT_SECONDS", 0.1)
    ours, theirs = os.pipe()
    writer = threading.Timer(0.3, lambda: (os.write(theirs, SPEC), os.close(theirs)))
    writer.start()
    assert read_bytes(f"/dev/fd/{ours}", pipes="awaited") == SPEC
    os.close(ours)
    writer.join()


@needs_pipes
def test_an_endless_pipe_is_read_to_the_most() -> None:
    ours, theirs = os.pipe()
    with subprocess.Popen([sys.executable, "-c", "while True: print('x' * 1000)"], stdout=theirs, stderr=-3) as endless:
        os.close(theirs)
        assert "more than 100,000 bytes" in refusal(f"/dev/fd/{ours}", "open", 100_000)
        os.close(ours)
        endless.kill()


def test_standard_input_has_a_most_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"123456")))
    with pytest.raises(SpecError, match="-: cannot be read: it has more than 5 bytes"):
        read_standard_input(5)


@needs_pipes
@pytest.mark.parametrize("key", ["extends: pipe.yaml", "uses: {Net: pipe.yaml}"])
def test_a_pipe_that_a_spec_names_is_refused_at_its_line(pipe: Path, key: str) -> None:
    spec = pipe.with_name("a.yaml")
    spec.write_text(f"name: a\n{key}\ninput: [3]\nlayers: [relu]\n")
    with pytest.raises(SpecError, match=r"a\.yaml:2:\d+: .*cannot be read: it is a pipe, not a file"):
        load(spec)


@needs_pipes
def test_a_spec_given_as_a_pipe_is_read(pipe: Path) -> None:
    writer = threading.Thread(target=pipe.write_bytes, args=(SPEC,))
    writer.start()
    assert load(pipe).name == "small"
    writer.join()


@pytest.mark.parametrize(
    "name, endings, hint",
    [
        ("wi.onx", ("",), "did you mean wi.onnx?"),
        ("wi.onx", (".onnx", ".pt2"), "did you mean wi.onnx?"),
        ("wi.onx", (".pt2",), ""),
        ("resnet18.onnx", ("",), ""),
        ("BIG.ONX", (".onnx",), "did you mean BIG.ONNX?"),
        ("nul\0", ("",), ""),
        ("no/wi.onx", ("",), ""),
    ],
)
def test_the_file_that_is_called_nearly_so_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, endings: tuple[str, ...], hint: str
) -> None:
    for each in ("wi.onnx", "BIG.ONNX", "other.yaml"):
        (tmp_path / each).touch()
    monkeypatch.chdir(tmp_path)
    assert nearest_file(name, endings) == hint
    assert nearest_file(tmp_path / name, endings) == hint
