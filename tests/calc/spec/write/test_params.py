"""What stands for a number in which the chains of a block differ."""

import pytest

from calc.spec.write.params import BlockParam, Number, Numbers


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
        ([("out_channels", None, (4, 6)), ("groups", 1, (2, 3))], ["out", "groups"], ["out", "groups"]),
        ([("stride", 1, (0, 6)), ("out_channels", 1, (2, 12))], ["stride", "out"], ["stride", "out"]),
        ([("stride", 1, ("a", 6)), ("out_channels", 1, (2, 12))], ["stride", "out"], ["stride", "out"]),
        ([("groups", 1, (8, 16)), ("out_features", 1, (8, 16))], ["in", "in"], []),
        ([("out_channels", None, (8, 16)), ("out_channels", None, (16, 32))], ["in", "out"], ["out"]),
        ([("num_embeddings", None, (1, 2)), ("dim1", None, (3, 4))], ["rows", "dim"], ["rows", "dim"]),
        ([("out_channels", None, each) for each in ((4, 6), (8, 13), (9, 1), (4, 6), (9, 1))],
         ["out", "out2", "out3", "out", "out3"], ["out", "out2", "out3"]),
        ([("bias", True, (True, False)), ("eps", 1.0, (1, 1.0))], ["bias", "eps"], ["bias", "eps"]),
    ],
)  # fmt: skip
def test_params_and_expressions(
    numbers: list[tuple[str, object, tuple[object, ...]]], written: list[object], params: list[str]
) -> None:
    block = Numbers((8, 16))
    assert [block.written(Number(*number)) for number in numbers] == written
    assert [param.name for param in block.params] == params


def test_a_param_has_the_default_of_its_field_where_that_occurs() -> None:
    block = Numbers((None, None))
    for number in (Number("stride", 1, (2, 1)), Number("kernel_size", 1, (3, 5)), Number("bias", True, (1, 2))):
        block.written(number)
    assert block.params == [
        BlockParam("stride", True, 1, (2, 1)),
        BlockParam("kernel", False, 1, (3, 5)),
        BlockParam("bias", False, True, (1, 2)),
    ]
