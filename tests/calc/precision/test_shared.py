"""One tensor has one width: a layer that uses another's weights has the bits of the layer that holds them."""

from calc.analysis import Analysis, analyse
from calc.model.graph import Bits, Graph
from tests.calc.graphs import Draft


def given(analysis: Analysis) -> dict[str, tuple[Bits, str]]:
    nodes = analysis.graph.nodes
    return {node.name: (row.bits, row.rule) for node, row in zip(nodes, analysis.assigned, strict=True) if row}


def looped(layers: int) -> Graph:
    """As many linear layers of 8, one more with the weights of the first, and a head."""
    draft = Draft(8)
    for i in range(layers):
        draft.add(f"l{i}", "linear", out_features=8, bias=False)
    draft.add("z", "linear", out_features=8, bias=False, shares=1)
    draft.add("head", "linear", out_features=3)
    return draft.graph()


def test_a_policy_by_position_gives_one_tensor_one_width() -> None:
    analysis = analyse(looped(20), bits="adaptive")
    bits = given(analysis)
    assert bits["l0"] == (Bits(8, 8), "first 10 %")
    assert bits["l19"] == (Bits(2, 2), "last 50 %")
    assert bits["z"] == (Bits(8, 8), "weights of l0")
    # of 21 layers before the head 3 are early, 8 more before the half, 9 deep, and z as the first
    wanted = 3 * 8 + 8 * 4 + 9 * 2 + 8
    assert analysis.totals.bitops["weight"] == wanted * 8 * 8 + 8 * 8 * 3
    assert analysis.totals.weight_bits_total == (wanted - 8) * 8 * 8 + 8 * 8 * 3 + 32 * 3


def test_bits_written_on_the_owner_hold() -> None:
    draft = Draft(8)
    first = draft.add("a", "linear", out_features=8, bias=False, bits=Bits(4, 6))
    draft.add("b", "linear", out_features=8, bias=False, bits=Bits(4, 2), shares=first)
    assert given(analyse(draft.graph(), bits="spec"))["b"] == (Bits(4, 6), "weights of a")


def test_a_rule_that_agrees_stays() -> None:
    assert given(analyse(looped(2), bits="8"))["z"] == (Bits(8, 8), "all layers")


def test_where_the_owner_has_no_bits_the_first_user_decides() -> None:
    draft = Draft(5, dtype="int64")
    table = draft.add("table", "embedding", num_embeddings=6, embedding_dim=6)
    draft.add("a", "linear", out_features=6, bias=False, bits=Bits(4, 4), shares=table)
    draft.add("b", "linear", out_features=6, bias=False, bits=Bits(4, 2), shares=table)
    bits = given(analyse(draft.graph(), bits="spec"))
    assert bits == {"a": (Bits(4, 4), "spec"), "b": (Bits(4, 4), "weights of a")}
