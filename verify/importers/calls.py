"""The module calls in which each operation of a traced program runs."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from torch import fx

ELSEWHERE = "_empty_nn_module_stack_from_metadata_hook"


class ModuleCall(NamedTuple):
    """One module call around an operation; ``call`` numbers the calls of that module from 0.

    ``kind`` is the full name of its class, with the module that defines it.
    """

    key: str
    path: str
    kind: str
    call: int

    @property
    def class_name(self) -> str:
        """The name of its class without the module."""
        return self.kind.rpartition(".")[2]


def levels(node: fx.Node) -> list[ModuleCall]:
    """Return the module calls in which ``node`` runs, from the outermost to the innermost."""
    found = []
    for key, (path, kind) in (node.meta.get("nn_module_stack") or {}).items():
        if key == ELSEWHERE:
            continue
        call = key.rpartition("@")[2]
        name = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
        found.append(ModuleCall(key, path, name, int(call) if "@" in key and call.isdigit() else 0))
    return found


def fed_in_another_call(nodes: Iterable[fx.Node], arriving: Collection[fx.Node]) -> set[fx.Node]:
    """Return the ``nodes`` that depend only on constants in one call of their module, but on an input in another call.

    ``nodes`` are in program order, and ``arriving`` are the inputs. An example is the first step of a recurrent cell,
    which begins with zeros. The calls must run the same operations.
    """
    fed = set(arriving)
    calls: defaultdict[str, dict[str, list[fx.Node]]] = defaultdict(dict)
    for node in nodes:
        if any(each in fed for each in node.all_input_nodes):
            fed.add(node)
        for level in levels(node):
            if level.path:
                calls[level.path].setdefault(level.key, []).append(node)
    found: set[fx.Node] = set()
    for of_module in calls.values():
        runs = list(of_module.values())
        if len(runs) > 1 and all(_targets(run) == _targets(runs[0]) for run in runs):
            for same in zip(*runs, strict=True):
                if any(each in fed for each in same):
                    found.update(each for each in same if each not in fed)
    return found


def _targets(run: Iterable[fx.Node]) -> list[object]:
    return [node.target for node in run]
