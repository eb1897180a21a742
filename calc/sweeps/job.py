"""A sweep as data that can be sent to another process, and the rows of any part of it."""

import csv
import io
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.deploy import deploy
from calc.errors import OpError, SpecError, each, printable
from calc.model.inputs import UNNAMED, input_option
from calc.ops import is_op, op_class
from calc.ops.base import Op
from calc.precision import Policy, resolve
from calc.quantities import Quantity, Totals, at_least, quantities
from calc.sources import load
from calc.spec import ModelSpec
from calc.spec.expand import expand
from calc.spec.load import loads
from calc.sweeps.axes import INPUT
from calc.sweeps.conditions import Condition
from calc.sweeps.grid import Architecture, Grid
from calc.sweeps.wanted import read_condition, totals_told, values_of_condition
from calc.workload import workload

FORMATS = ("csv", "json", "jsonl", "parquet")
AT_LEAST = "at_least"


class SweepJob(NamedTuple):
    """A sweep as data. ``spec`` is a path or a packaged name; if ``text`` is given, ``spec`` is what messages call it.

    ``policies`` are the policies of the grid, already read. ``input`` is the input size of every point, or a mapping by
    name, unless the grid varies it. If ``tells_bounds`` is true, each row names its values that are lower bounds. If
    ``uses_tapes`` is true, tapes compute the rows where this is faster; the rows are the same. ``where`` is the
    condition that a point must satisfy to have a row. ``of`` names the totals of a row; if it is empty, a row has all
    of them.
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
    where: str | None = None
    of: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Quantity, ...]:
        """The totals in each row."""
        if not self.of:
            return quantities("sweep")
        return totals_told(self.of)

    def model(self) -> ModelSpec:
        """Read the spec again."""
        return load(self.spec) if self.text is None else loads(self.text, self.spec)


def may_tell_bounds(model: ModelSpec) -> bool:
    """Return True if ``model`` uses, for some values of its params, an op whose cost is only partly known."""
    return any(op_class(word).unknown is not Op.unknown for word in model.words if is_op(word))


def resolve_policies(grid: Grid) -> tuple[Policy, ...]:
    """Return the policies of ``grid``. Raises SpecError that lists every unknown one."""
    return tuple(each("--bits", grid.policies, resolve))


def sweep_columns(job: SweepJob) -> list[str]:
    """Return the names of the columns of a row."""
    varied = [axis.name for axis in job.grid.axes if axis.name.partition(".")[0] != INPUT]
    bounds = [AT_LEAST] if job.tells_bounds else []
    return [*varied, INPUT, "bits", *[found.key for found in job.told], *bounds, "error"]


def condition_of(job: SweepJob, params: Collection[str] = ()) -> Condition | None:
    """Return the condition of ``job``, if it has one.

    ``params`` are the params of the spec. Raises OpError if it is invalid.
    """
    return None if job.where is None else read_condition(job.where, job.grid, params)


def sweep_rows(job: SweepJob, model: ModelSpec, first: int, last: int) -> Iterator[list[Any]]:
    """Return the rows of the points from ``first`` up to, but not including, ``last``, under ``sweep_columns``.

    If a network cannot be expanded, or a policy does not fit it, its row has an error and no totals.
    """
    return (row for row, _ in rows_and_asked(job, model, first, last))


def rows_and_asked(job: SweepJob, model: ModelSpec, first: int, last: int) -> Iterator[tuple[list[Any], bool]]:
    """Yield the rows of the points, each with whether the condition holds. It does not hold for a row with an error."""
    policies, where = job.policies, condition_of(job)
    found: Analysis | str = ""
    at = -1
    for point in range(first, last):
        number, policy = divmod(point, len(policies))
        if number != at:
            at = number
            network = job.grid.architecture(number)
            size = size_of(job, model, network)
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
                shown = size_shown(size)
            head = [*network.shown, shown]
        counts, totals = _counts(found, policies[policy], job)
        is_asked = where is None or (
            totals is not None and where.holds(values_of_condition(where, network.params, totals))
        )
        yield [*head, job.grid.policies[policy], *counts], is_asked


def size_of(
    job: SweepJob, model: ModelSpec, network: Architecture
) -> tuple[int, ...] | dict[str, tuple[int, ...]] | None:
    """Return the input sizes that ``network`` is expanded for, if any are given."""
    if isinstance(network.input, dict) and isinstance(job.input, dict):
        both = job.input | network.input
        return {name: both[name] for name in [*model.inputs, *both] if name in both}
    return network.input or job.input


def size_shown(size: tuple[int, ...] | dict[str, tuple[int, ...]] | None) -> str:
    """Return the input sizes as text, for the row of a network that is invalid."""
    return "" if size is None else input_option(size if isinstance(size, dict) else {UNNAMED: size})


def _counts(found: Analysis | str, policy: Policy, job: SweepJob) -> tuple[list[Any], Totals | None]:
    """Return the values of a row, with the totals they come from, or None if there are no totals."""
    counted, tells_bounds = job.told, job.tells_bounds
    nothing: list[Any] = [None] * (len(counted) + tells_bounds)
    if isinstance(found, str):
        return [*nothing, found], None
    try:
        totals = found.with_bits(policy).totals
    except (SpecError, OpError) as error:
        return [*nothing, str(error).partition("\n")[0]], None
    if found.unknown and not tells_bounds:
        return [*nothing, str(found.warnings[-1])], None
    bounds = [list(at_least([each.key for each in counted], found.unknown))] if tells_bounds else []
    return [*[each.total(totals) for each in counted], *bounds, None], totals


def lines_of(job: SweepJob, rows: Sequence[list[Any]]) -> list[str]:
    """Return ``rows`` as lines of a text format."""
    if job.format == "csv":
        return list(map(csv_line, rows))
    keys = sweep_columns(job)
    return [json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=False) for row in rows]


def _csv_cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return "" if value is None else printable(value) if isinstance(value, str) else value


def head_line(job: SweepJob) -> str:
    """Return the first line of the file. In CSV it has the names of the columns."""
    return csv_line(sweep_columns(job)) if job.format == "csv" else "[" if job.format == "json" else ""


def csv_line(values: list[Any]) -> str:
    """Return ``values`` as a line of CSV without the line end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(list(map(_csv_cell, values)))
    return text.getvalue()
