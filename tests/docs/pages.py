"""The blocks of code of a page, and how they are run: files are written, commands and Python run, prints compared."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from glob import glob
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
_TITLE = re.compile(r'title="([^",]+)(?:, (line|at the end|below|in place of)(?: the line)? ?([^"…]*)…?)?"')
LEFT_OUT = "…"
"""A line that stands for lines of the output that a page leaves out."""


class Block(NamedTuple):
    """A block of code: the line of the page on which it begins, its language, its title in full, its text."""

    line: int
    language: str
    info: str
    text: str


class Command(NamedTuple):
    """A command of a ``console`` block, and the lines that the page shows of its output."""

    line: int
    words: tuple[str, ...]
    shown: tuple[str, ...]


def pages() -> list[str]:
    """Every page that people read, by its path from the top of the repository."""
    top = [name for name in ("README.md", "CONTRIBUTING.md") if (ROOT / name).is_file()]
    return [*top, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def blocks(page: str) -> list[Block]:
    """The blocks of code of ``page``, in order."""
    tokens = MarkdownIt("commonmark").parse((ROOT / page).read_text(encoding="utf-8"))
    fences = [(token, token.map[0] + 1) for token in tokens if token.type == "fence" and token.map]
    return [Block(line, token.info.split(" ")[0], token.info, token.content) for token, line in fences]


def commands(block: Block) -> Iterator[Command]:
    """The commands of a ``console`` block, each after a $, or of an ``sh`` block, one a line."""
    if block.language == "sh":
        for number, line in enumerate(block.text.replace("\\\n", "  ").splitlines(), 1):
            if words := shlex.split(line, comments=True):
                yield Command(block.line + number, tuple(words), ())
    elif block.language == "console":
        parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        line = block.line + 1 + parts[0].count("\n")
        for part in parts[1:]:
            typed, _, shown = part.partition("\n")
            yield Command(line, tuple(shlex.split(typed)), tuple(shown.splitlines()))
            line += part.count("\n")


def write(block: Block, folder: Path) -> bool:
    """Write the file that the title of ``block`` names, or what it says of it; whether it names one.

    ``FILE``: the whole of it. ``FILE, line 3``: its lines from there. ``FILE, at the end``. ``FILE, below the line
    WORD`` and ``FILE, in place of the line WORD``: at its one line that begins with WORD, quotes aside.
    """
    found = _TITLE.search(block.info)
    if found is None:
        return False
    path, where, word = folder / found[1], found[2], found[3]
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines() if where else []
    new = block.text.splitlines()
    if where == "line":
        lines[int(word) - 1 : int(word) - 1 + len(new)] = new
    elif where in ("below", "in place of"):
        (at,) = (number for number, line in enumerate(lines) if line.strip().lstrip('"').startswith(word))
        lines[at : at + 1] = [lines[at], *new] if where == "below" else new
    else:
        lines += new
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return True


def printed(words: tuple[str, ...], calc: Callable[..., Any]) -> tuple[int, str]:
    """The exit code of a command and what it prints: one of calc in this process, or ``cat`` of a file."""
    if words[0] == "cat":
        return 0, Path(words[1]).read_text(encoding="utf-8")
    if words[0] != "calc":
        raise ValueError(f"a page has the command {words[0]}, which nobody runs")
    ran = calc(*[word for given in words[1:] for word in (sorted(glob(given)) if "*" in given else None) or [given]])
    return ran.code, ran.out + ran.err


def missing(shown: tuple[str, ...], output: str) -> list[str]:
    """The first line of ``shown`` that ``output`` has not, or not after those before it; none where all are there."""
    lines = iter([line.rstrip() for line in output.splitlines()])
    for line in shown:
        if line.strip() not in ("", LEFT_OUT) and line.rstrip() not in lines:  # what comes next must come later
            return [line]
    return []


def run_page(
    page: str, folder: Path, calc: Callable[..., Any], skipped: Callable[[tuple[str, ...]], bool]
) -> list[str]:
    """Run the blocks of ``page`` in ``folder``, as a reader would type them; what is not as the page says."""
    wrong: list[str] = []
    names: dict[str, object] = {}
    said = ""
    for block in blocks(page):
        if write(block, folder):
            continue
        if block.language == "python":
            said = _said(block, names, folder)
            wrong += [f"{page}:{block.line}: {said}"] if re.match(r"\w*Error: ", said) else []
        elif block.language == "text" and said:
            lines = tuple(block.text.splitlines())
            wrong += [f"{page}:{block.line}: not printed: {line}" for line in missing(lines, said)]
        for command in commands(block):
            if skipped(command.words):
                continue
            code, output = printed(command.words, calc)
            place = f"{page}:{command.line}: {shlex.join(command.words)}"
            wrong += [f"{place}: not printed: {line}\n{output}" for line in missing(command.shown, output)]
            if code == 2 and not command.shown:
                wrong.append(f"{place}: {output}")
    return wrong


def _said(block: Block, names: dict[str, object], folder: Path) -> str:
    sys.path.insert(0, str(folder))
    out = StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(out):
            exec(compile(block.text, f"line {block.line}", "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):  # another page has other files of these names
            if str(getattr(module, "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
    return out.getvalue()
