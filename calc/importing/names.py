"""Names for layers that come from elsewhere: each once, and none that the language cannot say."""

import re
from collections.abc import Iterable

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
MOST_CHARACTERS = 200


class LayerNames:
    """Gives every layer a name of its own. ``reserved``: names of layers whose tensors are called after them."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = set(reserved)
        self._taken: set[str] = set()

    def claim(self, name: str) -> str:
        """``name``, or with a number behind it where a layer has it, for a layer that tensors may be called after."""
        name = sayable(name)
        return self._take(name if name not in self._taken else self._numbered(name))

    def free(self, name: str) -> str:
        """``name``, or with a number behind it, such that no layer has it nor needs it for its tensors."""
        name = sayable(name)
        return self._take(name if self._is_free(name) else self._numbered(name))

    def is_reserved(self, name: str) -> bool:
        """Whether tensors are called after ``name``."""
        return sayable(name) in self._reserved

    @property
    def taken(self) -> frozenset[str]:
        """The names that were given out."""
        return frozenset(self._taken)

    def back_to(self, taken: frozenset[str]) -> None:
        """Only the names ``taken`` are given out."""
        self._taken = set(taken)

    def give_back(self, name: str) -> None:
        """``name`` is not used after all."""
        self._taken.discard(name)

    def _numbered(self, name: str) -> str:
        stem = f"{name}_" if name[-1].isdigit() else name
        number = 2
        while not self._is_free(f"{stem}{number}"):
            number += 1
        return f"{stem}{number}"

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and name not in self._reserved

    def _take(self, name: str) -> str:
        self._taken.add(name)
        return name


def sayable(path: str) -> str:
    """``path`` with every part a name of the language: letters, digits, _ and -."""
    parts = [_NOT_IN_NAMES.sub("_", part)[:MOST_CHARACTERS] for part in path.split(".")]
    return ".".join([part or "_" for part in parts])
