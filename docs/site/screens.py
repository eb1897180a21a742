"""What commands look like in a terminal, as pictures: run in one of 80 or 140 columns and drawn by rich."""

import fcntl
import os
import posixpath
import pty
import re
import struct
import subprocess
import sys
import termios
from io import StringIO

from links import ROOT
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WIDTHS = (80, 140)
COMMANDS = {
    "run": "calc run mobilenetv2 --bits adaptive --by block",
    "compare": "calc compare mobilenetv2 --bits 8 4 2 adaptive",
    "memory": "calc memory mobilenetv1 --set width=0.25 --input 3x96x96 --bits 8 --deployed",
    "fit": "calc fit llama3_8b --memory 24GB --bits q4_K_M --kv q8_0",
}
"""By the name of the picture; those of each width are screens/NAME-WIDTH.svg."""
_PLACE = re.compile(r"<!-- screen: (\w+) (\d+) -->")

_FONT_FACES = CONSOLE_SVG_FORMAT[
    CONSOLE_SVG_FORMAT.index("@font-face") : CONSOLE_SVG_FORMAT.index(".{unique_id}-matrix")
]
FORMAT = CONSOLE_SVG_FORMAT.replace(_FONT_FACES, "").replace("Fira Code, ", "ui-monospace, Menlo, Consolas, ")
"""rich's picture without the font that it would load from elsewhere."""


def pictures() -> dict[str, str]:
    """Every picture, by its path on the site."""
    return {
        f"screens/{name}-{width}.svg": picture(command, width) for name, command in COMMANDS.items() for width in WIDTHS
    }


def placed(text: str, page: str) -> str:
    """``text`` of a page with a picture for each comment ``<!-- screen: NAME WIDTH -->``, which leads to it in full."""

    def image(match: re.Match[str]) -> str:
        path = posixpath.relpath(f"screens/{match[1]}-{match[2]}.svg", posixpath.dirname(page) or ".")
        return f"[![{COMMANDS[match[1]]}, in a terminal of {match[2]} columns]({path})]({path})"

    return _PLACE.sub(image, text)


def picture(command: str, width: int) -> str:
    """``command`` and what it prints in a terminal of ``width`` columns, as SVG. Raises RuntimeError where it fails."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi(printed(command, width)), end="")
    return console.export_svg(title=f"{width} columns", code_format=FORMAT, unique_id=f"screen-{width}")


def printed(command: str, width: int) -> str:
    """What ``command`` prints in a terminal of ``width`` columns, its colours as escapes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width), "PYTHONPATH": str(ROOT)}
    environment.pop("NO_COLOR", None)
    words = [sys.executable, "-m", *command.split()]
    with subprocess.Popen(words, stdout=theirs, stderr=theirs, stdin=theirs, cwd=ROOT, env=environment) as process:
        os.close(theirs)
        parts = []
        while part := _read(ours):
            parts.append(part)
    os.close(ours)
    text = b"".join(parts).decode("utf-8").replace("\r\n", "\n")
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {text}")
    return text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that nobody writes to it any more
        return b""
