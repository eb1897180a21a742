"""What stands for a number in which the chains of a block differ."""

import pytest

from calc.spec.write.params import BlockParam, Number, Numbers, Recorded
from calc.spec.write.relations import MISSING
from calc.spec.write.text import EMPTY


@pytest.mark.parametrize(
    ("numbers", "written", "params"),
    [
        ([("kernel_size", 1, (3, 3))], [3], []),  # no difference
        ([("out_channels", None, (8, 16))], ["in"], []),  # as many as enter
        ([("stride", 1, (8, 16))], ["stride"], ["stride"]),  # no channels, so that is chance
        ([("out_channels", None, (4, 6)), ("groups", 1, (4, 6))], ["out", "out"], ["out"]),
        ([("out_channels", None, (4, 6)), ("out_features", None, (8, 12))], ["out", "2 * out"], ["out"]),
        ([("out_channels", None, (4, 6)), ("out_features", None, (8, 13))], ["out", "out2"], ["out", "out2"]),
        ([("kernel_size", None, (3, 7)), ("padding", 0, (1, 3))], ["kernel", "kernel // 2"], ["kernel"]),
        ([("kernel_size", None, (3, 7)), ("stride", 1, (1, 3))], ["kernel", "stride"], ["kernel", "stride"]),
        ([("dilation", None, (3, 7)), ("padding", 0, (1, 3))], ["dilation", "padding"], ["dilation", "padding"]),
        ([("kernel_size", None, (3, 7)), ("padding", 0, (1, 2))], ["kernel", "padding"], ["kernel", "padding"]),
        ([("kernel_size", None, ((3, 3), 7)), ("padding", 0, (1, 3))], ["kernel", "padding"], ["kernel", "padding"]),
        ([("out_channels", None, (4, 6)), ("padding", 0, (8, 12))], ["out", "padding"], ["out", "padding"]),
        ([("out_channels", None, (4, 6)), ("groups", 1, (2, 3))], ["out", "out // 2"], ["out"]),
        ([("out_channels", None, (4, 6)), ("groups", 1, (2, 2.5))], ["out", "groups"], ["out", "groups"]),
        ([("out_channels", None, (4, 6)), ("groups", 1, (0, 0))], ["out", 0], ["out"]),
        ([("out_channels", None, (2, 4))], ["in // 4"], []),
        ([("stride", 1, (2, 4))], ["stride"], ["stride"]),
        ([("stride", 1, (0, 6)), ("out_channels", 1, (2, 12))], ["stride", "out"], ["stride", "out"]),
        ([("stride", 1, ("a", 6)), ("out_channels", 1, (2, 12))], ["stride", "out"], ["stride", "out"]),
        ([("groups", 1, (8, 16)), ("out_features", 1, (8, 16))], ["in", "in"], []),
        ([("out_channels", None, (8, 16)), ("out_channels", None, (16, 32))], ["in", "2 * in"], []),
        ([("out_channels", None, (8, 17), "a"), ("out_features", None, (9, 17), "fc")],
         ["out", "fc_out"], ["out", "fc_out"]),
        ([("kernel_size", None, (8, 17), "1"), ("kernel_size", None, (9, 17), "0")],
         ["kernel", "kernel2"], ["kernel", "kernel2"]),
        ([("num_embeddings", None, (1, 2)), ("dim1", None, (3, 4))], ["rows", "dim"], ["rows", "dim"]),
        ([("out_channels", None, each) for each in ((4, 6), (8, 13), (9, 1), (4, 6), (9, 1))],
         ["out", "out2", "out3", "out", "out3"], ["out", "out2", "out3"]),
        ([("bias", True, (True, False)), ("eps", 1.0, (1, 1.0))], ["bias", "eps"], ["bias", "eps"]),
        ([("shape", None, ((0, 3, 4), (0, 5, 4)))], [[0, "heads", 4]], ["heads"]),
        ([("shape", None, ((9, 3, 4), (9, 5, 4)))], [[9, "size", 4]], ["size"]),  # no axis is kept, so it splits none
        ([("shape", None, ((0, 3, 4), (0, 5, 7)), "f")], [[0, "size", "f_size"]], ["size", "f_size"]),
        ([("shape", None, ((3, 4), (5, 4)))], [["size", 4]], ["size"]),
        ([("shape", None, ((0, 3, 3, 8), (0, 5, 5, 16))), ("shape", None, ((7, 7), (9, 9)))],
         [[0, "side", "side", "in"], ["side2", "side2"]], ["side", "side2"]),
    ],
)  # fmt: skip
def test_params_and_expressions(
    numbers: list[tuple[str, object, tuple[object, ...]]], written: list[object], params: list[str]
) -> None:
    block = Numbers((8, 16))
    assert [block.written(Number(*number)) for number in numbers] == written
    assert [param.name for param in block.params] == params


@pytest.mark.parametrize(
    ("leaving", "numbers", "written", "params"),
    [
        ((20, 36), [("out_channels", (5, 9)), ("out_channels", (20, 36))], ["out // 4", "out"], ["out"]),
        ((20, 36), [("out_channels", (5, 9)), ("out_channels", (20, 35))], ["hidden", "b_out"], ["hidden", "b_out"]),
        ((20, 36), [("out_channels", (7, 9)), ("out_channels", (20, 36))], ["hidden", "out"], ["hidden", "out"]),
        ((20, 36), [("out", (7, 9)), ("se_hidden", (5, 5.5))], ["hidden", "se_hidden"], ["hidden", "se_hidden"]),
        ((20, 36), [("stride", (5, 9)), ("out_channels", (20, 36))], ["stride", "out"], ["stride", "out"]),
        ((8, 16), [("hidden", (7, 9)), ("out_channels", (8, 16))], ["hidden", "in"], ["hidden"]),
        ((30, 36), [("out_channels", (48, 96)), ("out_channels", (30, 36))], ["6 * in", "out"], ["out"]),
    ],
)
def test_what_comes_out_of_a_block_is_out(
    leaving: tuple[int, ...], numbers: list[tuple[str, tuple[int, ...]]], written: list[str], params: list[str]
) -> None:
    every = [Number(field, None, values, "ab"[at]) for at, (field, values) in enumerate(numbers)]
    block = Numbers((8, 16), leaving, every)
    assert [block.written(number) for number in every] == written
    assert [param.name for param in block.params] == params


@pytest.mark.parametrize(
    ("first", "written", "params"),
    [
        ((3, 3, 6), "in * stride", ["stride", "out"]),  # which says as many times already
        ((3, 3, 5), "in * expand", ["stride", "expand", "out"]),
    ],
)
def test_so_many_times_what_enters_goes_by_the_param_that_says_so(
    first: tuple[int, ...], written: str, params: list[str]
) -> None:
    every = [
        Number("stride", 1, first),
        Number("out_channels", None, (24, 48, 192), "a"),
        Number("out_channels", None, (20, 36, 40), "b"),
    ]
    block = Numbers((8, 16, 32), (20, 36, 40), every)
    assert [block.written(number) for number in every] == ["stride", written, "out"]
    assert [param.name for param in block.params] == params


def test_numbers_are_recorded_in_order() -> None:
    recorded, numbers = Recorded(), [Number("stride", 1, (2, 1)), Number("groups", 1, (3, 3))]
    assert [recorded.written(number) for number in numbers] == [2, 3]
    assert recorded.every == numbers
    assert recorded.written(Number("kernel_size", None, ((3, 1), MISSING, (3, 3)), "a")) == [3, 1]
    assert recorded.every[2:] == [
        Number("kernel_size", EMPTY, (3, MISSING, 3), "a"),
        Number("kernel_size", EMPTY, (1, MISSING, 3), "a"),
    ]
    assert recorded.written(Number("shape", None, ((3,), (3, 3)))) == (3,)  # of other lengths: one number
    assert (recorded.mark(), len(recorded.every)) == (5, 5)
    recorded.back_to(2)
    assert recorded.every == numbers


def test_a_param_has_the_default_of_its_field_where_that_occurs() -> None:
    block = Numbers((None, None))
    for number in (Number("stride", 1, (2, 1)), Number("kernel_size", 1, (3, 5)), Number("bias", True, (1, 2))):
        block.written(number)
    assert block.params == [
        BlockParam("stride", True, 1, (2, 1)),
        BlockParam("kernel", False, 1, (3, 5)),
        BlockParam("bias", False, True, (1, 2)),
    ]


def test_what_some_lack_is_told_by_a_number_or_else_by_a_flag() -> None:
    numbers = [
        Number("stride", 1, (2, 1, 1)),
        Number("out", None, (9, 16, 5), "se"),
        Number("hidden", None, (MISSING, 4, 6), "se"),
        Number("kernel_size", None, (MISSING, (3, 1), (3, 3))),
    ]
    block = Numbers((8, 16, 7), (9, 16, 5), numbers)
    assert block.written(numbers[2]) == "hidden"
    assert block.written(numbers[3]) == [3, "kernel"]
    assert block.flag("down", (True, False, False)) == "stride != 1"
    assert block.flag("down", (True, False, True)) == "in != out"
    assert block.flag("se", (False, True, True)) == "hidden > 0"
    assert block.flag("act", (True, False, False), follows=False) == "act"  # no number says whether it acts
    assert block.flag("again", (False, True, True), follows=False) == "not act"
    assert block.flag("1", (True, True, False)) == "present"
    found = {param.name: (param.has_default, param.default, param.values) for param in block.params}
    assert found == {
        "stride": (True, 1, (2, 1, 1)),
        "out": (False, None, (9, 16, 5)),
        "hidden": (True, 0, (0, 4, 6)),  # 0 where there is none
        "kernel": (True, 0, (0, 1, 3)),
        "act": (True, True, (True, False, False)),
        "present": (True, True, (True, True, False)),
    }


def test_what_some_lack_has_the_value_there_that_most_have_or_0_where_it_is_a_count() -> None:
    block = Numbers((None,) * 5)
    for number in (
        Number("eps", 1e-5, (MISSING, 1e-3, 1e-3, 1e-2, 1e-2, 1e-3)),
        Number("groups", 1, (MISSING, 4, 4, 2, 2, 4)),
        Number("stride", 1, (MISSING, 4, 4, 2, 2, 1)),
        Number("kernel_size", None, (MISSING, -1, 2, 2, 3, 3)),
    ):
        block.written(number)
    assert [(param.default, param.values[0]) for param in block.params] == [(1e-3,) * 2, (0, 0), (1, 1), (2, 2)]


def test_a_width_by_a_few_ratios_is_so_many_times_what_enters() -> None:
    numbers = [Number("out_channels", None, (8, 96, 144, 144)), Number("groups", 1, (8, 96, 144, 144))]
    block = Numbers((8, 16, 24, 24), (16, 24, 24, 32), numbers)
    assert [block.written(number) for number in numbers] == ["hidden", "hidden"]
    assert [(param.name, param.has_default and param.default, param.derived) for param in block.params] == [
        ("expand", False, False),
        ("hidden", "in * expand", True),
    ]
