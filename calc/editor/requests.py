"""Checks of the types, sizes and names in a request. No unchecked request reaches a worker."""

import json
import re
from collections.abc import Mapping
from typing import Any

from calc.editor.specs import MOST_BYTES

MOST_UPLOADED_BYTES = 512 * 2**20
MOST_ASKED_BYTES = 3 * MOST_BYTES
"""Room for the longest text, written with escapes, and for the choices sent with it."""
FORMATS = ("html", "json", "csv", "policy")
_MOST_CONTROLS = 64
_MOST_LAYERS = 100_000
_MOST_LABEL = 2_000
_MOST_FRAGMENT = 2**20
_UPLOADED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.(?:onnx|json)", re.IGNORECASE)


class BadRequest(Exception):  # noqa: N818  # the name in HTTP
    """A request that the page never sends."""


def question(do: str, body: bytes) -> dict[str, Any]:
    """Return the request in ``body``, which is JSON, in the form that a worker takes.

    Raises BadRequest if it is malformed.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    _require(isinstance(asked, dict), "the body is not an object")
    text = asked.get("text")
    _require(isinstance(text, str), "text must be text")
    _require(len(text.encode(errors="surrogatepass")) <= MOST_BYTES, f"text has more than {MOST_BYTES:,} bytes")
    found = {"do": do, "text": text}
    if do == "download":
        _require(asked.get("format") in FORMATS, f"format must be one of {', '.join(FORMATS)}")
        found["format"] = asked["format"]
        opens = asked.get("opens", "")
        _require(isinstance(opens, str) and len(opens) <= _MOST_FRAGMENT, "opens must be text")
        found["opens"] = opens
    if do != "counts":
        found["vary"] = _vary(asked.get("vary", []))
    return found if do == "page" else {**found, **_chosen(asked)}


def uploaded_name(name: str) -> str:
    """Return a safe file name for an upload: plain characters, without folders.

    Raises BadRequest for another ending.
    """
    stem, dot, ending = name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", stem)[-80:].lstrip(".-")
    found = f"{plain or 'network'}{dot}{ending}"
    _require(_UPLOADED.fullmatch(found) is not None, "a file to import ends in .onnx or .json")
    return found


def _vary(given: Any) -> list[str]:
    """Return the axes that the page should offer in addition, as a list in the form of ``--vary``."""
    _require(isinstance(given, list) and len(given) <= _MOST_CONTROLS, "vary must be a list, and small")
    _require(all(isinstance(each, str) and len(each) <= _MOST_LABEL for each in given), "vary must hold texts")
    return list(given)


def _chosen(asked: Mapping[str, Any]) -> dict[str, Any]:
    controls: Any = asked.get("controls")
    layers: Any = asked.get("layers")
    bits = asked.get("bits")
    _require(isinstance(controls, dict) and len(controls) <= _MOST_CONTROLS, "controls must be an object, and small")
    labels = [each for pair in controls.items() for each in pair]
    _require(all(isinstance(each, str) and len(each) <= _MOST_LABEL for each in labels), "controls must hold texts")
    _require(isinstance(layers, dict) and len(layers) <= _MOST_LAYERS, "layers must be an object, and small")
    _require(all(map(_are_widths, layers.values())), "layers must hold two widths each, from 1 to 32")
    _require(isinstance(bits, str) and len(bits) <= _MOST_LABEL, "bits must be text")
    _require(isinstance(asked.get("deployed"), bool), "deployed must be true or false")
    more = {name: asked.get(name, "") for name in ("kv", "counter")}
    _require(all(isinstance(each, str) and len(each) <= _MOST_LABEL for each in more.values()), "kv must be text")
    return {"controls": controls, "layers": layers, "bits": bits, "deployed": asked["deployed"], **more}


def _are_widths(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(bits) is int and 1 <= bits <= 32 for bits in value)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadRequest(otherwise)
