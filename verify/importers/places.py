"""Finds the module of the foreign network to which each layer of a spec belongs, from the name of the layer."""

import re
from collections.abc import Mapping

from calc.model.graph import Graph
from verify.importers.observed import Observed

_NUMBERED = re.compile(r"(?P<stem>.*?)_?\d+")


def modules_of_layers(graph: Graph, observed: Observed, paths: Mapping[str, str]) -> dict[str, str]:
    """Return the path of the innermost called module around each layer, by the name of the layer.

    The second call of a module has the module's name with a number, unless its layer is one that runs again. ``paths``
    maps scopes with other names to the path of their module.
    """
    found = {}
    for node in graph.layers:
        named = graph.nodes[node.shares] if node.again and node.shares is not None else node
        found[node.name] = _module_of(_as_called(named.name, paths), observed)
    return found


def _as_called(name: str, paths: Mapping[str, str]) -> str:
    """Return ``name``, with the longest scope of ``paths`` at its start replaced by the path of the module."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        scope = ".".join(parts[:end])
        if scope in paths:
            return ".".join([paths[scope], *parts[end:]]).strip(".")
    return name


def _module_of(name: str, observed: Observed) -> str:
    path = innermost = ""
    for part in name.split("."):
        path = _known(f"{path}.{part}" if path else part, observed)
        if path in observed.shapes:
            innermost = path
    return innermost


def _known(path: str, observed: Observed) -> str:
    """Return the path of a module for ``path``: its first path, without the number of a further call."""
    if path not in observed.first_paths:
        numbered = _NUMBERED.fullmatch(path)
        if numbered and len(observed.shapes.get(observed.first_paths.get(numbered["stem"], ""), ())) > 1:
            path = numbered["stem"]
    return observed.first_paths.get(path, path)
