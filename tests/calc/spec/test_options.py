"""Params and sizes as the options of a command write them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from calc.errors import OpError, SpecError
from calc.frozen import FrozenDict
from calc.ops import op_class
from calc.spec import expand, loads
from calc.spec.functions import Word
from calc.spec.options import assignments, input_sizes, positive
from calc.spec.provenance import Provenance

MODEL = loads("name: a\ninput: [3]\nblocks: {Unit: {layers: [relu]}}\nlayers: [Unit]\n")


def refusal(read: Callable[[], object]) -> str:
    """The fact and the hint with which ``read`` is refused."""
    with pytest.raises((OpError, SpecError)) as caught:
        read()
    error = caught.value
    return str(error) if isinstance(error, SpecError) else f"{error.fact}\n{error.hint}".strip()


def test_sizes_of_one_input_or_by_name() -> None:
    assert input_sizes(None) is input_sizes([]) is None
    assert input_sizes(["3x160x160"]) == (3, 160, 160)
    assert input_sizes(["image=3x96x96", "text=77"]) == {"image": (3, 96, 96), "text": (77,)}
    assert input_sizes(["scalar"]) == ()
    assert input_sizes(["image=3x96x96", "time=scalar"]) == {"image": (3, 96, 96), "time": ()}


@pytest.mark.parametrize(
    "texts, message",
    [
        (["3x4", "5"], "--input is given twice\nit takes one value"),
        (["a=3", "a=4"], "--input a is given twice\nit takes one value"),
        (["a=3", "4"], "--input is given with the name of an input and without\nname each: --input image=3x96x96"),
    ],
)
def test_sizes_that_contradict(texts: list[str], message: str) -> None:
    assert refusal(lambda: input_sizes(texts)) == message


@pytest.mark.parametrize("text, shown", [("3x0", "'3x0'"), ("image=3x", "image='3x'"), ("=3", "='=3'")])
def test_sizes_that_are_none_are_named_with_the_option(text: str, shown: str) -> None:
    said = f"--input {shown}: must be positive sizes without the batch, such as 3x160x160"
    assert refusal(lambda: input_sizes([text])) == said


def test_a_positive_integer() -> None:
    assert (positive("--batch", "1"), positive("--batch", "999999999")) == (1, 999_999_999)
    for text in ("0", "1000000000", "-1", "1.0", "", "²"):
        said = f"--batch {text!r}: must be a positive integer of at most 9 digits"
        assert refusal(lambda text=text: positive("--batch", text)) == said
    assert f"--batch {'1' * 60!r}: must" in refusal(lambda: positive("--batch", "1" * 61))


@pytest.mark.parametrize(
    "text, hint",
    [
        ("32k", "digits alone: --context 32768, or 32000"),
        ("8Ki", "digits alone: --context 8192, or 8000"),
        ("32,768", "digits alone: --context 32768"),
        ("32_768", "digits alone: --context 32768"),
        ("k", ""),
        ("²k", ""),
        ("lots", ""),
    ],
)
def test_a_number_with_letters_or_commas_is_told_without(text: str, hint: str) -> None:
    with pytest.raises(OpError) as caught:
        positive("--context", text)
    assert caught.value.hint == hint


def test_params_are_values_of_the_language() -> None:
    found = assignments(["width=0.5", "sizes=[1, 2 * 3]", "act=relu", "block=Unit"], MODEL)
    assert found == {"width": 0.5, "sizes": (1, 6), "act": "relu", "block": "Unit"}
    assert type(found["block"]) is Word
    assert assignments(None, MODEL) == {}


@pytest.mark.parametrize(
    "texts, message",
    [
        (["width"], "--set 'width': must be name=value, such as width=0.5"),
        (["=3"], "--set '=3': must be name=value, such as width=0.5"),
        (["w" * 61], f"--set {'w' * 60!r}: must be name=value, such as width=0.5"),
        (["width="], "--set 'width=': must be name=value, such as width=0.5"),
        (["width=1", "width=2"], "--set width is given twice"),
        (["width=1 / 0"], "--set width:1:1: '1 / 0': divides by zero: 1 / 0"),
        (["act=Unti"], "--set act:1:1: unknown name Unti\n  hint: did you mean Unit?"),
    ],
)
def test_params_that_are_refused(texts: list[str], message: str) -> None:
    assert refusal(lambda: assignments(texts, MODEL)) == message


def test_what_is_imported_has_no_params() -> None:
    imported = replace(MODEL, file="f" * 201, provenance=Provenance(FrozenDict({"torch": "2.14"})))
    assert refusal(lambda: assignments(["w" * 61], imported)) == (
        f"--set {'w' * 60}: {'f' * 200} is imported and has no params\n"
        "name a function that makes the network with other values"
    )
    assert assignments(None, imported) == {}


def test_text_stays_text() -> None:
    model = loads("name: x\nparams: {f: \"'mean'\"}\ninput: [3]\nlayers: [{reduce: {function: f, dim: 1}}]")
    for text in ("sum", "max"):
        given = assignments([f"""f="'{text}'\""""], model)
        assert expand(model, given).nodes[-1].op == op_class("reduce")(function=text, dim=1)
    assert assignments(["""f=["'it'", '"it''s"']"""], model) == {"f": ("'it'", '"it\'s"')}
