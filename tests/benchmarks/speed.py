"""How fast calc is, as ratios against a peer measured in the same run, and how it grows.

Run it: python tests/benchmarks/speed.py

Whole processes are timed in turn with a bare interpreter that only imports the same libraries, so that a
machine's drift falls on both; what runs within one process is timed in seconds of the processor.
Not a test: nothing here passes or fails.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = str(ROOT / "specs" / "mobilenetv2.yaml")
PROCESS_RUNS = 15

IMPORTS = "import pydantic, yaml, rich, typer"
IMPORTS_USED = (
    "from pydantic import BaseModel; import yaml, typer; from rich.console import Console; from rich.table import Table"
)
PEERS = {
    "fvcore": "from fvcore.nn import FlopCountAnalysis; import torchvision, torch; "
    "FlopCountAnalysis(torchvision.models.mobilenet_v2().eval(), torch.zeros(1, 3, 224, 224)).total()",
    "torchinfo": "import torchinfo, torchvision; "
    "torchinfo.summary(torchvision.models.mobilenet_v2(), (1, 3, 224, 224), verbose=0).total_mult_adds",
}


def main() -> None:
    """Print every figure."""
    sys.path.insert(0, str(ROOT))
    processes()
    in_process()
    growth()


def processes() -> None:
    """`calc run` as a whole process beside interpreters that import, and beside other counters."""
    calc = [sys.executable, "-m", "calc", "run", SPEC, "--bits", "adaptive"]
    commands = {
        "calc run --bits adaptive": calc,
        IMPORTS: [sys.executable, "-c", IMPORTS],
        "the same, names used": [sys.executable, "-c", IMPORTS_USED],
    }
    for name, code in PEERS.items():
        peer = [sys.executable, "-c", code]
        if subprocess.run(peer, capture_output=True, cwd=ROOT).returncode == 0:
            commands[name] = peer
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        # compiled as installed packages are: a checkout need not be, and then compiling would be what is timed
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for timed in [False] + [True] * PROCESS_RUNS:
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment)
                if timed:
                    seconds[name].append(time.perf_counter() - start)
    ours = statistics.median(seconds["calc run --bits adaptive"])
    print(f"whole process, median of {PROCESS_RUNS}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"  {1000 * median:8.0f} ms   calc takes {ours / median:5.2f} × as long as   {name}")
    print(f"  peak memory of the largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


def in_process() -> None:
    """Warm, within one process, for MobileNetV2."""
    from calc import analyse, load
    from calc.spec import loads

    text = Path(SPEC).read_text(encoding="utf-8")
    model = load(SPEC)
    analysis = analyse(model, bits="adaptive")
    widths = iter(range(10**9))
    print("in process, warm, best of 5 rounds")
    show("text to Analysis", lambda: analyse(loads(text), bits="adaptive").totals, 8.0)
    show("another width", lambda: analyse(model, {"width": 0.5 + next(widths) / 1000}).totals, 1.0)
    show("another input size", lambda: analyse(model, None, (3, 100 + next(widths) % 400, 224)).totals, 1.0)
    show("only other bits", lambda: analysis.with_bits("4").totals, 0.3)


def show(name: str, job: Callable[[], object], target_ms: float) -> None:
    """Time ``job`` and print it beside its target."""
    job()
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(50):
            job()
        rounds.append((time.process_time() - start) / 50)
    taken = 1000 * min(rounds)
    print(f"  {taken:8.3f} ms   {taken / target_ms:5.2f} × the target of {target_ms} ms   {name}")


def growth() -> None:
    """Chains of 1,000, 10,000 and 100,000 layers, best of 3: microseconds and bytes a layer should not grow."""
    from calc import analyse
    from calc.spec import loads

    print("growth: flat chains of conv2d, text to totals")
    for layers in (1_000, 10_000, 100_000):
        chain = "".join("  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n" for _ in range(layers))
        text = f"name: chain\ninput: [8, 16, 16]\nlayers:\n{chain}"
        rounds = []
        for _ in range(3):
            start = time.process_time()
            analyse(loads(text)).totals  # noqa: B018  # computed when asked for
            rounds.append(time.process_time() - start)
        taken = min(rounds)
        tracemalloc.start()
        kept = analyse(loads(text))
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        del kept
        print(f"  {layers:8,} layers   {1e6 * taken / layers:6.1f} µs a layer   {memory / layers:6.0f} bytes a layer")


if __name__ == "__main__":
    main()
