"""An op that calc does not know: a node with a shape, so that the layers around it can be counted."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import Aspect, HeldRole, Op, Tensors
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Channels, OptionalTensorList, SizesOrNone, Words
from calc.shape import Shape, Shapes, sizes_of

NO_TENSORS = "none"
_BUFFER = ":buffer"
_SCALAR = "scalar"


class Opaque(Op):
    """An op of another framework, called ``op`` there. The ``shape`` of its output is known, its computation is not.

    Totals that it could add to are reported as a lower bound. ``reason`` says why it is not known. ``tensors`` lists
    what it holds, such as ``weight=64x3x7x7 mean=64:buffer scale=scalar``, or is ``none``; if it is null, that is
    unknown too. The output counts as a tensor of its own. PyTorch cannot build such a layer, so a network that has one
    is not verified by running it.
    """

    word = "opaque"
    no_macs = "not known and not counted, so totals are a lower bound"
    roles = ("xs*",)
    takes = "mixed"

    op: Words
    shape: SizesOrNone
    reason: Words
    tensors: OptionalTensorList = None
    channels: Channels = None
    dtype: Literal["float32", "int64"] = "float32"

    def check(self) -> None:
        self._named()

    @property
    def unknown(self) -> frozenset[Aspect]:
        return frozenset(("work",) if self.tensors is not None else ("work", "tensors"))

    @property
    def output_dtype(self) -> Literal["float32", "int64"]:
        return self.dtype

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = Shape(self.shape)
        return shape if self.channels is None else shape._replace(channel_axis=declared_axis(self.channels, shape))

    def parameters(self, inputs: Shapes) -> Tensors:
        return {name: sizes for name, (sizes, is_buffer) in self._named().items() if not is_buffer}

    def buffers(self, inputs: Shapes) -> Tensors:
        return {name: sizes for name, (sizes, is_buffer) in self._named().items() if is_buffer}

    def kind(self, inputs: Shapes) -> str:
        return self.op

    def role_of(self, name: str) -> HeldRole:
        return "bias" if name.rpartition(".")[2] == "bias" else "embedding"

    def _named(self) -> dict[str, tuple[tuple[int, ...], bool]]:
        """Return the sizes of each tensor, and whether it is a buffer. Raises OpError."""
        found: dict[str, tuple[tuple[int, ...], bool]] = {}
        for part in (self.tensors or NO_TENSORS).split():
            name, equals, written = part.partition("=")
            if not equals:
                continue  # the word none
            sizes = written.removesuffix(_BUFFER)
            if name in found:
                raise OpError(f"tensors names {name[:60]} twice")
            found[name] = (() if sizes == _SCALAR else sizes_of(sizes)), written != sizes
        return found
