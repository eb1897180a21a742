"""Tracks the calls of blocks that the walk is in, and renders them for error messages."""

import re
from collections.abc import Mapping

from calc.errors import Place
from calc.model.graph import Bits
from calc.spec.model import Block, ModelSpec, Site
from calc.spec.values import Compiled, Scope

MAX_CALLS_SHOWN = 3
MAX_ORIGIN = 300
_FIELD = re.compile(r"\b([a-z_]+)=")


class Home:
    """The spec whose params and blocks a chain can see: the outermost one, or a spec under ``uses``.

    ``site`` has the arguments that a spec under ``uses`` was called with. ``given`` has the names of the params that
    the caller of the expansion gave; they are not written in the spec.
    """

    __slots__ = ("given", "model", "site", "top")

    def __init__(self, model: ModelSpec, top: Scope, site: Site | None, given: frozenset[str] = frozenset()) -> None:
        self.model = model
        self.top = top
        self.site = site
        self.given = given


class Frame:
    """One call of a block: the caller, the place, and the arguments. The outermost frame is the model itself.

    ``inputs`` has the nodes of the block's inputs by name.
    """

    __slots__ = ("_outer", "block", "home", "inputs", "name", "parent", "place", "site")

    def __init__(
        self,
        home: Home,
        inputs: Mapping[str, int],
        parent: "Frame | None" = None,
        name: str = "",
        block: Block | None = None,
        place: Place | None = None,
        site: Site | None = None,
    ) -> None:
        self.home = home
        self.parent = parent
        self.name = name
        self.block = block
        self.place = place
        self.site = site
        self.inputs = inputs
        self._outer = None if parent is None or home is not parent.home else parent.network

    @property
    def network(self) -> "Frame":
        """Return the frame of the network that these layers belong to.

        No frame refers to itself, so an expansion is freed when it ends.
        """
        return self if self._outer is None else self._outer

    def calls(self) -> list[str]:
        """Return one line of text for each call, innermost first."""
        lines: list[str] = []
        frame = self
        while frame.parent and frame.block and len(lines) < MAX_CALLS_SHOWN:
            lines.append(f"in {frame.name} ({frame.block.name}) at {frame.place}")
            frame = frame.parent
        return lines


class Context:
    """The state of one chain during expansion: its full name, scope, counter, frame and bits.

    ``prefix`` is the start of its members' names: empty, or the full name and a dot.
    """

    __slots__ = ("bits", "frame", "name", "number", "prefix", "scope")

    def __init__(self, name: str, scope: Scope, frame: Frame, bits: Bits | None) -> None:
        self.name = name
        self.prefix = f"{name}." if name else ""
        self.scope = scope
        self.frame = frame
        self.bits = bits
        self.number = 0


def origins(fact: str, site: Site | None, context: Context) -> list[str]:
    """Return a line with the origin of each field in ``fact`` whose value depends on a variable of the spec."""
    lines = []
    for field in dict.fromkeys(_FIELD.findall(fact)):
        value = site.arguments.get(field) if site is not None else None
        if value is None or value.constant:
            continue
        for name in sorted(value.names):
            origin = _origin(name, context.frame) if name in context.scope else ""
            if origin:
                lines.append(f"{field} = {value.text}, {origin if value.text == name else f'{name} {origin}'}")
                break
    return lines


def _origin(name: str, frame: Frame | None) -> str:
    """Return text that tells where ``name`` got its value, followed through calls that only pass it on."""
    text = ""
    while frame is not None and len(text) < MAX_ORIGIN:
        source, frame = _source(name, frame)
        if source is None:
            break
        text += f"{', which is' if text else 'given as'} {source.text} at {source.node.place}"
        if source.names != {source.text}:
            break
        name = source.text
    return text


def _source(name: str, frame: Frame) -> tuple[Compiled | None, Frame | None]:
    """Return the value of ``name`` as written in ``frame``, and the frame in which the names in that value are looked
    up.
    """
    home = frame.home
    if frame.site is not None and name in frame.site.arguments:
        return frame.site.arguments[name], frame.parent
    if frame.block is not None and name in frame.block.parameters:
        return frame.block.parameters[name].default, frame
    if home.site is not None and name in home.site.arguments:
        return home.site.arguments[name], None
    if name in home.model.parameters and name not in home.given:
        return home.model.overrides.get(name, home.model.parameters[name].default), frame
    return None, None
