"""Writes plain values as YAML in a readable layout: in braces if they fit on a line, else one line per member."""

import json
import re
import textwrap
from decimal import Decimal
from typing import Any, Final

WIDTH = 118


class _Empty:
    """Stands for no value after the colon, as for an op without arguments."""


EMPTY: Final = _Empty()


class Members(dict[str, Any]):
    """A mapping that is always written with one line per entry."""


class Spaced(Members):
    """A mapping with an empty line between its entries."""


class Rows(list[Any]):
    """A list that is always written with one line per item."""


_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$@-]*")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?[A-Za-z]+")
_IN_FLOW = re.compile(r"[A-Za-z0-9_$(][A-Za-z0-9_.$()+*/%<>=! -]*(?<! )")
_IN_BLOCK = re.compile(r"\$?[^\W_](?:[^\x00-\x1f\x7f-\xa0\ud800-\uffff:#\"'`]|:(?=\S)|(?<=\S)#)*(?<=\S)")
_CONSTANTS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
"""Words that YAML, or a reader of an older YAML, does not take for text."""
_LONGEST_FLOAT = 24


def yaml_text(document: dict[str, Any]) -> str:
    """Return ``document`` as YAML, with an empty line before each value of several lines."""
    pieces = []
    for key, value in document.items():
        lines = _lines(Members({key: value}), WIDTH)
        pieces.append("\n".join(["", *lines, ""] if len(lines) > 1 else lines))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(pieces)).strip("\n") + "\n"


def number_text(value: float) -> str:
    """Return ``value`` in digits.

    Older YAML readers take 1e-05 for text, so there is no exponent unless the digits are many.
    """
    plain = format(Decimal(repr(value)), "f")
    if len(plain) > _LONGEST_FLOAT:
        return repr(value)
    return plain if "." in plain else f"{plain}.0"


def _lines(value: Any, width: int) -> list[str]:
    """Return the lines of ``value``. The first may follow a dash."""
    if not isinstance(value, (Members, Rows)) or not value:
        flow = _flow(value)
        if len(flow) <= width or not isinstance(value, (dict, list, tuple)):
            return [flow]
        if not isinstance(value, dict) and not any(isinstance(item, (dict, list, tuple)) for item in value):
            return textwrap.wrap(flow, max(width, 20), break_long_words=False, break_on_hyphens=False)
    found: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            found += [""] if found and isinstance(value, Spaced) else []
            found += _entry(_key(key), item, width)
        return found
    for item in value:
        alone = isinstance(item, dict) and len(item) == 1 and EMPTY not in item.values()
        first, *more = _lines(Members(item) if alone else item, width - 2)
        found += [f"- {first}", *[f"  {line}" for line in more]]
    return found


def _entry(key: str, value: Any, width: int) -> list[str]:
    if isinstance(value, str):
        return [f"{key}: {_text(value, _IN_BLOCK)}"]
    if value is EMPTY:
        return [f"{key}:"]
    if not isinstance(value, (Members, Rows)) or not value:
        flow = _flow(value)
        if len(key) + 2 + len(flow) <= width or not isinstance(value, (dict, list, tuple)):
            return [f"{key}: {flow}"]
    return [f"{key}:", *[f"  {line}" if line else "" for line in _lines(value, width - 2)]]


def _flow(value: Any) -> str:
    """Return ``value`` on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join([f'{_key(key)}: {_flow(item)}' for key, item in value.items()])}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return _text(value, _IN_FLOW)
    if value is EMPTY:
        return ""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else str(value)


def _key(key: str) -> str:
    bare = (_WORD.fullmatch(key) and key.lower() not in _CONSTANTS) or _INTEGER.fullmatch(key)
    return key if bare else _quoted(key)


def _text(text: str, bare: re.Pattern[str]) -> str:
    """Return text as it is if it cannot be taken for anything else, otherwise in quotes."""
    if _INTEGER.fullmatch(text) or _AMOUNT.fullmatch(text):
        return text
    is_plain = bare.fullmatch(text) and text.lower() not in _CONSTANTS and (not text[0].isdigit() or " " in text)
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join([each if each.isprintable() else f"\\U{ord(each):08X}" for each in quoted])
