"""How fast whole grids are counted on tapes, beside the engine's own loop and pycls, and how much memory it takes.

Run it: python tests/benchmarks/sweeps.py [POINTS]

One thread, in processor seconds, but for the last line, which is a run of POINTS rows (10,000,000) by the command line
on all cores. Not a test: nothing here passes or fails.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from calc.sweeps.taped import TapedGrid

ROOT = Path(__file__).parents[2]
WIDTHS, RESOLUTIONS = "width=0.1..2.0:0.001", "resolution=96..416:1"
ALL = ("macs", "params", "bitops.weight", "bitops.product", "bitops.uniq", "weight_bytes")
AS_PYCLS = ("params", "macs", "activation_elements")
"""What pycls computes; its activations are those of convolutions and linear layers, ours of all layers."""
SECONDS = 2.0
ROWS = 16_384
"""At a time."""


def main() -> None:
    """Print every figure."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.path.insert(0, str(ROOT))
    networks()
    rows()
    structures()
    memory()
    whole_run(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)


def a_second(job: Callable[[int], int]) -> float:
    """How many of what ``job`` does, turn after turn, it does a second."""
    job(0)
    done, turn, start = 0, 1, time.process_time()
    while time.process_time() - start < SECONDS:
        done += job(turn)
        turn += 1
    return done / (time.process_time() - start)


def networks() -> None:
    """MobileNetV2 at widths and resolutions: totals a second."""
    from calc import analyse, load
    from calc.api.sweep import sweep_job
    from calc.sweeps.taped import TapedGrid

    model = load("mobilenetv2")
    job, model = sweep_job("mobilenetv2", model, [WIDTHS, RESOLUTIONS], ["8"], {})

    def engine(turn: int) -> int:
        return (
            analyse(model, {"width": 0.5 + turn % 1500 / 1000, "resolution": 96 + turn % 321}, bits="8").totals.macs > 0
        )

    loop = a_second(engine)
    print(f"MobileNetV2, 8 bits: variants a second\n  {loop:12,.0f}   the engine, one by one")
    theirs = pycls()
    if theirs is not None:
        print(f"  {theirs:12,.0f}   pycls, params, MACs and activations of ResNet-50")
    resnet, spec = sweep_job("resnet50", load("resnet50"), ["width_per_group=32..128:1", RESOLUTIONS], ["8"], {})
    found = a_second(blocks(TapedGrid(resnet, spec, AS_PYCLS)))
    beside = "" if theirs is None else f": {found / theirs:,.0f} × pycls"
    print(f"  {found:12,.0f}   ResNet-50, params, MACs, activations, as pycls{beside}")
    for said, wanted in {
        "params, MACs, activations, as pycls": AS_PYCLS,
        "params, MACs, all BitOps, weight bytes": ALL,
        "the same without uniq, in integers alone": tuple(name for name in ALL if name != "bitops.uniq"),
        "with peak memory": (*ALL, "peak_activation_bytes"),
    }.items():
        found = a_second(blocks(TapedGrid(job, model, wanted)))
        beside = "" if theirs is None else f", {found / theirs:,.0f} × pycls"
        print(f"  {found:12,.0f}   {said}: {found / loop:,.0f} × the engine{beside}")


def blocks(grid: "TapedGrid") -> Callable[[int], int]:
    """What counts a block of the grid at a turn."""
    from calc.sweeps.taped import BLOCK

    def block(turn: int) -> int:
        first = turn % (grid.job.grid.networks // BLOCK) * BLOCK
        return len(grid.networks(first, first + BLOCK).known)

    return block


def pycls() -> float | None:
    """Networks a second of pycls (extra: peers), which has formulas written by hand; None without it."""
    try:
        from pycls.core import net
    except ImportError:
        return None
    from verify.peers.pycls_models import configured

    model = configured("resnet50")
    return a_second(lambda _: bool(net.complexity(model)))


def rows() -> None:
    """Rows a second, as text and as batches for Parquet."""
    from calc import load
    from calc.api.sweep import sweep_job
    from calc.sweeps import parquet
    from calc.sweeps.taped_rows import TapedRows

    print("rows a second, without writing them")
    for style in ("csv", "jsonl", "parquet"):
        if style == "parquet" and not parquet.is_there():
            continue
        for said, of in {"params, MACs, all BitOps, weight bytes": ALL, "all totals, with peak memory": ()}.items():
            job, model = sweep_job(
                "mobilenetv2", load("mobilenetv2"), [WIDTHS, RESOLUTIONS], ["8"], {}, format_name=style, of=of
            )
            made = TapedRows(job, model)

            def chunk(turn: int, made: TapedRows = made) -> int:
                first = 300_000 + turn % 9 * ROWS
                return made.chunk(first, first + ROWS).points

            found = a_second(chunk)
            print(f"  {found:12,.0f}   {style}: {said}")


def structures() -> None:
    """NAS-Bench-Macro, looked up: networks a second."""
    from calc import load
    from calc.api.sweep import sweep_job
    from calc.sweeps.taped import TapedGrid

    job, model = sweep_job("nas_macro", load("nas_macro"), [], ["8"], {})
    start = time.process_time()
    grid = TapedGrid(job, model, ["macs", "params"])
    shown = time.process_time() - start
    found = a_second(lambda _: len(grid.networks(0, job.grid.networks).known))
    print(f"NAS-Bench-Macro, params and MACs, looked up\n  {found:12,.0f}   networks a second, after {shown:.2f} s")


def memory() -> None:
    """The most memory of whole runs of three sizes."""
    print("rows to a CSV file, one process: the most memory")
    for width in ("width=0.5..0.6:0.001", "width=0.5..1.5:0.001", "width=0.1..2.0:0.0005"):
        found = run([width, RESOLUTIONS, "--jobs", "1"])
        print(f"  {found.kib / 1024:12,.0f}   MiB of {found.rows:,} points, {found.of_clock:.1f} s")


def whole_run(points: int) -> None:
    """A run on all cores, as it takes on the clock."""
    step = 1.9 * 321 * 2 / points
    found = run([f"width=0.1..2.0:{step:.9f}", RESOLUTIONS, "--bits", "4", "8"])
    took = f"{found.of_clock:.1f} s on the clock, {found.of_processors:.1f} s of processors"
    print(f"{found.rows:,} rows to a CSV file on {os.cpu_count()} cores: {took}, {found.kib / 1024:,.0f} MiB a process")


class Ran(NamedTuple):
    """A command that wrote so many rows: the seconds it took, and the most memory of one of its processes."""

    rows: int
    of_clock: float
    of_processors: float
    kib: int


def run(vary: Sequence[str]) -> Ran:
    """Run one sweep to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        options = [part for axis in vary[:2] for part in ("--vary", axis)] + [*vary[2:], "--of", ",".join(ALL)]
        command = [sys.executable, "-m", "calc", "sweep", "mobilenetv2", *options, "--output", str(path)]
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", _MEASURED, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        kib, of_processors = child.communicate()[0].split()
        seconds = time.perf_counter() - start
        with path.open("rb") as file:
            found = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")) - 1
    return Ran(found, seconds, float(of_processors), int(kib))


_MEASURED = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_maxrss, used.ru_utime + used.ru_stime)"
)


if __name__ == "__main__":
    main()
