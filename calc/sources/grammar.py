"""How a source is written, and which kind it is; everything else is a spec.

torchvision/resnet18    a network of torchvision
timm/resnet18           a network of timm
pkg.mod:callable        what a callable of a module returns; also Class.method
file.py:callable        what a callable of a file returns
net.pt2                 a program saved by torch.export
net.onnx                an ONNX file
"""

import ast
from pathlib import Path
from typing import Literal, NamedTuple

from calc.errors import Problem, SpecError, nearest
from calc.reading import nearest_file, read_bytes
from calc.spec.shelf import SUFFIXES

Kind = Literal["torchvision", "timm", "module", "file", "pt2", "onnx"]

ZOOS: tuple[Kind, ...] = ("torchvision", "timm")
FILES: dict[str, Kind] = {".pt2": "pt2", ".onnx": "onnx"}
"""The kinds of files that hold a network, by their endings."""
RUNS_CODE: tuple[Kind, ...] = ("timm", "module", "file")
"""The kinds whose import runs code that did not come with calc, torch or torchvision."""
CALLABLES: tuple[Kind, ...] = ("module", "file")
PYTHON = ".py"
CONFIG = ".json"
"""The ending of the config of a language model, which is told by what is in it: other files have it too."""
EXAMPLE = "pkg.module:make_net or file.py:make_net"


class Source(NamedTuple):
    """A network that is imported. ``text`` is as it was given; ``home`` is the file, module or library that has it,
    ``name`` what it is called there, empty where a file holds one network.
    """

    kind: Kind
    text: str
    home: str
    name: str = ""

    @property
    def file(self) -> str | None:
        """The path of the file that it is read from, if it is one."""
        return self.home if self.kind in ("file", *FILES.values()) else None

    @property
    def opened(self) -> str:
        """What a person opens who wants to see it: its file, that of its module below this folder, else its text."""
        if self.kind != "module":
            return self.file or self.text
        path = self.home.replace(".", "/")
        return next((file for file in (f"{path}.py", f"{path}/__init__.py") if Path(file).is_file()), self.text)

    @property
    def line(self) -> int:
        """The line in ``opened`` where what it names is defined, else its first; 0 where that is no file here."""
        if not Path(self.opened).is_file():
            return 0
        return _defined_in(self.opened, self.name) if self.opened.endswith(PYTHON) else 1

    def moved(self, home: str) -> str:
        """How it is written where its file is called ``home``."""
        return f"{home}:{self.name}" if self.name else home


def read_source(text: str) -> Source | None:
    """The source that ``text`` is, or ``None`` where it is a spec: a file that is there, or no source by its form.

    Raises SpecError for a Python file without the name of a callable.
    """
    kind = FILES.get(Path(text).suffix.lower())
    if kind:
        return Source(kind, text, text)
    if text == "-" or text.endswith(SUFFIXES) or (_is_file(text) and not text.endswith(PYTHON)):
        return None
    zoo, slash, name = text.partition("/")
    for known in ZOOS:
        if zoo == known and slash:
            if not name:
                raise SpecError([Problem(None, f"{text}: names no network", f"{known}/resnet18")])
            return Source(known, text, zoo, name)
    home, colon, name = text.rpartition(":")
    if (home if colon else text).endswith(PYTHON):
        if not _is_dotted(name) or not colon:
            raise SpecError([_no_callable(text, home if colon else text, name if colon else "")])
        return Source("file", text, home, name)
    return Source("module", text, home, name) if _is_dotted(home) and _is_dotted(name) else None


def from_folder(text: str, folder: Path) -> str:
    """What ``text``, a spec or a source written in a file in ``folder``, is called from here."""
    source = None if _is_file(str(folder / text)) else read_source(text)
    return str(folder / text) if source is None or source.file is not None else text


def malformed(text: str) -> str:
    """A hint for ``text``, which is neither a source nor a spec, where it looks as if it was meant as a source."""
    if ":" in text:
        return f"a network that Python makes is written {EXAMPLE}"
    zoo, slash, name = text.partition("/")
    near = nearest(zoo, ZOOS, ()) if slash else ""
    if near:
        return near.replace("?", f"/{name[:60]}?")
    suffix = Path(text).suffix.lower()
    if suffix in (".pt", ".pth", ".bin", ".ckpt"):
        return "a file of weights says no network; torch.export.save(torch.export.export(net, …), 'net.pt2') does"
    return nearest_file(text, (*FILES, PYTHON)) if suffix else ""


def _is_dotted(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists() and not Path(text).is_dir()
    except (OSError, ValueError):  # longer than a file name can be, or with a zero byte
        return False


def _no_callable(text: str, file: str, name: str) -> Problem:
    fact = f"'{name[:60]}' is no name of a callable" if name else f"a callable has to be named: {file[:200]}:make_net"
    return Problem(None, f"{text[:200]}: {fact}", callables_hint(file, name))


def callables_hint(file: str, name: str = "") -> str:
    """The functions and classes in the Python file that are near to ``name``, found without running it."""
    try:
        body = ast.parse(read_bytes(file)).body
    except (SpecError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return nearest(name, [node.name for node in body if isinstance(node, kinds) and not node.name.startswith("_")])


def _defined_in(file: str, name: str) -> int:
    """The line where a function, a class or a value of the Python file is given ``name``; 1 where none is found."""
    line = 1
    try:
        body = ast.parse(read_bytes(file)).body
    except (SpecError, SyntaxError, ValueError, RecursionError, MemoryError):
        return line
    for part in name.split("."):
        found = next((node for node in body if part in _names_given(node)), None)
        if found is None:
            break
        line = found.lineno
        body = found.body if isinstance(found, ast.ClassDef) else []
    return line


def _names_given(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    return [each.id for each in node.targets if isinstance(each, ast.Name)] if isinstance(node, ast.Assign) else []
