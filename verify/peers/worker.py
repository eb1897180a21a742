"""The process of a counter. It reads jobs and writes totals, both as lines of JSON."""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Run the counter that the command line names until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a counter prints goes to standard error
    peer = sys.argv[1]
    for line in sys.stdin:
        job = json.loads(line)
        try:
            found: dict[str, Any] = {"totals": _count(peer, job), "error": ""}
        except Exception as error:
            found = {
                "totals": {},
                "error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
            }
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _count(peer: str, job: dict[str, Any]) -> dict[str, Any]:
    if peer == "pycls":
        from verify.peers.pycls_models import complexity

        return complexity(job["spec"])
    import torch

    from verify.peers.counters import COUNTERS
    from verify.peers.networks import network_of

    torch.set_num_threads(1)
    network, inputs = network_of(job["spec"], job["network"], job["params"])
    return {name: _integer(total) for name, total in COUNTERS[peer](network, inputs).items()}


def _integer(total: Any) -> int | float | None:
    """Return ``total`` as an integer if it is a whole number."""
    return int(total) if total is not None and int(total) == total else total


if __name__ == "__main__":
    main()
