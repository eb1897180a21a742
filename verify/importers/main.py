"""Imports a source, as a user writes it, as a Graph. All commands that accept a source call this."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from torch.export import ExportedProgram

from calc.errors import Problem, SpecError
from calc.importing import Imported
from calc.model.inputs import UNNAMED, input_option
from calc.spec.given import InputSizes
from calc.spec.shelf import packaged_spec
from verify.importers.each_once import require_each_parameter_once
from verify.importers.kept import require_buffers_of_one_size
from verify.importers.load import Loaded, load_source
from verify.importers.lowering import lowered
from verify.importers.proof import prove
from verify.importers.single_sample import require_same_for_one_sample
from verify.importers.trace import traced
from verify.importers.unsaved import require_parameters_saved


def imported(source: str, sizes: InputSizes | None = None, *, opaque: bool = False) -> Imported:
    """Import ``source``: ``pkg.mod:make``, ``file.py:make``, ``torchvision/NAME``, ``timm/NAME`` or ``x.pt2``.

    ``sizes`` are those of one sample of the first input, or of inputs by name. By default they are the sizes at which
    torchvision or timm trains the network. With ``opaque``, operations for which calc has no op stay as layers without
    counts. The user's code runs only if the source is a callable.

    Raises VerifyError if the source cannot be loaded or traced, and SpecError with all layers that calc does not have.
    """
    named = sizes if isinstance(sizes, Mapping) else {} if sizes is None else {UNNAMED: sizes}
    inputs = {name: tuple(each) for name, each in named.items()}
    loaded = load_source(source, inputs)
    try:
        program = traced(loaded)
    except SpecError as error:
        raise SpecError([*error.problems, *_of_single_numbers(loaded)]) from error
    require_parameters_saved(source, loaded.module, program.program)
    require_buffers_of_one_size(program)
    try:
        found = lowered(program, opaque=opaque)
    except SpecError as error:
        raise SpecError([*error.problems, *_of_single_numbers(loaded), *_ours(source)]) from None
    require_each_parameter_once(found)
    require_same_for_one_sample(found)
    return replace(found.imported, prove=partial(prove, found))


def _of_single_numbers(loaded: Loaded) -> list[Problem]:
    """Return a remark for each input with one number in each sample, because there are two such sizes."""
    if isinstance(loaded.module, ExportedProgram):
        return []
    return [
        Problem(
            loaded.source, f"{input_option({name: sizes})} is a tensor of {'(batch, 1)' if sizes else '(batch,)'}",
            f"--input {input_option({name: () if sizes else (1,)})} is one of {'(batch,)' if sizes else '(batch, 1)'}",
        )
        for name, sizes in loaded.inputs.items() if sizes in ((), (1,))
    ]  # fmt: skip


def _ours(source: str) -> list[Problem]:
    """Return a remark that calc has a spec of a torchvision network that cannot be imported; else empty."""
    library, _, name = source.partition("/")
    spec = packaged_spec(name) if library == "torchvision" else None
    return [] if spec is None else [Problem(source, "calc has a spec of it", f"calc run {spec.stem}")]
