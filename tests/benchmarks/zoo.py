"""How long calc takes for all classification networks of torchvision, as a ratio to PyTorch's FlopCounterMode.

Run it: python tests/benchmarks/zoo.py

Both count the same networks once, in one process on one thread, in CPU seconds, imports apart. torch builds
and runs them on the meta device, so it computes nothing. calc goes first: beside torch's million objects
Python's collector would dominate it. Not a test: nothing here passes or fails.
"""

import sys
from pathlib import Path
from time import process_time

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print the seconds of both, their ratio, and calc's slowest network."""
    sys.path.insert(0, str(ROOT))
    start = process_time()
    from calc.analysis import analyse
    from calc.cli.specs import spec_names
    from calc.spec import load

    calc_import = process_time() - start
    analyses, ours = {}, {}
    for name in spec_names():
        start = process_time()
        analysis = analyse(load(name))
        analysis.totals  # noqa: B018  # computed when asked for
        if analysis.graph.reference:
            ours[analysis.graph.reference] = process_time() - start
            analyses[analysis.graph.reference] = analysis

    start = process_time()
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from torchvision import models

    torch_import = process_time() - start
    from verify.reference import build_reference

    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    references = [f"torchvision/{name}" for name in models.list_models(module=models)]
    theirs, wrong = 0.0, 0
    for reference in references:
        start = process_time()
        network = build_reference(reference).to("meta")
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(torch.empty(1, *analyses[reference].graph.input_sizes["input"], device="meta"))
        theirs += process_time() - start
        wrong += counter.get_total_flops() != 2 * analyses[reference].totals.macs
    total = sum(ours[reference] for reference in references)
    slowest = max(references, key=lambda reference: ours[reference])
    print(f"{len(references)} networks, calc, text to totals   {total:6.2f} s, import {calc_import:5.2f} s")
    print(f"{len(references)} networks, torch, built on meta   {theirs:6.2f} s, import {torch_import:5.2f} s")
    print(f"torch takes {theirs / total:.1f} × as long as calc; {wrong} MACs differ")
    print(f"calc's slowest: {slowest}, {1000 * ours[slowest]:.1f} ms")


if __name__ == "__main__":
    main()
