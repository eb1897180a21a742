"""How long `calc run` takes for language models, beside a bare interpreter that imports the same libraries.

Run it: python tests/benchmarks/language.py

Seconds of the processor of whole processes, in turn, so that a machine's drift falls on all; the least of several runs.
Not a test: nothing here passes or fails.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 9
BARE = "bare imports"
CALL = ("--phase", "decode", "--context", "8192")


def main() -> None:
    """Print each beside what it may take: so many times the bare imports and milliseconds more."""
    sys.path.insert(0, str(ROOT))
    from tests.benchmarks.speed import IMPORTS

    calc = (sys.executable, "-m", "calc", "run")
    allowed = {"llama3_8b": (1.6, 60), "deepseek_v3": (0, 500), "llama3_70b": (0, 500)}
    commands = {BARE: (sys.executable, "-c", IMPORTS)} | {name: (*calc, name, *CALL) for name in allowed}
    least = seconds_of(commands)
    print(f"seconds of the processor, the least of {RUNS} processes: calc run NAME {' '.join(CALL)}")
    print(f"  {1000 * least[BARE]:8.0f} ms   {BARE}: {IMPORTS}")
    for name, (times, more_ms) in allowed.items():
        target = times * least[BARE] + more_ms / 1000
        beside = f"{least[name] / target:5.2f} × the {1000 * target:.0f} ms allowed"
        print(f"  {1000 * least[name]:8.0f} ms   {beside}   {name}")


def seconds_of(commands: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """The least seconds of the processor that each command takes, in turn."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        # compiled as installed packages are: a checkout need not be, and then compiling would be what is timed
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for timed in [False] + [True] * RUNS:
            for name, command in commands.items():
                before = _of_children()
                subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment)
                if timed:
                    found[name].append(_of_children() - before)
    return {name: min(seconds) for name, seconds in found.items()}


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
