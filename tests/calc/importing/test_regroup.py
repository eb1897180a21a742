from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.importing.regroup import regroup
from calc.ops import op_class
from calc.shape import Shape


@pytest.mark.parametrize(
    "sizes, wanted, word, fields",
    [
        ((512, 7, 7), (25088,), "flatten", {}),
        ((768, 14, 14), (768, 196), "flatten", {"start_dim": 2}),
        ((8, 8, 64, 3), (64, 64, 3), "flatten", {"start_dim": 1, "end_dim": 2}),
        ((192, 49), (192, 7, 7), "reshape", {"shape": (0, 7, 7)}),
        ((197, 2304), (197, 3, 12, 64), "reshape", {"shape": (0, 3, 12, 64)}),
        ((6,), (6, 1, 1), "reshape", {"shape": (0, 1, 1)}),
        ((4, 6), (4, 3, 2), "reshape", {"shape": (0, 3, 2)}),
        ((4, 6), (6, 4), "reshape", {"shape": (6, 4)}),
        ((4, 6), (3, 8), "reshape", {"shape": (3, 8)}),
        ((4, 2, 3), (4, 3, 2), "reshape", {"shape": (0, 3, 2)}),
        ((1, 1), (), "squeeze", {"dim": (1, 2)}),
        ((1,), (), "squeeze", {"dim": 1}),
    ],
)
def test_the_op_leaves_open_what_may_be(sizes, wanted, word, fields) -> None:
    assert regroup(sizes, wanted) == (word, fields)


def test_nothing_is_done_to_what_is_there() -> None:
    assert regroup((3, 4), (3, 4)) is None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_the_op_gives_what_is_wanted(sizes: list[int], data: st.DataObject) -> None:
    factors = data.draw(st.permutations(sizes))
    cut = data.draw(st.integers(0, len(factors)))
    wanted = [prod(factors[:cut]), *factors[cut:]]
    found = regroup(sizes, wanted)
    if found is None:
        assert sizes == wanted
        return
    word, fields = found
    assert op_class(word)(**fields).output_shape((Shape(tuple(sizes)),)).sizes == tuple(wanted)
