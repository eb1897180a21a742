"""A sweep in chunks, each by whoever computes it: this process, others on this machine, a Dask cluster.

The chunks come back in order, whoever was first; no more than a window of them is under way.
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
"""Points at a time: half a second of work, so that little is lost and little is said."""
TAPED_CHUNK = 50_000
"""The same of a large sweep that uses tapes."""
RETRIES = 3
"""Times that a cluster runs a chunk again whose worker was lost or failed."""

ADDRESS = re.compile(r"(inproc://.+|([a-z]+://)?.+:[0-9]+)")
CONNECT = "10s"
"""How long a scheduler may take to answer."""
_LEAST_WINDOW = 8

Span = tuple[int, int]


class Where(NamedTuple):
    """Who computes: the cluster at ``scheduler``, or so many ``processes`` of this machine."""

    processes: int
    scheduler: str | None = None


def chunks(job: SweepJob, model: ModelSpec, first: int, where: Where) -> Iterator[Chunk]:
    """The rows from ``first`` on, in order. ``model`` is the job's own."""
    if where.scheduler is not None:
        return chunks_on_cluster(job, model, first, where.scheduler)
    if where.processes == 1 or job.grid.points - first <= _chunk_size(job):
        return here(job, model, first)
    return on_cores(job, first, where.processes)


def spans(first: int, job: SweepJob) -> Iterator[Span]:
    """The points from ``first`` on in chunks; cut at multiples of their size, wherever it starts."""
    points, size = job.grid.points, _chunk_size(job)
    while first < points:
        last = min(points, first // size * size + size)
        yield first, last
        first = last


def _chunk_size(job: SweepJob) -> int:
    return TAPED_CHUNK if job.uses_tapes and job.grid.points >= 2 * TAPED_CHUNK else CHUNK


def here(job: SweepJob, model: ModelSpec, first: int) -> Iterator[Chunk]:
    """By this process alone."""
    rows = maker_of_rows(job, model)
    for span in spans(first, job):
        yield rows(*span)


def on_cores(job: SweepJob, first: int, processes: int) -> Iterator[Chunk]:
    """By a pool of processes. Raises OpError where one of them dies."""
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
    """By the workers of the Dask scheduler at ``address`` (the extra ``distributed``).

    A chunk carries the spec with it, so that the workers need no file of it, and one lost with its worker is
    run by another. Raises OpError where there is no scheduler, or where a chunk fails on every worker.
    """
    import cloudpickle  # of dask's own: it packs the functions that a spec's expressions are

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
            with suppress(Exception):  # of a scheduler that is gone nothing need be called off
                client.cancel(list(waiting))


@contextmanager
def cluster(address: str, kept: str) -> Iterator[Any]:
    """A client of the Dask scheduler at ``address``, within which dask itself writes no messages.

    Raises OpError without dask, where no scheduler answers, where the scheduler goes away, and where work is lost
    with every worker that ran it; ``kept`` is the hint of the last two.
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
    """Raise OpError without dask, and for an ``address`` that can be none: said without loading dask."""
    if find_spec("distributed") is None:
        raise OpError("--scheduler needs dask, which is not installed", install_hint("distributed"))
    if not ADDRESS.fullmatch(address):
        raise OpError(f"--scheduler {address[:60]!r}: must be an address such as tcp://10.0.0.1:8786")


def connect(address: str) -> tuple[Any, type[Exception], type[Exception]]:
    """A client of the scheduler at ``address``, and what it raises for lost workers and for a lost connection.

    Raises OpError without dask, and where no scheduler answers.
    """
    require_scheduler(address)
    import distributed

    untyped: Any = distributed
    try:
        untyped.comm.resolve_address(address)  # a client that is given a bad one complains again when it is collected
        client = untyped.Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OpError(f"--scheduler {address}: no scheduler answers: {error}", "dask scheduler starts one") from None
    return client, untyped.KilledWorker, untyped.comm.CommClosedError


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_started: list[Rows] = []
"""What makes the rows in a process of the pool."""
_unpacked: dict[bytes, Rows] = {}
"""The last sweep that a worker of a cluster has taken part in."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Within it an interrupt waits: a process that is started here begins so too, and hears of none."""
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

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes
    Thread(target=_end_with_parent, daemon=True).start()
    _started[:] = [maker_of_rows(job, job.model())]


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, however it did: nobody waits for its rows then."""
    from multiprocessing import connection, parent_process

    parent = parent_process()
    assert parent is not None  # of a process of the pool
    connection.wait([parent.sentinel])
    os._exit(1)


def _chunk(span: Span) -> Chunk:
    return _started[0](*span)


def packed_chunk(packed: bytes, span: Span) -> Chunk:
    """The rows of ``span``, of a packed job and spec: what a cluster's worker runs."""
    if packed not in _unpacked:
        _unpacked.clear()
        _unpacked[packed] = maker_of_rows(*pickle.loads(packed))
    return _unpacked[packed](*span)
