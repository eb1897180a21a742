"""Runs a function on networks one after another, each in its own process, and keeps the results in a file."""

import csv
import multiprocessing
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, TypeVar

EXACT = "exact"
T = TypeVar("T")


class Surveyed(NamedTuple):
    """The result for the network ``name``. ``kind`` is a short word, such as ``exact``; ``said`` explains it."""

    name: str
    kind: str
    said: str
    seconds: float


def surveyed(asked: Mapping[str, T], limit: int, of: Callable[[T], Surveyed]) -> Iterator[Surveyed]:
    """Yield the results of ``of`` for the networks ``asked`` by name; each may take ``limit`` seconds of CPU time."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["timm", "verify.importers.warm", of.__module__])  # loaded once for all processes
    for name, each in asked.items():
        ours, theirs = server.Pipe(duplex=False)
        process = server.Process(target=_send_outcome, args=(of, each, limit, theirs))
        process.start()
        theirs.close()
        try:
            yield ours.recv()
        except EOFError:
            process.join()
            kind = "too long" if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL) else "crashes"
            yield Surveyed(name, kind, f"exit code {process.exitcode}", float(limit))
        process.join()


def _send_outcome(of: Callable[[T], Surveyed], asked: T, limit: int, to: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    to.send(of(asked))


def tell_each(asked: Mapping[str, T], limit: int, of: Callable[[T], Surveyed], results: "SurveyFile | None") -> str:
    """Print a line for each network that is not in ``results``, add it there, and return the counts as text."""
    found: Counter[str] = Counter()
    left = {name: each for name, each in asked.items() if results is None or name not in results.found}
    for each in surveyed(left, limit, of):
        found[each.kind] += 1
        print(f"{each.seconds:5.1f} s  {each.kind:8}  {each.name}: {each.said}", flush=True)
        if results is not None:
            results.add(each)
    return f"{found.total()} tried" + "".join(f", {count} {kind}" for kind, count in found.most_common())


class SurveyFile:
    """A CSV file with the result of each network, which a later run continues. Its first line describes the survey.

    It keeps no text for exact networks, and no seconds, because these depend on the machine.
    """

    def __init__(self, path: Path, about: str) -> None:
        self._path = path
        if not path.exists():
            path.write_text(f"{about}\nname,kind,said\n", encoding="utf-8")
        self.about, _, rows = path.read_text(encoding="utf-8").partition("\n")
        self.found = {each["name"]: Surveyed(**each, seconds=0.0) for each in csv.DictReader(rows.splitlines())}

    def add(self, found: Surveyed) -> None:
        """Add a result to the file at once, so that an interrupted survey continues after it."""
        self.found[found.name] = found
        with self._path.open("a", encoding="utf-8", newline="") as file:
            words = "" if found.kind == EXACT else found.said
            csv.writer(file, lineterminator="\n").writerow([found.name, found.kind, words])
