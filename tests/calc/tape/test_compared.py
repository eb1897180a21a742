"""What --check finds: of the form that is printed, and of what blocks and layers add."""

import shutil
from dataclasses import replace

import pytest

from calc.errors import OpError
from calc.frozen import FrozenDict
from calc.spec import loads
from calc.tape.asked import read_variables
from calc.tape.checked import Question, tape_by_block, tape_by_layer, tape_for
from calc.tape.compared import wrong_points
from calc.tape.formulas import javascript_source
from calc.tape.polynomial import constant, plus
from tests.calc.tape.test_checked import question

STYLES = ["python", pytest.param("javascript", marks=pytest.mark.skipif(not shutil.which("node"), reason="needs node"))]


@pytest.mark.parametrize("style", STYLES)
def test_a_formula_is_held_against_the_counts(style: str) -> None:
    asked = question("resolution=32..300,width=0.1..1.5", ("macs", "weight_bytes"))
    tape = tape_for(asked)
    assert wrong_points(asked, tape, 4, style) == ([], 4)
    wrong = replace(tape, outputs=FrozenDict(tape.outputs | {"macs": plus(tape.outputs["macs"], constant(1))}))
    found, tried = wrong_points(asked, wrong, 2, style)
    assert (len(found), tried) == (2, 2)
    assert "macs is " in found[0]


@pytest.mark.parametrize("style", STYLES)
def test_it_is_the_form_that_is_printed_that_is_run(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question("resolution=32..300", ("macs",))
    tape = tape_for(asked)
    printed = {name: lambda _, name=name: WRONG[name] for name in ("python_source", "javascript_source")}
    for name, source in printed.items():
        if name.startswith(style):
            monkeypatch.setattr(f"calc.tape.written.{name}", source)
    found, tried = wrong_points(asked, tape, 3, style)
    assert (len(found), tried) == (3, 3)
    assert found[0].endswith(", the formula gives 7")
    other = {"python": "latex", "javascript": "python"}[style]
    assert (wrong_points(asked, tape, 3, other)[0] == []) == (style == "javascript")  # LaTeX has the form of Python


WRONG = {
    "python_source": "def f(resolution):\n    return 7\n",
    "javascript_source": "function f(resolution) { return 7n; }\n",
}


@pytest.mark.parametrize("wanted", [("macs", "params", "bitops.product"), ("weight_bytes", "macs")])
def test_what_blocks_and_layers_add_is_held_against_the_counts(wanted: tuple[str, ...]) -> None:
    asked = question("resolution=32..300,width=0.5..1.5", wanted)
    tape = tape_for(asked)
    for by, parts in (("block", tape_by_block(asked, tape)), ("layer", tape_by_layer(asked, tape))):
        if parts is None:  # of whole bytes there are no sums
            assert (by, wanted[0]) == ("block", "weight_bytes")
            continue
        assert wrong_points(asked, parts, 2, "text", by) == ([], 2)
        label = next(label for label in parts.outputs if label.startswith(wanted[0]))
        changed = {label: plus(parts.outputs[label], constant(1))}
        wrong = replace(parts, outputs=FrozenDict(parts.outputs | changed))
        found, _ = wrong_points(asked, wrong, 2, "text", by)
        assert len(found) == 2
        assert wanted[0] in found[0]


POWER = """
name: net
params: {width: 1.5, size: 8}
input: [3, size, size]
layers: {conv: {conv2d: {out_channels: "int(width ** 3 * 1000)", kernel_size: 1}}}
"""


def test_a_power_is_not_printed_in_javascript() -> None:
    model = loads(POWER)
    for text in ("width=1.1..1.9,size", "size"):
        asked = Question(model, read_variables(text, model, {}, {}, 1), ("macs",), "8", {}, {}, 1)
        tape = tape_for(asked)
        assert wrong_points(asked, tape, 20) == ([], 20)
        if text == "size":  # where the width is what it is
            assert "function f(size)" in javascript_source(tape)
            continue
        with pytest.raises(OpError, match="the formula has a power of a number with a fraction, whose last digit"):
            javascript_source(tape)
