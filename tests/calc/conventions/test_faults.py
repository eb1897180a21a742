"""What the counters get wrong, as the scoreboard has it from the counters themselves, is what the files say."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.conventions import counted
from calc.spec import load

ROOT = Path(__file__).parents[3]
LINES = (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf-8").splitlines()
(_, _, *PEERS), _, *ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in LINES if line.startswith("|")
]
NOT_IN_THE_FILES = {
    "conv_same_even_kernel": {"calflops", "calflops-flops", "deepspeed", "deepspeed-flops"},
    "conv_windows_in_front": {"thop", "ptflops-pytorch", "torchinfo"},
    "lstm_projected": {"thop", "ptflops-pytorch", "calflops-flops", "deepspeed-flops", "torchprofile"},
    "transposed_depthwise": {"calflops", "calflops-flops", "torchprofile"},
    "transposed_grouped": {"calflops", "calflops-flops", "torchprofile"},
    "attention_cross": {"torchprofile"},
}
"""Those that docs/conventions.md names."""
CASES = [
    (row[0].split(":")[0].replace("\\", ""), peer, said)
    for row in ROWS[:-1]
    for peer, said in zip(PEERS, row[2:], strict=True)
    if not said.startswith("stops")
]


def _cell(printed: int, right: int) -> str:
    """As the legend of the scoreboard explains."""
    if printed == right:
        return "✓"
    if not right:
        return f"{printed:,}, not 0"
    factor = f"{printed / right:.3g}"
    return f"{printed - right:+,}" if factor == "1" else f"× {factor}"


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_what_a_counter_prints_is_emulated(name: str) -> None:
    analysis = analyse(load(str(ROOT / "tests" / "conformance" / f"{name}.yaml")))
    differing = set()
    for spec, peer, said in CASES:
        if spec == name:
            found = counted(peer, analysis.workload)
            if _cell(found.printed, found.total) != said:
                differing.add(peer)
    assert differing == NOT_IN_THE_FILES.get(name, set())


def test_the_scoreboard_is_read() -> None:
    assert len(CASES) > 500
    assert NOT_IN_THE_FILES.keys() <= {name for name, _, _ in CASES}
