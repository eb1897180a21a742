"""Runs one counter over many networks in a separate process. This process does not import the counter."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import NamedTuple

PEERS: dict[str, str] = {
    "fvcore": "fvcore",
    "thop": "thop",
    "ptflops": "ptflops",
    "ptflops-pytorch": "ptflops",
    "torchinfo": "torchinfo",
    "calflops": "calflops",
    "deepspeed": "deepspeed",
    "torchprofile": "torchprofile",
    "torch": "torch",
    "pycls": "pycls",
}
"""The package of each counter, by name."""


class PeerJob(NamedTuple):
    """A network to count: a spec, and whether to count its ``reference`` or the network built from it.

    ``params`` replace values of the spec.
    """

    spec: str
    network: str = "built"
    params: dict[str, object] = {}  # nothing writes to it


class PeerOutcome(NamedTuple):
    """The totals that the counter printed, by the names of the conventions, or its error in one line."""

    job: PeerJob
    totals: dict[str, int | float | None]
    error: str


def installed(peer: str) -> bool:
    """Return whether the package of the counter ``peer`` is installed."""
    return find_spec(PEERS[peer]) is not None


def run_peer(peer: str, jobs: Iterable[PeerJob]) -> Iterator[PeerOutcome]:
    """Count each of ``jobs`` with ``peer``, in order.

    A counter that stops with an error may leave changes in torch, and the next network would be counted wrong. It is
    therefore counted in a new process.
    """
    worker: _Worker | None = None
    try:
        for job in jobs:
            worker = worker or _Worker(peer)
            outcome = worker.count(job)
            yield outcome
            if outcome.error:
                worker.close()
                worker = None
    finally:
        if worker is not None:
            worker.close()


class _Worker:
    """A process that counts one network after another."""

    def __init__(self, peer: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "verify.peers.worker", peer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def count(self, job: PeerJob) -> PeerOutcome:
        """Return the answer of the process, or its exit code if it has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(job._asdict()) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            return PeerOutcome(job, {}, f"the process ended with exit code {self.process.wait()}")
        found = json.loads(line)
        return PeerOutcome(job, found["totals"], found["error"])

    def close(self) -> None:
        """End the process."""
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()
