"""``python -m verify.importers.survey``: every network of timm imported on meta, and how many of them exactly.

Each is held against the module: tensors by key, shapes of modules, MACs of every module; on meta nothing can be run.
Each has a process of its own and a limit of CPU time. A line a network as it is done, then the counts.
"""

import argparse
import multiprocessing
import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import torch

from calc.errors import OpError, SpecError, printable
from calc.sources.written import imported_text
from verify.errors import VerifyError
from verify.importers.load import Sizes, load_source
from verify.importers.lowering import Lowered, lowered
from verify.importers.proof import prove
from verify.importers.trace import traced

EXACT = "exact"
T = TypeVar("T")


class Surveyed(NamedTuple):
    """What came of the network ``name``: ``kind`` is ``exact``, ``differs``, ``refused`` or what ended it."""

    name: str
    kind: str
    said: str
    seconds: float


def surveyed(asked: Mapping[str, T], limit: int, of: Callable[[T], Surveyed]) -> Iterator[Surveyed]:
    """What ``of`` says of each network, by name what it is ``asked`` for; it may take ``limit`` seconds of CPU time."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["timm", __name__])  # imported once, and there in every process
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


def outcome(name: str) -> Surveyed:
    """What comes of importing timm's network ``name`` on meta, or on the CPU where it cannot be made on meta."""
    began = time.process_time()
    kind, said = _held_against(name)
    return Surveyed(name, kind, printable(said)[:300], time.process_time() - began)


def _held_against(name: str) -> tuple[str, str]:
    try:
        found = lowered_on_meta(name)
        proof = prove(found, imported_text(found.imported), run=False)
    except (SpecError, VerifyError, OpError) as error:
        return "refused", str(error).splitlines()[0]
    except Exception as error:  # a fault of ours, of which the table has to tell
        return "fails", f"{type(error).__name__}: {error}"
    return ("differs", str(proof.problems[0])) if proof.problems else (EXACT, proof.summary)


def lowered_on_meta(name: str, inputs: Mapping[str, Sizes] = MappingProxyType({})) -> Lowered:
    """timm's network ``name``; on the CPU where it reads values while it is made or traced."""
    try:
        with torch.device("meta"):
            return lowered(traced(load_source(f"timm/{name}", inputs)))
    except Exception:  # whatever is raised where a number is read that is not there
        return lowered(traced(load_source(f"timm/{name}", inputs)))


def main() -> None:
    """Survey all of timm, or every n-th network of it."""
    parser = argparse.ArgumentParser(prog="python -m verify.importers.survey", description="All of timm, imported.")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every n-th name")
    parser.add_argument("--sample", type=int, metavar="N", help="N names drawn at random")
    parser.add_argument("--seed", type=int, default=1, metavar="SEED", help="of what is drawn")
    parser.add_argument("--limit", type=int, default=60, metavar="SECONDS", help="CPU time of a network")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these alone")
    asked = parser.parse_args()
    import timm

    found: Counter[str] = Counter()
    names = timm.list_models()[:: asked.every]
    if asked.sample is not None:
        random.Random(asked.seed).shuffle(names)
    drawn = asked.names or names[: asked.sample]
    for each in surveyed({name: name for name in drawn}, asked.limit, outcome):
        found[each.kind] += 1
        print(f"{each.seconds:5.1f} s  {each.kind:8}  {each.name}: {each.said}", flush=True)
    counts = ", ".join(f"{count} {kind}" for kind, count in found.most_common())
    print(f"timm {timm.__version__}, torch {torch.__version__}: {found.total()} networks: {counts}")


if __name__ == "__main__":
    main()
