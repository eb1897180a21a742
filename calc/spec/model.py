"""A spec as its grammar has it: chains of members, blocks, parameters. Built once, expanded often."""

from dataclasses import dataclass
from typing import NamedTuple, final

from calc.errors import Place
from calc.frozen import FrozenDict
from calc.model.tensor import Dtype
from calc.ops.base import Op
from calc.ops.base.input import Channels
from calc.spec.provenance import WRITTEN, Provenance
from calc.spec.shelf import shown_as
from calc.spec.tree import Mapping, Scalar, Value, same
from calc.spec.values import Compiled, Name

MOST_POSITIONS = "max_position_embeddings"
"""The param that says for how many tokens a network was trained: reports read it, whether a layer uses it or not."""


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """A parameter of a block or of the model; no default: required."""

    name: str
    place: Place
    default: Compiled | None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A word with arguments: an op, a block, or ``$param`` holding one. ``expert``: what ``experts`` has copies of."""

    word: str
    place: Place
    arguments: Value | None
    expert: "Chain | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A chain of its own scope (a nested list, or ``chain:``) or, with ``splice``, of the surrounding one."""

    chain: "Chain"
    splice: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """A chain whose own input is added; ``shortcut`` transforms it, ``shortcut_when`` false drops it."""

    chain: "Chain"
    shortcut: "Chain | None"
    shortcut_when: Compiled | None


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """Chains fed the same input and merged; ``named``: one member each, and a loop makes one branch a turn."""

    chains: "tuple[Chain, ...]"
    merge: str
    named: bool


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """An earlier layer, block or chain run once more on other inputs, with the weights it has."""

    name: Name


Form = Call | Nested | Residual | Branches | Again


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """``for``: one name or several, over rows or, ``columns``, each over its own list."""

    names: tuple[str, ...]
    values: tuple[Compiled, ...]
    columns: bool


class Member(NamedTuple):
    """One entry of a chain with its modifiers."""

    place: Place
    key: Name | None
    form: Form
    when: Compiled | None = None
    repeat: Compiled | None = None
    loop: Loop | None = None
    sources: tuple[Name, ...] = ()
    bits: Compiled | None = None
    parts: FrozenDict[str, Compiled] = FrozenDict()
    shares: Name | None = None
    training_only: bool = False
    runs: Compiled | None = None

    @property
    def plain(self) -> bool:
        """Whether it stands once and always: no when, repeat, for, which is the usual case."""
        return self.when is None and self.repeat is None and self.loop is None

    @property
    def joins(self) -> bool:
        """Whether it opens no scope and takes no number: a residual, branches or a splice in a list."""
        if self.key is not None or isinstance(self.form, (Call, Again)):
            return False
        return not isinstance(self.form, Nested) or self.form.splice


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Members one after the other; each reads what the one before it wrote."""

    place: Place
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InputSpec:
    """One input of a network: the sizes of a sample, which axis holds the channels, and the dtype."""

    shape: Compiled
    channels: Channels
    dtype: Dtype

    @property
    def place(self) -> Place:
        """Where its sizes are written."""
        return self.shape.node.place


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named chain with parameters; with ``alias`` it is another name for one layer and adds no scope.

    ``home`` is the spec that a network under ``uses`` comes from: its layers see that spec's params and
    blocks, not this one's. Of several ``outputs`` the first is what the block passes on.
    """

    name: str
    place: Place
    parameters: FrozenDict[str, Param]
    inputs: tuple[str, ...]
    chain: Chain
    alias: bool
    home: "ModelSpec | None" = None
    outputs: tuple[Name, ...] = ()


@final
class OpSite(NamedTuple):
    """The compiled arguments of one call of an op."""

    word: str
    arguments: FrozenDict[str, Compiled]

    @property
    def weight(self) -> int:
        """How much of a budget its arguments take."""
        return sum([value.weight for value in self.arguments.values()])


@final
@dataclass(frozen=True, slots=True, eq=False)
class BlockSite:
    """The compiled arguments of one call of a block."""

    block: Block
    arguments: FrozenDict[str, Compiled]

    @property
    def weight(self) -> int:
        """How much of a budget the params of the block take."""
        given = [self.arguments.get(name, own.default) for name, own in self.block.parameters.items()]
        return sum([1 + value.weight for value in given if value is not None])


Site = OpSite | BlockSite
"""The compiled arguments of one call."""


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
    parameters: FrozenDict[str, Param]
    inputs: FrozenDict[str, InputSpec]
    blocks: FrozenDict[str, Block]
    chain: Chain
    outputs: tuple[Name, ...]
    """None: what the last layer puts out."""
    overrides: FrozenDict[str, Compiled]
    """Parameter values given by the specs that extend this one."""
    sites: FrozenDict[Call, Site | Op]
    """What each call that is no ``$param`` says, compiled: the op itself, where none of its arguments varies."""
    provenance: Provenance = WRITTEN
    model_type: str = ""
    """What transformers calls its kind, if it says so: runtimes and formats of files treat kinds differently."""

    @property
    def called(self) -> str:
        """What reports call it: the name of a packaged spec, or its file."""
        return shown_as(self.file)

    @property
    def written(self) -> int:
        """How many values stand in its files, those of the networks under ``uses`` included."""
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return sum([file.written for each in (self, *homes) for file in each.lineage])

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

    @property
    def words(self) -> frozenset[str]:
        """The ops and blocks that its layers call, those of networks that it uses too."""
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return frozenset([call.word for call in self.sites]).union(*[home.words for home in homes])

    def bare(self, words: tuple[str, ...]) -> frozenset[Place]:
        """Where ops of ``words`` stand with one bare value, as ``{layer_norm: 2}``, in it and in the specs it uses."""
        own = [call.place for call in self.sites if call.word in words and isinstance(call.arguments, Scalar)]
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return frozenset(own).union(*[home.bare(words) for home in homes])

    def section(self, key: str) -> Value | None:
        """The values under a top-level key such as ``claims`` or ``budgets``, with their places."""
        return self.lineage[0].entries.get(key)
