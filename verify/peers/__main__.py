"""``python -m verify.peers [SPEC...]``: compares every emulation with its counter, on the packaged or the given specs.

It prints one line for each difference, and for each network where a counter stops with an error. Then it prints one
line for each convention. The exit code is 1 if a difference is not listed as known.
"""

import sys
from pathlib import Path

from calc.analysis import Analysis, analyse
from calc.conventions import counted
from calc.spec import load
from calc.spec.load import find_spec
from calc.spec.shelf import packaged
from verify.peers.known import TOLERANCE, known_difference
from verify.peers.process import PEERS, PeerJob, PeerOutcome, installed, run_peer

_NO_MODEL = "pycls has no such network"


def check_environment(peer: str, analyses: dict[str, Analysis]) -> bool:
    """Print the result of ``peer`` for each network. Returns whether every difference is known."""
    jobs = [PeerJob(path, "reference" if one.graph.reference else "built") for path, one in analyses.items()]
    equal: dict[str, int] = {}
    compared: dict[str, int] = {}
    all_known = True
    for outcome in run_peer(peer, jobs):
        name = Path(outcome.job.spec).stem
        if outcome.error and _NO_MODEL not in outcome.error:
            print(f"{peer}: {name}: stops: {outcome.error}")
        for convention, printed in outcome.totals.items():
            compared[convention] = compared.get(convention, 0) + 1
            if printed == emulated(convention, analyses, outcome):
                equal[convention] = equal.get(convention, 0) + 1
            else:
                all_known &= _explain(convention, name, printed, emulated(convention, analyses, outcome))
    for convention, networks in compared.items():
        print(f"{convention}: equal on {equal.get(convention, 0)} of {networks} networks")
    sys.stdout.flush()
    return all_known


def emulated(convention: str, analyses: dict[str, Analysis], outcome: PeerOutcome) -> int:
    """Return the number that the counter prints according to the emulation, with its faults."""
    return counted(convention, analyses[outcome.job.spec].workload).printed


def is_known(convention: str, spec: str, printed: int | float | None, ours: int) -> bool:
    """Return whether the difference is listed as known and within the listed tolerance."""
    return bool(known_difference(convention, spec)) and printed is not None and abs(printed - ours) <= TOLERANCE * ours


def _explain(convention: str, spec: str, printed: int | float | None, ours: int) -> bool:
    known = is_known(convention, spec, printed, ours)
    why = known_difference(convention, spec) if known else "not known"
    shown = "nothing" if printed is None else f"{printed:,}"
    print(f"{convention}: {spec}: prints {shown}, emulated {ours:,}: {why}")
    return known


def main() -> None:
    """Compare the counters that are installed."""
    paths = [find_spec(name) for name in sys.argv[1:]] or sorted(map(str, packaged().values()))
    analyses = {path: analyse(load(path)) for path in paths}
    missing = [peer for peer in PEERS if not installed(peer)]
    if missing:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
    results = [check_environment(peer, analyses) for peer in PEERS if peer not in missing]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
