"""What a name in ``from`` means, and what is said where it means nothing."""

from calc.spec.names import MOST_HINTED
from tests.calc.spec.written import graph_of, names, refusal

PLAIN = "hint: from reads earlier layers, the inputs of its block, and input"


def hint(layers: str, **parts: str) -> str:
    """The hint of the only problem."""
    return refusal(layers, **parts).split("\n")[-1].strip()


def test_the_nearest_name_is_offered() -> None:
    assert hint("{a: {relu: , from: inptu}}") == "hint: did you mean input?"
    assert hint("{stem: relu, a: {relu: , from: stam}}") == "hint: did you mean stem?"
    assert hint("{stem: relu, a: {chain: {left: relu, b: {relu: , from: lefft}}}}") == "hint: did you mean left?"
    assert hint("{stage: [relu], a: {relu: , from: stagge}}") == "hint: did you mean stage or stage.0?"
    blocks = "Join: {inputs: [x, skip], layers: [{relu: , from: skipp}]}"
    assert hint("{a: relu, b: {Join: , from: [a, input]}}", blocks=blocks) == "hint: did you mean skip?"


def test_where_none_is_near_it_is_said_what_can_be_read() -> None:
    assert hint("{a: {relu: , from: elsewhere}}") == PLAIN
    many = "{far: relu, 'b{i}': {relu: , repeat: %d}, a: {relu: , from: farr}}"
    assert hint(many % (MOST_HINTED - 1)) == "hint: did you mean far?"
    assert hint(many % MOST_HINTED) == PLAIN  # it stands too far back


def test_of_many_mistakes_the_first_have_a_hint() -> None:
    layers = "stem: relu\n" + "".join(f"a{i}: {{relu: , from: stam}}\n" for i in range(51))
    said = refusal(layers)
    assert said.count("did you mean stem?") == 50
    assert said.endswith("\nand 1 more problem")


def test_a_scope_and_a_layer_cannot_have_one_name() -> None:
    twice = "two layers are named a; the other is at <text>:5:"
    assert twice in refusal("""{a: {chain: [relu]}, '{x}': {relu: , for: x, over: ["'a'"]}}""")
    assert twice in refusal("""{a: relu, '{x}': {chain: [relu], for: x, over: ["'a'"]}}""")


def test_merges_that_would_have_the_name_of_a_layer_take_the_next() -> None:
    assert names(graph_of("[{splice: {add2: relu}}, {residual: [relu]}, {residual: [relu]}, {residual: [relu]}]")) == [
        "add2", "0", "add", "1", "add3", "2", "add4",
    ]  # fmt: skip
