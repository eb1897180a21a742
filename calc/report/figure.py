"""What matplotlib figures share: saved without a screen, whole or not at all, the same bytes for the same numbers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.errors import OpError, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
# colours of Okabe and Ito, which people with any colour vision tell apart
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
_UNITS = ((10**12, "T", "10¹²"), (10**9, "G", "10⁹"), (10**6, "M", "10⁶"), (10**3, "K", "10³"), (1, "", "1"))
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
        raise OpError("--plot needs matplotlib, which is not installed", "pip install 'macbits[plot]'")


@contextmanager
def figure(path: str, width: float, height: float) -> "Iterator[Figure]":
    """Within it, draw on the figure given, of so many inches; then ``path`` is written. Raises OpError."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    target = Path(path)
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(target.suffix.lower())
    with rc_context(SETTINGS):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        with whole(target) as part:
            drawn.savefig(part, dpi=144, format=target.suffix[1:].lower(), metadata=metadata)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Within it, write to the path given; then it takes the place of ``path``. Raises OpError, and leaves nothing."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            yield part
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OpError(f"{path}: cannot be written: {error.strerror}") from None


def unit(largest: float) -> tuple[int, str, str]:
    """What to divide by so that ``largest`` is at least 1: the number, its letter, and the power of ten."""
    return next((unit for unit in _UNITS if largest >= unit[0]), _UNITS[-1])


def literal(text: str) -> str:
    """``text`` without what matplotlib would typeset as mathematics."""
    return printable(text).replace("$", r"\$")
