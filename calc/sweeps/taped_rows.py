"""The rows of a sweep from tapes, many at a time. They are the same bytes that the engine gives."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy

from calc.model.inputs import input_option
from calc.quantities import Quantity
from calc.spec import ModelSpec
from calc.sweeps.axes import INPUT
from calc.sweeps.cells import cells_of_doubles, cells_of_integers, cells_of_texts, text_of_cells
from calc.sweeps.chunk import Chunk, chunk
from calc.sweeps.conditions import Condition
from calc.sweeps.exact import taken_of
from calc.sweeps.job import SweepJob, condition_of, csv_line, lines_of, size_of, size_shown, sweep_columns
from calc.sweeps.parquet import batch_of_columns, column_of_axis, values_taken
from calc.sweeps.reasons import Reasons, add_reasons, reasons_of
from calc.sweeps.taped import BLOCK, TapedGrid, TapedNetworks
from calc.sweeps.wanted import columns_of_condition
from calc.tape.trace import NETWORK, size_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calc.sweeps.cells import Cells

_MOST_AXES = 8
"""A number of axes that no input has."""


class TapedRows:
    """The rows of ``job``. Rows that no tape can compute come from the engine."""

    def __init__(self, job: SweepJob, model: ModelSpec) -> None:
        self.job = job
        self.model = model
        self.where = condition_of(job)
        asked = set() if self.where is None else self.where.names
        numbers = {} if self.where is None else columns_of_condition(self.where, job.grid)
        self._numbers = {at: numbers[axis.name] for at, axis in enumerate(job.grid.axes) if axis.name in numbers}
        names = list(dict.fromkeys([*[each.name for each in job.told], *sorted(asked - numbers.keys())]))
        self.grid = TapedGrid(job, model, names, tells_sizes=True, is_patient=False)
        self._axes = [at for at, axis in enumerate(job.grid.axes) if axis.name.partition(".")[0] != INPUT]
        self._columns: dict[int, Any] = {}
        if job.format == "parquet":
            self._columns |= {at: column_of_axis(job, job.grid.axes[at]) for at in self._axes}
        else:
            self._columns |= {at: self._texts(job.grid.axes[at].values) for at in self._axes}

    def chunk(self, first: int, last: int) -> Chunk:
        """Return the rows from ``first`` up to, but not including, ``last``."""
        policies = len(self.job.policies)
        parts: list[Chunk] = []
        for start in range(first // policies, -(-last // policies), BLOCK):
            end = min(start + BLOCK, -(-last // policies))
            found = self.grid.networks(start, end)
            edges = [0, *(numpy.flatnonzero(numpy.diff(found.known)) + 1).tolist(), end - start]
            for here, there in pairwise(edges):
                low, high = max(first, policies * (start + here)), min(last, policies * (start + there))
                if low < high and found.known[here]:
                    parts.append(self._chunk(found, low - policies * start, high - policies * start))
                elif low < high:
                    parts.append(chunk(self.job, self.model, low, high))
        lines = [line for part in parts for line in part.lines] if len(parts) > 1 else parts[0].lines
        batches = tuple([batch for part in parts for batch in part.batches])
        reasons: Reasons = {}
        for part in parts:
            add_reasons(reasons, part.reasons)
        return Chunk(lines, reasons, last - first, batches)

    def _chunk(self, found: TapedNetworks, first: int, last: int) -> Chunk:
        """Return the rows of ``found`` from ``first`` up to ``last``, all for networks that the tapes know."""
        rows = _Rows(self.job, found, numpy.arange(first, last))
        errors = rows.errors() if found.errors else []
        reasons = reasons_of(errors)
        refused = _are_there(errors)
        counted = _Rows(self.job, found, rows.numbers[~refused]) if reasons else rows
        if self.where is not None:
            rows = counted = _Rows(self.job, found, counted.numbers[self._holds(self.where, counted)])
        if self.job.format == "parquet":
            return Chunk([], reasons, last - first, (self._batch(rows),))
        lines = self._lines(counted)
        if len(rows.numbers) > len(counted.numbers):
            others = iter(lines_of(self.job, self._refused_rows(_Rows(self.job, found, rows.numbers[refused]))))
            given = iter(lines)
            lines = [next(others if is_refused else given) for is_refused in refused.tolist()]
        return Chunk(lines, reasons, last - first)

    def _refused_rows(self, rows: "_Rows") -> list[list[Any]]:
        """Return the values of ``rows``, which all have errors."""
        axes = [(self.job.grid.axes[at].values, rows.of_axis(at).tolist()) for at in self._axes]
        columns = [[values[place] for place in places] for values, places in axes]
        policies = [self.job.grid.policies[policy] for policy in rows.policy.tolist()]
        nothing: list[Any] = [None] * len(self.job.told)
        named = zip(*columns, self._shown(rows), policies, rows.errors(), strict=True)
        return [[*row[:-1], *nothing, row[-1]] for row in named]

    def _shown(self, rows: "_Rows") -> list[str]:
        """Return the input sizes of each row as text. For an invalid network they are the sizes that were asked for."""
        inputs, codes = self._inputs(rows)
        found = [inputs[code] for code in codes.tolist()]
        refused = rows.found.errors.get(NETWORK, {})
        if refused:
            varies = any(axis.name.partition(".")[0] == INPUT for axis in self.job.grid.axes)
            usual = "" if varies else size_shown(self.job.input)
            for row, place in enumerate(rows.network.tolist()):
                if place in refused:
                    found[row] = self._asked(rows.found.first + place) if varies else usual
        return found

    def _asked(self, number: int) -> str:
        return size_shown(size_of(self.job, self.model, self.job.grid.architecture(number)))

    def _holds(self, where: Condition, rows: "_Rows") -> "NDArray[Any]":
        """Return an array that says for which of ``rows`` the condition holds."""
        axes = self.job.grid.axes
        values: dict[str, Any] = {axes[at].name: taken_of(of, rows.of_axis(at)) for at, of in self._numbers.items()}
        values |= {name: rows.total(name) for name in where.names - values.keys()}
        holds: NDArray[Any] = numpy.asarray(where.holds(values)).astype(bool)
        return holds

    def _lines(self, rows: "_Rows") -> list[str]:
        cells: list[Cells] = []
        cells += [self._columns[at][rows.of_axis(at)] for at in self._axes]
        inputs, codes = self._inputs(rows)
        cells += [self._texts(inputs)[codes], self._texts(self.job.grid.policies)[rows.policy]]
        for each in self.job.told:
            if each.at_bits or each.name not in rows.found.outputs:
                cells.append(_cells(each, rows.total(each.name)))
            else:
                cells.append(_cells(each, rows.found.outputs[each.name])[rows.network])
        cells.append(self._texts([None]))
        parts: list[Cells] = []
        for literal, column in zip(self._between(), [*cells, None], strict=True):
            parts += [cells_of_texts([literal]), *([] if column is None else [column])]
        return text_of_cells(parts, (len(rows.numbers),)).decode().split("\n")[:-1]

    def _between(self) -> list[str]:
        """Return the texts before each value of a row, and the text after the last value."""
        names = sweep_columns(self.job)
        if self.job.format == "csv":
            return ["", *[","] * (len(names) - 1), "\n"]
        keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
        return [f"{{{keys[0]}", *[f", {key}" for key in keys[1:]], "}\n"]

    def _texts(self, values: Sequence[Any]) -> "Cells":
        """Return ``values`` as the output format writes them."""
        if self.job.format == "csv":
            return cells_of_texts([csv_line(["", value])[1:] for value in values])
        return cells_of_texts([json.dumps(value, ensure_ascii=False) for value in values])

    def _batch(self, rows: "_Rows") -> bytes:
        axes = self.job.grid.axes
        columns = {axes[at].name: values_taken(self._columns[at], rows.of_axis(at)) for at in self._axes}
        errors = rows.errors()
        refused = _are_there(errors) if rows.found.errors else numpy.zeros(len(errors), bool)
        if refused.any():
            columns |= {INPUT: self._shown(rows)}
        else:
            inputs, codes = self._inputs(rows)
            columns |= {INPUT: values_taken(inputs, codes)}
        columns |= {"bits": values_taken(list(self.job.grid.policies), rows.policy), "error": errors}
        columns |= {each.key: rows.total(each.name) for each in self.job.told}
        return batch_of_columns(self.job, columns, refused)

    def _inputs(self, rows: "_Rows") -> "tuple[list[str], NDArray[Any]]":
        """Return the different input sizes as texts, and for each row which of them it has."""
        outputs = rows.found.outputs
        columns = {
            (name, axis): outputs[size_named(name, axis)]
            for name in self.model.inputs
            for axis in range(_MOST_AXES)
            if size_named(name, axis) in outputs
        }
        codes = numpy.zeros(len(rows.found.known), numpy.int64)
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
    """Rows by their ``numbers``: each of the networks ``found`` under each policy."""

    def __init__(self, job: SweepJob, found: TapedNetworks, numbers: "NDArray[Any]") -> None:
        self.job = job
        self.found = found
        self.numbers = numbers
        self.network, self.policy = numpy.divmod(numbers, len(job.policies))

    def of_axis(self, axis: int) -> "NDArray[Any]":
        """Return the place of each row's value on the axis."""
        at: NDArray[Any] = self.found.values_at[axis][self.network]
        return at

    def total(self, name: str) -> "NDArray[Any]":
        """Return the total called ``name`` of each row; 0 for a row with an error."""
        outputs = self.found.outputs
        nothing = numpy.zeros(len(self.found.known), numpy.int64)
        if name in outputs:
            return outputs[name][self.network]
        of_policies = [outputs.get(f"{name}@{policy.name}", nothing) for policy in self.job.policies]
        of_rows: NDArray[Any] = numpy.stack(of_policies, axis=1)[self.network, self.policy]
        return of_rows

    def errors(self) -> list[str | None]:
        """Return the error of each row, or None if the row has none."""
        if not self.found.errors:
            return [None] * len(self.numbers)
        found = self.found.errors
        network = found.get(NETWORK, {})
        of_policies = [network | found.get(policy.name, {}) for policy in self.job.policies]
        places = zip(self.network.tolist(), self.policy.tolist(), strict=True)
        return [of_policies[policy].get(place) for place, policy in places]


def _are_there(errors: Sequence[str | None]) -> "NDArray[Any]":
    return numpy.array([error is not None for error in errors], bool)


def _cells(quantity: Quantity, values: "NDArray[Any]") -> "Cells":
    return cells_of_integers(values) if quantity.is_integer else cells_of_doubles(values)
