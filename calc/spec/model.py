"""The parsed form of a spec: chains of members, blocks and params. It is built once and expanded many times."""

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
"""The param for the number of tokens that a network was trained for. Reports read it even if no layer does."""


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """A param of a block or of the model. Without a default it is required."""

    name: str
    place: Place
    default: Compiled | None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A word with arguments: an op, a block, or a ``$param`` that holds one.

    ``expert`` is the layer that ``experts`` copies.
    """

    word: str
    place: Place
    arguments: Value | None
    expert: "Chain | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """A chain with a scope of its own (a nested list or ``chain:``). With ``splice`` it belongs to the surrounding
    scope.
    """

    chain: "Chain"
    splice: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """A chain whose input is added to its output.

    ``shortcut`` transforms that input; ``shortcut_when`` false drops it.
    """

    chain: "Chain"
    shortcut: "Chain | None"
    shortcut_when: Compiled | None


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """Chains that read the same input and are merged.

    If ``named``, each has one member, and a loop makes one branch per turn.
    """

    chains: "tuple[Chain, ...]"
    merge: str
    named: bool


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """An earlier layer, block or chain that runs once more on other inputs with the same weights."""

    name: Name


Form = Call | Nested | Residual | Branches | Again


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A ``for``: names over the rows of one list or, with ``columns``, each name over a list of its own."""

    names: tuple[str, ...]
    values: tuple[Compiled, ...]
    columns: bool


class Member(NamedTuple):
    """One entry of a chain, with its modifiers."""

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
        """True if the member is expanded exactly once, which is usual: it has no when, repeat or for."""
        return self.when is None and self.repeat is None and self.loop is None

    @property
    def joins(self) -> bool:
        """True if the member opens no scope and takes no number: a residual, branches or a splice in a list."""
        if self.key is not None or isinstance(self.form, (Call, Again)):
            return False
        return not isinstance(self.form, Nested) or self.form.splice


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Members in sequence. Each reads the output of the one before it."""

    place: Place
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InputSpec:
    """One input of a network: the sizes of one sample, the axis of the channels, and the dtype."""

    shape: Compiled
    channels: Channels
    dtype: Dtype

    @property
    def place(self) -> Place:
        """The place where its sizes are written."""
        return self.shape.node.place


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A named chain with params. With ``alias`` it is another name for one layer and adds no scope.

    ``home`` is the spec that a network under ``uses`` comes from. Its layers see the params and blocks of that spec,
    not of this one. If there are several ``outputs``, the block passes on the first.
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
        """The share of a budget that its arguments take."""
        return sum([value.weight for value in self.arguments.values()])


@final
@dataclass(frozen=True, slots=True, eq=False)
class BlockSite:
    """The compiled arguments of one call of a block."""

    block: Block
    arguments: FrozenDict[str, Compiled]

    @property
    def weight(self) -> int:
        """The share of a budget that the params of the block take."""
        given = [self.arguments.get(name, own.default) for name, own in self.block.parameters.items()]
        return sum([1 + value.weight for value in given if value is not None])


Site = OpSite | BlockSite
"""The compiled arguments of one call."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelSpec:
    """A checked spec, which can be expanded with any input sizes and params.

    Two specs are equal if they have the same content, wherever they are written and however they are laid out.
    """

    name: str
    file: str
    lineage: tuple[Mapping, ...]
    """The values of this file, of the file that it extends, and so on."""
    source: str
    reference: str | None
    parameters: FrozenDict[str, Param]
    inputs: FrozenDict[str, InputSpec]
    blocks: FrozenDict[str, Block]
    chain: Chain
    outputs: tuple[Name, ...]
    """The output layers. If there are none, the output is that of the last layer."""
    overrides: FrozenDict[str, Compiled]
    """Values of params from the specs that extend this one."""
    sites: FrozenDict[Call, Site | Op]
    """The compiled arguments of each call except ``$param``. It is the op itself if none of its arguments varies."""
    provenance: Provenance = WRITTEN
    model_type: str = ""
    """The model type in transformers, or empty. Runtimes and file formats treat the types differently."""

    @property
    def called(self) -> str:
        """The name in reports: that of a packaged spec, or the path of the file."""
        return shown_as(self.file)

    @property
    def written(self) -> int:
        """The number of values in its files, including those of networks under ``uses``."""
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return sum([file.written for each in (self, *homes) for file in each.lineage])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelSpec) or len(self.lineage) != len(other.lineage):
            return False
        return all(map(same, self.lineage, other.lineage))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it is read from: its own, those that it extends and uses, and theirs."""
        used = [block.home.files for block in self.blocks.values() if block.home is not None]
        return tuple(
            dict.fromkeys([*[each.file for each in self.lineage], *[file for files in used for file in files]])
        )

    @property
    def words(self) -> frozenset[str]:
        """The ops and blocks that its layers call, including those of networks that it uses."""
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return frozenset([call.word for call in self.sites]).union(*[home.words for home in homes])

    def bare(self, words: tuple[str, ...]) -> frozenset[Place]:
        """Return the places of ops in ``words`` with one bare value, such as ``{layer_norm: 2}``, in it and in the
        specs it uses.
        """
        own = [call.place for call in self.sites if call.word in words and isinstance(call.arguments, Scalar)]
        homes = [block.home for block in self.blocks.values() if block.home is not None]
        return frozenset(own).union(*[home.bare(words) for home in homes])

    def section(self, key: str) -> Value | None:
        """Return the values under a top-level key such as ``claims`` or ``budgets``, with their places."""
        return self.lineage[0].entries.get(key)
