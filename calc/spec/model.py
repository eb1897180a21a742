"""A spec as its grammar has it: chains of members, blocks, parameters. Built once, expanded often."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from calc.errors import Place
from calc.spec.tree import Mapping, Value, same
from calc.spec.values import Compiled, Name

if TYPE_CHECKING:
    from calc.counts import Known
    from calc.spec.calls import Built, Site
    from calc.spec.recordings import Recording


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter of a block or of the model; no default: required."""

    name: str
    place: Place
    default: Compiled | None


@dataclass(slots=True, eq=False)
class Call:
    """A word with arguments: an op, a block, or ``$param`` holding one."""

    word: str
    place: Place
    arguments: Value | None
    sites: "dict[str, Site]" = field(default_factory=dict)
    """Arguments compiled for each word that the call has stood for."""


@dataclass(slots=True, eq=False)
class Nested:
    """A chain of its own scope (a nested list, or ``chain:``) or, with ``splice``, of the surrounding one."""

    chain: "Chain"
    splice: bool = False


@dataclass(slots=True, eq=False)
class Residual:
    """A chain whose own input is added; ``shortcut`` transforms it, ``shortcut_when`` false drops it."""

    chain: "Chain"
    shortcut: "Chain | None"
    shortcut_when: Compiled | None


@dataclass(slots=True, eq=False)
class Branches:
    """Chains fed the same input and merged; ``named``: one member each, and a loop makes one branch a turn."""

    chains: "tuple[Chain, ...]"
    merge: str
    named: bool


Form = Call | Nested | Residual | Branches


@dataclass(slots=True, eq=False)
class Loop:
    """``for``: one name or several, over rows or, ``columns``, each over its own list."""

    names: tuple[str, ...]
    values: tuple[Compiled, ...]
    columns: bool


@dataclass(slots=True, eq=False)
class Member:
    """One entry of a chain with its modifiers.

    ``plain``: no when, repeat, for, which is the usual case. ``joins``: opens no scope and takes no
    number, because it is a residual, branches or a splice in a list.
    """

    place: Place
    key: Name | None
    form: Form
    when: Compiled | None = None
    repeat: Compiled | None = None
    loop: Loop | None = None
    sources: tuple[Name, ...] = ()
    bits: Compiled | None = None
    shares: Name | None = None
    training_only: bool = False
    plain: bool = True
    joins: bool = False

    def __post_init__(self) -> None:
        form = self.form
        self.joins = self.key is None and (form.splice if isinstance(form, Nested) else not isinstance(form, Call))


@dataclass(slots=True, eq=False)
class Chain:
    """Members one after the other; each reads what the one before it wrote."""

    place: Place
    members: tuple[Member, ...]


@dataclass(slots=True, eq=False)
class Block:
    """A named chain with parameters; with ``alias`` it is another name for one layer and adds no scope.

    ``home`` is the spec that a network under ``uses`` comes from: its layers see that spec's params and
    blocks, not this one's. ``seen``: the variables that its layers depend on, those of the blocks they call
    included. ``recordings``: what it has expanded to, by their values.
    """

    name: str
    place: Place
    parameters: dict[str, Parameter]
    inputs: tuple[str, ...]
    chain: Chain
    alias: bool
    home: "ModelSpec | None" = None
    output: Name | None = None
    seen: tuple[str, ...] = ()
    recordings: "dict[Any, Recording]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ModelSpec:
    """A checked spec, ready to be expanded at any input and parameters.

    Equal to another one if it says the same, wherever it is written and however it is laid out.
    """

    name: str
    file: str
    lineage: tuple[Mapping, ...]
    """The values of this file, then of the one it extends, and so on."""
    source: str
    reference: str | None
    parameters: dict[str, Parameter]
    input: Compiled
    input_channels: Literal["first", "last"]
    input_dtype: Literal["float32", "int64"]
    blocks: dict[str, Block]
    chain: Chain
    output: Name | None
    overrides: dict[str, Compiled]
    """Parameter values given by the specs that extend this one."""
    ops: "dict[Any, Built]" = field(default_factory=dict)
    """The ops that expansions have built, by word and arguments."""
    known: "dict[int, Known]" = field(default_factory=dict)
    """The counts of layers, by batch."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelSpec) or len(self.lineage) != len(other.lineage):
            return False
        return all(map(same, self.lineage, other.lineage))

    @property
    def files(self) -> tuple[str, ...]:
        """What it is read from: its file, those that it extends and uses, and theirs."""
        used = [block.home.files for block in self.blocks.values() if block.home is not None]
        return tuple(
            dict.fromkeys([*[each.file for each in self.lineage], *[file for files in used for file in files]])
        )

    def section(self, key: str) -> Value | None:
        """The values under a top-level key such as ``claims`` or ``budgets``, with their places."""
        return self.lineage[0].entries.get(key)
