"""A sweep in chunks, computed by this process, by several processes of this machine or by a Dask cluster.

The chunks are returned in order, whichever is ready first. Only a limited number of them is computed at a time.
"""

import logging
import os
import pickle
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.extras import install_hint
from calc.spec import ModelSpec
from calc.sweeps.chunk import Chunk
from calc.sweeps.job import SweepJob
from calc.sweeps.makers import Rows, maker_of_rows

CHUNK = 500
"""The points of a chunk: half a second of work, so that an interruption loses little and messages stay rare."""
TAPED_CHUNK = 50_000
"""The points of a chunk of a large sweep that uses tapes."""
RETRIES = 3
"""The number of times that a cluster repeats a chunk whose worker was lost or failed."""

ADDRESS = re.compile(r"(inproc://.+|([a-z]+://)?.+:[0-9]+)")
CONNECT = "10s"
"""The time that a scheduler has to answer."""
_LEAST_WINDOW = 8

Span = tuple[int, int]


class Where(NamedTuple):
    """The place of the computation: the cluster at ``scheduler``, or this number of ``processes`` on this machine."""

    processes: int
    scheduler: str | None = None


def chunks(job: SweepJob, model: ModelSpec, first: int, where: Where) -> Iterator[Chunk]:
    """Return the rows from the point ``first`` on, in order. ``model`` is the spec of ``job``."""
    if where.scheduler is not None:
        return chunks_on_cluster(job, model, first, where.scheduler)
    if where.processes == 1 or job.grid.points - first <= _chunk_size(job):
        return here(job, model, first)
    return on_cores(job, first, where.processes)


def spans(first: int, job: SweepJob) -> Iterator[Span]:
    """Yield the ranges of points from ``first`` on, one for each chunk. Their ends are multiples of the chunk size."""
    points, size = job.grid.points, _chunk_size(job)
    while first < points:
        last = min(points, first // size * size + size)
        yield first, last
        first = last


def _chunk_size(job: SweepJob) -> int:
    return TAPED_CHUNK if job.uses_tapes and job.grid.points >= 2 * TAPED_CHUNK else CHUNK


def here(job: SweepJob, model: ModelSpec, first: int) -> Iterator[Chunk]:
    """Compute the chunks in this process."""
    rows = maker_of_rows(job, model)
    for span in spans(first, job):
        yield rows(*span)


def on_cores(job: SweepJob, first: int, processes: int) -> Iterator[Chunk]:
    """Compute the chunks in a pool of processes. Raises OpError if one of them dies."""
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(processes, initializer=_start, initargs=(job,)) as pool:
        waiting: deque[Future[Chunk]] = deque()
        todo = spans(first, job)
        try:
            for span in todo:
                with _undisturbed():
                    waiting.append(pool.submit(_chunk, span))
                if len(waiting) >= 3 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise OpError("a process of the sweep died", "what is done is kept: the same command goes on") from None
        finally:
            for future in waiting:
                future.cancel()


def chunks_on_cluster(job: SweepJob, model: ModelSpec, first: int, address: str) -> Iterator[Chunk]:
    """Compute the chunks on the Dask cluster whose scheduler is at ``address``. Needs the extra ``distributed``.

    The spec is sent with each chunk, so that workers need no file. If a worker is lost, another one repeats its chunk.
    Raises OpError if no scheduler answers, or if a chunk fails on every worker.
    """
    import cloudpickle  # a dependency of dask, which packs the functions of a spec's expressions

    packed = cloudpickle.dumps((job, model))
    with cluster(address, "with --output what is done is kept: the same command goes on") as client:
        waiting: deque[Any] = deque()
        try:
            for span in spans(first, job):
                waiting.append(client.submit(packed_chunk, packed, span, pure=False, retries=RETRIES))
                if len(waiting) >= max(_LEAST_WINDOW, 3 * sum(client.ncores().values())):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            with suppress(Exception):  # a scheduler that is gone has nothing to cancel
                client.cancel(list(waiting))


@contextmanager
def cluster(address: str, kept: str) -> Iterator[Any]:
    """A context with a client of the Dask scheduler at ``address``. Messages of Dask itself are silenced in it.

    Raises OpError if Dask is missing, if no scheduler answers, if the scheduler goes away, or if work is lost with
    every worker that ran it. ``kept`` is the hint of the last two errors.
    """
    client, killed, closed = connect(address)
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with client:
            yield client
    except killed as error:
        raise OpError(f"work was lost with every worker that ran it: {error}", kept) from None
    except (CancelledError, closed):
        raise OpError(f"--scheduler {address}: the scheduler went away", kept) from None
    finally:
        logger.setLevel(level)


def require_scheduler(address: str) -> None:
    """Raise OpError if Dask is missing or ``address`` is malformed. Dask is not imported."""
    if find_spec("distributed") is None:
        raise OpError("--scheduler needs dask, which is not installed", install_hint("distributed"))
    if not ADDRESS.fullmatch(address):
        raise OpError(f"--scheduler {address[:60]!r}: must be an address such as tcp://10.0.0.1:8786")


def connect(address: str) -> tuple[Any, type[Exception], type[Exception]]:
    """Return a client of the scheduler at ``address``, and its exceptions for lost workers and lost connections.

    Raises OpError if Dask is missing or no scheduler answers.
    """
    require_scheduler(address)
    import distributed

    untyped: Any = distributed
    try:
        # otherwise a client with an invalid address prints an error when it is collected
        untyped.comm.resolve_address(address)
        client = untyped.Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OpError(f"--scheduler {address}: no scheduler answers: {error}", "dask scheduler starts one") from None
    return client, untyped.KilledWorker, untyped.comm.CommClosedError


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_started: list[Rows] = []
"""The function that computes the rows, in a process of the pool."""
_unpacked: dict[bytes, Rows] = {}
"""The last sweep that a worker of a cluster has worked on."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Block the interrupt signal. A process that is started in this context inherits the block."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(job: SweepJob) -> None:
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the process that writes
    Thread(target=_end_with_parent, daemon=True).start()
    _started[:] = [maker_of_rows(job, job.model())]


def _end_with_parent() -> None:
    """End this process as soon as its parent process has ended, because nobody waits for its rows then."""
    from multiprocessing import connection, parent_process

    parent = parent_process()
    assert parent is not None  # a process of the pool has one
    connection.wait([parent.sentinel])
    os._exit(1)


def _chunk(span: Span) -> Chunk:
    return _started[0](*span)


def packed_chunk(packed: bytes, span: Span) -> Chunk:
    """Return the rows of ``span`` for a packed job and spec. A worker of a cluster runs this function."""
    if packed not in _unpacked:
        _unpacked.clear()
        _unpacked[packed] = maker_of_rows(*pickle.loads(packed))
    return _unpacked[packed](*span)
