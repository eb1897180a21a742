"""The first and the last quantised layer at bits of their own."""

import pytest

from calc.counts import count
from calc.errors import OpError
from calc.graph import Bits, Graph
from calc.precision import resolve
from calc.precision.ends import ends_of, with_ends
from tests.calc.graphs import Draft, chain


def given(graph: Graph, policy: str, ends: str) -> dict[str, tuple[str, str]]:
    """Bits and rule of each layer with MACs, by name."""
    assigned = with_ends(resolve(policy), ends).assign(graph, count(graph))
    return {node.name: (str(row.bits), row.rule) for node, row in zip(graph.nodes, assigned, strict=True) if row}


def test_the_ends_have_their_own_bits_and_the_rest_those_of_the_policy() -> None:
    assert given(chain(4, 8, 8, convolutions=3), "4", "w2a8") == {
        "features.0": ("w2a8", "first"),
        "features.1": ("4", "all layers"),
        "features.2": ("4", "all layers"),
        "classifier": ("w2a8", "last"),
    }


def test_a_policy_that_reads_the_graph_sees_it() -> None:
    draft = Draft(4, 8, 8)
    for name, width in (("a", 3), ("b", 5), ("c", 7)):
        draft.add(name, "conv2d", out_channels=4, kernel_size=1, bits=Bits(width, width))
    assert given(draft.graph(), "spec", "8") == {"a": ("8", "first"), "b": ("5", "spec"), "c": ("8", "last")}


def test_a_product_of_activations_is_no_end() -> None:
    draft = Draft(6, 4, channels="last")
    draft.add("gram", "matmul", (0, draft.add("turned", "permute", dims=[0, 2, 1])))
    draft.add("only", "linear", out_features=4)
    draft.add("attention", "scaled_dot_product_attention", (3, 3, 3))
    graph = draft.graph()
    assert ends_of(count(graph)) == (3,)
    assert given(graph, "4", "8")["only"] == ("8", "first")


@pytest.mark.parametrize("layers, ends", [(0, ()), (1, (1,)), (2, (1, 2)), (5, (1, 5))])
def test_first_and_last_of_so_many_layers(layers: int, ends: tuple[int, ...]) -> None:
    assert ends_of(count(chain(4, 8, 8, convolutions=layers, classifier=False))) == ends


@pytest.mark.parametrize("ends", ["rest", "excluded"])
def test_words_that_change_no_bits(ends: str) -> None:
    policy = resolve("4")
    assert with_ends(policy, ends) is policy


def test_the_name_says_both() -> None:
    assert with_ends(resolve("4"), "w2a8").name == "4, ends w2a8"


def test_another_word_is_refused() -> None:
    with pytest.raises(OpError) as caught:
        with_ends(resolve("4"), "outer")
    assert caught.value.fact == "unknown ends 'outer': rest, excluded, or bits such as 8, w4a8, fp32"
