"""Fronts and rankings of a sweep against all of its rows."""

from collections.abc import Callable
from typing import Any

import pytest

from calc.api.sweep import sweep_job
from calc.spec import loads
from calc.sweeps.aims import aim_of
from calc.sweeps.job import sweep_columns, sweep_rows

numpy = pytest.importorskip("numpy", reason="needs the extra search")
chosen = pytest.importorskip("calc.sweeps.chosen")

SPEC = """
name: small
params: {width: 1.0, size: 9, act: relu}
input: [3, size, size]
layers:
  - conv2d: {out_channels: make_divisible(16 * width), kernel_size: 3, stride: 2}
  - $act
  - conv2d: {out_channels: 8, kernel_size: 3}
"""
VARY = ["act=relu,gelu", "width=0.25..2.0:0.25", "size=5..12"]


def brute_force(rows: list[dict[str, Any]], by: tuple[str, ...], keep: Callable[[dict[str, Any]], bool]) -> list[int]:
    """The numbers of the rows of the front, each row against each."""
    seen = {number: row for number, row in enumerate(rows) if row["error"] is None and keep(row)}
    key = {
        number: tuple([-row[name[1:]] if name[0] == "+" else row[name] for name in by]) for number, row in seen.items()
    }
    return [
        number
        for number, mine in key.items()
        if not any(
            all(a <= b for a, b in zip(other, mine, strict=True)) and (other != mine or earlier < number)
            for earlier, other in key.items()
            if earlier != number
        )
    ]


@pytest.mark.parametrize(
    "by, where, keep",
    [
        (("macs", "+params"), None, lambda row: True),
        (("bitops_weight", "+macs", "weight_bytes"), None, lambda row: True),
        (
            ("weight_bytes", "+macs"),
            "macs < 20k and not size == 7",
            lambda row: row["macs"] < 20_000 and row["size"] != 7,
        ),
        (
            ("peak_activation_bytes", "+params"),
            "macs + 2 * params >= 1.5Ki or width * 4 < 2",
            lambda row: row["macs"] + 2 * row["params"] >= 1536 or row["width"] * 4 < 2,
        ),
    ],
)
def test_a_front_is_that_of_all_rows(by: tuple[str, ...], where: str | None, keep: Callable[..., bool]) -> None:
    job, model = sweep_job("small", loads(SPEC), VARY, ["2", "w4a8"], {}, where=where)
    keys = sweep_columns(job)
    rows = [dict(zip(keys, row, strict=True)) for row in sweep_rows(job, model, 0, job.grid.points)]
    names = [name.replace("bitops_", "bitops.") for name in by]
    found = chosen.choose(job, model, aim_of(job, model, names, None, None))
    assert list(found.numbers) == brute_force(rows, by, keep)
    assert (
        sum(found.reasons.values()) == sum(row["error"] is not None for row in rows) == 2 * 8 * 2 * 2
    )  # sizes 5 and 6
    assert found.traces < 15  # two of them for sizes that cannot be, at each act


def test_what_one_policy_refuses_may_be_best_at_another() -> None:
    text = "{name: net, params: {wide: 64}, input: [wide], layers: [{linear: 64}, {linear: 10}]}"
    job, model = sweep_job("net", loads(text), ["wide=62..65"], ["8", "gguf_q4_0"], {})
    aim = aim_of(job, model, [], 3, "weight_bytes")
    assert aim is not None
    found = chosen.choose(job, model, aim)
    assert found.numbers == (5, 0, 2)  # 64 in blocks of 4 bits; 62 and 63 at 8
    assert list(found.reasons.values()) == [1] * 3  # 62, 63 and 65 are in no blocks of 32


def test_the_best_are_the_first_in_order() -> None:
    job, model = sweep_job("small", loads(SPEC), VARY, ["8"], {}, where="params <= 2k")
    keys = sweep_columns(job)
    rows = [dict(zip(keys, row, strict=True)) for row in sweep_rows(job, model, 0, job.grid.points)]
    found = chosen.choose(job, model, aim_of(job, model, [], 5, "+macs"))
    fitting = [(-row["macs"], number) for number, row in enumerate(rows) if row["macs"] and row["params"] <= 2000]
    assert list(found.numbers) == [number for _, number in sorted(fitting)[:5]]
