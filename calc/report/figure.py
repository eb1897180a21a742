"""What matplotlib figures share: saved without a screen, whole or not at all, the same bytes for the same numbers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import writing
from calc.errors import OpError, printable
from calc.extras import install_hint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
_UNITS = (
    (10**18, "E", "10¹⁸"), (10**15, "P", "10¹⁵"), (10**12, "T", "10¹²"), (10**9, "G", "10⁹"), (10**6, "M", "10⁶"),
    (10**3, "K", "10³"), (1, "", "1"),
)  # fmt: skip
_FOLDERS = re.compile(r"(?<![\w./])/(?:[^/\s]+/)+")
"""Of an absolute path: a figure is for other people, who have none of them."""
SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "calc",
}


def require(path: str) -> None:
    """Raise OpError where ``path`` is no picture that can be drawn, or matplotlib is missing."""
    from importlib.util import find_spec

    if not path.lower().endswith(ENDINGS):
        raise OpError(f"--plot {path}: must end in {', '.join(ENDINGS)}")
    if find_spec("matplotlib") is None:
        raise OpError("--plot needs matplotlib, which is not installed", install_hint("plot"))


@contextmanager
def figure(path: str, width: float, height: float) -> "Iterator[Figure]":
    """Within it, draw on the figure given, of so many inches; then ``path`` is written. Raises OpError."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(SETTINGS):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        save(drawn, path, dpi=144)


def save(drawn: "Figure", path: str | Path, **options: Any) -> None:
    """Write the figure to ``path``, in the format that it ends in. Raises OpError, and leaves what was there."""
    ending = Path(path).suffix.lower()
    data = BytesIO()
    # no date, so that the same numbers give the same bytes
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(ending)
    drawn.savefig(data, format=ending[1:], metadata=metadata, **options)
    writing.write(path, data.getvalue())


def unit(largest: float) -> tuple[int, str, str]:
    """What to divide by so that ``largest`` is at least 1: the number, its letter, and the power of ten."""
    return next((unit for unit in _UNITS if largest >= unit[0]), _UNITS[-1])


def literal(text: str) -> str:
    """``text`` without the folders of this machine, and without what matplotlib would typeset as mathematics."""
    return _FOLDERS.sub("", printable(text)).replace("$", r"\$")
