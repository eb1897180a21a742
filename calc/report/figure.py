"""Saving a matplotlib figure: without a screen, whole or not at all, the same bytes for the same numbers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.errors import OpError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
# colours of Okabe and Ito, which people with any colour vision tell apart
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
_SETTINGS: dict[Any, Any] = {
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
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(target.suffix.lower())
    with rc_context(_SETTINGS):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn
        try:
            drawn.savefig(part, dpi=144, format=target.suffix[1:].lower(), metadata=metadata)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise OpError(f"{path}: cannot be written: {error.strerror}") from None
