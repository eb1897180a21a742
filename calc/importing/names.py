"""Makes names for layers from elsewhere, which are unique and valid in the language."""

import re
from collections.abc import Iterable

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
MOST_CHARACTERS = 200


class LayerNames:
    """Gives every layer a unique name. ``reserved`` has the names of layers whose tensors are named after them.

    ``freed`` maps names that may have a number to the name without it.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = set(reserved)
        self._taken: set[str] = set()
        self.freed: dict[str, str] = {}

    def claim(self, name: str) -> str:
        """Return ``name``, numbered if a layer has it already, for a layer that may have tensors named after it."""
        name = sayable(name)
        return self._take(name if name not in self._taken else self._numbered(name))

    def free(self, name: str) -> str:
        """Return ``name``, with a number if a layer has it already or needs it for its tensors."""
        wanted = sayable(name)
        found = self._take(wanted if self._is_free(wanted) else self._numbered(wanted))
        self.freed[found] = wanted
        return found

    def is_reserved(self, name: str) -> bool:
        """Return whether tensors are named after ``name``."""
        return sayable(name) in self._reserved

    @property
    def reserved(self) -> frozenset[str]:
        """The names after which tensors are named."""
        return frozenset(self._reserved)

    @property
    def taken(self) -> frozenset[str]:
        """The names that are taken."""
        return frozenset(self._taken)

    def back_to(self, taken: frozenset[str]) -> None:
        """Let only the names ``taken`` be taken."""
        self._taken = set(taken)
        self.freed = {name: wanted for name, wanted in self.freed.items() if name in taken}

    def give_back(self, name: str) -> None:
        """Frees ``name`` again."""
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
    """Return the name of the ``number``-th layer called ``name``; the first has no number."""
    return name if number == 1 else f"{name}{'_' if name[-1].isdigit() else ''}{number}"


def sayable(path: str) -> str:
    """Return ``path`` with every part changed to a valid name: letters, digits, _ and -."""
    parts = [_NOT_IN_NAMES.sub("_", part)[:MOST_CHARACTERS] for part in path.split(".")]
    return ".".join([part or "_" for part in parts])
