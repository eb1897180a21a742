"""einsum: shapes by name, products where an axis of both is summed, and every equation that is none."""

from typing import Any

import pytest
from hypothesis import strategies as st

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.ops.base import Input
from calc.ops.einsum import Einsum
from calc.shape import Shape
from calc.spec import expand, loads
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Some axes of x and some new ones, for each sample or for all; in the output whatever is left of them."""
    if not x.rank:
        return None
    sizes = dict(zip("ijkl", x.sizes, strict=False))
    own = "".join(sizes)
    shared = draw(st.lists(st.sampled_from(own), min_size=1, max_size=len(own), unique=True))
    if draw(st.integers(0, 3)) == 0:  # the last axis and a new one
        others = Shape((x.sizes[-1], 2))
        return None if others.sizes == x.sizes else Drawn({"equation": f"...{own[-1]}, {own[-1]}n -> ...n"}, (others,))
    for letter in "mn"[: draw(st.integers(0, 2))]:
        sizes[letter] = draw(st.integers(1, 3))
    other = draw(st.permutations([*shared, *(letter for letter in sizes if letter not in own)]))
    along = tuple(sizes[letter] for letter in other)
    batch = "b" if along == x.sizes or draw(st.booleans()) else ""
    left = draw(st.lists(st.sampled_from([*sizes]), max_size=3, unique=True))
    arguments: dict[str, Any] = {"equation": f"b{own},{batch}{''.join(other)}->b{''.join(left)}"}
    if left and draw(st.booleans()):
        arguments["channels"] = draw(st.sampled_from(["first", "last"]))
    return Drawn(arguments, (Shape(along),))


X, OTHER = Shape((4, 6, 8), -3), Shape((8, 5))


@pytest.mark.parametrize(
    "equation, inputs, output, macs, fan_in, elements",
    [
        ("bij,bjk->bik", (Shape((3, 4)), Shape((4, 5))), (3, 5), 3 * 4 * 5, 4, {}),
        ("bchw,wk->bckh", (X, OTHER), (4, 5, 6), 4 * 6 * 8 * 5, 8, {}),
        ("...w, wk -> ...k", (X, OTHER), (4, 6, 5), 4 * 6 * 8 * 5, 8, {}),
        ("bhid,bhjd->bhij", (Shape((2, 7, 3)), Shape((2, 9, 3))), (2, 7, 9), 2 * 7 * 9 * 3, 3, {}),
        ("...id,...jd->...ij", (Shape((2, 7, 3)), Shape((2, 9, 3))), (2, 7, 9), 2 * 7 * 9 * 3, 3, {}),
        ("bchw,bchw->b", (X, X), (), 4 * 6 * 8, 4 * 6 * 8, {}),
        ("bi,bj->bij", (Shape((3,)), Shape((4,))), (3, 4), 0, 0, {"multiply": 3 * 4}),
        ("bchw,bc->bchw", (X, Shape((4,))), (4, 6, 8), 0, 0, {"multiply": 4 * 6 * 8}),
        ("bchw,bk->bk", (X, Shape((5,))), (5,), 0, 0, {"reduce": 4 * 6 * 8, "multiply": 5}),
        ("bchw,bkw->bck", (X, Shape((5, 8))), (4, 5), 4 * 5 * 8, 8, {"reduce": 4 * 6 * 8}),
        ("bio,boj->bij", (Shape((3, 1)), Shape((1, 4))), (3, 4), 3 * 1 * 4, 1, {}),
    ],
)
def test_counts(
    equation: str,
    inputs: tuple[Shape, Shape],
    output: tuple[int, ...],
    macs: int,
    fan_in: int,
    elements: dict[str, int],
) -> None:
    op = Einsum(equation=equation)
    shape = op.output_shape(inputs)
    assert shape == Shape(output)
    products = op.macs(inputs, shape)
    assert sum(product.macs for product in products) == sum(product.effective_macs for product in products) == macs
    assert [(product.weight, product.fan_in, product.operands) for product in products] == (
        [(None, fan_in, (Input(0), Input(1)))] if macs else []
    )
    assert op.elementwise(inputs, shape) == elements


def test_channels_are_declared() -> None:
    assert Einsum(equation="bij,jk->bik", channels="last").output_shape((Shape((3, 8)), OTHER)) == Shape((3, 5), -1)


@pytest.mark.parametrize(
    "equation, fact",
    [
        ("bij,bjk", "equation='bij,bjk' has no ->"),
        ("bij->bi", "equation='bij->bi' names 1 input, but einsum takes 2"),
        ("bi,bj,bk->bijk", "equation='bi,bj,bk->bijk' names 3 inputs, but einsum takes 2"),
        ("bii,bi->bi", "equation='bii,bi->bi' names i twice in bii"),
        ("bi,bi->bii", "equation='bi,bi->bii' names i twice in bii"),
        ("b1,bj->bj", "equation='b1,bj->bj' holds '1': an axis is a letter, and ... stands for several axes"),
        ("..i,..i->..", "equation='..i,..i->..' holds '.': an axis is a letter, and ... stands for several axes"),
        ("bi,bi->bz", "equation='bi,bi->bz': z is in the output, but in neither input"),
        ("bi,bi->", "equation='bi,bi->': the output has no axes"),
        ("ib,bi->bi", "equation='ib,bi->bi': b is first in the output, so it is the batch, but is not first in ib"),
        ("->->", "equation='->->' names 1 input, but einsum takes 2"),
        (",->b", "equation=',->b': b is in the output, but in neither input"),
    ],
)
def test_what_is_no_equation(equation: str, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Einsum(equation=equation)
    assert caught.value.fact == fact


@pytest.mark.parametrize(
    "equation, fact",
    [
        ("bhw,wk->bhk", "bhw names 3 axes, the input 4×6×8 has 4 axes with its batch"),
        ("bchw,wkn->bkn", "wkn names 3 axes, the input 8×5 has 2 axes"),
        ("bchw,hk->bk", "h is 6 in the input 4×6×8, but 8 in 8×5"),
        ("...w,...wk->...k", "... must stand for as many axes in 4×6×8 as in 8×5, got 1 and 3 with the batch"),
        ("...xchw,wk->...k", "... holds the batch, but no axis of the inputs 4×6×8 and 8×5 is left for it"),
    ],
)
def test_inputs_that_do_not_fit(equation: str, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Einsum(equation=equation).output_shape((X, OTHER))
    assert caught.value.fact == fact


SPEC = """
name: small
input: [4, 6, 8]
params: {how: "'bchw,wk->bchk'"}
layers:
  w: {tensor: {shape: [8, 5]}}
  product: {einsum: "bchw,wk->bckh", from: [input, w]}
  again: {einsum: how, from: [input, w]}
"""


def test_a_tensor_that_is_multiplied_is_a_weight_and_runs_for_every_sample() -> None:
    analysis = analyse(expand(loads(SPEC)), batch=3)
    _, _, product, again = analysis.counts
    assert product.macs == again.macs == 3 * 4 * 6 * 8 * 5
    assert product.weight_elements == 8 * 5
    assert product.products[0].weight == Input(1)


def test_an_input_that_differs_from_sample_to_sample_needs_the_batch() -> None:
    with pytest.raises(SpecError) as caught:
        expand(loads(SPEC.replace("bchw,wk->bckh", "chw,bchw->bc").replace("[input, w]}", "[input, input]}")))
    problem = caught.value.problems[0]
    assert problem.fact == "x differs from sample to sample, but chw does not name the batch axis b"
    assert problem.hint == "write bchw"


def test_an_equation_without_an_arrow_is_said_to_have_none() -> None:
    with pytest.raises(SpecError) as caught:
        expand(loads(SPEC.replace("bchw,wk->bckh", "bchw,wk")))
    assert caught.value.problems[0].fact == "equation='bchw,wk' has no ->"
