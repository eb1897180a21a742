"""Where in the modules an operation stands: the path that begins the names of its layers, and the class there."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from torch import fx

ELSEWHERE = "_empty_nn_module_stack_from_metadata_hook"


class ModuleCall(NamedTuple):
    """One module call around an operation; ``call``: which of the calls of that module it is, from 0.

    ``kind``: its class in full, with the module that defines it.
    """

    key: str
    path: str
    kind: str
    call: int

    @property
    def class_name(self) -> str:
        """The name of its class alone."""
        return self.kind.rpartition(".")[2]


def levels(node: fx.Node) -> list[ModuleCall]:
    """The calls of modules in which ``node`` runs, from the outside in."""
    found = []
    for key, (path, kind) in (node.meta.get("nn_module_stack") or {}).items():
        if key == ELSEWHERE:
            continue
        call = key.rpartition("@")[2]
        name = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
        found.append(ModuleCall(key, path, name, int(call) if "@" in key and call.isdigit() else 0))
    return found


class Scopes:
    """The scopes of names of a program: of each operation its path, and whether its module does nothing else.

    ``operations``: those that compute something.
    """

    def __init__(self, operations: Iterable[fx.Node]) -> None:
        self.classes: dict[str, str] = {}
        self._operations: Counter[str] = Counter()
        self._inner: defaultdict[str, set[str]] = defaultdict(set)
        self._again: dict[tuple[str, int], str] = {}
        for node in operations:
            stack = levels(node)
            for level in stack:
                self.classes.setdefault(level.path, level.class_name)
            if stack:
                self._operations[stack[-1].key] += 1
                for level in stack[:-1]:
                    self._inner[level.path].add(stack[-1].path)

    def path(self, node: fx.Node) -> str:
        """The path of the module whose forward runs ``node``."""
        stack = levels(node)
        return stack[-1].path if stack else ""

    def scope(self, node: fx.Node) -> str:
        """The path under which the layers of ``node`` are named: of a module called again with a number in it."""
        stack = levels(node)
        return self.scope_of(node, stack[-1].path) if stack else ""

    def scope_of(self, node: fx.Node, path: str) -> str:
        """The name of the module ``path`` around ``node``, numbered where one around that is called again."""
        for level in levels(node):
            if level.path == path:
                break
            if level.call and level.path:
                return self._numbered(level) + path[len(level.path) :]
        return path

    def is_alone(self, node: fx.Node) -> bool:
        """Whether ``node`` is all that its module does, so that the layer may be called as the module is."""
        stack = levels(node)
        if not stack or not stack[-1].path:
            return False
        return self._operations[stack[-1].key] == 1 and not self._inner[stack[-1].path]

    def _numbered(self, level: ModuleCall) -> str:
        found = self._again.get((level.path, level.call))
        if found is None:
            stem = f"{level.path}_" if level.path[-1].isdigit() else level.path
            found = f"{stem}{level.call + 1}"
            self._again[level.path, level.call] = found
            self._class_again(level.path, found)
        return found

    def _class_again(self, path: str, again: str) -> None:
        """The scopes of a module called again are of the classes that they are of the first time."""
        for scope, name in list(self.classes.items()):
            if scope == path or scope.startswith(f"{path}."):
                self.classes.setdefault(again + scope[len(path) :], name)
