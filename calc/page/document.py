"""The page as one file: what it holds as data, its script and its style, and a policy that lets it load nothing."""

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
"""In the order in which they need one another."""


def html_page(
    model: ModelSpec,
    offered: Offered = NOTHING_ASKED,
    params: Mapping[str, Any] | None = None,
    sizes: Mapping[str, tuple[int, ...]] | None = None,
    opens: str = "",
) -> str:
    """A page of ``model``: HTML that counts it anew for every value that is ``offered`` and at any bits, exactly.

    It opens with the first of the policies, or with the choices that ``opens`` says, the end of a page's address.
    ``params``, and ``sizes`` of inputs by name, are given, and stay.

    Raises SpecError for a network that cannot be, OpError for a policy, a format or a counter that is not known, for
    more combinations than can be looked at, and for a network of which something is not counted.
    """
    data = {**contents(model, offered, params or {}, sizes or {}), "opens": opens}
    about = f"Counted by calc {version('macbits')}: every number is exact. The page loads nothing and sends nothing."
    return _document(printable(model.name), about, data)


def _document(title: str, about: str, data: Any) -> str:
    """The file. Names in ``data`` are text wherever the page shows them, and none of them ends its script."""
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
    """The style of the page."""
    return (_STATIC / "page.css").read_text("utf-8")


def page_script() -> str:
    """The script of the page: its modules as one."""
    return "".join([_alone((_STATIC / name).read_text("utf-8")) for name in _MODULES])


def _alone(module: str) -> str:
    """A module without its imports and exports: all of them stand in one script."""
    without = re.sub(r"^import .*\n", "", module, flags=re.MULTILINE)
    return re.sub(r"^export ", "", without, flags=re.MULTILINE)


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
