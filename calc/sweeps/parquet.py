"""The rows of a sweep as Parquet: batches of columns, and the file made from them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from calc.errors import OpError
from calc.extras import install_hint
from calc.sweeps.axes import INPUT, Axis
from calc.sweeps.job import SweepJob, csv_line, sweep_columns
from calc.writing import write

ROW_GROUP = 131_072
"""The number of rows that a file compresses together, however they were computed."""


def is_there() -> bool:
    """Return True if pyarrow is installed."""
    return find_spec("pyarrow") is not None


def require_pyarrow() -> None:
    """Raise OpError if pyarrow is missing."""
    if not is_there():
        raise OpError("Parquet needs pyarrow, which is not installed", install_hint("parquet"))


def schema(job: SweepJob) -> Any:
    """Return the types of the columns: 64-bit integers, doubles or text. An axis of mixed types is text, as in CSV."""
    import pyarrow

    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    types = {name: pyarrow.string() for name in sweep_columns(job)}
    for axis in job.grid.axes:
        found = set(map(type, axis.values))
        if axis.name in types and axis.name.partition(".")[0] != INPUT and len(found) == 1:
            types[axis.name] = kinds.get(found.pop(), pyarrow.string())
    types |= {each.key: kinds[int if each.is_integer else float] for each in job.told}
    return pyarrow.schema(list(types.items()))


def batch_of_rows(job: SweepJob, rows: Sequence[list[Any]]) -> bytes:
    """Return ``rows`` as a batch. Raises OpError as ``batch_of_columns`` does."""
    names = sweep_columns(job)
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return batch_of_columns(job, dict(zip(names, map(list, columns), strict=True)))


def column_of_axis(job: SweepJob, axis: Axis) -> Any:
    """Return the values of ``axis`` in the type of its column."""
    return _column(schema(job).field(axis.name), list(axis.values))


def values_taken(values: Any, at: Any) -> Any:
    """Return the items of ``values``, a column or a list of text, at the places in the array ``at``."""
    import pyarrow

    return (pyarrow.array(values) if isinstance(values, list) else values).take(pyarrow.array(at))


def batch_of_columns(job: SweepJob, columns: Mapping[str, Any], refused: Any = None) -> bytes:
    """Return a batch of ``columns``, which are lists or arrays. ``refused`` is an array that marks rows without totals.

    Raises OpError for an integer that does not fit into 64 bits.
    """
    import pyarrow

    totals = {each.key for each in job.told}
    found = [_column(field, columns[field.name], refused if field.name in totals else None) for field in schema(job)]
    return bytes(pyarrow.RecordBatch.from_arrays(found, schema=schema(job)).serialize())


def _column(field: Any, values: Any, refused: Any = None) -> Any:
    import pyarrow

    if isinstance(values, pyarrow.Array):
        return values
    if field.type == pyarrow.string():
        values = [each if each is None or isinstance(each, str) else csv_line(["", each])[1:] for each in values]
    try:
        return pyarrow.array(values, field.type, mask=refused)
    except (OverflowError, pyarrow.ArrowInvalid):
        most = max([value for value in values if value is not None])
        fact = f"{field.name} is {most:,} at a point, and a column of Parquet holds integers up to {2**63 - 1:,}"
        raise OpError(fact, "CSV and JSON have it exactly: --format csv") from None


def write_parquet(path: Path, job: SweepJob, batches: Iterable[bytes]) -> None:
    """Write ``batches`` to ``path`` in groups of ROW_GROUP rows. Errors of the system are left to the caller."""
    import pyarrow
    import pyarrow.parquet

    columns = schema(job)
    with pyarrow.parquet.ParquetWriter(path, columns) as writer:
        for table in _groups(columns, batches):
            writer.write_table(table, row_group_size=ROW_GROUP)


def save_parquet(path: Path, job: SweepJob, rows: Sequence[list[Any]]) -> None:
    """Write ``rows`` to ``path``, completely or not at all. Raises OpError if this is impossible."""
    if str(path) == "-":
        raise OpError("--format parquet is a file, not a stream", "--output rows.parquet")
    with TemporaryDirectory() as folder:
        made = Path(folder, "rows")
        write_parquet(made, job, [batch_of_rows(job, rows)])
        write(path, made.read_bytes())


def _groups(columns: Any, batches: Iterable[bytes]) -> Iterator[Any]:
    import pyarrow

    waiting = columns.empty_table()
    for batch in batches:
        read = pyarrow.ipc.read_record_batch(pyarrow.py_buffer(batch), columns)
        waiting = pyarrow.concat_tables([waiting, pyarrow.Table.from_batches([read])])
        while len(waiting) >= ROW_GROUP:
            yield waiting.slice(0, ROW_GROUP).combine_chunks()  # the pages are the same, however the rows were computed
            waiting = waiting.slice(ROW_GROUP)
    if len(waiting):
        yield waiting.combine_chunks()
