"""What does nothing in eval mode is gone; everybody else reads what they read, under the names they had."""

from dataclasses import replace

from calc.deploy.drop_inert import drop_inert
from calc.frozen import FrozenDict
from calc.model.graph import Graph, parameters
from calc.spec import expand, loads
from tests.calc.graphs import Draft


def names(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes]


def read_by(graph: Graph, name: str) -> list[str]:
    node = next(node for node in graph.nodes if node.name == name)
    return [graph.nodes[source].name for source in node.inputs]


def test_readers_of_dropout_and_identity_read_what_these_handed_on() -> None:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("drop", "dropout")
    same = draft.add("same", "identity")
    draft.add("sum", "add", (conv, same))
    graph = drop_inert(draft.graph())
    assert names(graph) == ["input", "conv", "sum"]
    assert read_by(graph, "sum") == ["conv", "conv"]
    assert [node.origin for node in graph.nodes] == [draft.builder.nodes[index].origin for index in (0, 1, 4)]


def test_an_output_keeps_its_name_where_its_layer_goes() -> None:
    draft = Draft(2)
    draft.add("head", "linear", out_features=3)
    draft.add("drop", "dropout")
    graph = drop_inert(draft.graph())
    assert names(graph) == ["input", "head"]
    assert graph.outputs == {"drop": 1}


def test_two_outputs_stay_two_and_an_input_handed_on_stays_a_layer() -> None:
    draft = Draft(2)
    draft.add("through", "identity")
    head = draft.add("head", "linear", (0,), out_features=3)
    first = draft.add("first", "dropout")
    second = draft.add("second", "dropout", (head,))
    graph = replace(draft.graph(), outputs=FrozenDict({"through": 1, "first": first, "second": second}))
    left = drop_inert(graph)
    assert names(left) == ["input", "through", "head", "second"]
    assert left.outputs == {"through": 1, "first": 2, "second": 3}
    assert drop_inert(left) == left


def test_heads_for_training_go_with_their_parameters() -> None:
    draft = Draft(2, 4, 4)
    conv = draft.add("conv", "conv2d", out_channels=2, kernel_size=1)
    draft.add("aux.conv", "conv2d", (conv,), out_channels=9, kernel_size=3, training_only=True)
    draft.add("aux.drop", "dropout", training_only=True)
    draft.add("end", "relu", (conv,))
    graph = drop_inert(draft.graph())
    assert names(graph) == ["input", "conv", "end"]
    assert parameters(graph) == {"conv.weight": (2, 2, 1, 1), "conv.bias": (2,)}


def test_weights_that_a_head_for_training_held_for_others_stay_with_the_first_of_these() -> None:
    draft = Draft(4, channels="last")
    head = draft.add("head", "linear", out_features=4, training_only=True)
    draft.add("first", "linear", (0,), out_features=4, shares=head)
    draft.add("second", "linear", out_features=4, shares=head)
    graph = drop_inert(draft.graph())
    assert [dict(node.tied) for node in graph.layers] == [{}, {"weight": 1, "bias": 1}]


def test_an_expert_that_hands_on_its_token_stays() -> None:
    spec = """
name: lazy experts
input: {shape: [5, 4], channels: last}
layers:
  router: {linear: 3}
  moe: {experts: {expert: [identity], count: 3, active: 1}, from: [input, router]}
  drop: dropout
"""
    graph = drop_inert(expand(loads(spec)))
    assert [node.op.word for node in graph.layers] == ["linear", "dispatch", "identity", "experts"]


def test_nothing_to_drop_is_the_same_graph() -> None:
    draft = Draft(2)
    draft.add("head", "linear", out_features=3)
    graph = draft.graph()
    assert drop_inert(graph) is graph
