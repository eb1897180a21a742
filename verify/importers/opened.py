"""Opens the batch of a program that was exported for a fixed batch size, so that it takes any number of samples."""

from collections.abc import Mapping, Sequence
from operator import mul
from typing import NamedTuple

import torch
from torch import fx
from torch.export import Dim, ExportedProgram, ShapesCollection

from verify.errors import VerifyError
from verify.importers.batch_places import find_batch, sizes_among, tensor_inputs
from verify.importers.inline import inlined
from verify.importers.program_arguments import program_arguments
from verify.importers.room import fits_in_half
from verify.returned import tensors_in

TOLERANCE = 1e-4
"""The largest difference between outputs that counts as rounding, as a fraction of the largest value."""
_TENSORS_AT_ONCE = 6
"""The largest tensors in memory together: two that an operation reads and writes, of each of three runs."""
_HINT = "use torch.export.export(…, dynamic_shapes={'x': {0: torch.export.Dim.AUTO}}), with two samples or more"


class Opened(NamedTuple):
    """A program that takes any number of samples, and a remark on how it was made."""

    program: ExportedProgram
    remarks: tuple[str, ...] = ()


def with_open_batch(source: str, program: ExportedProgram) -> Opened:
    """Return ``program`` itself if one of its input sizes is open, else a program for any number of samples.

    The samples must be on axis 0 of every input. The sizes in the code that contain the batch are found from the sizes
    of the tensors. That they were found rightly is shown by running both programs: for two batches at once, the new
    one must give the outputs that the old one gives for each. Raises VerifyError if it does not, or if the code does
    not run with another batch.
    """
    inlined(program)
    arriving = [node.meta["val"] for node in program.graph.nodes if node.name in program.graph_signature.user_inputs]
    inputs = [each for each in arriving if isinstance(each, torch.Tensor)]
    shapes = [tuple(each.shape) for each in inputs]
    if not all(isinstance(size, int) for shape in shapes for size in shape):
        return Opened(program)
    if () in shapes or not shapes:
        raise VerifyError(f"{source} has {'an input without axes' if shapes else 'no input that is a tensor'}", _HINT)
    said = " and ".join(["×".join(map(str, shape)) for shape in shapes])
    fixed = f"{source} was exported for a fixed batch size, with inputs of {said}"
    batches = {shape[:1] for shape in shapes}
    if len(batches) != 1:
        raise VerifyError(f"{fixed}, which do not all have the same number of samples on axis 0", _HINT)
    ((batch,),) = batches
    largest = max([_size_bytes(node.meta.get("val")) for node in program.graph.nodes])
    if not fits_in_half(_TENSORS_AT_ONCE * largest):
        fact = f"{fixed}, and has tensors of {largest:,} bytes, which are too large to run it on this machine"
        raise VerifyError(fact, _HINT)
    parts = [[_drawn(each, seed) for each in inputs] for seed in (0, 1)]
    both = [torch.cat(pair) for pair in zip(*parts, strict=True)]
    try:
        found = _opened(program, batch, both)
        made = [_outputs(program, part) for part in parts] + [_outputs(found, both)]
        is_number = not any(each.isnan().any() for outputs in made for each in outputs)
        is_same = is_number and all(_are_joined(*each) for each in zip(*made, strict=True))
    except Exception as error:  # operations and torch.export raise all kinds of exceptions for sizes that do not fit
        raise VerifyError(f"{fixed}, and does not run with another batch size", _HINT) from error
    if not is_number:
        raise VerifyError(f"{fixed}, and gives outputs that are not numbers for random inputs", _HINT)
    if not is_same:
        raise VerifyError(f"{fixed}, and gives other outputs with another batch size", _HINT)
    return Opened(found, (f"It was exported for a batch of {batch}, and gives the same outputs in larger batches.",))


def _size_bytes(value: object) -> int:
    """Return the bytes of one tensor, or of several together, without those whose sizes depend on values."""
    each = value if isinstance(value, (list, tuple)) else [value]
    known = [one for one in each if isinstance(one, torch.Tensor) and all(isinstance(size, int) for size in one.shape)]
    return sum([one.numel() * one.element_size() for one in known])


def _drawn(like: torch.Tensor, seed: int) -> torch.Tensor:
    """Return random numbers in the sizes of an input; 0 and 1 for integers and booleans, which every table has.

    Rows of booleans begin with false and end with true, because a mask that hides all of a row gives NaN.
    """
    generator = torch.Generator().manual_seed(seed)
    sizes = tuple(like.shape)
    if like.dtype.is_floating_point:
        return torch.randn(sizes, generator=generator).to(like.dtype)
    found = torch.randint(2, sizes, generator=generator).to(like.dtype)
    if like.dtype == torch.bool and found.dim() > 1 and found.shape[-1] > 1:
        found[..., 0], found[..., -1] = False, True
    return found


def _opened(program: ExportedProgram, batch: int, inputs: Sequence[torch.Tensor]) -> ExportedProgram:
    """Return ``program`` with the number of samples that ``inputs`` have in place of ``batch``, exported again."""
    module = program.module(check_guards=False)  # guards are Python code in the file, which must not run
    assert isinstance(module, fx.GraphModule)
    _read_the_batch(module, find_batch(module, batch, [each[:batch] for each in inputs]), batch)
    args, kwargs = program_arguments(program, inputs)
    shapes = ShapesCollection()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    for each in inputs:
        shapes[each] = {0: Dim.AUTO}
    return torch.export.export(module, args, kwargs, dynamic_shapes=shapes, strict=False)


def _read_the_batch(module: fx.GraphModule, places: Mapping[fx.Node, int], batch: int) -> None:
    """Replace the batch in the sizes at ``places`` by the size of axis 0 of the first input."""
    graph = module.graph
    last = [node for node in graph.nodes if node.op == "placeholder"][-1]
    with graph.inserting_after(last):
        samples = graph.call_function(torch.ops.aten.sym_size.int, (tensor_inputs(module)[0], 0))
    for node, axis in places.items():
        sizes = sizes_among(node)
        with graph.inserting_before(node):
            size = samples if sizes[axis] == batch else graph.call_function(mul, (samples, sizes[axis] // batch))
        open_sizes = [*sizes[:axis], size, *sizes[axis + 1 :]]
        node.args = tuple([open_sizes if each is sizes else each for each in node.args])
    module.recompile()


def _outputs(program: ExportedProgram, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    args, kwargs = program_arguments(program, inputs)
    with torch.no_grad():
        return tensors_in(program.module(check_guards=False)(*args, **kwargs))


def _are_joined(one: torch.Tensor, other: torch.Tensor, both: torch.Tensor) -> bool:
    """Return whether ``both`` is ``one`` and ``other``, concatenated on the axis that grew, or each if none did."""
    if one.dim() != both.dim():
        return False
    grown = [axis for axis, (size, wider) in enumerate(zip(one.shape, both.shape, strict=True)) if size != wider]
    wanted = [torch.cat([one, other], grown[0])] if grown else [one, other]
    return all(each.shape == both.shape and _are_close(each.double(), both.double()) for each in wanted)


def _are_close(wanted: torch.Tensor, found: torch.Tensor) -> bool:
    return torch.allclose(found, wanted, rtol=0, atol=TOLERANCE * float(wanted.abs().max()))
