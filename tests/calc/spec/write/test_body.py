"""Blocks of a class that hold calls in a row: another number of them, or other values, in each block of the class."""

import pytest

from calc.spec.source import parse
from calc.spec.tree import plain
from calc.spec.write import require_same, spec_text
from tests.calc.spec.written import graph_of

STEM = "conv2d: {out_channels: %d, kernel_size: 1}"
WRITTEN_STEM = {"conv2d": {"out_channels": "out", "kernel_size": 1}}
LAYERS = {
    "s0": {"Stage": {"out": 4, "depth": 2}},
    "act": "tanh",
    "s1": {"Stage": {"out": 8, "depth": 5}},
}


def unit(out: int, kernel: int = 3) -> str:
    return f"[{{conv2d: {{out_channels: {out}, kernel_size: {kernel}, padding: {kernel // 2}}}}}, batch_norm, relu]"


def stage(out: int, units: list[str]) -> str:
    return f"[{{{STEM % out}}}, {', '.join(units)}]"


def rolled(first: str, second: str, name: str = "Unit") -> tuple[dict[str, object], object]:
    """The blocks, and the layers, of two stages of a class, in which what has layers of its own is a ``name``."""
    graph = graph_of(f"{{s0: {first}, act: tanh, s1: {second}}}")
    paths = [node.name.split(".") for node in graph.layers]
    classes = {"s0": "Stage", "s1": "Stage"} | {".".join(path[:2]): name for path in paths if len(path) > 2}
    text = spec_text(graph, classes=classes)
    require_same(graph, text)
    found = plain(parse(text, "text"))
    return found["blocks"], found["layers"]


def test_units_that_are_alike_repeat_as_often_as_the_stage_says() -> None:
    blocks, layers = rolled(stage(4, [unit(4)] * 2), stage(8, [unit(8)] * 5))
    assert blocks["Stage"] == {
        "params": {"out": None, "depth": None},
        "layers": [WRITTEN_STEM, {"Unit": None, "repeat": "depth"}],
    }
    assert layers == LAYERS


def test_one_unit_is_a_row_of_one() -> None:
    _, layers = rolled(stage(4, [unit(4)]), stage(8, [unit(8)] * 5))
    assert layers == LAYERS | {"s0": {"Stage": {"out": 4, "depth": 1}}}


def test_names_of_units_are_numbered() -> None:
    stages = [
        f"{{stem: {{{STEM % out}}}, {', '.join(f'unit{number}: {unit(out)}' for number in range(times))}}}"
        for out, times in ((4, 2), (8, 5))
    ]
    blocks, layers = rolled(*stages)
    assert blocks["Stage"] == {
        "params": {"out": None, "depth": None},
        "layers": {"stem": WRITTEN_STEM, "unit{i}": {"Unit": None, "repeat": "depth"}},
    }
    assert layers == LAYERS


def test_the_first_unit_may_be_another() -> None:
    blocks, layers = rolled(stage(4, [unit(8), unit(4)]), stage(8, [unit(16), *[unit(8)] * 4]))
    assert blocks["Stage"]["layers"] == [WRITTEN_STEM, {"Unit": "2 * out if i == 0 else out", "repeat": "depth"}]
    assert layers == LAYERS


def test_every_second_unit_may_be_another() -> None:
    kernels = [1, 3, 1, 3, 1]
    blocks, layers = rolled(
        stage(4, [unit(4, kernel) for kernel in kernels[:2]]), stage(8, [unit(8, kernel) for kernel in kernels])
    )
    assert blocks["Stage"]["layers"] == [WRITTEN_STEM, {"Unit": "1 if i % 2 == 0 else 3", "repeat": "depth"}]
    assert layers == LAYERS


@pytest.mark.parametrize("first, second", [((1, 3, 3, 1), (1, 3)), ((3, 3, 1), (3, 1))])
def test_without_a_pattern_units_are_written_one_by_one(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    blocks, _ = rolled(
        stage(4, [unit(4, kernel) for kernel in first]), stage(8, [unit(8, kernel) for kernel in second])
    )
    _, *units = blocks["Stage"]["layers"]
    assert len(units) == len(first)
    assert ["when" in each for each in units].count(True) == len(first) - len(second)
    assert not any("repeat" in each for each in units)


def test_of_two_kinds_of_units_in_turn_a_stage_says_which() -> None:
    blocks, layers = rolled(
        stage(4, [unit(4, kernel) for kernel in (1, 3, 1)]), stage(8, [unit(8, kernel) for kernel in (3, 1)])
    )
    assert blocks["Stage"] == {
        "params": {"out": None, "kernel": None, "kernel2": None, "depth": None},
        "layers": [WRITTEN_STEM, {"Unit": "kernel if i % 2 == 0 else kernel2", "repeat": "depth"}],
    }
    assert layers == {
        "s0": {"Stage": {"out": 4, "kernel": 1, "kernel2": 3, "depth": 3}},
        "act": "tanh",
        "s1": {"Stage": {"out": 8, "kernel": 3, "kernel2": 1, "depth": 2}},
    }


def test_what_the_first_unit_reads_is_said() -> None:
    stages = [
        f"{{stem: {{{STEM % out}}}, a: relu, b: {{tanh: , from: stem}}, unit0: {{chain: {unit(out)}, from: a}}, "
        f"{', '.join(f'unit{number}: {unit(out)}' for number in range(1, times))}}}"
        for out, times in ((4, 2), (8, 3))
    ]
    blocks, _ = rolled(*stages)
    assert list(blocks["Stage"]["layers"].items())[3:] == [
        ("unit0", {"Unit": None, "from": "a"}),
        ("unit1", "Unit"),
        ("unit2", {"Unit": None, "when": "unit"}),
    ]


def test_what_all_units_read_is_said_of_them_at_once() -> None:
    parallel = [
        f"[{{{STEM % out}}}, {', '.join([f'{{chain: {unit(out)}, from: 0}}'] * times)}]"
        for out, times in ((4, 2), (8, 5))
    ]
    blocks, layers = rolled(*parallel)
    assert blocks["Stage"]["layers"] == [WRITTEN_STEM, {"Unit": None, "from": 0, "repeat": "depth"}]
    assert layers == LAYERS


@pytest.mark.parametrize(("name", "short"), [("Unit", "unit"), ("InvertedResidual", "ir")])
def test_params_of_calls_in_a_list_are_named_after_their_block(name: str, short: str) -> None:
    blocks, layers = rolled(
        stage(4, [unit(4, 3), "gelu", unit(4, 1)]), stage(8, [unit(8, 1), "gelu", unit(8, 3)]), name
    )
    second = f"{short}_kernel"
    assert blocks["Stage"] == {
        "params": {"out": None, "kernel": None, second: None},
        "layers": [WRITTEN_STEM, {name: "kernel"}, "gelu", {name: second}],
    }
    assert layers == {
        "s0": {"Stage": {"out": 4, "kernel": 3, second: 1}},
        "act": "tanh",
        "s1": {"Stage": {"out": 8, "kernel": 1, second: 3}},
    }


@pytest.mark.parametrize(("times", "written"), [(1, {}), (2, {"repeat": 2})])
@pytest.mark.parametrize(("name", "short"), [("Unit", "unit"), ("InvertedResidual", "ir")])
def test_what_a_list_lacks_is_told_by_a_flag_named_after_its_block(
    name: str, short: str, times: int, written: dict[str, object]
) -> None:
    blocks, layers = rolled(stage(4, [unit(4), "gelu"]), stage(8, [unit(8), "gelu", *[unit(8)] * times]), name)
    assert blocks["Stage"] == {
        "params": {"out": None, short: True},
        "layers": [WRITTEN_STEM, name, "gelu", {name: None, **written, "when": short}],
    }
    assert layers == {"s0": {"Stage": {"out": 4, short: False}}, "act": "tanh", "s1": {"Stage": 8}}


def test_a_number_that_is_one_in_each_stage_is_a_param_of_the_stage() -> None:
    blocks, layers = rolled(stage(4, [unit(4, 3)] * 2), stage(8, [unit(8, 1)] * 5))
    assert blocks["Stage"] == {
        "params": {"out": None, "kernel": None, "depth": None},
        "layers": [WRITTEN_STEM, {"Unit": "kernel", "repeat": "depth"}],
    }
    assert layers == {
        "s0": {"Stage": {"out": 4, "kernel": 3, "depth": 2}},
        "act": "tanh",
        "s1": {"Stage": {"out": 8, "kernel": 1, "depth": 5}},
    }


def test_units_in_which_three_numbers_change_are_not_in_a_row() -> None:
    """Two may: so many are layers that happen to be alike."""
    conv = "[{conv2d: {out_channels: %d, kernel_size: %d, padding: %d, dilation: %d}}, relu]"
    for changes, rows in (((3, 2, 2), False), ((3, 1, 1), True)):
        stages = [
            stage(out, [conv % (out, *each) for each in (changes, *[(1, 0, 1)] * times)])
            for out, times in ((4, 1), (8, 2))
        ]
        blocks, _ = rolled(*stages)
        assert ("depth" in blocks["Stage"]["params"]) is rows


def test_a_stage_of_one_unit_has_but_the_first() -> None:
    blocks, layers = rolled(stage(4, [unit(8)]), stage(8, [unit(16), unit(8), unit(8)]))
    assert blocks["Stage"] == {
        "params": {"hidden": None, "depth": None},
        "layers": [
            {"conv2d": {"out_channels": "hidden", "kernel_size": 1}},
            {"Unit": "2 * hidden if i == 0 else 8", "repeat": "depth"},
        ],
    }
    assert layers == {
        "s0": {"Stage": {"hidden": 4, "depth": 1}},
        "act": "tanh",
        "s1": {"Stage": {"hidden": 8, "depth": 3}},
    }


CONV = "a: {conv2d: {out_channels: 4, kernel_size: 3, padding: 1, stride: %d}}"


@pytest.mark.parametrize(
    ("units", "params", "optional", "calls"),
    [
        (
            [f"{{{CONV % 1}, r: relu}}", *[f"{{{CONV % 2}, n: batch_norm, r: relu}}"] * 2],
            {"stride": 1},
            {"n": {"batch_norm": None, "when": "stride != 1"}},
            ["Unit", {"Unit": 2}, {"Unit": 2}],
        ),
        (  # without tensors of its own it may be there by chance
            [f"{{{CONV % 1}, r: relu}}", *[f"{{{CONV % 2}, n: gelu, r: relu}}"] * 2],
            {"stride": 1, "n": True},
            {"n": {"gelu": None, "when": "n"}},
            [{"Unit": {"n": False}}, {"Unit": 2}, {"Unit": 2}],
        ),
        (  # what stands in a chain that is lacking is not asked for
            ["{a: relu, z: gelu}", "{a: relu, se: {p: tanh, q: sigmoid}, z: gelu}",
             "{a: relu, se: {p: tanh, s: batch_norm, q: sigmoid}, z: gelu}"],
            {"s": True, "se": True},
            {"se": {"chain": {"p": "tanh", "s": {"batch_norm": None, "when": "s"}, "q": "sigmoid"}, "when": "se"}},
            [{"Unit": {"se": False}}, {"Unit": False}, "Unit"],
        ),
    ],
)  # fmt: skip
def test_what_some_lack_is_told_by_what_they_have_or_by_a_flag(
    units: list[str], params: dict[str, object], optional: dict[str, object], calls: list[object]
) -> None:
    graph = graph_of("{" + ", ".join(f"u{at}: {each}, t{at}: tanh" for at, each in enumerate(units)) + "}")
    text = spec_text(graph, classes={f"u{at}": "Unit" for at, _ in enumerate(units)})
    require_same(graph, text)
    found = plain(parse(text, "text"))
    assert found["blocks"]["Unit"]["params"] == params
    assert {key: found["blocks"]["Unit"]["layers"][key] for key in optional} == optional
    assert [found["layers"][f"u{at}"] for at, _ in enumerate(units)] == calls
