"""What --check finds."""

from dataclasses import replace

from calc.frozen import FrozenDict
from calc.spec import load
from calc.tape.asked import read_variables
from calc.tape.checked import Question, tape_for, wrong_points
from calc.tape.polynomial import constant, plus


def question(text: str, wanted: tuple[str, ...]) -> Question:
    model = load("mobilenetv2")
    return Question(model, read_variables(text, model, {}, {}, 1), wanted, "8", {}, {}, 1)


def test_a_formula_is_held_against_the_counts() -> None:
    asked = question("resolution=32..300,width=0.1..1.5", ("macs", "weight_bytes"))
    tape = tape_for(asked)
    assert wrong_points(asked, tape, 4) == ([], 4)
    wrong = replace(tape, outputs=FrozenDict(tape.outputs | {"macs": plus(tape.outputs["macs"], constant(1))}))
    found, tried = wrong_points(asked, wrong, 2)
    assert (len(found), tried) == (2, 2)
    assert "macs is " in found[0]
