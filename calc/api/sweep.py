"""A grid of networks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from calc.errors import each
from calc.precision.activations import known_activations
from calc.sources import load, read_source
from calc.spec import ModelSpec
from calc.spec.given import InputSizes
from calc.spec.load import dumps, loads
from calc.sweeps.axes import Axis, list_param, list_position, read_axes, read_policies
from calc.sweeps.grid import Grid, checked_grid
from calc.sweeps.job import (
    SweepJob,
    checked_totals,
    condition_of,
    may_tell_bounds,
    resolve_policies,
    sweep_columns,
    sweep_rows,
)
from calc.sweeps.makers import can_use_tapes
from calc.sweeps.samples import Sample


def sweep(
    model: str | Path | ModelSpec,
    vary: str | Iterable[str] = (),
    bits: str | int | Iterable[str | int] = "fp32",
    *,
    params: Mapping[str, Any] | None = None,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    batch: int = 1,
    activations: str | int = "same",
    deployed: bool = False,
) -> Iterator[dict[str, Any]]:
    """The totals of ``model`` at every point of a grid, one mapping a point, as they are asked for.

    ``vary``: params and inputs with their values, such as ``width=0.5,1.0`` or ``resolution=96..224:32``: every
    combination, the last turning fastest. ``bits``: one policy or several, also ranges such as ``2..8``. ``params``,
    ``input``, ``batch``, ``activations`` and ``deployed`` are those of every point, as ``analyse`` takes them.

    A mapping has a key for each axis, ``input``, ``bits``, a key a total such as ``macs`` and ``bitops_weight``, and
    ``error``: why a point cannot be, which then has no totals.

    Raises SpecError or OpError for a network that cannot be read, and for an axis that it does not have.

    >>> from calc import sweep
    >>> for point in sweep("mobilenetv2", "width=0.5,1.0", bits=[8, 4]):
    ...     print(point["width"], point["bits"], point["macs"], point["weight_bytes"])
    0.5 8 97131840 2027312
    0.5 4 97131840 1052744
    1.0 8 300774272 3610208
    1.0 4 300774272 1875328
    """
    spec = model if isinstance(model, ModelSpec) else load(model, input)
    name = spec.file if isinstance(model, ModelSpec) else str(model)
    wanted = [bits] if isinstance(bits, (str, int)) else bits
    job, read = sweep_job(
        name,
        spec,
        [vary] if isinstance(vary, str) else list(vary),
        [str(text) for text in wanted],
        dict(params or {}),
        input=input,  # type: ignore[arg-type]  # sizes that expanding reads
        batch=batch,
        activations=str(activations),
        deployed=deployed,
    )
    keys = sweep_columns(job)
    return (dict(zip(keys, row, strict=True)) for row in sweep_rows(job, read, 0, job.grid.points))


def sweep_job(
    spec: str,
    model: ModelSpec,
    vary: list[str],
    bits: list[str],
    params: Mapping[str, Any],
    *,
    input: tuple[int, ...] | dict[str, tuple[int, ...]] | None = None,  # noqa: A002  # the word of the language
    batch: int = 1,
    activations: str = "same",
    deployed: bool = False,
    format_name: str = "jsonl",
    where: str | None = None,
    sample: Sample | None = None,
    of: Sequence[str] = (),
) -> tuple[SweepJob, ModelSpec]:
    """The sweep as data, and its spec as every process will read it. Raises as ``sweep``."""
    text = dumps(model) if spec == "-" or read_source(spec) is not None else None
    if text is not None:
        model = loads(text, model.file)
    axes = [axis for axes in each("--vary", vary, lambda text: read_axes(text, model, params)) for axis in axes]
    varied = {found[0] for axis in axes if (found := list_position(axis.name))}
    lists = tuple([(name, list_param(model, name, params)) for name in sorted(varied)])
    fixed = [Axis(name, (value,)) for name, value in params.items() if name not in varied]
    grid = checked_grid(Grid((*fixed, *axes), read_policies(bits), sample, lists))
    read = known_activations(activations)
    source = model.file if text is not None else spec
    job = SweepJob(source, text, grid, resolve_policies(grid), input, batch, read, format_name, deployed)
    job = job._replace(tells_bounds=may_tell_bounds(model), where=where, of=checked_totals(of))
    condition_of(job)
    return job._replace(uses_tapes=can_use_tapes(job, model)), model
