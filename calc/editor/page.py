"""The page with the editor as HTML, and the files that it loads."""

import json
import re
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import calc.page
from calc.editor.specs import StartingText

_OWN = Path(__file__).parent / "static"
_OF_PAGE = Path(calc.page.__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css"}


class StaticFile(NamedTuple):
    """A file that the page loads, with its media type."""

    path: Path
    media_type: str


STATIC = {
    path.name: StaticFile(path, _TYPES[path.suffix])
    for folder in (_OF_PAGE, _OWN)
    for path in sorted(folder.iterdir())
    if path.suffix in _TYPES
}
"""The files of the page and of the editor, by name."""


def editor_html(texts: Sequence[StartingText], packaged: Sequence[str], nonce: str) -> str:
    """Return the HTML document. ``nonce`` is what permits the style sheets that its script makes."""
    (main,) = re.findall(r"<main>(.*)</main>", (_OF_PAGE / "page.html").read_text("utf-8"), re.DOTALL)
    about = f"Counted by calc {version('macbits')} as you type: every number is exact."
    listed = {"texts": [text._asdict() for text in texts], "packaged": packaged, "nonce": nonce}
    parts = {
        "MAIN": main.replace("@TITLE@", "calc serve").replace("@ABOUT@", escape(about)),
        "DATA": json.dumps(listed).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
    }
    template = (_OWN / "editor.html").read_text("utf-8")
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], template)
