"""The inputs of a network in words, options and JSON."""

from calc.model.inputs import ends_json, input_cell, input_json, input_option, input_text

ONE = {"input": (3, 64, 64)}
TWO = {"image": (3, 64, 64), "text": (77,)}


def test_the_only_input_is_said_by_its_sizes() -> None:
    assert (input_text(ONE), input_option(ONE)) == ("3×64×64", "3x64x64")
    assert (input_json(ONE), input_cell(ONE)) == ({"input": [3, 64, 64]}, (3, 64, 64))


def test_several_are_said_by_name() -> None:
    assert (input_text(TWO), input_option(TWO)) == ("image 3×64×64, text 77", "image=3x64x64 text=77")
    assert (input_json(TWO), input_cell(TWO)) == ({"inputs": {"image": [3, 64, 64], "text": [77]}}, TWO)
    assert (input_text({"time": ()}), input_option({"time": ()})) == ("time scalar", "time=scalar")


def test_several_outputs_are_named_and_one_is_not() -> None:
    assert ends_json(ONE, ("fc",)) == {"input": [3, 64, 64]}
    assert ends_json(ONE, ("boxes", "scores")) == {"input": [3, 64, 64], "outputs": ["boxes", "scores"]}
