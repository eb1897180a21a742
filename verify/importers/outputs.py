"""Compares the outputs of the network that a spec builds with those of the foreign one. Both run on two samples."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.model.graph import Graph
from verify.build import build
from verify.build.tensor import OwnTensor
from verify.errors import VerifyError
from verify.first_difference import first_output
from verify.importers.alike import held_values, times_written
from verify.importers.beside import OutputPair, samples_first
from verify.importers.foreign import Foreign, foreign_of
from verify.importers.lowering import Lowered
from verify.importers.made import made_values
from verify.importers.samples import BATCH, samples
from verify.lively import lively
from verify.masks import masks_of
from verify.measure.conditions import counting_conditions
from verify.returned import tensors_in

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}
"""The largest difference that counts as rounding, as a fraction of the largest value, by dtype of the foreign code."""


TABLE_TOLERANCE = 1e-6
"""The same if the foreign code computes tables, such as positions, in float32, because ours computes in float64."""


SMALLER = 0.25
"""The factor of the weights with which outputs are compared that would be the same for every input."""


class Discrepancy(NamedTuple):
    """A problem at the module ``path``, which is empty for the whole network."""

    path: str
    fact: str


class OutputsCompared(NamedTuple):
    """The result of the comparison in words, and every problem."""

    words: str
    differences: tuple[Discrepancy, ...] = ()
    proves_nothing: bool = False
    """Whether the outputs are equal, but some are the same for every input."""


def compare_with_foreign(lowered: Lowered, graph: Graph) -> OutputsCompared:
    """Run the foreign network and that of ``graph`` with the same random weights, in float64 if possible.

    If they differ and a mask arrives, they run on its opposite too: the code hides what a mask marks or all else, and
    attention that hides everything has no value to compare. If an output is the same for every input, such as that of a
    sigmoid for large numbers, they run with smaller weights too.
    """
    found = _compared(lowered, graph, masks_begin=False)
    if found.proves_nothing:
        smaller = _compared(lowered, graph, masks_begin=False, gain=SMALLER)
        found = found if smaller.differences else smaller
    if not found.differences or not masks_of(graph):
        return found
    other = _compared(lowered, graph, masks_begin=True)
    return found if other.differences else other


def _compared(lowered: Lowered, graph: Graph, *, masks_begin: bool, gain: float = 1.0) -> OutputsCompared:
    foreign = foreign_of(lowered.traced)
    with counting_conditions(foreign.network):
        try:
            pair = _Pair(foreign, lowered, graph, torch.float64, masks_begin, gain)
        except (VerifyError, OpError):  # its code makes tensors that are not float64
            pair = None
        try:
            found = None if pair is None else pair.compared()
            if found is None or (found.differences and lowered.made):  # its code may compute constants in float32
                found = _Pair(foreign, lowered, graph, torch.float32, masks_begin, gain).compared()
            return found
        except VerifyError as error:
            return OutputsCompared("outputs not compared", (Discrepancy(error.layer, error.fact),))
        except OpError as error:
            return OutputsCompared("outputs not compared", (Discrepancy("", error.fact),))


class _Pair:
    """Both networks with the same weights, and their outputs. Raises VerifyError if one cannot run."""

    def __init__(
        self, foreign: Foreign, lowered: Lowered, graph: Graph, dtype: torch.dtype, masks_begin: bool, gain: float
    ) -> None:
        self.foreign = foreign
        own = foreign.tensors
        saved = foreign.network.state_dict()
        constants = {key: each for key, each in lowered.traced.program.constants.items() if _is_tensor(each)}
        drawn = [key for key in own if key in saved and key not in lowered.read]
        filled = lively({key: own[key] for key in drawn})
        smaller = {key: each * gain if each.is_floating_point() else each for key, each in filled.items()}
        held = constants | own | (filled if gain == 1 else smaller)
        self.tensors = FrozenDict({name: _as(held[name], dtype) for name in own})
        self.inputs = [_as(each, dtype) for each in samples(graph, masks_begin=masks_begin)]
        before = self._held()
        with _Narrowest() as narrowest:
            self.theirs = self._returned(self.inputs)
        self.keeps_something = self._held() != before
        self.computed_in = narrowest.dtype if dtype == torch.float64 else dtype
        self.tolerance = max(TOLERANCE.get(self.computed_in, 0.0), TABLE_TOLERANCE if narrowest.makes_tables else 0.0)
        self.network = build(graph, initialise=False)
        state = {key: _as(held[key], dtype) for key in self.network.state_dict()}
        self.network.load_state_dict(state, strict=True, assign=True)
        for name, values in made_values(lowered, {key: _as(each, dtype) for key, each in held.items()}, dtype).items():
            setattr(self.network.layers[name], OwnTensor.own_tensor, values)
        self.network.to(dtype)
        self.values = lowered.outputs
        self.places = {index: place for place, index in enumerate(graph.outputs.values())}

    def run_foreign(self, inputs: Sequence[torch.Tensor]) -> Any:
        return self.foreign.run([each.clone() for each in inputs], self.tensors)

    def _returned(self, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return the tensors that the foreign network returns for ``inputs``; booleans become 1 and 0, as in ours."""
        found = tensors_in(self.run_foreign(inputs))
        return [each.to(torch.float64) if each.dtype == torch.bool else each for each in found]

    def _held(self) -> tuple[Any, ...]:
        """Return the state of the foreign network. If it changes in a run, the forward keeps something."""
        return held_values(self.foreign.network), [times_written(each) for each in self.tensors.values()]

    def compared(self) -> OutputsCompared:
        """Compare the outputs. Raises VerifyError if the network of the graph cannot run."""
        if self.computed_in not in TOLERANCE:
            computed = _shown(self.computed_in)
            fact = f"its forward computes a part in {computed}, but outputs are compared in float32 or float64"
            return OutputsCompared("outputs not compared", (Discrepancy("", fact),))
        if len(self.theirs) != len(self.values):
            fact = f"its forward returns {len(self.theirs)} tensors, but inputs reach only {len(self.values)}"
            return OutputsCompared("outputs not compared", (Discrepancy("", fact),))
        returned = self.network(*self.inputs)
        ours = returned if isinstance(returned, tuple) else (returned,)
        outputs = [
            OutputPair(samples_first(theirs, value.batch), ours[self.places[value.node]], value.batch is not None)
            for theirs, value in zip(self.theirs, self.values, strict=True)
        ]
        unequal = [output.fault() or output.difference(self.tolerance) for output in outputs]
        wrong = [
            Discrepancy("", f"output {number} of {len(outputs)} {fact}" if len(outputs) > 1 else f"the output {fact}")
            for number, (output, found) in enumerate(zip(outputs, unequal, strict=True), 1)
            if (fact := found or output.sameness(self.tolerance))
        ]
        if self.keeps_something and not wrong and not self._is_same_again():
            return OutputsCompared("outputs DIFFER", (_NO_FUNCTION,))
        if not wrong:
            precision = "" if self.computed_in == torch.float64 else f" in {_shown(self.computed_in)}"
            return OutputsCompared(f"outputs at batch {BATCH} equal{precision}")
        if not any(output.fault() for output in outputs):
            wrong = self._explained(wrong)
        return OutputsCompared("outputs DIFFER", tuple(wrong), proves_nothing=not any(unequal))

    def _explained(self, wrong: list[Discrepancy]) -> list[Discrepancy]:
        """Return ``wrong`` and the first layer that differs, or say that the outputs depend on more than the inputs."""
        if not self._is_same_again():
            return [_NO_FUNCTION]
        if all(value.batch is not None and value.batch == (0, 1, 1) for value in self.values):
            alone = self._returned([each[:1] for each in self.inputs])
            if not self._same(alone, [each[:1] for each in self.theirs]):
                return [Discrepancy("", "the outputs of a sample depend on what else is in the batch")]
        first = first_output(self.network, self.foreign.network, tuple(self.inputs), self._run_either, self.tolerance)
        return [*wrong, *([Discrepancy(first.layer, first.fact)] if first else [])]

    def _is_same_again(self) -> bool:
        return self._same(self._returned(self.inputs), self.theirs)

    def _same(self, ones: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> bool:
        return all(
            one.shape == other.shape and float((one - other).abs().max()) <= self.tolerance * float(other.abs().max())
            for one, other in zip(ones, others, strict=True)
        )

    def _run_either(self, network: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
        return network(*inputs) if network is self.network else self.run_foreign(inputs)


_NO_FUNCTION = Discrepancy(
    "", "two runs on the same inputs give different outputs: its forward is random, or keeps state"
)


def _as(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return tensor.detach().to(dtype) if tensor.is_floating_point() else tensor.detach()


class _Narrowest(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves its __init_subclass__ untyped
    """Notes the least precise float type of the tensors, to which the results are rounded."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.dtype = torch.float64
        self.makes_tables = False

    def __torch_dispatch__(self, func: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        read, made = ([each.dtype for each in _floats(values)] for values in ((args, kwargs), output))
        self.makes_tables |= torch.float64 not in read and any(each != torch.float64 for each in made)
        if torch.float64 in read:
            self.dtype = max([self.dtype, *made], key=lambda dtype: torch.finfo(dtype).eps)
        return output


def _floats(values: Any) -> list[torch.Tensor]:
    return [each for each in tensors_in(values) if each.is_floating_point()]


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _shown(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
