"""A spec is tried at inputs that are longer; what is found there is said with the sizes at which it held."""

from calc.importing.other_sizes import first_few, holds_only
from calc.model.graph import Graph
from calc.spec import expand, loads

TEXT = "name: net\ninput: [3, 8, 8]\nlayers:\n  a: {conv2d: {out_channels: 4, kernel_size: 3}}\n"


def said(differs_above: int, text: str = TEXT) -> str:
    """What is said where a source differs whose input is longer than ``differs_above``."""

    def differs(graph: Graph) -> str:
        return "it differs" if graph.nodes[0].shape.sizes[-1] > differs_above else ""

    return holds_only(expand(loads(text)), text, differs)


def test_the_first_sizes_at_which_it_differs_are_said() -> None:
    assert said(99) == ""
    assert said(8) == "holds at 3x8x8, and not at 3x16x16, where it differs"


def test_those_at_which_it_held_are_said_too() -> None:
    seen: list[int] = []

    def differs(graph: Graph) -> str:
        seen.append(graph.nodes[0].shape.sizes[-1])
        return "it differs" if len(seen) == 2 else ""

    wanted = "holds at 3x8x8 and 3x16x16, and not at 3x9x9, where it differs"
    assert holds_only(expand(loads(TEXT)), TEXT, differs) == wanted
    assert seen == [16, 9]


def test_a_spec_that_takes_no_others_is_not_tried() -> None:
    fixed = TEXT + "  b: {reshape: {shape: [4, 36]}}\n"
    assert said(0, fixed) == ""


def test_one_axis_is_tried_alone_where_the_spec_takes_no_other() -> None:
    turns = (
        "name: net\ninput: [5, 3]\nlayers:\n  w: {tensor: [4, 3]}\n"
        "  x: {select: {dim: 1, index: 0}, from: input}\n  y: {linear: 4, from: [x, w]}\n"
    )
    assert said(2, turns) == "holds at 5x3, and not at 10x3, where it differs"
    assert said(3, turns) == ""


def test_a_few_names_stand_for_many() -> None:
    assert first_few(["a", "b", "a", "c", "d", "e"]) == "a, b, c, and 2 more"
