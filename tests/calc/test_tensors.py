"""Every tensor of a graph: shape, dtype and role, held or flowing."""

from calc.counts import count
from calc.model.graph import Graph
from calc.tensors import tensors
from tests.calc.graphs import Draft


def roles(graph: Graph) -> dict[str, str]:
    """The role of each tensor, by layer and tensor: ``conv.weight``; what a layer puts out has its name and ``→``."""
    return {
        graph.nodes[found.node].name
        + ("→" if found.parameter is None else f".{found.parameter}" if found.parameter.name else ""): found.tensor.role
        for found in tensors(graph, count(graph))
    }


def test_a_convolution_and_its_norm() -> None:
    draft = Draft(3, 8, 8)
    draft.add("conv", "conv2d", out_channels=16, kernel_size=3)
    draft.add("norm", "batch_norm")
    draft.add("act", "prelu")
    graph = draft.graph()
    assert roles(graph) == {
        "input→": "input",
        "conv.weight": "weight",
        "conv.bias": "bias",
        "conv→": "activation",
        "norm.weight": "norm",
        "norm.bias": "norm",
        "norm.running_mean": "buffer",
        "norm.running_var": "buffer",
        "norm.num_batches_tracked": "buffer",
        "norm→": "activation",
        "act.weight": "norm",
        "act→": "activation",
    }
    found = {str(each.parameter): each.tensor for each in tensors(graph, count(graph)) if each.node == 2}
    assert {name: (tensor.shape.sizes, tensor.dtype) for name, tensor in found.items()} == {
        "weight": ((16,), "float32"),
        "bias": ((16,), "float32"),
        "running_mean": ((16,), "float32"),
        "running_var": ((16,), "float32"),
        "num_batches_tracked": ((), "int64"),
        "None": ((16, 6, 6), "float32"),
    }


def test_parts_of_fused_ops() -> None:
    draft = Draft(8, 8, 4, channels="last")
    draft.add("swin", "window_attention", num_heads=2, window_size=4)
    draft.add("v2", "window_attention", num_heads=2, window_size=4, cosine=True)
    draft.add("tokens", "reshape", shape=[64, 4], channels="last")
    draft.add("lstm", "lstm", hidden_size=4)
    draft.add("heads", "multihead_attention", num_heads=2)
    found = roles(draft.graph())
    weights = ("swin.qkv.weight", "v2.cpb_mlp.0.weight", "lstm.weight_hh_l0", "heads.in_proj_weight")
    assert [found[name] for name in weights] == ["weight"] * 4
    biases = ("swin.proj.bias", "v2.cpb_mlp.0.bias", "lstm.bias_ih_l0", "heads.in_proj_bias", "heads.out_proj.bias")
    assert [found[name] for name in biases] == ["bias"] * 5
    assert found["swin.relative_position_bias_table"] == "embedding"
    assert found["v2.logit_scale"] == "norm"


def test_a_tensor_of_its_own_is_what_the_layer_that_reads_it_makes_of_it() -> None:
    draft = Draft(4, 6, channels="last")
    token = draft.add("token", "tensor", (), shape=[4, 6], channels="last")
    draft.add("sum", "add", (0, token))
    matrix = draft.add("matrix", "tensor", (), shape=[6, 5])
    view = draft.add("view", "reshape", (matrix,), shape=[5, 6])
    draft.add("product", "linear", (draft.last - 2, view), out_features=5, bias=False)
    draft.add("mask", "tensor", (), shape=[4, 5], buffer=True)
    found = roles(draft.graph())
    assert {name: role for name, role in found.items() if "→" not in name} == {
        "token": "embedding", "matrix": "weight", "mask": "buffer",
    }  # fmt: skip
    assert "token→" not in found
    assert found["view→"] == "activation"


def test_what_is_shared_stands_where_it_is_held() -> None:
    draft = Draft(4, 6, channels="last")
    first = draft.add("first", "linear", out_features=6)
    draft.add("second", "linear", shares=first, out_features=6)
    assert [name for name in roles(draft.graph()) if "→" not in name] == ["first.weight", "first.bias"]


def test_what_is_not_run_has_its_roles_on_a_map_too_small_for_it() -> None:
    draft = Draft(3, 4, 4)
    draft.add("pool", "avg_pool2d", kernel_size=5, stride=3, training_only=True)
    draft.add("conv", "conv2d", out_channels=2, kernel_size=5, training_only=True)
    found = roles(draft.graph())
    assert (found["conv.weight"], found["conv.bias"]) == ("weight", "bias")
