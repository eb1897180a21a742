"""Windows that no layer can have are refused where they are written."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.spec import load

HINT = "\n  hint: such as windows: [4096, 0] for the layers in turn, where 0 means the whole context"


@pytest.mark.parametrize(
    "written, said",
    [
        ("[-4, 0]", ["child.yaml:3:20: windows: -4 is not a number of tokens"]),
        (
            "[0, -1, -2]",
            [
                "child.yaml:3:23: windows: -1 is not a number of tokens",
                "child.yaml:3:27: windows: -2 is not a number of tokens",
            ],
        ),
        ("[]", ["child.yaml:3:19: windows=[]: no layer has a window"]),
    ],
)
def test_a_spec_of_a_packaged_family(tmp_path: Path, written: str, said: list[str]) -> None:
    child = tmp_path / "child.yaml"
    child.write_text(f"name: child\nextends: qwen2_0_5b\nparams: {{windows: {written}}}\n")
    with pytest.raises(SpecError) as caught:
        analyse(load(child))
    assert [str(problem) for problem in caught.value.problems] == [f"{tmp_path}/{each}{HINT}" for each in said]


@pytest.mark.parametrize(
    "given, said", [((0, -4), "windows: -4 is not a number of tokens"), ((), "windows=[]: no layer has a window")]
)
def test_a_param_that_is_given(given: tuple[int, ...], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        analyse(load("qwen2_0_5b"), {"windows": given})
    assert str(caught.value) == f"{said}{HINT}"


def test_a_spec_of_ones_own_may_mean_what_it_likes_by_the_name(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: own\nparams: {windows: [-1], tokens: 2, past: 0}\n"
        'input: {shape: [tokens, 4], channels: last}\nlayers: [{cache: past}, {linear: "3 - windows[0]"}]\n'
    )
    assert analyse(load(own)).totals.macs == 2 * 4 * 4
