"""Bad input: each file of bad_specs/ begins with the message it must get, FILE and DIR standing for paths.

``python -m tests.test_bad_specs`` writes what is said now into the files; read the difference before keeping it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from calc.errors import SpecError
from calc.spec import expand, load
from tests.calc.cli.conftest import Ran, calc

__all__ = ["calc"]

FOLDER = Path(__file__).parent / "bad_specs"
FILES = sorted(FOLDER.glob("*.yaml"))
MARK = "#!"


def said(path: Path) -> str:
    """What is said about the spec at ``path``, its own path written as FILE and that of its folder as DIR."""
    with pytest.raises(SpecError) as caught:
        expand(load(path))
    return without_paths(str(caught.value), path)


def without_paths(message: str, path: Path) -> str:
    """``message`` with FILE and DIR for the path and the folder of the spec."""
    return message.replace(str(path), "FILE").replace(str(path.parent), "DIR")


def expected(path: Path) -> str:
    """The message in the header of the file at ``path``."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return "\n".join(line[len(MARK) + 1 :] for line in lines if line.startswith(MARK))


def test_messages() -> None:
    assert {path.stem: said(path) for path in FILES} == {path.stem: expected(path) for path in FILES}


def test_on_the_command_line(calc: Callable[..., Ran]) -> None:
    ran = {path: calc("run", str(path)) for path in FILES}
    assert {path.stem: ended for path, ended in ran.items() if (ended.code, ended.out) != (2, "")} == {}
    messages = {path.stem: without_paths(ended.err, path) for path, ended in ran.items()}
    assert messages == {path.stem: expected(path) + "\n" for path in FILES}


def test_there_are_many_and_each_has_its_message() -> None:
    assert len(FILES) >= 100
    assert not [path.name for path in FILES if not expected(path)]


def write(path: Path) -> None:
    """Put what is said about the spec at ``path`` into its header; that may move the lines it speaks of."""
    text = path.read_text(encoding="utf-8")
    body = "\n".join(line for line in text.split("\n") if not line.startswith(MARK)).lstrip("\n")
    header = [""]
    while True:
        path.write_text("".join(f"{MARK} {line}\n" for line in header) + "\n" + body, encoding="utf-8")
        now = said(path).split("\n")
        if now == header:
            return
        header = now


if __name__ == "__main__":
    for file in FILES:
        write(file)
