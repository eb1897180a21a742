import pytest

from calc.errors import OpError, SpecError
from calc.importing import Draft
from calc.importing.draft import KEPT, unknown_op


def test_layers_make_a_graph() -> None:
    draft = Draft("net.onnx")
    x = draft.input("input", (3, 8, 8))
    conv = draft.add(draft.names.claim("conv"), "conv2d", [x], (4, 8, 8), out_channels=4, kernel_size=1)
    flat = draft.regroup("", conv, (256,))
    graph = draft.graph("net", [flat])
    assert [(node.name, node.op.word) for node in graph.layers] == [("conv", "conv2d"), ("flatten", "flatten")]
    assert str(graph.layers[0].origin) == "net.onnx"


def test_everything_wrong_is_said_at_once() -> None:
    draft = Draft("net.onnx")
    x = draft.input("input", (3, 8, 8))
    wide = draft.add("conv", "conv2d", [x], (4, 8, 8), out_channels=4, kernel_size=9)
    other = draft.add("other", "conv2d", [wide], (4, 7, 7), out_channels=4, kernel_size=1)
    odd = draft.add("odd", "relu", [other], (4, 7, 7), slope=1)
    draft.problems.append(unknown_op("net.onnx", "Sinc", "model.sinc", {"Sinc": "sin"}))
    with pytest.raises(SpecError) as caught:
        draft.graph("net", [odd])
    said = [f"{problem.layer} ({problem.op}): {problem.fact}" for problem in caught.value.problems]
    assert said[0].startswith("conv (conv2d): a window of 9")
    assert said[1] == "other (conv2d): its output is 4×8×8 by calc's rules, but 4×7×7 in the original network"
    assert said[2].startswith("odd (relu): unknown key slope")
    assert said[3] == "model.sinc (): calc has no op for Sinc"
    assert caught.value.problems[3].hint == f"near: sin; {KEPT}"
    assert unknown_op("net.onnx", "Swirl", "", {}).hint.startswith("calc import --opaque keeps it")


def test_channels_known_elsewhere_are_declared_where_the_axes_were_arranged() -> None:
    draft = Draft("net.onnx")
    x = draft.input("input", (3, 4, 5))
    tokens = draft.add("flatten", "flatten", [x], (3, 20), start_dim=2)
    act = draft.add("act", "relu", [tokens], (3, 20))
    assert draft.without_channels_elsewhere("", act, -1) == act
    draft.add("mix", "linear", [act], (3, 7), out_features=7)
    graph = draft.graph("net", [3])
    assert graph.nodes[tokens].op.values()["channels"] == "last"
    assert graph.nodes[act].shape.channel_axis == -1


def test_channels_are_declared_on_the_way_where_two_layers_want_them_differently() -> None:
    draft = Draft("net.onnx")
    x = draft.input("input", (3, 4, 5))
    tokens = draft.add("flatten", "flatten", [x], (3, 20), start_dim=2)
    draft.add("over_first", "conv1d", [tokens], (2, 20), out_channels=2, kernel_size=1)
    between = draft.without_channels_elsewhere("mix.", tokens, -1)
    assert draft.op(between).values() == {"shape": (0, 0), "channels": "last"}
    assert draft.name(between) == "mix.reshape"
    assert draft.with_channels("", between, -1) == between


def test_a_tensor_can_be_refused_and_stands_for_itself() -> None:
    draft = Draft("net.onnx")
    x = draft.input("input", (3,))
    held = draft.tensor("scale", (3,))
    assert draft.sizes(held) == (3,)
    refused = draft.refused("odd", "roll", OpError("no"), (5,))
    assert draft.sizes(refused) == (5,)
    with pytest.raises(SpecError, match=r"net\.onnx: odd \(roll\): no"):
        draft.graph("net", [x])


def test_a_sum_of_a_tensor_and_what_was_made_of_it_is_in_the_order_of_a_residual() -> None:
    draft = Draft("net")
    x = draft.input("input", (3, 8, 8))
    left = draft.add("left", "relu", [x], (3, 8, 8))
    right = draft.add("right", "relu", [x], (3, 8, 8))
    deep = draft.add("deep", "tanh", [right], (3, 8, 8))
    sums = {
        "residual": ([x, deep], (deep, x)),
        "in_order": ([deep, x], (deep, x)),
        "beside": ([left, right], (left, right)),  # neither is made of the other
        "itself": ([x, x], (x, x)),
    }
    for name, (given, _) in sums.items():
        draft.add(name, "add", given, (3, 8, 8))
    multiplied = draft.add("product", "multiply", [x, deep], (3, 8, 8))
    graph = draft.graph("net", [multiplied])
    found = {node.name: node.inputs for node in graph.nodes}
    assert {name: found[name] for name in sums} == {name: order for name, (_, order) in sums.items()}
    assert found["product"] == (x, deep)
