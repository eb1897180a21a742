"""Parses the ways to write a source, and tells its kind. Any other text is a spec.

torchvision/resnet18    a network of torchvision
timm/resnet18           a network of timm
pkg.mod:callable        the network that a callable of a module returns; also Class.method
file.py:callable        the network that a callable of a file returns
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
"""The ending of a language model's config. Its contents decide, because other files have this ending too."""
EXAMPLE = "pkg.module:make_net or file.py:make_net"


class Source(NamedTuple):
    """A network that is imported. ``text`` is as given, ``home`` the file, module or library that has the network.

    ``name`` is its name there, or empty if a file holds one network.
    """

    kind: Kind
    text: str
    home: str
    name: str = ""

    @property
    def file(self) -> str | None:
        """The path of the file that it is read from, or None."""
        return self.home if self.kind in ("file", *FILES.values()) else None

    @property
    def opened(self) -> str:
        """The file that a person opens to see it: its own file, or that of its module in this folder; otherwise its
        text.
        """
        if self.kind != "module":
            return self.file or self.text
        path = self.home.replace(".", "/")
        return next((file for file in (f"{path}.py", f"{path}/__init__.py") if Path(file).is_file()), self.text)

    @property
    def line(self) -> int:
        """The line in ``opened`` where it is defined, or the first line; 0 if there is no such file here."""
        if not Path(self.opened).is_file():
            return 0
        return _defined_in(self.opened, self.name) if self.opened.endswith(PYTHON) else 1

    def moved(self, home: str) -> str:
        """Return how it is written if its file is called ``home``."""
        return f"{home}:{self.name}" if self.name else home


def read_source(text: str) -> Source | None:
    """Return the source that ``text`` means, or ``None`` if it is a spec: an existing file, or not the form of a
    source.

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
                raise SpecError([Problem(None, f"{text}: the name of a network is missing", f"{known}/resnet18")])
            return Source(known, text, zoo, name)
    home, colon, name = text.rpartition(":")
    if (home if colon else text).endswith(PYTHON):
        if not _is_dotted(name) or not colon:
            raise SpecError([_no_callable(text, home if colon else text, name if colon else "")])
        return Source("file", text, home, name)
    return Source("module", text, home, name) if _is_dotted(home) and _is_dotted(name) else None


def from_folder(text: str, folder: Path) -> str:
    """Return the path from here of ``text``, a spec or a source written in a file in ``folder``."""
    source = None if _is_file(str(folder / text)) else read_source(text)
    return str(folder / text) if source is None or source.file is not None else text


def malformed(text: str) -> str:
    """Return a hint for ``text``, which is neither a source nor a spec, if it looks like a source."""
    if ":" in text:
        return f"a network that Python makes is written {EXAMPLE}"
    zoo, slash, name = text.partition("/")
    near = nearest(zoo, ZOOS, ()) if slash else ""
    if near:
        return near.replace("?", f"/{name[:60]}?")
    suffix = Path(text).suffix.lower()
    if suffix in (".pt", ".pth", ".bin", ".ckpt"):
        return "a file of weights has no network; save one: torch.export.save(torch.export.export(net, …), 'net.pt2')"
    return nearest_file(text, (*FILES, PYTHON)) if suffix else ""


def _is_dotted(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists() and not Path(text).is_dir()
    except (OSError, ValueError):  # longer than a file name can be, or with a zero byte
        return False


def _no_callable(text: str, file: str, name: str) -> Problem:
    fact = f"'{name[:60]}' is not the name of a callable" if name else f"name a callable: {file[:200]}:make_net"
    return Problem(None, f"{text[:200]}: {fact}", callables_hint(file, name))


def callables_hint(file: str, name: str = "") -> str:
    """Return a hint with the functions and classes in the Python file that are near to ``name``.

    Does not run the file.
    """
    try:
        body = ast.parse(read_bytes(file)).body
    except (SpecError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return nearest(name, [node.name for node in body if isinstance(node, kinds) and not node.name.startswith("_")])


def _defined_in(file: str, name: str) -> int:
    """Return the line where the Python file defines ``name``, or 1 if it is not found."""
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
