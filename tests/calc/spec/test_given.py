"""Sizes that a caller gives, by the names of the inputs."""

from dataclasses import replace

import pytest

from calc.errors import SpecError
from calc.spec import loads
from calc.spec.given import sizes_by_input
from calc.spec.provenance import Provenance

ONE = loads("name: one\ninput: [4]\nlayers: [relu]\n")
TWO = loads("name: two\ninput: {image: [4], text: [4]}\nlayers: [{add: , from: [image, text]}]\n")


def test_sizes_go_to_the_input_that_they_are_of() -> None:
    assert sizes_by_input(ONE, (3, 5)) == {"input": (3, 5)}
    assert sizes_by_input(ONE, None) == {}
    assert sizes_by_input(TWO, {"text": (7,)}) == {"text": (7,)}


def test_sizes_that_it_was_imported_at_are_those_it_has() -> None:
    imported = replace(ONE, provenance=Provenance(asked=(3, 5)))
    assert sizes_by_input(imported, (3, 5)) == {}
    assert sizes_by_input(imported, (3, 6)) == {"input": (3, 6)}


@pytest.mark.parametrize(
    "given, said",
    [
        (
            (3, 5),
            "two has 2 inputs (image, text), so say which of them is 3x5\n"
            "  hint: name the input: --input image=SIZES, or input={'image': sizes}",
        ),
        (
            {"txt": (3,), "i" * 61: (4,)},
            "two has no input txt; it has image, text\n  hint: did you mean text?\n"
            f"two has no input {'i' * 60}; it has image, text",
        ),
    ],
)
def test_sizes_of_no_input_or_of_several(given: object, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        sizes_by_input(TWO, given)  # type: ignore[arg-type]  # a tuple, or a dictionary
    assert str(caught.value) == said
