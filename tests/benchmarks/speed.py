"""How fast calc is, as ratios against a peer measured in the same run, and how it grows.

Run it: python tests/benchmarks/speed.py

Whole processes are timed in turn with a bare interpreter that only imports the same libraries, so that a
machine's drift falls on both; what runs within one process is timed in seconds of the processor.
Not a test: nothing here passes or fails.
"""

import gc
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.model.graph import Graph

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
    classifiers()
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
    show("another width", lambda: analyse(model, {"width": 0.5 + next(widths) / 1000}).totals)
    show("another input size", lambda: analyse(model, None, (3, 100 + next(widths) % 400, 224)).totals)
    show("only other bits", lambda: analysis.with_bits("4").totals, 0.3)


def show(name: str, job: Callable[[], object], target_ms: float | None = None) -> None:
    """Time ``job`` and print it beside its target, if it has one."""
    job()
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(50):
            job()
        rounds.append((time.process_time() - start) / 50)
    taken = 1000 * min(rounds)
    beside = f"{taken / target_ms:5.2f} × the target of {target_ms} ms" if target_ms else ""
    print(f"  {taken:8.3f} ms   {beside:29}   {name}")


def growth() -> None:
    """Chains of 1,000, 10,000 and 100,000 layers: microseconds and bytes a layer should not grow.

    The peer is what the same text takes PyYAML alone, of which calc reads the events. Python's collector is as the
    command line has it: at each 700 objects it takes 2 µs a layer of 1,000 and 12 of 100,000, since it looks through
    all that is there again and again.
    """
    from calc import analyse
    from calc.cli import YOUNG_OBJECTS
    from calc.spec import loads

    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    print("growth: flat chains of conv2d, text to totals")
    for layers in (1_000, 10_000, 100_000):
        chain = "".join("  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n" for _ in range(layers))
        text = f"name: chain\ninput: [8, 16, 16]\nlayers:\n{chain}"
        theirs, ours = interleaved(lambda text=text: parse(text), lambda text=text: analyse(loads(text)).totals, 4)
        tracemalloc.start()
        kept = analyse(loads(text))
        memory, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del kept
        took = f"{1e6 * ours / layers:5.1f} µs a layer, of which PyYAML {1e6 * theirs / layers:4.1f}"
        print(f"  {layers:8,} layers   {took};   bytes kept {memory / layers:4.0f}, at most {most / layers:5.0f}")


def classifiers() -> None:
    """The 80 classifiers of torchvision, each from its file to its totals, beside PyYAML's reading of the files."""
    from calc import analyse
    from calc.cli.specs import spec_names
    from calc.spec import load

    models = {name: load(name) for name in spec_names()}
    analyses = {name: analyse(model) for name, model in models.items() if in_torchvision(model.reference)}
    names = [name for name, analysis in analyses.items() if classifies(analysis.graph)]
    texts = [Path(file).read_text(encoding="utf-8") for name in names for file in models[name].files]
    theirs, ours = interleaved(
        lambda: [parse(text) for text in texts], lambda: [analyse(load(name)).totals for name in names], 5
    )
    layers = sum(len(analyses[name].graph.layers) for name in names)
    print(f"classifiers: the {len(names)} of torchvision, {layers:,} layers, from files to totals, in turn")
    print(f"  {ours:8.3f} s    {ours / 1.0:5.2f} × the target of 1 s;   PyYAML alone {theirs:.3f} s")


def in_torchvision(reference: str | None) -> bool:
    """Whether it is one of torchvision's networks."""
    return reference is not None and reference.startswith("torchvision/")


def classifies(graph: "Graph") -> bool:
    """Whether it tells the 1,000 classes of ImageNet apart."""
    return [graph.nodes[index].shape.sizes for index in graph.outputs.values()] == [(1000,)]


def interleaved(theirs: Callable[[], object], ours: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The least seconds of the processor that each takes, in turn, so that a machine's drift falls on both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for job, seconds in zip((theirs, ours), taken, strict=True):
            start = time.process_time()
            job()
            seconds.append(time.process_time() - start)
    return min(taken[0]), min(taken[1])


def parse(text: str) -> None:
    """Read ``text`` as calc does, and do nothing with what is read."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    for _ in iter(loader.get_event, None):
        pass
    loader.dispose()


if __name__ == "__main__":
    main()
