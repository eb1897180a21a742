"""How long `calc check` takes over all packaged specs, as a whole process. Run it: python tests/benchmarks/gate.py"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 5


def main() -> None:
    """Print seconds and memory."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "specs", f"{folder}/specs")
        specs = sorted(f"specs/{path.name}" for path in Path(folder, "specs").glob("*.yaml"))
        calc = [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); from calc.cli import main; main()",
        ]
        subprocess.run([*calc, "lock", *specs, "--bits", "8", "adaptive"], cwd=folder, check=True)
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            subprocess.run([*calc, "check"], cwd=folder, check=True)
            seconds.append(time.perf_counter() - start)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        megabytes = Path(folder, "calc.lock.json").stat().st_size / 1e6
    print(
        f"{len(specs)} specs, lock of {megabytes:.1f} MB: "
        f"{statistics.median(seconds):.2f} s, at best {min(seconds):.2f} s"
    )
    print(f"{(used.ru_utime + used.ru_stime) / (RUNS + 1):.2f} s of processor time, {used.ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
