"""Draws that are the same ones whichever tests ran before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis.internal.conjecture import providers as _providers

_KNOWN: Any = _providers


@contextmanager
def same_draws() -> Iterator[None]:
    """Within it Hypothesis draws no numbers that stand in the code of this project.

    It mixes those of every module that is loaded into what it draws, so that otherwise the tests that ran before in the
    same process, and each change of a number in any module, would make other examples of one that is derandomised.
    """
    of_code = getattr(_KNOWN, "_get_local_constants", None)
    if of_code is None:  # older ones draw none
        yield
        return
    none = _KNOWN.Constants()
    _KNOWN._get_local_constants = lambda: none
    _KNOWN.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        _KNOWN._get_local_constants = of_code
        _KNOWN.CONSTANTS_CACHE.cache.clear()
