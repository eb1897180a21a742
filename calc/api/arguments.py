"""Arguments of the front door that may be several, or come from numpy: read here, refused in a sentence."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

from calc.errors import OpError


def text_items(name: str, given: Any, such_as: str) -> list[str]:
    """One text or several. Raises OpError for anything else."""
    found = [given] if isinstance(given, str) else _listed(given)
    if not all(isinstance(each, str) for each in found):
        raise OpError(f"{name}={given!r:.60}: must be text, or a list of texts", f"such as {such_as}")
    return found


def policy_texts(bits: Any) -> list[str]:
    """One policy or several, as ``--bits`` takes them. Raises OpError for anything else."""
    found = [bits] if isinstance(bits, str) or _is_whole(bits) else _listed(bits)
    if not all(isinstance(each, str) or _is_whole(each) for each in found):
        raise OpError(f"bits={bits!r:.60}: must be policies as --bits takes them", "such as 8, 'w4a8' or [8, 4]")
    return [each if isinstance(each, str) else str(int(each)) for each in found]


def whole_number(name: str, given: Any, least: int = 1, what: str = "a positive integer") -> int:
    """An integer that is ``least`` or more, ``what`` in words. Raises OpError for anything else."""
    if not _is_whole(given) or given < least:
        raise OpError(f"{name}={given!r:.60}: must be {what}")
    return int(given)


def flag(name: str, given: Any) -> bool:
    """True or False. Raises OpError for anything else."""
    if type(given) is not bool:
        raise OpError(f"{name}={given!r:.60}: must be True or False")
    return given


def one_text(name: str, given: Any, such_as: str) -> str:
    """Text. Raises OpError for anything else."""
    if not isinstance(given, str):
        raise OpError(f"{name}={given!r:.60}: must be text", f"such as {such_as}")
    return given


def _listed(given: Any) -> list[Any]:
    """Its items; of what has none, and of a mapping, None."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, Mapping) else [None]


def _is_whole(given: Any) -> bool:
    return isinstance(given, Integral) and not isinstance(given, bool)
