"""Traces a network with torch.export, and finds the sizes of every tensor at two batch sizes."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

import torch
from torch import fx, nn
from torch.export import Dim, ExportedProgram

from calc.errors import Problem, SpecError
from calc.importing.other_sizes import first_few
from calc.model.inputs import input_option
from verify.errors import VerifyError
from verify.importers.alike import require_alike
from verify.importers.arguments import forward_arguments, parameters_of
from verify.importers.batch_numbers import marked
from verify.importers.calls import levels
from verify.importers.cells import with_open_cells
from verify.importers.element_types import (
    ElementTypes,
    require_integers,
    types_to_try,
    wants_other_type,
    with_ids_alone,
)
from verify.importers.inline import inlined
from verify.importers.load import Loaded, quietly, users_code
from verify.importers.pure import leaving_no_fakes, require_own_layers, require_python
from verify.importers.refused import Whereabouts, refused_trace, whereabouts
from verify.importers.written_gelu import with_gelus
from verify.measure.conditions import counting_conditions
from verify.returned import plain_outputs

Sizes = tuple[int, ...]

BATCH, OTHER_BATCH = 13, 17
"""Batch sizes that networks rarely have as other sizes, because torch.export treats equal sizes as the same size."""


_GRAPH = "\n\n\ndef forward("
"""The start of the graphs that torch.export prints."""


@dataclass(frozen=True)
class Traced:
    """A network traced by torch.export.

    ``sizes`` has, by the name of each node in the graph of ``program``, the sizes of its tensors at a batch of BATCH
    and at one of OTHER_BATCH. ``left_out`` are the classes of objects that its forward returns and that are neither
    tensors nor containers of them.
    """

    loaded: Loaded
    program: ExportedProgram
    sizes: Mapping[str, tuple[tuple[Sizes, Sizes], ...]]
    left_out: tuple[str, ...] = ()

    @property
    def graph(self) -> fx.Graph:
        """The graph of the program."""
        graph: fx.Graph = self.program.graph
        return graph

    @property
    def inputs(self) -> list[fx.Node]:
        """The nodes of the inputs in the program's graph, in their order."""
        arriving = set(self.program.graph_signature.user_inputs)
        named = [node for node in self.graph.nodes if node.name in arriving]
        return [node for node in named if isinstance(node.meta.get("val"), torch.Tensor)]

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences for the reader of its spec."""
        said = list(self.loaded.remarks)
        masks = [node.name for node in self.inputs if node.meta["val"].dtype == torch.bool]
        if masks:
            said.append(f"{first_few(masks)}: booleans in the source; here true is 1 and false is 0.")
        if self.left_out:
            said.append(
                f"The forward also returns an object of {first_few(list(self.left_out))}, which is no output here."
            )
        return tuple(said)


def traced(loaded: Loaded) -> Traced:
    """Trace ``loaded`` in evaluation mode. Raises VerifyError or SpecError if it cannot be traced."""
    module = loaded.module
    if isinstance(module, ExportedProgram):
        return _given(loaded, with_open_cells(inlined(module)))
    require_python(loaded.source, module)
    found: list[Traced] = []

    def trace() -> fx.Graph:
        where.clear()
        with leaving_no_fakes(module):
            found.append(_traced(loaded, where))
        require_own_layers(loaded.source, module)
        return found[-1].graph

    with counting_conditions(module), quietly(), plain_outputs(module) as left_out, whereabouts(module) as where:
        require_alike(loaded.source, module, trace)
    return replace(found[0], left_out=tuple(sorted(left_out)))


def _traced(loaded: Loaded, where: Whereabouts) -> Traced:
    try:
        program = _exported(loaded, BATCH, symbolic=True)
        if _is_symbolic(program):
            return Traced(loaded, program, _symbolic_sizes(program))
    except Exception:  # torch.export raises all kinds of exceptions; the next attempt reports the reason
        pass
    where.clear()
    try:
        return _at_two_batches(loaded)
    except Exception as error:
        raise refused_trace(loaded.source, error, where, _tried(loaded)) from error


def _tried(loaded: Loaded) -> str:
    """Return the batch sizes and input sizes of the trace as text, because torch's messages contain these sizes."""
    return f"it is tried with {BATCH} samples of {input_option(loaded.inputs)}, and with {OTHER_BATCH}"


def example(loaded: Loaded, batch: int, types: ElementTypes) -> dict[str, torch.Tensor]:
    """Return inputs of ``loaded`` by name, all zeros, on the device of its parameters."""
    held = next(loaded.module.parameters(), None) if isinstance(loaded.module, nn.Module) else None
    device = "cpu" if held is None else held.device
    return {
        name: torch.zeros((batch, *sizes), dtype=types[name], device=device) for name, sizes in loaded.inputs.items()
    }


def _exported(loaded: Loaded, batch: int, *, symbolic: bool) -> ExportedProgram:
    """Return the program for ``batch`` samples, or a symbolic number, with the first types of its inputs that run."""
    module = loaded.module
    assert isinstance(module, nn.Module)
    to_try = list(types_to_try(list(loaded.inputs), parameters_of(module)))
    first: Exception | None = None
    for types in to_try:
        try:
            program = _exported_at(loaded, batch, types, symbolic=symbolic)
        except VerifyError as error:
            first = first or error
            if not wants_other_type(error):
                break
        else:
            fewer = with_ids_alone(program, types, to_try[0])
            return program if fewer == types else _exported_at(loaded, batch, fewer, symbolic=symbolic)
    assert first is not None
    raise first


def _exported_at(loaded: Loaded, batch: int, types: ElementTypes, *, symbolic: bool) -> ExportedProgram:
    module = loaded.module
    assert isinstance(module, nn.Module)
    dynamic = {name: {0: Dim.AUTO} for name in loaded.inputs} if symbolic else None
    with users_code(type(module).__name__), _without_graphs(), _without_lines():
        args, kwargs = forward_arguments(module, example(loaded, batch, types))
        program = torch.export.export(module, args, kwargs, dynamic_shapes=dynamic, strict=False)
        require_integers(program)
        return with_gelus(with_open_cells(inlined(program)))


@contextmanager
def _without_lines() -> Iterator[None]:
    """Keep torch.export from looking up the line of code of each node, which takes a fifth to half of its time."""
    before = fx.config.do_not_emit_stack_traces
    fx.config.do_not_emit_stack_traces = True
    try:
        yield
    finally:
        fx.config.do_not_emit_stack_traces = before


@contextmanager
def _without_graphs() -> Iterator[None]:
    """Keep torch.export from printing the graph of a network that it cannot trace; other output comes at the end."""
    said, before = StringIO(), sys.stderr
    try:
        with redirect_stdout(said), redirect_stderr(said):
            yield
    finally:
        before.write(said.getvalue().partition(_GRAPH)[0])


def _at_two_batches(loaded: Loaded) -> Traced:
    first, second = (_exported(loaded, batch, symbolic=False) for batch in (BATCH, OTHER_BATCH))
    pairs = list(zip(first.graph.nodes, second.graph.nodes, strict=False))
    if not marked(first.graph, second.graph):
        _require_sizes_without_values(loaded, first)
        fact = f"{loaded.source} runs other operations for a batch of {BATCH} than for {OTHER_BATCH}"
        raise VerifyError(
            fact, "write a forward that takes all samples in one tensor, without lists of samples or boxes"
        )
    sizes = {one.name: _paired(_tensors(one), _tensors(other)) for one, other in pairs}
    return Traced(loaded, first, dict.fromkeys([node.name for node in first.graph.nodes], ()) | sizes)


def _require_sizes_without_values(loaded: Loaded, program: ExportedProgram) -> None:
    """Raise SpecError with the first operation whose number of elements depends on the values of the inputs."""
    for node in program.graph.nodes:
        if any(_is_open(size) for tensor in _tensors(node) for size in tensor.shape):
            path = next((call.path for call in reversed(levels(node))), "") or "the network itself"
            fact = "gives a number of elements that depends on the values of its inputs, like x[mask]"
            hint = "keep all positions: torch.where(mask, x, 0), or x[mask] = 0"
            raise SpecError([Problem(loaded.source, fact, hint, path, str(node.target))])


def _given(loaded: Loaded, program: ExportedProgram) -> Traced:
    """Return a program from a file. Raises VerifyError unless the batch, and only the batch, is symbolic."""
    shapes = _input_shapes(program)
    if not _is_symbolic(program) or any(_is_open(size) for shape in shapes for size in shape[1:]):
        fact = f"{loaded.source} was exported with dynamic sizes other than the batch on axis 0 of every input"
        raise VerifyError(fact, "use torch.export.export(…, dynamic_shapes={'x': {0: torch.export.Dim.AUTO}})")
    return Traced(loaded, program, _symbolic_sizes(program))


def _is_symbolic(program: ExportedProgram) -> bool:
    shapes = _input_shapes(program)
    return bool(shapes) and all(_is_open(shape[0]) for shape in shapes)


def _input_shapes(program: ExportedProgram) -> list[torch.Size]:
    wanted = set(program.graph_signature.user_inputs)
    nodes = [node for node in program.graph.nodes if node.name in wanted]
    return [node.meta["val"].shape for node in nodes if isinstance(node.meta["val"], torch.Tensor)]


def _is_open(size: Any) -> bool:
    """Return whether a size is symbolic. If the code of a network needs the number, torch.export fixes it."""
    return isinstance(size, torch.SymInt) and bool(size.node.expr.free_symbols)


def _symbolic_sizes(program: ExportedProgram) -> dict[str, tuple[tuple[Sizes, Sizes], ...]]:
    return {
        node.name: tuple([(_at(tensor, BATCH), _at(tensor, OTHER_BATCH)) for tensor in _tensors(node)])
        for node in program.graph.nodes
    }


def _at(tensor: torch.Tensor, batch: int) -> Sizes:
    return tuple([size_at(size, batch) for size in tensor.shape])


def size_at(size: Any, batch: int) -> Any:
    """Return the number ``size`` of the program at ``batch``.

    Raises VerifyError if it depends on the values of inputs.
    """
    if not isinstance(size, torch.SymInt):
        return size
    expression = size.node.expr
    if expression.is_Symbol and not str(expression).startswith("u"):
        return batch
    values = dict.fromkeys(expression.free_symbols, batch)
    if any(str(symbol).startswith("u") for symbol in values):
        raise VerifyError(f"a size depends on the values of the inputs: {expression}")
    return int(expression.subs(values))


def _paired(first: list[torch.Tensor], second: list[torch.Tensor]) -> tuple[tuple[Sizes, Sizes], ...]:
    return tuple([(tuple(one.shape), tuple(other.shape)) for one, other in zip(first, second, strict=True)])


def _tensors(node: fx.Node) -> list[torch.Tensor]:
    """Return the results of a node that are tensors."""
    made = node.meta.get("val")
    if isinstance(made, torch.Tensor):
        return [made]
    return [each for each in made if isinstance(each, torch.Tensor)] if isinstance(made, (tuple, list)) else []
