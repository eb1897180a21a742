"""What stands for a number in which the chains of a block differ."""

import pytest

from calc.spec.write.params import Number, Numbers


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
        ([("bias", True, (True, False)), ("eps", 1.0, (1, 1.0))], ["bias", "eps"], ["bias", "eps"]),
    ],
)
def test_params_and_expressions(
    numbers: list[tuple[str, object, tuple[object, ...]]], written: list[object], params: list[str]
) -> None:
    block = Numbers((8, 16))
    assert [block.written(Number(*number)) for number in numbers] == written
    assert [param.name for param in block.params] == params


def test_a_param_has_the_default_of_its_field_where_that_occurs() -> None:
    block = Numbers((None, None))
    for number in (Number("stride", 1, (1, 2)), Number("kernel_size", 1, (3, 5))):
        block.written(number)
    assert [(param.name, param.has_default) for param in block.params] == [("stride", True), ("kernel", False)]
