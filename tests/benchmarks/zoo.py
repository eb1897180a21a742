"""How long calc takes for all classification networks of torchvision, as a ratio to PyTorch's FlopCounterMode.

Run it: python tests/benchmarks/zoo.py

Both count the same networks once each, in one process; torch builds and runs them on the meta device, so
that neither computes anything. Imports are apart. Not a test: nothing here passes or fails.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Print the seconds of both, their ratio, and calc's slowest network."""
    sys.path.insert(0, str(ROOT))
    start = time.perf_counter()
    from calc.analysis import analyse
    from calc.spec import load

    calc_import = time.perf_counter() - start
    start = time.perf_counter()
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from torchvision import models

    torch_import = time.perf_counter() - start
    torch.set_num_threads(1)
    from verify.reference import build_reference

    names = models.list_models(module=models)
    ours, theirs, macs, sizes = {}, {}, {}, {}
    for name in names:
        start = time.perf_counter()
        analysis = analyse(load(name))
        macs[name] = analysis.totals.macs
        ours[name] = time.perf_counter() - start
        sizes[name] = analysis.graph.input.sizes
    wrong = 0
    torch.backends.mha.set_fastpath_enabled(False)
    for name in names:
        start = time.perf_counter()
        network = build_reference(f"torchvision/{name}").to("meta")
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(torch.empty(1, *sizes[name], device="meta"))
        theirs[name] = time.perf_counter() - start
        wrong += counter.get_total_flops() != 2 * macs[name]
    ratio = sum(theirs.values()) / sum(ours.values())
    slowest = max(ours, key=lambda name: ours[name])
    print(f"{len(names)} networks   calc, text to Analysis {sum(ours.values()):6.2f} s   import {calc_import:5.2f} s")
    print(
        f"{len(names)} networks   torch, built on meta   {sum(theirs.values()):6.2f} s   import {torch_import:5.2f} s"
    )
    print(f"torch takes {ratio:.1f} × as long as calc; {wrong} MACs differ")
    print(f"calc's slowest: {slowest}, {1000 * ours[slowest]:.1f} ms")


if __name__ == "__main__":
    main()
