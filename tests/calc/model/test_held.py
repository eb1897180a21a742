"""The tensors that a layer holds, with their roles."""

from calc.model.held import HeldTensor, held_tensors
from calc.ops.base import Parameter
from tests.calc.graphs import Draft


def test_what_is_multiplied_is_a_weight_and_of_the_rest_the_op_says() -> None:
    draft = Draft(4, 6, channels="last")
    index = draft.add("swin", "multihead_attention", num_heads=2, add_bias_kv=True)
    graph = draft.graph()
    node = graph.nodes[index]
    inputs = graph.input_shapes(node)
    learnt = node.op.parameters(inputs)
    found = {each.name: each for each in held_tensors(node, inputs, learnt, node.op.macs(inputs, node.shape))}
    assert found["in_proj_weight"] == HeldTensor("in_proj_weight", (3 * 6, 6), "weight")
    assert (found["in_proj_bias"].role, found["bias_k"].role) == ("bias", "embedding")
    assert Parameter("out_proj.weight").name in found


def test_a_layer_that_is_not_run_holds_the_weights_that_it_would_multiply() -> None:
    draft = Draft(3, 2, 2)
    index = draft.add("late", "conv2d", out_channels=2, kernel_size=5, training_only=True)
    node = draft.graph().nodes[index]
    inputs = draft.graph().input_shapes(node)
    found = held_tensors(node, inputs, node.op.parameters(inputs), ())
    assert [(each.name, each.role) for each in found] == [("weight", "weight"), ("bias", "bias")]
