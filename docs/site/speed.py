"""The page of speed: ratios against peers that are measured in the same minute, while the site is built."""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from types import ModuleType

from links import ROOT

from calc import analyse
from calc.spec import loads

RUNS = 5


def page() -> str:
    """The page; what is measured takes some seconds of the processor."""
    bench = _benchmarks()
    text = (ROOT / "specs" / "mobilenetv2.yaml").read_text(encoding="utf-8")
    chain = (
        "name: chain\ninput: [8, 16, 16]\nlayers:\n"
        + 2000 * "  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n"
    )
    analysis = analyse(loads(text), bits="adaptive")
    rows = [
        ("a whole `calc run`", "an interpreter that imports pydantic, PyYAML, rich and typer", _processes(bench)),
        (
            "a chain of 2,000 layers, from its text to its totals",
            "PyYAML reading the same text",
            _ratio(bench, chain, 1),
        ),
        (
            "MobileNetV2 at other bits, already loaded",
            "from its text to its totals",
            _of(lambda: analyse(loads(text)).totals, lambda: analysis.with_bits("4").totals, bench, 20),
        ),
    ]
    lines = [
        "# Speed",
        "",
        "These times were measured when this page was built. They are ratios of two times on the same machine, so they "
        "are similar on other machines:",
        "",
        "| What was measured | compared with | time, as a multiple |",
        "| --- | --- | ---: |",
        *[f"| {what} | {beside} | {ratio:.2g} |" for what, beside, ratio in rows],
        "",
        "`python tests/benchmarks/speed.py` prints seconds for this machine, how time and memory grow up to 100,000 "
        "layers, and the times of the 80 classifiers of torchvision. In the same folder, `allocation.py` measures "
        "allocation and sweeps, `zoo.py` all packaged networks, and `gate.py` the gate.",
        "",
    ]
    return "\n".join(lines)


def _benchmarks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_of_speed", ROOT / "tests" / "benchmarks" / "speed.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ratio(bench: ModuleType, text: str, times: int) -> float:
    return _of(lambda: bench.parse(text), lambda: analyse(loads(text)).totals, bench, times)


def _of(theirs: Callable[[], object], ours: Callable[[], object], bench: ModuleType, times: int) -> float:
    """How much longer ``ours`` takes than ``theirs``, each ``times`` times in a round."""

    def repeated(job: Callable[[], object]) -> Callable[[], object]:
        return lambda: [job() for _ in range(times)]

    their_seconds, our_seconds = bench.interleaved(repeated(theirs), repeated(ours), RUNS)
    return float(our_seconds / their_seconds)


def _processes(bench: ModuleType) -> float:
    """`calc run` as a process beside one that imports the same libraries: the least of some runs of each, in turn."""
    commands = ([sys.executable, "-c", bench.IMPORTS_USED], [sys.executable, "-m", "calc", "run", bench.SPEC])
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for command, taken in zip(commands, seconds, strict=True):
            start = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
            taken.append(time.perf_counter() - start)
    return min(seconds[1]) / min(seconds[0])
