"""A sweep as data that another process can be given, and the rows of a part of it."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.deploy import deploy
from calc.errors import OpError, SpecError, each, printable
from calc.model.inputs import UNNAMED, input_option
from calc.ops import is_op, op_class
from calc.ops.base import Op
from calc.precision import Policy, resolve
from calc.quantities import at_least, quantities
from calc.sources import load
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.spec.load import loads
from calc.sweeps.axes import INPUT
from calc.sweeps.grid import Grid
from calc.workload import workload

FORMATS = ("csv", "json", "jsonl")
AT_LEAST = "at_least"


class SweepJob(NamedTuple):
    """``spec`` is a path or a packaged name, or with ``text`` what places call a spec of that text.

    ``policies``: those of the grid, read. ``input``: of every point, or of inputs by name, unless the grid varies it.
    ``tells_bounds``: rows say which of their values are lower bounds. ``uses_tapes``: rows are made by tapes where
    that is faster; they are the same.
    """

    spec: str
    text: str | None
    grid: Grid
    policies: tuple[Policy, ...]
    input: tuple[int, ...] | dict[str, tuple[int, ...]] | None
    batch: int
    activations: str
    format: str
    deployed: bool = False
    tells_bounds: bool = False
    uses_tapes: bool = False

    def model(self) -> ModelSpec:
        """The spec, read anew."""
        return load(self.spec) if self.text is None else loads(self.text, self.spec)


def may_tell_bounds(model: ModelSpec) -> bool:
    """Whether ``model`` calls an op of which not all is known, in whatever network of its params."""
    return any(op_class(word).unknown is not Op.unknown for word in model.words if is_op(word))


def resolve_policies(grid: Grid) -> tuple[Policy, ...]:
    """The policies of ``grid``. Raises SpecError with every one that is none."""
    return tuple(each("--bits", grid.policies, resolve))


def sweep_columns(job: SweepJob) -> list[str]:
    """The names of a row's values."""
    varied = [axis.name for axis in job.grid.axes if axis.name.partition(".")[0] != INPUT]
    bounds = [AT_LEAST] if job.tells_bounds else []
    return [*varied, INPUT, "bits", *[found.key for found in quantities("sweep")], *bounds, "error"]


def sweep_rows(job: SweepJob, model: ModelSpec, first: int, last: int) -> Iterator[list[Any]]:
    """The points from ``first`` up to ``last``, not included: their values as ``columns`` names them.

    What cannot be expanded, and a policy that does not fit, is a row with an error and no counts.
    """
    policies = job.policies
    found: Analysis | str = ""
    at = -1
    for point in range(first, last):
        number, policy = divmod(point, len(policies))
        if number != at:
            at = number
            network = job.grid.architecture(number)
            size = network.input or job.input
            if isinstance(network.input, dict) and isinstance(job.input, dict):
                both = job.input | network.input
                size = {name: both[name] for name in [*model.inputs, *both] if name in both}
            try:
                graph = expand(model, network.params, size)
                counted, original = (deploy(graph), graph) if job.deployed else (graph, None)
                found = Analysis(
                    workload=workload(counted, job.batch), policy="", activations=job.activations,
                    bitops_convention="weight", assigned=(), original=original,
                )  # fmt: skip
                shown = input_option(graph.input_sizes)
            except (SpecError, OpError) as error:
                found = str(error).partition("\n")[0]
                shown = "" if size is None else input_option(size if isinstance(size, dict) else {UNNAMED: size})
            head = [*network.params.values(), shown]
        yield [*head, job.grid.policies[policy], *_counts(found, policies[policy], job.tells_bounds)]


def _counts(found: Analysis | str, policy: Policy, tells_bounds: bool) -> list[Any]:
    counted = quantities("sweep")
    nothing: list[Any] = [None] * (len(counted) + tells_bounds)
    if isinstance(found, str):
        return [*nothing, found]
    try:
        totals = found.with_bits(policy).totals
    except (SpecError, OpError) as error:
        return [*nothing, str(error).partition("\n")[0]]
    if found.unknown and not tells_bounds:
        return [*nothing, str(found.warnings[-1])]
    bounds = [list(at_least([each.key for each in counted], found.unknown))] if tells_bounds else []
    return [*[each.total(totals) for each in counted], *bounds, None]


class Chunk(NamedTuple):
    """Rows as lines of the job's format, without what joins them; how many of them are errors."""

    lines: list[str]
    errors: int


def chunk(job: SweepJob, model: ModelSpec, first: int, last: int) -> Chunk:
    """The rows from ``first`` up to ``last``."""
    found = list(sweep_rows(job, model, first, last))
    errors = sum([row[-1] is not None for row in found])
    if job.format == "csv":
        return Chunk(list(map(csv_line, found)), errors)
    keys = sweep_columns(job)
    return Chunk([json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) for row in found], errors)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else printable(value) if isinstance(value, str) else value


def head_line(job: SweepJob) -> str:
    """The line above the rows: the names of CSV's columns."""
    return csv_line(sweep_columns(job)) if job.format == "csv" else "[" if job.format == "json" else ""


def csv_line(values: list[Any]) -> str:
    """``values`` as a line of CSV, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(map(_csv_cell, values)))
    return text.getvalue()
