"""Choices that cannot be, told before a large space is tried network by network."""

from calc.api.sweep import sweep_job
from calc.spec import load, loads
from calc.sweeps.failing import failing_choices


def test_a_choice_that_cannot_be_is_told_with_its_positions() -> None:
    job, model = sweep_job("nas_macro", load("nas_macro"), ["op[*]=Skip,MB3,conv2d"], ["8"], {})
    (line,) = failing_choices(job, model)
    assert line.startswith("op[0]=conv2d: ")
    assert line.endswith("blocks.0 (conv2d): unknown key out; and so at 7 more positions")
    job, model = sweep_job("nas_macro", load("nas_macro"), [], ["8"], {})
    assert failing_choices(job, model) == []


SPEC = """
name: small
params: {act: relu, ops: [tanh], size: 8}
input: [3, size, size]
layers: [{conv2d: {out_channels: 8, kernel_size: 5}}, $act, {$kind: , for: {kind: ops}}]
"""


def test_numbers_are_left_out_and_whole_values_told() -> None:
    job, model = sweep_job(
        "small", loads(SPEC), ["act=relu,linear", "ops=[tanh],[tanh, linear]", "size=8,3"], ["8"], {}
    )
    lines = failing_choices(job, model)
    assert [line.partition(":")[0] for line in lines] == ["act=linear", "ops=[tanh, linear]"]


def test_where_the_first_network_cannot_be_nothing_is_told() -> None:
    job, model = sweep_job("small", loads(SPEC), ["act=linear,relu"], ["8"], {})
    assert failing_choices(job, model) == []
    job, model = sweep_job("small", loads(SPEC), [], ["8"], {})
    assert failing_choices(job, model) == []
