"""Running one counter over many networks in a process of its own. This side imports no counter."""

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
"""Counters by name, and the package that each is in."""


class Job(NamedTuple):
    """One network: a spec, and whether its ``reference`` is to be counted or the network built from it.

    ``params`` override the spec's.
    """

    spec: str
    network: str = "built"
    params: dict[str, object] = {}  # never written to


class Outcome(NamedTuple):
    """What the counter printed by the name of the convention, or its own error in one line."""

    job: Job
    totals: dict[str, int | float | None]
    error: str


def installed(peer: str) -> bool:
    """Whether the counter's package can be imported here."""
    return find_spec(PEERS[peer]) is not None


def run(peer: str, jobs: Iterable[Job]) -> Iterator[Outcome]:
    """Each of ``jobs`` counted by ``peer``, in order; those after a crash have its exit code as their error."""
    waiting = list(jobs)
    process = subprocess.Popen(
        [sys.executable, "-m", "verify.peers.worker", peer],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for job in waiting:
            try:
                process.stdin.write(json.dumps(job._asdict()) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = ""
            if not line:
                yield Outcome(job, {}, f"the process ended with exit code {process.wait()}")
                continue
            found = json.loads(line)
            yield Outcome(job, found["totals"], found["error"])
        process.stdin.close()
