"""The rows of a sweep from tapes: those that the engine would give, to the byte, many at a time."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy

from calc.model.inputs import input_option
from calc.quantities import Quantity, quantities
from calc.spec import ModelSpec
from calc.sweeps.axes import INPUT
from calc.sweeps.cells import cells_of_doubles, cells_of_integers, cells_of_texts, text_of_cells
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.conditions import Condition
from calc.sweeps.job import SweepJob, condition_of, csv_line, sweep_columns
from calc.sweeps.parquet import batch_of_columns, column_of_axis, values_taken
from calc.sweeps.taped import BLOCK, TapedGrid, TapedNetworks
from calc.tape.trace import size_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calc.sweeps.cells import Cells

_MOST_AXES = 8
"""More than an input has."""


class TapedRows:
    """The rows of ``job``. Those that no tape gives, errors among them, are the engine's."""

    def __init__(self, job: SweepJob, model: ModelSpec) -> None:
        self.job = job
        self.model = model
        self.where = condition_of(job)
        asked = set() if self.where is None else self.where.names
        names = list(
            dict.fromkeys([*[each.name for each in job.told], *sorted(asked & {q.name for q in quantities()})])
        )
        self.grid = TapedGrid(job, model, names, tells_sizes=True, is_patient=False)
        self._axes = [at for at, axis in enumerate(job.grid.axes) if axis.name.partition(".")[0] != INPUT]
        self._columns: dict[int, Any] = {}
        if job.format == "parquet":
            self._columns |= {at: column_of_axis(job, job.grid.axes[at]) for at in self._axes}
        else:
            self._columns |= {at: self._texts(job.grid.axes[at].values) for at in self._axes}

    def chunk(self, first: int, last: int) -> Chunk:
        """The rows from ``first`` up to ``last``."""
        policies = len(self.job.policies)
        parts: list[Chunk] = []
        for start in range(first // policies, -(-last // policies), BLOCK):
            end = min(start + BLOCK, -(-last // policies))
            found = self.grid.networks(start, end)
            edges = [0, *(numpy.flatnonzero(numpy.diff(found.counted)) + 1).tolist(), end - start]
            for here, there in pairwise(edges):
                low, high = max(first, policies * (start + here)), min(last, policies * (start + there))
                if low < high and found.counted[here]:
                    parts.append(self._chunk(found, low - policies * start, high - policies * start))
                elif low < high:
                    parts.append(chunk(self.job, self.model, low, high))
        lines = [line for part in parts for line in part.lines] if len(parts) > 1 else parts[0].lines
        batches = tuple([batch for part in parts for batch in part.batches])
        return Chunk(lines, sum([part.errors for part in parts]), last - first, batches)

    def _chunk(self, found: TapedNetworks, first: int, last: int) -> Chunk:
        """The rows of ``found`` from ``first`` up to ``last``, all of networks that are counted."""
        rows = _Rows(self.job, found, numpy.arange(first, last))
        if self.where is not None:
            rows = _Rows(self.job, found, rows.numbers[self._holds(self.where, rows)])
        if self.job.format == "parquet":
            return Chunk([], 0, last - first, (self._batch(rows),))
        return Chunk(self._lines(rows), 0, last - first)

    def _holds(self, where: Condition, rows: "_Rows") -> "NDArray[Any]":
        """At which of ``rows`` the condition holds."""
        axes = {axis.name: at for at, axis in enumerate(self.job.grid.axes)}
        values = {}
        for name in where.names:
            if name in axes:
                values[name] = numpy.array(self.job.grid.axes[axes[name]].values)[rows.of_axis(axes[name])]
            else:
                values[name] = rows.total(name)
        holds: NDArray[Any] = numpy.asarray(where.holds(values)).astype(bool)
        return holds

    def _lines(self, rows: "_Rows") -> list[str]:
        cells: list[Cells] = []
        cells += [self._columns[at][rows.of_axis(at)] for at in self._axes]
        inputs, codes = self._inputs(rows)
        cells += [self._texts(inputs)[codes], self._texts(self.job.grid.policies)[rows.policy]]
        for each in self.job.told:
            if each.at_bits:
                cells.append(_cells(each, rows.total(each.name)))
            else:
                cells.append(_cells(each, rows.found.outputs[each.name])[rows.network])
        cells.append(self._texts([None]))
        parts: list[Cells] = []
        for literal, column in zip(self._between(), [*cells, None], strict=True):
            parts += [cells_of_texts([literal]), *([] if column is None else [column])]
        return text_of_cells(parts, (len(rows.numbers),)).decode().split("\n")[:-1]

    def _between(self) -> list[str]:
        """What stands before each value of a row, and after the last."""
        names = sweep_columns(self.job)
        if self.job.format == "csv":
            return ["", *[","] * (len(names) - 1), "\n"]
        keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
        return [f"{{{keys[0]}", *[f", {key}" for key in keys[1:]], "}\n"]

    def _texts(self, values: Sequence[Any]) -> "Cells":
        """``values`` as the format writes them."""
        if self.job.format == "csv":
            return cells_of_texts([csv_line(["", value])[1:] for value in values])
        return cells_of_texts([json.dumps(value, ensure_ascii=False) for value in values])

    def _batch(self, rows: "_Rows") -> bytes:
        axes = self.job.grid.axes
        columns = {axes[at].name: values_taken(self._columns[at], rows.of_axis(at)) for at in self._axes}
        inputs, codes = self._inputs(rows)
        columns |= {INPUT: values_taken(inputs, codes), "bits": values_taken(list(self.job.grid.policies), rows.policy)}
        columns |= {each.key: rows.total(each.name) for each in self.job.told}
        return batch_of_columns(self.job, columns | {"error": [None] * len(rows.numbers)})

    def _inputs(self, rows: "_Rows") -> "tuple[list[str], NDArray[Any]]":
        """The sizes of inputs that there are, and which of them each row has."""
        outputs = rows.found.outputs
        columns = {
            (name, axis): outputs[size_named(name, axis)]
            for name in self.model.inputs
            for axis in range(_MOST_AXES)
            if size_named(name, axis) in outputs
        }
        codes = numpy.zeros(len(rows.found.counted), numpy.int64)
        told: list[Any] = []
        for values in columns.values():
            if (values != values[0]).any() and not any(numpy.array_equal(values, other) for other in told):
                own, code = numpy.unique(values, return_inverse=True)
                codes = numpy.unique(codes * len(own) + code, return_inverse=True)[1] if told else code
                told.append(values)
        texts = []
        for at in numpy.unique(codes, return_index=True)[1].tolist():
            sizes: dict[str, tuple[int, ...]] = dict.fromkeys(self.model.inputs, ())
            for (name, _), values in columns.items():
                if values[at]:  # 0 where the input has no such axis
                    sizes[name] += (int(values[at]),)
            texts.append(input_option(sizes))
        return texts, codes[rows.network]


class _Rows:
    """Rows by ``numbers``: networks among those ``found``, each at the policies."""

    def __init__(self, job: SweepJob, found: TapedNetworks, numbers: "NDArray[Any]") -> None:
        self.job = job
        self.found = found
        self.numbers = numbers
        self.network, self.policy = numpy.divmod(numbers, len(job.policies))

    def of_axis(self, axis: int) -> "NDArray[Any]":
        """Which value of the axis each row has."""
        at: NDArray[Any] = self.found.values_at[axis][self.network]
        return at

    def total(self, name: str) -> "NDArray[Any]":
        """The total called ``name`` of each row."""
        outputs = self.found.outputs
        if name in outputs:
            return outputs[name][self.network]
        of_networks = numpy.stack([outputs[f"{name}@{policy.name}"] for policy in self.job.policies], axis=1)
        of_rows: NDArray[Any] = of_networks[self.network, self.policy]
        return of_rows


def _cells(quantity: Quantity, values: "NDArray[Any]") -> "Cells":
    return cells_of_integers(values) if quantity.is_integer else cells_of_doubles(values)
