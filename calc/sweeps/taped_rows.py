"""The rows of a sweep from tapes: those that the engine would give, to the byte, many at a time."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy

from calc.model.inputs import input_option
from calc.quantities import quantities
from calc.spec import ModelSpec
from calc.sweeps.axes import INPUT
from calc.sweeps.cells import cells_of_doubles, cells_of_integers, cells_of_texts, text_of_cells
from calc.sweeps.job import Chunk, SweepJob, chunk, csv_line, sweep_columns
from calc.sweeps.taped import BLOCK, TapedGrid, TapedNetworks
from calc.tape.trace import size_named

_MOST_AXES = 8
"""More than an input has."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calc.sweeps.cells import Cells


class TapedRows:
    """The rows of ``job``. Those that no tape gives, errors among them, are the engine's."""

    def __init__(self, job: SweepJob, model: ModelSpec) -> None:
        self.job = job
        self.model = model
        names = [each.name for each in quantities("sweep")]
        self.grid = TapedGrid(job, model, names, tells_sizes=True, is_patient=False)
        self._texts = [cells_of_texts(list(map(self._text, axis.values))) for axis in job.grid.axes]
        self._policies = cells_of_texts(list(map(self._text, job.grid.policies)))

    def chunk(self, first: int, last: int) -> Chunk:
        """The rows from ``first`` up to ``last``."""
        policies = len(self.job.policies)
        lines: list[str] = []
        errors = 0
        for start in range(first // policies, -(-last // policies), BLOCK):
            end = min(start + BLOCK, -(-last // policies))
            found = self.grid.networks(start, end)
            begin, stop = max(first, policies * start), min(last, policies * end)
            made = self._lines(found)[begin - policies * start : stop - policies * start]
            for here, there in _runs(numpy.flatnonzero(~found.counted)):
                low, high = max(begin, policies * (start + here)), min(stop, policies * (start + there))
                if low < high:
                    by_engine = chunk(self.job, self.model, low, high)
                    made[low - begin : high - begin] = by_engine.lines
                    errors += by_engine.errors
            lines += made
        return Chunk(lines, errors)

    def _lines(self, found: TapedNetworks) -> list[str]:
        """The rows of networks, at every policy; of those that are not counted whatever it may be."""
        networks, job = len(found.counted), self.job
        if not found.counted.any():
            return [""] * (networks * len(job.policies))
        cells: list[Cells] = []
        for axis, texts, at in zip(job.grid.axes, self._texts, found.values_at, strict=True):
            if axis.name.partition(".")[0] != INPUT:
                cells.append(texts[at][:, None])
        cells += [self._inputs(found)[:, None], self._policies[None]]
        for each in quantities("sweep"):
            names = [f"{each.name}@{policy.name}" for policy in job.policies] if each.at_bits else [each.name]
            values = numpy.stack([found.outputs[name] for name in names], axis=1)
            to_cells = cells_of_integers if each.is_integer else cells_of_doubles
            cells.append(to_cells(values.reshape(-1)).reshape(networks, len(names), -1))
        cells.append(cells_of_texts([self._text(None)]))
        parts: list[Cells] = []
        for literal, column in zip(self._between(), [*cells, None], strict=True):
            parts += [cells_of_texts([literal]), *([] if column is None else [column])]
        return text_of_cells(parts, (networks, len(job.policies))).decode().split("\n")[:-1]

    def _between(self) -> list[str]:
        """What stands before each value of a row, and after the last."""
        names = sweep_columns(self.job)
        if self.job.format == "csv":
            return ["", *[","] * (len(names) - 1), "\n"]
        keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
        return [f"{{{keys[0]}", *[f", {key}" for key in keys[1:]], "}\n"]

    def _text(self, value: Any) -> str:
        """``value`` as the format writes it."""
        if self.job.format == "csv":
            return csv_line(["", value])[1:]
        return json.dumps(value, ensure_ascii=False)

    def _inputs(self, found: TapedNetworks) -> "Cells":
        """The sizes of the inputs of each network."""
        columns = {
            (name, axis): found.outputs[size_named(name, axis)]
            for name in self.model.inputs
            for axis in range(_MOST_AXES)
            if size_named(name, axis) in found.outputs
        }
        codes = numpy.zeros(len(found.counted), numpy.int64)
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
            texts.append(self._text(input_option(sizes)))
        return cells_of_texts(texts)[codes]


def _runs(places: "NDArray[Any]") -> Iterator[tuple[int, int]]:
    """Rising ``places`` as runs, each from a first up to an end that is not in it."""
    for run in numpy.split(places, numpy.flatnonzero(numpy.diff(places) > 1) + 1):
        if len(run):
            yield int(run[0]), int(run[-1]) + 1
