"""Where in the calls of blocks the walk stands, and what of it an error message tells."""

import re

from calc.errors import Place
from calc.spec.calls import Site
from calc.spec.model import ModelSpec
from calc.spec.values import Compiled, Scope

MAX_CALLS_SHOWN = 3
_FIELD = re.compile(r"\b([a-z_]+)=")


class Frame:
    """One call of a block: who called it, from where, with what. The outermost frame is the model itself.

    ``network`` is the frame whose arguments are the top-level params here: the outermost, or that of the
    spec under ``uses`` that the block belongs to.
    """

    __slots__ = ("arguments", "block", "inputs", "name", "network", "parent", "place")

    def __init__(
        self,
        parent: "Frame | None" = None,
        name: str = "",
        block: str = "",
        place: Place | None = None,
        arguments: dict[str, Compiled] | None = None,
        inputs: dict[str, int] | None = None,
        is_network: bool = False,
    ) -> None:
        self.parent = parent
        self.network = self if is_network or parent is None else parent.network
        self.name = name
        self.block = block
        self.place = place
        self.arguments = arguments or {}
        self.inputs = inputs or {}

    def calls(self) -> list[str]:
        """One line a call, innermost first."""
        lines: list[str] = []
        frame = self
        while frame.parent is not None and len(lines) < MAX_CALLS_SHOWN:
            lines.append(f"in {frame.name} ({frame.block}) at {frame.place}")
            frame = frame.parent
        return lines


def origins(fact: str, site: Site | None, frame: Frame, scope: Scope, model: ModelSpec) -> list[str]:
    """Where the fields that ``fact`` speaks of got their values, if a variable holds them."""
    if site is None:
        return []
    lines = []
    for field in dict.fromkeys(_FIELD.findall(fact)):
        value = site.arguments.get(field)
        if value is None or value.constant:
            continue
        for name in sorted(value.names):
            given = _given(name, frame, model)
            if given is not None and name in scope:
                lines.append(f"{field} = {value.text}, {name} given as {given.text} at {given.node.place}")
                break
    return lines


def _given(name: str, frame: Frame, model: ModelSpec) -> Compiled | None:
    if name in frame.arguments:
        return frame.arguments[name]
    block = model.blocks.get(frame.block)
    if block is not None and name in block.parameters:
        return block.parameters[name].default
    if name in frame.network.arguments:
        return frame.network.arguments[name]
    if name in model.parameters:
        return model.overrides.get(name, model.parameters[name].default)
    return None
