"""How fast bits are allocated, assignments evaluated and architectures swept, each beside a peer of the same run.

Run it: python tests/benchmarks/allocation.py

One thread, in processor seconds. Not a test: nothing here passes or fails.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import process_time

ROOT = Path(__file__).parents[2]
ROUNDS = 5


def main() -> None:
    """Print every figure."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.path.insert(0, str(ROOT))
    allocation()
    assignments()
    architectures()


def best(job: Callable[[], object]) -> float:
    """The least processor seconds of ROUNDS runs."""
    taken = []
    for _ in range(ROUNDS):
        start = process_time()
        job()
        taken.append(process_time() - start)
    return min(taken)


def allocation() -> None:
    """Two budgets, by the integer programme: MobileNetV2 with every layer alike and as measured, and drawn networks."""
    from calc import analyse, load
    from calc.allocation import integer_programme
    from calc.allocation.build import Widths, build_problem
    from calc.allocation.columns import read_columns
    from calc.allocation.problem import AllocationProblem, least
    from calc.allocation.quantities import allocated_quantity
    from calc.allocation.sensitivities import Alike, Sensitivities
    from calc.allocation.ties import groups
    from tests.calc.allocation.drawn import network

    analysis = analyse(load("mobilenetv2_tf"))
    limits = [(allocated_quantity(name), 0) for name in ("bitops.product", "weight_bytes")]
    file = str(ROOT / "docs/accuracy/mobilenetv2_tf_sensitivity.csv")
    known: dict[str, Sensitivities] = {
        "every layer alike": Alike(),
        **{name: read_columns(file, analysis, name, None, False) for name in ("weight_error", "output_error")},
    }
    print("allocate, two budgets, 7 widths: seconds of the solver, over 19 pairs of budgets")
    for name, values in known.items():
        problem = build_problem(analysis, groups(analysis, []), Widths(tuple(range(2, 9))), {}, values, limits).problem
        most = [sum(max(choice.costs[k] for choice in group.choices) for group in problem.groups) for k in range(2)]
        seconds = []
        for share in range(5, 100, 5):
            rooms = [low + (high - low) * share // 100 for low, high in zip(least(problem), most, strict=True)]
            bounded = AllocationProblem(problem.groups, tuple(rooms))
            seconds.append(best(lambda bounded=bounded: integer_programme.solve(bounded)))
        middle = sorted(seconds)[len(seconds) // 2]
        print(f"  MobileNetV2, 53 layers, {name}: median {middle:.3f}, largest {max(seconds):.3f}")
    for layers in (250, 500, 1_000):
        drawn = network(Random(1), layers)
        taken = best(lambda drawn=drawn: integer_programme.solve(drawn))
        print(f"  drawn, {layers:5,} layers: {taken:.2f}, {1000 * taken / layers:.2f} ms a layer")


def assignments() -> None:
    """Assignments of bits to MobileNetV2 a second, beside one analysis each."""
    import numpy

    from calc import analyse, evaluate_many, load
    from calc.allocation.allocate import Chosen
    from calc.model.graph import Bits
    from calc.precision.base import Assigned

    analysis = analyse(load("mobilenetv2"))
    drawn = numpy.random.default_rng(0)
    layers = [index for index, row in enumerate(analysis.counts) if row.products]
    print("evaluate_many, MobileNetV2: assignments a second")
    for number in (10_000, 100_000, 1_000_000):
        bits = drawn.integers(2, 9, (number, len(layers)), dtype=numpy.int8)
        taken = best(lambda bits=bits: evaluate_many(analysis, bits))
        print(f"  {number:9,} at once: {number / taken / 1e6:6.2f} million")

    def one(row: list[int]) -> object:
        assigned: list[Assigned | None] = [None] * len(analysis.counts)
        for index, width in zip(layers, row, strict=True):
            assigned[index] = Assigned(Bits(width, width), "")
        return analysis.with_bits(Chosen(tuple(assigned))).totals

    rows = bits[:1000].tolist()
    single = best(lambda: [one(row) for row in rows]) / len(rows)
    print(f"  one by one: {1 / single:,.0f}, so {number / taken * single:,.0f} × slower")


def architectures() -> None:
    """MobileNetV2 at other widths and sizes a second, end to end from a loaded spec, beside hand-written formulas."""
    from calc import analyse, load
    from calc.counts import count
    from calc.precision import resolve
    from calc.spec import expand
    from calc.sweeps.axes import read_axis
    from calc.sweeps.chunk import chunk
    from calc.sweeps.grid import Grid
    from calc.sweeps.job import SweepJob

    print("sweep, MobileNetV2: networks a second, CSV rows included")
    for vary in (
        ["width=0.1..2.0:0.001"],
        ["resolution=64..512:1"],
        ["width=0.35,0.5,0.75,1.0,1.3,1.4", "resolution=96..416:1"],
    ):
        model = load("mobilenetv2")
        grid = Grid(tuple([read_axis(each, model) for each in vary]), ("fp32",))
        job = SweepJob("mobilenetv2", None, grid, (resolve("fp32"),), None, 1, "same", "csv")
        start = process_time()
        lines = chunk(job, model, 0, grid.points).lines
        taken = process_time() - start
        start = process_time()
        formulas = [
            by_formula(values.get("width", 1.0), int(values.get("resolution", 224)))
            for values in [grid.architecture(point).params for point in range(grid.points)]
        ]
        theirs = process_time() - start
        found = [tuple(map(int, line.split(",")[len(vary) + 2 :][:3:2])) for line in lines]
        print(
            f"  {' × '.join(vary):62} {grid.points / taken:6,.0f}; formulas alone {grid.points / theirs:6,.0f}, "
            f"{taken / theirs:.1f} × as fast; {sum(a != b for a, b in zip(found, formulas, strict=True))} differ"
        )
    model = load("mobilenetv2")
    number = iter(range(10**6))
    graphs = [expand(model, {"width": 0.5 + k / 1000}) for k in range(300)]
    expanding = best(lambda: [expand(model, {"width": 0.5 + next(number) / 1000}) for _ in range(200)]) / 200
    counting = best(lambda: [count(graph, 1, {}) for graph in graphs]) / len(graphs)
    analyses = [analyse(graph) for graph in graphs]
    summing = best(lambda: [analysis.with_bits("8").totals for analysis in analyses]) / len(analyses)
    print(
        f"  where it goes: {1e6 * expanding:.0f} µs expanding 154 layers by name, {1e6 * counting:.0f} µs counting them"
    )
    print(f"    anew (what is known is not), {1e6 * summing:.0f} µs for three BitOps, memory and sums")


def by_formula(width: float, size: int) -> tuple[int, int]:
    """(MACs, params) of MobileNetV2 as a program for this one family computes them, with nothing named or kept."""

    def divisible(value: float) -> int:
        near = max(8, int(value + 4) // 8 * 8)
        return near + 8 if near < 0.9 * value else near

    def half(size: int) -> int:
        return (size + 1) // 2

    rows = (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    )  # fmt: skip
    size, inner = half(size), divisible(32 * width)
    macs, params = 27 * inner * size * size, 27 * inner + 2 * inner
    for expand, out, repeat, first in rows:
        out = divisible(out * width)
        for number in range(repeat):
            stride, hidden = first if number == 0 else 1, inner * expand
            if expand > 1:
                macs += inner * hidden * size * size
                params += inner * hidden + 2 * hidden
            size = half(size) if stride == 2 else size
            macs += (9 * hidden + hidden * out) * size * size
            params += 9 * hidden + 2 * hidden + hidden * out + 2 * out
            inner = out
    last = divisible(1280 * max(1.0, width))
    return macs + inner * last * size * size + last * 1000, params + inner * last + 2 * last + last * 1000 + 1000


if __name__ == "__main__":
    main()
