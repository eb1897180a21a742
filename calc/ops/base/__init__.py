"""The contract of an op: fields, output shape, parameters and MACs, in integers, for one sample."""

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
"""What a tensor that a layer holds is to the network.

``weight``: a product multiplies it. ``bias``: added to a product's result. ``norm``: scales or shifts element by
element, as a norm does. ``embedding``: values that join what flows, looked up, added or put beside it. ``buffer``: not
learnt. ``state``: lives from call to call, as a cache does.
"""
Elementwise = dict[str, int]
InPlace = Literal["no", "elements", "channels"]
"""How a layer may write its output over an input: not at all; each element over the one that it is made from; or each
channel over the one that it is made from, when it is done."""
Layout = Literal["contiguous", "elementwise", "maps", "own"]
"""How a new output lies in storage: in order; its axes in the order of the inputs' axes; with the channels last, where
maps arrive so; or as the op's ``own_strides`` says."""


class Parameter(NamedTuple):
    """A tensor that the layer holds, by its name: ``weight``."""

    name: str

    def __str__(self) -> str:
        return self.name


class Input(NamedTuple):
    """A tensor that arrives at the layer; its first input is at position 0."""

    position: int

    def __str__(self) -> str:
        return f"input {self.position}"


Operand = Parameter | Input
"""What a layer multiplies with."""
Aspect = Literal["work", "tensors"]
"""What of a layer may not be known: what it computes, and makes meanwhile; the tensors that it holds."""
KNOWN: frozenset[Aspect] = frozenset()


class Product(NamedTuple):
    """The multiplications of one weight, or of two tensors that both come from the input.

    ``weight``: what a policy narrows; ``None`` for a product of activations, whose ``operands`` are the inputs that are
    multiplied as they arrive: one that the network's input does not reach counts as a weight. ``macs`` is dense (zero
    padding included), ``effective_macs`` leaves the multiplications by zero padding out. ``fan_in`` is the length of
    one output's sum. ``per_call``: runs once a batch, not once a sample.
    """

    weight: Operand | None
    macs: int
    effective_macs: int
    fan_in: int
    per_call: bool = False
    operands: tuple[Input, ...] = ()


class State(NamedTuple):
    """What a layer keeps of a sample from call to call: ``entries``, each of ``sizes``, once the call is over.

    Each token adds an entry, until there are as many as are kept; or where it does not ``grow``, none does. A call
    reads the ``read`` entries of earlier ones that its tokens see, and makes ``new`` ones.
    """

    entries: int
    sizes: tuple[int, ...]
    read: int = 0
    new: int = 0
    grows: bool = True

    @property
    def written(self) -> int:
        """The new entries that are kept."""
        return min(self.new, self.entries)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Op:
    """One kind of layer. Subclasses declare fields (the YAML keys) and the three rules.

    Constructing one validates the fields and raises FieldError naming each bad key.
    """

    word: ClassVar[str]
    """The word in YAML; the op's file has the same name."""
    formula: ClassVar[str] = ""
    """The MACs in words, for `calc ops`."""
    no_macs: ClassVar[str] = ""
    """Why this op has no multiplications that count; an op without products must give one."""
    roles: ClassVar[tuple[str, ...]] = ("x",)
    """The inputs in order: ``x``, optional ``weight?``, or any number (at least one) of ``xs*``."""
    category: ClassVar[str] = ""
    """What its elements are counted as: norm, activation, pool, add, …; empty for none."""
    takes: ClassVar[Literal["float", "int", "any", "mixed"]] = "float"
    """The dtype of the inputs: token ids go through what takes any to what takes integers, and nowhere else.

    What takes both at once, mixed, says itself what it puts out.
    """
    is_view: ClassVar[bool] = False
    """Whether the output shares the input's storage in eval mode, where its strides allow it."""
    layout: ClassVar[Layout] = "contiguous"
    """How its output lies in storage, where it is no view."""
    integer_tensors: ClassVar[tuple[str, ...]] = ()
    """The names of the tensors that it holds as int64; all others are float32, and one that bears the layer's own name
    what ``output_dtype`` says."""

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
        """The fields by name, in the order of the class: the first takes a bare argument in YAML."""
        if "_fields" not in cls.__dict__:
            cls._fields = fields_of(cls)
        return cls._fields

    def check(self) -> None:
        """Raise OpError where fields contradict one another whatever the input."""

    @property
    def unknown(self) -> frozenset[Aspect]:
        """What of it is not known, so that totals are at least what is counted."""
        return KNOWN

    @property
    def output_dtype(self) -> Literal["float32", "int64"]:
        """Where it takes mixed inputs, or none, what it puts out."""
        return "float32"

    @property
    def has_kept(self) -> bool:
        """Whether it passes on what an earlier call left in place of its input, which then need not be made."""
        return False

    def check_batched(self, batched: Sequence[bool]) -> None:
        """Raise OpError where an input that is ``batched``, different for each sample, has to be the same for all."""

    def output_shape(self, inputs: Shapes) -> Shape:
        """The output's shape; raises OpError where the inputs do not fit."""
        raise NotImplementedError

    def refuses_one_sample(self, inputs: Shapes) -> str:
        """Why it cannot run for a batch of one, as a norm of single values cannot; empty where it can."""
        return ""

    def parameters(self, inputs: Shapes) -> Tensors:
        """Learnable tensors by name: 'weight' → (32, 3, 3, 3)."""
        return {}

    def buffers(self, inputs: Shapes) -> Tensors:
        """Tensors of the state dict that are not learnt, by name."""
        return {}

    def state(self, inputs: Shapes) -> State | None:
        """What it keeps from call to call, which is what it puts out; None where it keeps nothing."""
        return None

    def role_of(self, name: str) -> HeldRole:
        """What its parameter ``name`` is, where no product multiplies it: a bias if it is called one.

        One that is called as its layer is asked for by that name. Raises OpError for any other: an op that holds one
        says here what it is.
        """
        if is_called_bias(name):
            return "bias"
        raise OpError(f"{self.word} does not say what its tensor {name or 'of its own name'} is", "role_of does")

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        """The multiplications, one Product per weight."""
        if not self.no_macs:
            raise NotImplementedError(f"{self.word} states neither its MACs nor why it has none")
        return ()

    def masked_macs(self, inputs: Shapes, output: Shape) -> int:
        """How many of its MACs a causal mask makes superfluous: those of pairs of tokens of which one may not see the
        other."""
        return 0

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        """Elements that cost something but are not MACs, by kind."""
        return {self.word: output.elements} if self.category else {}

    def in_place(self, inputs: Shapes) -> InPlace:
        """How its output may take the place of an input of the same elements, or channels, that nothing reads later."""
        return "no"

    def kind(self, inputs: Shapes) -> str:
        """The kind shown in reports: depthwise, pointwise, … or the op's word."""
        return self.word

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides | None:
        """For a view: the strides of the output in the storage of its first input, None where it has to be a copy."""
        return viewed(sizes, strides, output)

    def own_strides(self, x: Shape, strides: Strides) -> Strides:
        """Where ``layout`` is "own": the strides of the output for an input ``x`` that has ``strides``."""
        return contiguous(x.sizes)

    def per_axis(self, field: str, rank: int) -> tuple[Any, ...]:
        """The value of ``field`` once per spatial axis. Raises OpError for a list of another length."""
        value = getattr(self, field)
        if not isinstance(value, tuple):
            return (value,) * rank
        if len(value) != rank:
            raise OpError(f"{field} has {len(value)} values for {rank} spatial axes")
        return value

    def values(self) -> dict[str, Any]:
        """The fields and their values."""
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
    """Whether a tensor is called a bias: ``bias``, ``in_proj_bias``, ``bias_hh_l0``."""
    return "bias" in name.rpartition(".")[2].split("_")


def class_name(word: str) -> str:
    """The name of the class that ``word`` stands for: ``batch_norm`` → ``BatchNorm``."""
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))
