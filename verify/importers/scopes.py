"""Names layers after modules: the path under which the layers of an operation are named, and the class at that path."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence

from torch import fx

from verify.importers.calls import ModuleCall, levels
from verify.importers.loops import Turn, turns_of

Around = tuple[str, Turn | None]
"""The key of a module call, and the iteration of its forward; None for the first iteration and outside of loops."""
_NOWHERE: Around = ("", None)
_STEP = "step"


class Scopes:
    """The scopes of a program: for each operation its path, and whether it is the only one of its module.

    ``operations`` are the ``nodes`` that become layers. ``learnt`` are the nodes of parameters.

    A module that is called again has a number in its name, counted within the call or loop iteration around it. The
    iterations of a loop after the first are scopes called step2, step3, …. ``further`` maps the scope of each further
    call to the path of its module, and ``steps`` the scope of each iteration to the path of the module whose forward
    loops.
    """

    def __init__(
        self, operations: Sequence[fx.Node], nodes: Iterable[fx.Node], learnt: Container[fx.Node] = ()
    ) -> None:
        self.classes: dict[str, str] = {}
        self.further: dict[str, str] = {}
        self.steps: dict[str, str] = {}
        self._operations: Counter[str] = Counter()
        self._inner: defaultdict[str, set[str]] = defaultdict(set)
        self._names: dict[tuple[Around, str, int], str] = {}
        self._first: dict[tuple[Around, str], int] = {}
        for node in operations:
            stack = levels(node)
            for level in stack:
                self.classes.setdefault(level.path, level.class_name)
            if stack:
                self._operations[stack[-1].key] += 1
                for level in stack[:-1]:
                    self._inner[level.path].add(stack[-1].path)
        self._paths = frozenset(self.classes)
        self._turns = turns_of(nodes, learnt)
        for node in nodes:
            around = _NOWHERE
            for level in levels(node):
                first = self._first.setdefault((around, level.path), level.call)
                self._first[around, level.path] = min(first, level.call)
                around = self._around(level, node)

    def path(self, node: fx.Node) -> str:
        """Return the path of the module whose forward runs ``node``."""
        stack = levels(node)
        return stack[-1].path if stack else ""

    def scope(self, node: fx.Node) -> str:
        """Return the path under which the layers of ``node`` are named.

        It has a number if the module is called again.
        """
        stack = levels(node)
        if not stack:
            return ""
        name, (_, turn) = self.scope_of(node, stack[-1].path), self._around(stack[-1], node)
        return self._step(name, stack[-1].path, turn)

    def scope_of(self, node: fx.Node, path: str) -> str:
        """Return the name of the module ``path`` around ``node``, with a number for a repeated call."""
        name, at, around = "", "", _NOWHERE
        for level in levels(node):
            nested = not at or level.path.startswith(f"{at}.")
            if nested:
                name = f"{name}{level.path[len(at) :]}" if at else f"{name}.{level.path}".strip(".")
            else:  # the module belongs to another part of the network
                name = level.path
            first = self._first.get((around, level.path), 0) if nested else 0
            name = self._called(around, level, level.call - first, name)
            if level.path == path:
                return name
            around, at = self._around(level, node), level.path
            name = self._step(name, level.path, around[1])
        return path

    def is_alone(self, node: fx.Node) -> bool:
        """Return whether ``node`` is the only operation of its module, so that the layer can have the module's name."""
        stack = levels(node)
        if not stack or not stack[-1].path:
            return False
        return self._operations[stack[-1].key] == 1 and not self._inner[stack[-1].path]

    def _around(self, level: ModuleCall, node: fx.Node) -> Around:
        turn = self._turns.get((level.key, node))
        return level.key, turn if turn and turn.number else None

    def _called(self, around: Around, level: ModuleCall, further: int, name: str) -> str:
        """Return ``name`` of a module call, with a number if it is the ``further``-th repeated call in ``around``."""
        if not level.path or not level.call:
            return name
        if further:
            found = self._names.get((around, level.path, further))
            if found is None:
                stem, number = f"{name}_" if name[-1].isdigit() else name, further + 1
                while f"{stem}{number}" in self._paths:
                    number += 1
                found = self._names[around, level.path, further] = f"{stem}{number}"
            name = found
        self.further[name] = level.path
        self.classes.setdefault(name, level.class_name)
        return name

    def _step(self, name: str, path: str, turn: Turn | None) -> str:
        """Return the scope of the iteration ``turn`` in the forward of the module ``path``, named ``name``."""
        if turn is None:
            return name
        stem = f"{path}.{_STEP}".strip(".")
        taken = any(each.startswith(stem) for each in self._paths)
        word = f"loop{turn.loop + 1}_{_STEP}" if turn.loop or taken else _STEP
        found = f"{name}.{word}{turn.number + 1}".strip(".")
        self.steps[found] = path
        self.classes.setdefault(found, _STEP.capitalize())
        return found
