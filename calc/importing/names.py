"""Names for layers that come from elsewhere: each once, and none that the language cannot say."""

import re
from collections.abc import Iterable

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
MOST_CHARACTERS = 200


class LayerNames:
    """Gives every layer a name of its own. ``reserved``: names of layers whose tensors are called after them.

    ``freed``: those that may have a number, by name, as they are without.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = set(reserved)
        self._taken: set[str] = set()
        self.freed: dict[str, str] = {}

    def claim(self, name: str) -> str:
        """``name``, or with a number behind it where a layer has it, for a layer that tensors may be called after."""
        name = sayable(name)
        return self._take(name if name not in self._taken else self._numbered(name))

    def free(self, name: str) -> str:
        """``name``, or with a number behind it, such that no layer has it nor needs it for its tensors."""
        wanted = sayable(name)
        found = self._take(wanted if self._is_free(wanted) else self._numbered(wanted))
        self.freed[found] = wanted
        return found

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
        self.freed = {name: wanted for name, wanted in self.freed.items() if name in taken}

    def give_back(self, name: str) -> None:
        """``name`` is not used after all."""
        self._taken.discard(name)
        self.freed.pop(name, None)

    def _numbered(self, name: str) -> str:
        number = 2
        while not self._is_free(numbered(name, number)):
            number += 1
        return numbered(name, number)

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and name not in self._reserved

    def _take(self, name: str) -> str:
        self._taken.add(name)
        return name


def numbered(name: str, number: int) -> str:
    """The ``number``-th of those called ``name``, which the first is called alone."""
    return name if number == 1 else f"{name}{'_' if name[-1].isdigit() else ''}{number}"


def sayable(path: str) -> str:
    """``path`` with every part a name of the language: letters, digits, _ and -."""
    parts = [_NOT_IN_NAMES.sub("_", part)[:MOST_CHARACTERS] for part in path.split(".")]
    return ".".join([part or "_" for part in parts])
