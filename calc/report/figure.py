"""The common parts of matplotlib figures. They need no screen, and the same numbers give the same bytes."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from posixpath import commonpath
from typing import TYPE_CHECKING, Any

from calc import writing
from calc.errors import OpError, choice_of, printable
from calc.extras import install_hint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
_UNITS = (
    (10**18, "E", "10¹⁸"), (10**15, "P", "10¹⁵"), (10**12, "T", "10¹²"), (10**9, "G", "10⁹"), (10**6, "M", "10⁶"),
    (10**3, "K", "10³"), (1, "", "1"),
)  # fmt: skip
_FOLDERS = re.compile(r"(?<![\w./])/(?:[^/\s]+/)+")
"""Matches the folders of an absolute path, which other readers of a figure do not have."""
SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "calc",
}


def require(path: str) -> None:
    """Raise OpError if ``path`` has no ending of a picture, or matplotlib is missing."""
    from importlib.util import find_spec

    if not path.lower().endswith(ENDINGS):
        raise OpError(f"--plot {path}: must end in {choice_of(ENDINGS)}")
    if find_spec("matplotlib") is None:
        raise OpError("--plot needs matplotlib, which is not installed", install_hint("plot"))


@contextmanager
def figure(path: str, width: float, height: float) -> "Iterator[Figure]":
    """A context that gives a figure of ``width`` × ``height`` inches, and writes it to ``path`` at its end.

    Raises OpError.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(SETTINGS):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        save(drawn, path, dpi=144)


def save(drawn: "Figure", path: str | Path, **options: Any) -> None:
    """Write the figure to ``path``, in the format of its ending. If it raises OpError, the old file remains."""
    ending = Path(path).suffix.lower()
    data = BytesIO()
    # no date, so that the same numbers give the same bytes
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(ending)
    drawn.savefig(data, format=ending[1:], metadata=metadata, **options)
    writing.write(path, data.getvalue())


def unit(largest: float) -> tuple[int, str, str]:
    """Return the largest unit for which ``largest`` is at least 1: its number, its letter, and its power of ten."""
    return next((unit for unit in _UNITS if largest >= unit[0]), _UNITS[-1])


def literal(text: str) -> str:
    """Return ``text`` without the folders of this machine, and without mathematics for matplotlib to typeset."""
    return _FOLDERS.sub("", printable(text)).replace("$", r"\$")


def without_folders(texts: Sequence[str]) -> list[str]:
    """Return ``texts`` without the folders of this machine. If two of them would then be equal, all keep those folders
    that they do not share.
    """
    short = [_FOLDERS.sub("", text) for text in texts]
    if len(set(short)) == len(set(texts)):
        return short
    shared = commonpath([folder for text in texts for folder in _FOLDERS.findall(text)]).rstrip("/") + "/"
    return [text.replace(shared, "", 1) for text in texts]
