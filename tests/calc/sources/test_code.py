"""A user's code is run apart: nothing that it does ends in a traceback or stands in our output."""

import os
import sys
from pathlib import Path

import pytest

from calc.errors import SpecError
from calc.sources.code import apart, made
from calc.sources.grammar import read_source

CODE = """
import os, sys
from pathlib import Path

class Net:
    def __init__(self, width=2):
        self.width = width

    @staticmethod
    def small():
        return Net(1)

def make(): return "made"
def need(width, depth): return width
def fails():
    raise ValueError("no such width\\nsecond line")
def stops(): sys.exit(3)
def ends(): os._exit(0)
def moves():
    os.chdir("/")
    return os.getcwd()
def prints():
    print("loud")
    os.write(1, b"louder")
class Odd(BaseException): ...
def odd(): raise Odd
def interrupts(): raise KeyboardInterrupt
number = 3
"""


def make(text: str) -> object:
    source = read_source(text)
    assert source is not None
    with apart(source):
        return made(source)


def refused(text: str) -> str:
    with pytest.raises(SpecError) as error:
        make(text)
    return str(error.value)


@pytest.fixture(autouse=True)
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """code_of_a_user.py, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    Path("code_of_a_user.py").write_text(CODE)
    yield
    for name in [name for name in sys.modules if "of_a_user" in name]:
        del sys.modules[name]


@pytest.mark.parametrize("home", ["code_of_a_user", "code_of_a_user.py"])
class TestMade:
    def test_what_a_callable_returns(self, home: str) -> None:
        assert make(f"{home}:make") == "made"
        assert make(f"{home}:Net").width == 2
        assert make(f"{home}:Net.small").width == 1

    def test_a_name_that_is_not_there_is_told_the_nearest(self, home: str) -> None:
        message = refused(f"{home}:mak")
        assert f"{home} has no mak" in message
        assert "did you mean make?" in message
        assert "Net has no large" in refused(f"{home}:Net.large")

    def test_arguments_that_are_needed(self, home: str) -> None:
        message = refused(f"{home}:need")
        assert "need needs arguments: width, depth" in message
        assert "without arguments" in message

    def test_what_is_no_callable(self, home: str) -> None:
        assert "number is of type int, which cannot be called" in refused(f"{home}:number")

    def test_what_is_raised_is_one_line_with_its_place(self, home: str) -> None:
        line = CODE.splitlines().index('    raise ValueError("no such width\\nsecond line")') + 1
        said = f"code_of_a_user.py:{line}: {home}:fails: fails() raises: ValueError: no such width"
        assert refused(f"{home}:fails") == said
        assert "Odd" in refused(f"{home}:odd")

    def test_sys_exit_is_an_error(self, home: str) -> None:
        assert "calls sys.exit(3)" in refused(f"{home}:stops")

    def test_an_end_without_a_word_is_an_error(self, home: str) -> None:
        ends = os._exit
        assert "calls os._exit(0)" in refused(f"{home}:ends")
        assert os._exit is ends

    def test_an_interrupt_is_one(self, home: str) -> None:
        with pytest.raises(KeyboardInterrupt):
            make(f"{home}:interrupts")

    def test_the_folder_and_the_path_are_as_they_were(self, home: str) -> None:
        before = os.getcwd(), list(sys.path)
        assert make(f"{home}:moves") == "/"
        assert (os.getcwd(), sys.path) == before

    def test_what_it_prints_is_not_our_output(self, home: str, capfd: pytest.CaptureFixture[str]) -> None:
        make(f"{home}:prints")
        print("ours")
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert out == "ours\n"
        assert "loud\n" in err
        assert "louder" in err


class TestModules:
    def test_one_that_is_not_there(self) -> None:
        message = refused("code_of_a_usr:make")
        assert "there is no module code_of_a_usr" in message
        assert "did you mean code_of_a_user?" in message

    def test_one_in_a_package(self) -> None:
        Path("package_of_a_user").mkdir()
        Path("package_of_a_user/__init__.py").touch()
        Path("package_of_a_user/models.py").write_text("def make(): return 1\nimport nothing_of_that_name")
        assert "did you mean models?" in refused("package_of_a_user.model:make")
        message = refused("package_of_a_user.models:make")
        assert "cannot be imported: ModuleNotFoundError: No module named 'nothing_of_that_name'" in message
        assert message.startswith(f"package_of_a_user{os.sep}models.py:2: package_of_a_user.models:make: ")

    def test_a_file_that_imports_its_neighbour(self) -> None:
        Path("dir").mkdir()
        Path("dir/beside_of_a_user.py").write_text("value = 7")
        Path("dir/net_of_a_user.py").write_text("from beside_of_a_user import value\ndef make(): return value")
        assert make("dir/net_of_a_user.py:make") == 7
        assert not Path("dir/__pycache__/net_of_a_user.pyc").exists()

    def test_files_of_two_folders_have_each_its_own_neighbours(self) -> None:
        lines = (
            "from beside_of_a_user.layers import width",
            "def make():",
            "    import late_of_a_user",
            "    return width, late_of_a_user.depth",
        )
        for folder, width in (("a", 6), ("b", 8), (".", 7)):
            package = Path(folder, "beside_of_a_user")
            package.mkdir(parents=True)
            (package / "layers.py").write_text(f"width = {width}")
            Path(folder, "late_of_a_user.py").write_text(f"depth = {width + 1}")
            Path(folder, "net_of_a_user.py").write_text("\n".join(lines))
        assert make("a/net_of_a_user.py:make") == (6, 7)
        assert make("net_of_a_user.py:make") == (7, 8)
        assert make("b/net_of_a_user.py:make") == (8, 9)
        assert make("net_of_a_user:make") == (7, 8)

    def test_a_neighbour_is_the_same_while_its_source_is_run_again(self) -> None:
        Path("shared_of_a_user.py").write_text("")
        Path("net_of_a_user.py").write_text("def make():\n    import shared_of_a_user\n    return shared_of_a_user")
        assert make("net_of_a_user.py:make") is make("net_of_a_user.py:make")


class TestFiles:
    def test_one_with_a_mistake(self) -> None:
        Path("bad.py").write_text("x = 1\ndef make(:\n")
        assert refused("bad.py:make").startswith("bad.py:2: is not valid Python: ")
        Path("bad.py").write_bytes(b"x = 1\0")
        assert "is not valid Python" in refused("bad.py:make")

    @pytest.mark.parametrize("name", ["gone.py", "folder.py", "C:\\x.py"])
    def test_one_that_cannot_be_read(self, name: str) -> None:
        Path("folder.py").mkdir()
        assert f"{name}: cannot be read: " in refused(f"{name}:make")
