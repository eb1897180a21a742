"""Counts every network of a grid."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from calc.api.arguments import flag, one_text, policy_texts, text_items, whole_number
from calc.errors import OpError, each, nearest
from calc.precision.activations import known_activations
from calc.sources import load, read_source
from calc.spec import ModelSpec
from calc.spec.given import InputSizes, given_params, given_sizes, sizes_by_input
from calc.spec.load import dumps, loads
from calc.spec.values import Scope, given_value
from calc.sweeps.aims import aim_of
from calc.sweeps.axes import Axis, axes_of_spec, list_param, list_position, read_axes, read_policies
from calc.sweeps.chunks import Where, require_scheduler
from calc.sweeps.grid import Grid, checked_grid
from calc.sweeps.job import (
    SweepJob,
    condition_of,
    may_tell_bounds,
    resolve_policies,
)
from calc.sweeps.kinds import check_kinds
from calc.sweeps.makers import can_use_tapes
from calc.sweeps.points import SweptPoints
from calc.sweeps.samples import Sample
from calc.sweeps.wanted import checked_totals


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
    where: str | None = None,
    of: str | Iterable[str] = (),
    front: str | Iterable[str] = (),
    best: int | None = None,
    by: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    scheduler: str | None = None,
) -> SweptPoints:
    """Count every network of a grid.

    Args:
        model: The name or file of a spec, a source, or a loaded spec.
        vary: Params and inputs with their values, such as ``width=0.5,1.0`` or ``resolution=96..224:32``. All
            combinations are counted; the last axis changes fastest. ``op[*]=a,b`` varies every position of a list.
        bits: One or several policies, or ranges such as ``2..8``.
        params: Values for params that all points have.
        input: The size of one sample of all points, without the batch.
        batch: The number of samples of all points.
        activations: The bits of a layer's inputs, as ``analyse`` takes them.
        deployed: Count the deployed networks.
        where: A condition that points must satisfy: ``macs < 300M and weight_bytes <= 2Mi``.
        of: The totals to compute; by default all.
        front: Two or three totals, of which only the Pareto front is returned: ``macs,+params`` is few MACs, many
            params.
        best: Return only so many points, the best by ``by``.
        by: The total that ``best`` minimises, or with a plus sign (``+macs``) maximises.
        sample: Count only so many networks of the grid, drawn at random without repetition.
        seed: The seed of ``sample``.
        jobs: The number of processes.
        scheduler: The address of a Dask cluster, in place of processes.

    Returns:
        An iterator of one mapping for each point. It has a key for each axis, ``input``, ``bits``, a key for each
        total such as ``macs`` and ``bitops_weight``, and ``error``: why a point cannot exist, which then has no
        totals. ``errors`` counts such points, including those that ``where`` leaves out, and ``reasons`` says how many
        there are for each reason. ``to_dataframe()`` returns the remaining points, and ``save("points.parquet")``
        writes all of them, also as .csv, .json or .jsonl.

    Raises:
        SpecError: The network cannot be read.
        OpError: The network has no such axis, or another argument is wrong.

    >>> from calc import sweep
    >>> for point in sweep("mobilenetv2", "width=0.5,1.0", bits=[8, 4]):
    ...     print(point["width"], point["bits"], point["macs"], point["weight_bytes"])
    0.5 8 97131840 2027312
    0.5 4 97131840 1052744
    1.0 8 300774272 3610208
    1.0 4 300774272 1875328
    >>> [point["width"] for point in sweep("mobilenetv2", "width=0.5,1.0", of="macs", where="macs < 100M")]
    [0.5]
    """
    size = given_sizes(input)
    spec = model if isinstance(model, ModelSpec) else load(model, size)
    name = spec.file if isinstance(model, ModelSpec) else str(model)
    if type(activations) not in (str, int):
        raise OpError(f"activations={activations!r:.60}: must be same, producer or a number of bits")
    drawn = _sample(sample, seed)
    if scheduler is not None:
        require_scheduler(one_text("scheduler", scheduler, "'tcp://10.0.0.1:8786'"))
    where_computed = Where(whole_number("jobs", jobs, what="a number of processes, at least 1"), scheduler)
    job, read = sweep_job(
        name,
        spec,
        text_items("vary", vary, "'width=0.5,1.0'"),
        policy_texts(bits),
        given_params(params),
        input=size,
        batch=whole_number("batch", batch),
        activations=str(activations),
        deployed=flag("deployed", deployed),
        where=None if where is None else one_text("where", where, "'macs < 300M'"),
        sample=drawn,
        of=_names("of", of),
    )
    aim = aim_of(
        job,
        read,
        _names("front", front),
        None if best is None else whole_number("best", best, least=0, what="a number of points, at least 1"),
        None if by is None else one_text("by", by, "'macs'"),
    )
    return SweptPoints(job, read, where_computed, aim)


def _sample(networks: Any, seed: Any) -> Sample | None:
    own = whole_number("seed", seed, least=0, what="an integer from 0 on")
    if networks is not None:
        return Sample(whole_number("sample", networks, what="a number of networks, at least 1"), own)
    if own:
        raise OpError("--seed goes with --sample", "sample=1000")
    return None


def _names(argument: str, given: str | Iterable[str]) -> list[str]:
    return [name for text in text_items(argument, given, "'macs,params'") for name in text.split(",") if name]


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
    """Return the sweep as data, and its spec as every process will read it. Raises the same errors as ``sweep``."""
    text = dumps(model) if spec == "-" or read_source(spec) is not None else None
    if text is not None:
        if isinstance(input, dict) and input == model.provenance.asked:  # sizes under the names of the code
            input = None  # noqa: A001  # the spec made from the code has these sizes already
        model = loads(text, model.file)
    _check_given(model, params, input)
    told = each("--vary", vary, lambda text: read_axes(text, model, params))
    axes = [axis for axes in told for axis in axes] if vary else axes_of_spec(model, params)
    varied = {found[0] for axis in axes if (found := list_position(axis.name))}
    lists = tuple([(name, list_param(model, name, params)) for name in sorted(varied)])
    fixed = [Axis(name, (value,)) for name, value in params.items() if name not in varied]
    grid = checked_grid(Grid((*fixed, *axes), read_policies(bits), sample, lists))
    read = known_activations(activations)
    source = model.file if text is not None else spec
    job = SweepJob(source, text, grid, resolve_policies(grid), input, batch, read, format_name, deployed)
    job = job._replace(tells_bounds=may_tell_bounds(model), where=where, of=checked_totals(of, "--of"))
    check_kinds(job, model, "--of", job.of)
    if (condition := condition_of(job, model.parameters)) is not None:
        check_kinds(job, model, "--where", condition.names)
    return job._replace(uses_tapes=can_use_tapes(job, model)), model


def _check_given(model: ModelSpec, params: Mapping[str, Any], input: Any) -> None:  # noqa: A002  # as above
    """Raise SpecError or OpError for params and sizes that are wrong at every point."""
    sizes_by_input(model, input)
    for name, value in params.items():
        if name not in model.parameters:
            raise OpError(f"{model.name} has no param {name[:60]}", nearest(name, model.parameters))
        if not isinstance(value, (str, list, tuple)):  # a formula or a list may need the other params
            given_value(name, value, Scope.of_words(frozenset()))
