"""Draws pictures with matplotlib, without a screen. A file is written completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from calc import writing
from calc.errors import OpError, choice_of
from calc.extras import install_hint

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""The colours of Okabe and Ito, which colour-blind people can tell apart."""
ENDINGS = (".png", ".svg", ".pdf")


def require_plot(path: str) -> None:
    """Raise OpError if ``path`` has no ending of a picture, or if matplotlib is missing."""
    if not path.endswith(ENDINGS):
        raise OpError(f"--plot {path}: must end in {choice_of(ENDINGS)}")
    if find_spec("matplotlib") is None:
        raise OpError("--plot needs matplotlib, which is not installed", install_hint("plot"))


@contextmanager
def picture(path: str, width: float, height: float, columns: int = 1) -> Iterator[Any]:
    """Give axes to draw on, an array of them for ``columns`` > 1, and write ``path`` at the end of the ``with`` block.

    ``width`` and ``height`` are in inches. Raises OpError if the file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "macbits", "font.size": 10}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure.subplots(1, columns)
        ending = Path(path).suffix
        # no date and no version, so that the same numbers give the same bytes
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}[ending]
        data = BytesIO()
        figure.savefig(data, dpi=144, format=ending[1:], metadata=metadata)
    writing.write(path, data.getvalue())
