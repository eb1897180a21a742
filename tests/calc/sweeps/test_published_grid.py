"""TF-slim's published MobileNetV2 checkpoints, 22 rows of width × resolution, by one sweep.

Source: tensorflow/models, research/slim/nets/mobilenet/README.md, "Mobilenet V2 Imagenet Checkpoints",
MACs and parameters in millions as printed there.
"""

from calc.analysis import analyse
from calc.spec import load
from calc.sweeps.axes import read_axis
from calc.sweeps.grid import Grid
from calc.sweeps.job import SweepJob, resolve_policies, sweep_rows

PUBLISHED = {
    (1.4, 224): (582, 6.06),
    (1.3, 224): (509, 5.34),
    **{
        (1.0, resolution): (macs, 3.47)
        for resolution, macs in ((224, 300), (192, 221), (160, 154), (128, 99), (96, 56))
    },
    **{
        (0.75, resolution): (macs, 2.61)
        for resolution, macs in ((224, 209), (192, 153), (160, 107), (128, 69), (96, 39))
    },
    **{(0.5, resolution): (macs, 1.95) for resolution, macs in ((224, 97), (192, 71), (160, 50), (128, 32), (96, 18))},
    **{(0.35, resolution): (macs, 1.66) for resolution, macs in ((224, 59), (192, 43), (160, 30), (128, 20), (96, 11))},
}


def _swept() -> dict[tuple[float, int], tuple[int, int]]:
    model = load("mobilenetv2")
    axes = (read_axis("width=0.35,0.5,0.75,1.0,1.3,1.4", model), read_axis("resolution=96..224:32", model))
    grid = Grid(axes, ("fp32",))
    job = SweepJob("mobilenetv2", None, grid, resolve_policies(grid), None, 1, "same", "csv")
    return {(row[0], row[1]): (row[4], row[6]) for row in sweep_rows(job, model, 0, grid.points)}


def test_every_published_row_to_its_last_digit() -> None:
    """MACs are cut to millions; parameters are rounded, and leave batch norm's scale and shift out."""
    model, swept = load("mobilenetv2"), _swept()
    found = {}
    for width, resolution in PUBLISHED:
        macs, params = swept[width, resolution]
        norms = sum(row.params for row in analyse(model, {"width": width}).layers if row.op == "batch_norm")
        found[width, resolution] = (macs // 10**6, round((params - norms) / 10**6, 2))
    assert len(PUBLISHED) == 22
    assert found == PUBLISHED
