"""Pairing layers: every layer once, in order, names and shapes where they say the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from calc.gate import align as aligning
from calc.gate.align import align
from calc.gate.snapshot import LockedLayer


def rows(*written: str) -> list[LockedLayer]:
    """``name:op:size``, one string a layer."""
    parts = [text.split(":") for text in written]
    return [LockedLayer(name, op, {}, (), (int(size),)) for name, op, size in parts]


def test_the_same_names_are_the_same_layers() -> None:
    before, after = rows("a:conv2d:4", "b:relu:4"), rows("a:conv2d:8", "b:gelu:8")
    assert align(before, after) == [(0, 0), (1, 1)]


def test_a_layer_less_in_a_numbered_list() -> None:
    before = rows("f.0:conv2d:4", "f.1:relu:4", "f.2:conv2d:4", "f.3:conv2d:6", "f.4:relu:6")
    after = rows("f.0:conv2d:4", "f.1:relu:4", "f.2:conv2d:6", "f.3:relu:6")
    assert align(before, after) == [(0, 0), (1, 1), (2, None), (3, 2), (4, 3)]


def test_a_layer_more_in_a_numbered_list() -> None:
    before = rows("f.0:conv2d:4", "f.1:relu:4", "f.2:linear:6")
    after = rows("f.0:batch_norm:4", "f.1:conv2d:4", "f.2:relu:4", "f.3:linear:6")
    assert align(before, after) == [(None, 0), (0, 1), (1, 2), (2, 3)]


def test_another_name_of_the_same_shape_is_a_renamed_layer() -> None:
    before, after = rows("a:relu:4", "stem:conv2d:4", "c:relu:4"), rows("a:relu:4", "body.0:conv2d:4", "c:relu:4")
    assert align(before, after) == [(0, 0), (1, 1), (2, 2)]


def test_another_name_of_another_op_is_another_layer() -> None:
    assert align(rows("a:relu:4"), rows("b:gelu:4")) in ([(0, None), (None, 0)], [(None, 0), (0, None)])


def test_no_layers_at_all() -> None:
    assert align([], []) == []
    assert align(rows("a:relu:1"), []) == [(0, None)]
    assert align([], rows("a:relu:1")) == [(None, 0)]


@st.composite
def _drawn(draw: st.DrawFn) -> list[LockedLayer]:
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True))
    ops = st.sampled_from(["relu", "conv2d"])
    return [LockedLayer(name, draw(ops), {}, (), (draw(st.integers(1, 3)),)) for name in names]


@settings(max_examples=50)
@given(before=_drawn(), after=_drawn(), cells=st.sampled_from([0, aligning.MAX_CELLS]))
def test_every_layer_is_in_one_pair_and_the_order_stays(
    before: list[LockedLayer], after: list[LockedLayer], cells: int
) -> None:
    kept, aligning.MAX_CELLS = aligning.MAX_CELLS, cells
    try:
        pairs = align(before, after)
    finally:
        aligning.MAX_CELLS = kept
    assert [i for i, _ in pairs if i is not None] == list(range(len(before)))
    assert [j for _, j in pairs if j is not None] == list(range(len(after)))
    for i, j in pairs:
        if i is not None and j is not None:
            assert before[i].op == after[j].op or before[i].name == after[j].name


@settings(max_examples=20)
@given(_drawn())
def test_a_network_is_itself(network: list[LockedLayer]) -> None:
    assert align(network, list(network)) == [(i, i) for i in range(len(network))]
