"""Layers of functions are called alike in modules of one class, whatever only some of these run."""

from calc.importing.names import LayerNames
from calc.importing.purpose import names_by_purpose


def called(classes: dict[str, str], *layers: str, own: tuple[str, ...] = ()) -> list[str]:
    """The names of ``layers``, given out in this order; those of ``own`` are such that tensors are called after."""
    names = LayerNames(own)
    found = [names.claim(each) if each in own else names.free(each) for each in layers]
    new = names_by_purpose(found, names, classes)
    return [new.get(each, each) for each in found]


BLOCKS = {"": "Net", "0": "Block", "1": "Block", "2": "Block"}


def test_what_only_some_modules_run_shifts_no_number() -> None:
    layers = (
        "0.proj", "0.multiply", "0.norm", "0.multiply",
        "1.multiply", "1.proj", "1.multiply", "1.norm", "1.multiply", "1.multiply",
        "2.proj", "2.norm", "2.multiply",
    )  # fmt: skip
    own = tuple([f"{at}.{each}" for at in range(3) for each in ("proj", "norm")])
    assert called(BLOCKS, *layers, own=own) == [
        "0.proj", "0.multiply2", "0.norm", "0.multiply3",
        "1.multiply", "1.proj", "1.multiply2", "1.norm", "1.multiply3", "1.multiply4",
        "2.proj", "2.norm", "2.multiply3",
    ]  # fmt: skip


def test_modules_that_run_the_same_keep_their_names() -> None:
    assert called(BLOCKS, "0.mul", "0.mul", "1.mul", "1.mul") == ["0.mul", "0.mul2", "1.mul", "1.mul2"]
    assert called({"": "Net"}, "mul", "mul") == ["mul", "mul2"]


def test_a_number_that_a_layer_has_is_left_out_in_all() -> None:
    assert called(BLOCKS, "0.mul", "0.mul2", "0.mul", "1.mul", "1.mul", "1.mul", own=("0.mul2",)) == [
        "0.mul", "0.mul2", "0.mul3", "1.mul", "1.mul3", "1.mul4",
    ]  # fmt: skip


def test_sums_and_modules_that_are_called_again_keep_their_names() -> None:
    classes = {**BLOCKS, "0.act": "ReLU", "1.act": "ReLU"}
    layers = ("0.act", "0.add", "1.mul", "1.add", "1.act", "1.act", "1.add")
    assert called(classes, *layers) == ["0.act", "0.add", "1.mul", "1.add", "1.act", "1.act2", "1.add2"]


def test_parts_with_names_of_their_own_tell_the_place_before_many_functions() -> None:
    own = ("0.norm", "1.norm")
    layers = ("0.norm", "0.mul", "0.mul", "1.mul", "1.mul", "1.norm")
    assert called(BLOCKS, *layers, own=own) == ["0.norm", "0.mul3", "0.mul4", "1.mul", "1.mul2", "1.norm"]


def test_what_is_inside_other_modules_counts_once() -> None:
    classes = {**BLOCKS, "0.inner": "Inner", "1.inner": "Inner"}
    layers = ("0.inner.mul", "0.inner.mul", "0.mul", "1.mul", "1.inner.mul", "1.inner.mul", "1.mul")
    assert called(classes, *layers) == [
        "0.inner.mul", "0.inner.mul2", "0.mul2", "1.mul", "1.inner.mul", "1.inner.mul2", "1.mul2",
    ]  # fmt: skip
