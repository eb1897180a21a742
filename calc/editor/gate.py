"""The rules for who may send requests: a browser on this machine, showing our page, with the printed token."""

from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import NamedTuple

HOSTS = ("127.0.0.1", "localhost")
"""The host names a browser may use for this machine. This refuses foreign names that a DNS server points here."""

_OF_LINKS = ("navigate", "document")


class Refusal(NamedTuple):
    """An HTTP answer that refuses a request and says why."""

    status: int
    why: str


def refusal(method: str, path: str, headers: Iterable[tuple[bytes, bytes]], token: str, port: int) -> Refusal | None:
    """Return the refusal of a request, or None if it may be answered."""
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    here = [f"{host}:{port}" for host in HOSTS]
    if _only(given, "host") not in here:
        return Refusal(421, f"this is {here[0]} and no other host")
    origin = _only(given, "origin")
    is_ours = origin in [f"http://{each}" for each in here] or (origin is None and method == "GET")
    if not is_ours:
        return Refusal(403, "only the page of calc serve may ask this")
    # a link to the page may be anywhere, even on another page such as a web terminal; it needs the token
    is_link = method == "GET" and (_only(given, "sec-fetch-mode"), _only(given, "sec-fetch-dest")) == _OF_LINKS
    if _only(given, "sec-fetch-site") not in (None, "same-origin") and not is_link:
        return Refusal(403, "only the page of calc serve may ask this")
    first = path.removeprefix("/").partition("/")[0]
    if not compare_digest(first.encode(errors="replace"), token.encode()):
        return Refusal(403, "this address lacks the token: open the one that calc serve printed")
    return None


def _only(given: Mapping[str, list[str]], name: str) -> str | None:
    """Return the value of a header, or None if it is missing.

    A header that occurs twice counts as an invalid empty text.
    """
    values = given.get(name, [])
    return values[0] if len(values) == 1 else "" if values else None
