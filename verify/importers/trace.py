"""What torch.export sees of a network, and the sizes of every tensor at two batches."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.export import Dim, ExportedProgram

from verify.errors import VerifyError
from verify.importers.load import Loaded, users_code
from verify.measure.conditions import counting_conditions

Sizes = tuple[int, ...]

BATCH, OTHER_BATCH = 13, 17
"""Sizes that nothing else in a network is likely to have: torch.export takes what is equal by chance for equal."""
_IDS = ("ids", "tokens", "token", "input_ids", "token_ids", "idx", "indices", "labels")
"""Names of arguments that are token ids."""


@dataclass(frozen=True)
class Traced:
    """A network as torch.export sees it.

    ``sizes``: of each tensor that a node of the program's graph makes, by the node's name, at a batch of BATCH and at
    one of OTHER_BATCH. ``remarks``: what was not possible.
    """

    loaded: Loaded
    program: ExportedProgram
    sizes: Mapping[str, tuple[tuple[Sizes, Sizes], ...]]
    remarks: tuple[str, ...] = ()

    @property
    def graph(self) -> fx.Graph:
        """The program's graph."""
        graph: fx.Graph = self.program.graph
        return graph


def traced(loaded: Loaded) -> Traced:
    """``loaded`` in evaluation mode as torch.export sees it. Raises VerifyError in plain words where it cannot."""
    module = loaded.module
    if isinstance(module, ExportedProgram):
        return _given(loaded, module)
    with counting_conditions(module), _quietly():
        try:
            program = _exported(module, example(loaded, BATCH), symbolic=True)
            if _is_symbolic(program):
                return Traced(loaded, program, _symbolic_sizes(program))
        except Exception:  # torch.export raises what it likes, the next attempts say what is wrong
            pass
        try:
            return _at_two_batches(loaded, module)
        except Exception as error:
            raise _refused(loaded, error) from error


def example(loaded: Loaded, batch: int) -> dict[str, torch.Tensor]:
    """Inputs of ``loaded`` by name, all zeros, on the device of its parameters."""
    held = next(loaded.module.parameters(), None) if isinstance(loaded.module, nn.Module) else None
    device = "cpu" if held is None else held.device
    return {
        name: torch.zeros((batch, *sizes), dtype=torch.int64 if name in _IDS else torch.float32, device=device)
        for name, sizes in loaded.inputs.items()
    }


def _exported(module: nn.Module, inputs: Mapping[str, torch.Tensor], *, symbolic: bool) -> ExportedProgram:
    batch = {name: {0: Dim.AUTO} for name in inputs} if symbolic else None
    with users_code(type(module).__name__):
        return torch.export.export(module, (), dict(inputs), dynamic_shapes=batch, strict=False)


def _at_two_batches(loaded: Loaded, module: nn.Module) -> Traced:
    first, second = (_exported(module, example(loaded, batch), symbolic=False) for batch in (BATCH, OTHER_BATCH))
    if [node.target for node in first.graph.nodes] != [node.target for node in second.graph.nodes]:
        raise VerifyError(f"{loaded.source} runs other operations for a batch of {BATCH} than for {OTHER_BATCH}")
    pairs = zip(first.graph.nodes, second.graph.nodes, strict=True)
    sizes = {one.name: _paired(_tensors(one), _tensors(other)) for one, other in pairs}
    return Traced(loaded, first, sizes)


def _given(loaded: Loaded, program: ExportedProgram) -> Traced:
    """A program from a file: its batch is symbolic, or the first axis is taken for it."""
    if _is_symbolic(program):
        return Traced(loaded, program, _symbolic_sizes(program))
    raise VerifyError(
        f"{loaded.source} was exported for one size of the batch",
        "torch.export.export(…, dynamic_shapes={'x': {0: torch.export.Dim.AUTO}})",
    )


def _is_symbolic(program: ExportedProgram) -> bool:
    wanted = set(program.graph_signature.user_inputs)
    inputs = [
        node for node in program.graph.nodes if node.name in wanted and isinstance(node.meta["val"], torch.Tensor)
    ]
    return bool(inputs) and all(isinstance(node.meta["val"].shape[0], torch.SymInt) for node in inputs)


def _symbolic_sizes(program: ExportedProgram) -> dict[str, tuple[tuple[Sizes, Sizes], ...]]:
    return {
        node.name: tuple([(_at(tensor, BATCH), _at(tensor, OTHER_BATCH)) for tensor in _tensors(node)])
        for node in program.graph.nodes
    }


def _at(tensor: torch.Tensor, batch: int) -> Sizes:
    return tuple([size if isinstance(size, int) else _worked_out(size, batch) for size in tensor.shape])


def _worked_out(size: Any, batch: int) -> int:
    expression = size.node.expr
    if expression.is_Symbol and not str(expression).startswith("u"):
        return batch
    values = dict.fromkeys(expression.free_symbols, batch)
    if any(str(symbol).startswith("u") for symbol in values):
        raise VerifyError(f"a size depends on the values that arrive: {expression}")
    return int(expression.subs(values))


def _paired(first: list[torch.Tensor], second: list[torch.Tensor]) -> tuple[tuple[Sizes, Sizes], ...]:
    return tuple([(tuple(one.shape), tuple(other.shape)) for one, other in zip(first, second, strict=True)])


def _tensors(node: fx.Node) -> list[torch.Tensor]:
    """What a node makes: one tensor, or several; none for numbers and for nothing."""
    made = node.meta.get("val")
    if isinstance(made, torch.Tensor):
        return [made]
    return [each for each in made if isinstance(each, torch.Tensor)] if isinstance(made, (tuple, list)) else []


def _refused(loaded: Loaded, error: Exception) -> VerifyError:
    if isinstance(error, VerifyError) and error.__cause__ is None:
        return error
    cause: BaseException = error.__cause__ or error
    said = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    kind = type(cause).__name__
    if "DataDependent" in kind or "data-dependent" in said or "unbacked" in said:
        return VerifyError(
            f"{loaded.source}: its forward decides by the values that arrive, so that no one graph is the network",
            "a forward whose steps depend on shapes alone",
        )
    return VerifyError(f"{loaded.source}: torch.export cannot trace its forward: {kind}: {said}")


@contextmanager
def _quietly() -> Iterator[None]:
    """Within it torch says nothing of its own: what matters ends in a message of ours."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
