"""Reads arguments of the public functions that may have one or several values, or numbers of numpy."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from calc.errors import OpError


def text_items(name: str, given: Any, such_as: str) -> list[str]:
    """Return a list of texts from one text or several. Raises OpError for anything else."""
    found = [given] if isinstance(given, str) else _listed(given)
    if not all(isinstance(each, str) for each in found):
        raise OpError(f"{name}={given!r:.60}: must be text, or a list of texts", f"such as {such_as}")
    return found


def policy_texts(bits: Any) -> list[str]:
    """Return a list of policies, as ``--bits`` takes them, from one or several. Raises OpError for anything else."""
    found = [bits] if isinstance(bits, str) or _is_whole(bits) else _listed(bits)
    if not all(isinstance(each, str) or _is_whole(each) for each in found):
        raise OpError(f"bits={bits!r:.60}: must be policies as --bits takes them", "such as 8, 'w4a8' or [8, 4]")
    return [each if isinstance(each, str) else str(int(each)) for each in found]


def whole_number(name: str, given: Any, least: int = 1, what: str = "a positive integer") -> int:
    """Return an integer that is at least ``least``.

    Raises OpError for anything else, with ``what`` as its description.
    """
    if not _is_whole(given) or given < least:
        raise OpError(f"{name}={given!r:.60}: must be {what}")
    return int(given)


def flag(name: str, given: Any) -> bool:
    """Return True or False. Raises OpError for anything else."""
    if type(given) is not bool:
        raise OpError(f"{name}={given!r:.60}: must be True or False")
    return given


def one_text(name: str, given: Any, such_as: str) -> str:
    """Return a text. Raises OpError for anything else."""
    if not isinstance(given, str):
        raise OpError(f"{name}={given!r:.60}: must be text", f"such as {such_as}")
    return given


def _listed(given: Any) -> list[Any]:
    """Return the items of ``given``, or a list with None if it is a mapping or has no items."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, Mapping) else [None]


def _is_whole(given: Any) -> bool:
    return isinstance(given, Integral) and not isinstance(given, bool)
