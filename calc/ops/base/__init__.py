"""Defines the contract of an op: fields, output shape, parameters and MACs, in integers, for one sample."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic_core import SchemaValidator
from typing_extensions import dataclass_transform  # in typing from Python 3.11; pydantic brings it

from calc.errors import OpError
from calc.ops.base.fields import Field, core_schema, fields_of, validate
from calc.shape import Shape, Shapes
from calc.strides import Sizes, Strides, contiguous, viewed

Tensors = dict[str, tuple[int, ...]]
HeldRole = Literal["weight", "bias", "norm", "embedding", "buffer", "state"]
"""The use of a tensor that a layer holds.

``weight``: a product multiplies it. ``bias``: it is added to the result of a product. ``norm``: it scales or shifts
element by element, as in a norm. ``embedding``: its values are looked up, added or concatenated. ``buffer``: it is not
learnt. ``state``: it persists between calls, as a cache does.
"""
Elementwise = dict[str, int]
InPlace = Literal["no", "elements", "channels"]
"""The ways in which a layer may write its output over an input.

``no``: not at all. ``elements``: each element over the element that it is computed from. ``channels``: each channel
over the channel that it is computed from, once that channel is done.
"""
Layout = Literal["contiguous", "elementwise", "maps", "own"]
"""The order of a new output in memory.

``contiguous``: in the order of its axes. ``elementwise``: in the order of the inputs' axes. ``maps``: channels last if
the input maps are. ``own``: by the op's ``own_strides``.
"""


class Parameter(NamedTuple):
    """A tensor that the layer holds, by its name, such as ``weight``."""

    name: str

    def __str__(self) -> str:
        return self.name


class Input(NamedTuple):
    """A tensor that is an input of the layer; the first input has position 0."""

    position: int

    def __str__(self) -> str:
        return f"input {self.position}"


Operand = Parameter | Input
"""The operands of a product."""
Aspect = Literal["work", "tensors"]
"""The parts of a layer that may be unknown: its computation with its temporary memory, or the tensors that it holds."""
KNOWN: frozenset[Aspect] = frozenset()


class Product(NamedTuple):
    """The multiplications of one weight, or of two tensors that both depend on the network's input.

    ``weight`` is the tensor whose bits a policy chooses. It is ``None`` for a product of activations, whose
    ``operands`` are the inputs that are multiplied without a projection; an operand that does not depend on the
    network's input counts as a weight. ``macs`` includes multiplications by zero padding, and ``effective_macs`` does
    not. ``fan_in`` is the number of products in the sum of one output. ``per_call`` means that it runs once per batch
    and not once per sample.
    """

    weight: Operand | None
    macs: int
    effective_macs: int
    fan_in: int
    per_call: bool = False
    operands: tuple[Input, ...] = ()


class State(NamedTuple):
    """The state that a layer keeps of one sample between calls: ``entries`` of ``sizes`` each, at the end of the call.

    Each token adds an entry until the limit is reached, unless ``grows`` is false. A call reads ``read`` earlier
    entries, which its tokens see, and makes ``new`` ones.
    """

    entries: int
    sizes: tuple[int, ...]
    read: int = 0
    new: int = 0
    grows: bool = True

    @property
    def written(self) -> int:
        """The number of new entries that are kept."""
        return min(self.new, self.entries)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Op:
    """One kind of layer. A subclass declares its fields, which are the YAML keys, and three rules.

    The constructor validates the fields. It raises FieldError, which names each bad key.
    """

    word: ClassVar[str]
    """The word that a spec writes; the file of the op has the same name."""
    formula: ClassVar[str] = ""
    """The formula of the MACs in words, which `calc ops` shows."""
    no_macs: ClassVar[str] = ""
    """The reason why this op has no MACs. An op without products must give one."""
    roles: ClassVar[tuple[str, ...]] = ("x",)
    """The names of the inputs in order: ``x``, optional ones as ``weight?``, or any number of at least one as ``xs*``.
    """
    category: ClassVar[str] = ""
    """The kind under which its elements are counted, such as norm, activation, pool or add; empty if none are counted.
    """
    takes: ClassVar[Literal["float", "int", "any", "mixed"]] = "float"
    """The dtype of the inputs. Token ids pass only through ops that take any dtype, to ops that take integers.

    An op whose inputs have different dtypes, ``mixed``, states the dtype of its output itself.
    """
    is_view: ClassVar[bool] = False
    """True if the output shares the input's memory in eval mode, provided that the strides of the input allow it."""
    layout: ClassVar[Layout] = "contiguous"
    """The order of the output in memory, unless it is a view."""
    integer_tensors: ClassVar[tuple[str, ...]] = ()
    """The names of the tensors that are held as int64.

    All others are float32, but a tensor with the layer's own name has the dtype of ``output_dtype``.
    """

    _fields: ClassVar[dict[str, Field]]
    _validator: ClassVar[SchemaValidator]

    def __init__(self, **values: Any) -> None:
        cls = type(self)
        if "_validator" not in cls.__dict__:
            cls._validator = SchemaValidator(core_schema(cls.fields()))
        self.__dict__.update(validate(cls._validator, cls._fields, values))
        self.check()

    @classmethod
    def fields(cls) -> dict[str, Field]:
        """Return the fields by name, in the order of the class.

        In YAML, the first takes an argument that has no key.
        """
        if "_fields" not in cls.__dict__:
            cls._fields = fields_of(cls)
        return cls._fields

    def check(self) -> None:
        """Raise OpError if the fields contradict one another for every input."""

    @property
    def unknown(self) -> frozenset[Aspect]:
        """The parts of the layer that are unknown. Totals are lower bounds if there are any."""
        return KNOWN

    @property
    def output_dtype(self) -> Literal["float32", "int64"]:
        """The dtype of the output of an op whose inputs are mixed or that has none."""
        return "float32"

    @property
    def has_kept(self) -> bool:
        """True if the layer returns what an earlier call stored, so that its input need not be computed."""
        return False

    def check_batched(self, batched: Sequence[bool]) -> None:
        """Raise OpError if an input that is ``batched``, so that it differs from sample to sample, must not be."""

    def check_ids(self) -> None:
        """Raise OpError if the op takes any dtype, but not token ids with its fields. Called if ids arrive."""

    def output_shape(self, inputs: Shapes) -> Shape:
        """Return the shape of the output. Raises OpError if the inputs do not fit."""
        raise NotImplementedError

    def refuses_one_sample(self, inputs: Shapes) -> str:
        """Return the reason why the layer cannot run for a batch of one, as a norm of single values; empty if
        it can.
        """
        return ""

    def parameters(self, inputs: Shapes) -> Tensors:
        """Return the learnable tensors by name: 'weight' → (32, 3, 3, 3)."""
        return {}

    def buffers(self, inputs: Shapes) -> Tensors:
        """Return the tensors of the state dict that are not learnt, by name."""
        return {}

    def state(self, inputs: Shapes) -> State | None:
        """Return the state that the layer keeps between calls, which is also its output; None if it keeps nothing."""
        return None

    def role_of(self, name: str) -> HeldRole:
        """Return the role of the parameter ``name``, which no product multiplies; by default a bias if its name says
        so.

        ``name`` is empty for a parameter that has the layer's own name. Raises OpError for any other parameter, so an
        op that holds one has to override this method.
        """
        if is_called_bias(name):
            return "bias"
        raise OpError(
            f"{self.word} does not say what its tensor {name or 'of its own name'} is used for", "override role_of"
        )

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        """Return the multiplications, with one Product per weight."""
        if not self.no_macs:
            raise NotImplementedError(f"{self.word} states neither its MACs nor why it has none")
        return ()

    def masked_macs(self, inputs: Shapes, output: Shape) -> int:
        """Return the number of its MACs that belong to pairs of tokens hidden by its causal mask."""
        return 0

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        """Return by kind the number of elements that it computes at some cost, but not with MACs."""
        return {self.word: output.elements} if self.category else {}

    def in_place(self, inputs: Shapes) -> InPlace:
        """Return the way in which its output may be written over an input of the same size that no later layer
        reads.
        """
        return "no"

    def kind(self, inputs: Shapes) -> str:
        """Return the kind that reports show, such as depthwise or pointwise; by default the op's word."""
        return self.word

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides | None:
        """Return, for a view, the strides of the output in the memory of its first input; None if it must be a
        copy.
        """
        return viewed(sizes, strides, output)

    def own_strides(self, x: Shape, strides: Strides) -> Strides:
        """Return, if ``layout`` is "own", the strides of the output for an input ``x`` that has ``strides``."""
        return contiguous(x.sizes)

    def per_axis(self, field: str, rank: int) -> tuple[Any, ...]:
        """Return the value of ``field`` for each spatial axis. Raises OpError for a list of another length."""
        value = getattr(self, field)
        if not isinstance(value, tuple):
            return (value,) * rank
        if len(value) != rank:
            raise OpError(f"{field} has {len(value)} values for {rank} spatial axes")
        return value

    def values(self) -> dict[str, Any]:
        """Return the names of the fields and their values."""
        return dict(self.__dict__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


def is_called_bias(name: str) -> bool:
    """Return whether a tensor's name marks it as a bias: ``bias``, ``in_proj_bias``, ``bias_hh_l0``.

    So does ``sinks``, which attention adds to the scores of each head as one more.
    """
    return not {"bias", "sinks"}.isdisjoint(name.rpartition(".")[2].split("_"))


def class_name(word: str) -> str:
    """Return the name of the class for ``word``: ``batch_norm`` → ``BatchNorm``."""
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))
