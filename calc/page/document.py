"""The page as one HTML file with its data, script and style, and a security policy that forbids loading anything."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from calc.errors import printable
from calc.page.contents import NOTHING_ASKED, Offered, contents
from calc.spec import ModelSpec

_STATIC = Path(__file__).parent / "static"
_MODULES = (
    "tape.js", "network.js", "state.js", "dom.js", "charts.js", "diagram.js", "table.js", "controls.js", "main.js",
)  # fmt: skip
"""The modules of the script. Each one needs only those before it."""


def html_page(
    model: ModelSpec,
    offered: Offered = NOTHING_ASKED,
    params: Mapping[str, Any] | None = None,
    sizes: Mapping[str, tuple[int, ...]] | None = None,
    opens: str = "",
) -> str:
    """Return an HTML page of ``model`` that counts it exactly for every value ``offered`` and for any bits.

    ``params`` and ``sizes``, the sizes of inputs by name, are fixed. The page opens with the first of the policies, or
    with the choices in ``opens``, which is the fragment at the end of a page's address.

    Raises SpecError if the network is invalid. Raises OpError for an unknown policy, format or counter, for too many
    combinations, and for a network with layers that are not counted.
    """
    data = {**contents(model, offered, params or {}, sizes or {}), "opens": opens}
    about = f"Counted by calc {version('macbits')}: every number is exact. The page loads nothing and sends nothing."
    return _document(printable(model.name), about, data)


def _document(title: str, about: str, data: Any) -> str:
    """Return the HTML file.

    Names in ``data`` are escaped, so that the page shows them as text and none ends the script.
    """
    style, script = page_style(), page_script()
    policy = (
        f"default-src 'none'; script-src {_hashed(script)}; style-src {_hashed(style)}; base-uri 'none'; "
        "form-action 'none'"
    )
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    parts = {
        "POLICY": policy,
        "TITLE": escape(title),
        "ABOUT": escape(about),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
    }
    template = (_STATIC / "page.html").read_text("utf-8")
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], template)


def page_style() -> str:
    """Return the style sheet of the page."""
    return (_STATIC / "page.css").read_text("utf-8")


def page_script() -> str:
    """Return the script of the page, with its modules joined."""
    return "".join([_alone((_STATIC / name).read_text("utf-8")) for name in _MODULES])


def _alone(module: str) -> str:
    """Return a module without its imports and exports, because all modules become one script."""
    without = re.sub(r"^import .*\n", "", module, flags=re.MULTILINE)
    return re.sub(r"^export ", "", without, flags=re.MULTILINE)


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
