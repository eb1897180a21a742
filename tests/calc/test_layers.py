"""The row of one layer: what it is, and what it costs at its bits."""

from calc.analysis import analyse
from tests.calc.graphs import Draft


def test_a_row_says_what_the_layer_is() -> None:
    draft = Draft(8, 9, 7)
    draft.add(
        "down",
        "conv2d",
        out_channels=16,
        kernel_size=[3, 1],
        stride=2,
        padding=[1, 0],
        groups=8,
        bias=True,
    )
    draft.add("pool", "max_pool2d", kernel_size=2)
    draft.add("act", "relu6")
    down, pool, act = analyse(draft.graph(), bits="w4a8").layers
    assert (down.op, down.kind, down.inputs) == ("conv2d", "depthwise", ("input",))
    assert (down.input_shape, down.output_shape) == ((8, 9, 7), (16, 5, 4))
    assert (down.in_channels, down.out_channels, down.groups) == (8, 16, 8)
    assert (down.kernel_size, down.stride) == ((3, 1), (2, 2))
    assert (down.weight_bits, down.activation_bits, down.rule) == (4, 8, "all layers")
    assert (down.params, down.weight_elements) == (16 * 3 + 16, 16 * 3)
    assert down.weight_bits_total == 16 * 3 * 4 + 16 * 32
    assert down.origin.line == 2
    assert (pool.kernel_size, pool.stride, pool.groups) == ((2, 2), (2, 2), None)
    assert (act.kernel_size, act.stride, act.rule, act.weight_bits) == (None, None, None, None)
    assert act.bitops == {"weight": 0, "product": 0, "uniq": 0}


def test_channels_are_unknown_where_the_axis_is() -> None:
    draft = Draft(4, 6)
    draft.add("mixed", "reshape", shape=[8, 3])
    draft.add("head", "linear", out_features=5)
    mixed, head = analyse(draft.graph()).layers
    assert mixed.out_channels is None
    assert (head.in_channels, head.out_channels) == (3, 5)


def test_shared_weights_count_once() -> None:
    draft = Draft(4, 4, channels="last")
    first = draft.add("first", "linear", out_features=4)
    draft.add("again", "linear", shares=first, out_features=4)
    analysis = analyse(draft.graph(), bits="2")
    assert [layer.params for layer in analysis.layers] == [4 * 4 + 4, 0]
    assert [layer.macs for layer in analysis.layers] == [4 * 4 * 4, 4 * 4 * 4]
    assert analysis.totals.weight_bytes == (4 * 4 * 2 + 4 * 32) // 8


def test_training_only_layers_have_params_and_no_macs() -> None:
    draft = Draft(4)
    draft.add("auxiliary", "linear", training_only=True, out_features=7)
    draft.add("head", "linear", (0,), out_features=2)
    auxiliary, head = analyse(draft.graph(), bits="8").layers
    assert (auxiliary.params, auxiliary.macs, auxiliary.weight_bits) == (4 * 7 + 7, 0, None)
    assert head.macs == 4 * 2


def test_a_product_of_activations_has_activation_bits_on_both_sides() -> None:
    draft = Draft(4, 6, channels="last")
    draft.add("gram", "matmul", (0, draft.add("turned", "permute", (0,), dims=[0, 2, 1])))
    (_, gram) = analyse(draft.graph(), bits="w4a8").layers
    assert (gram.weight_bits, gram.activation_bits) == (8, 8)
    assert gram.bitops["weight"] == 4 * 6 * 4 * 8


def test_a_tensor_that_arrives_as_weight_is_kept_at_the_bits_of_its_reader() -> None:
    draft = Draft(3, 8, 8)
    weight = draft.add("w", "tensor", (), shape=[4, 3, 3, 3])
    draft.add("c", "conv2d", (0, weight), out_channels=4, kernel_size=3, bias=False)
    draft.add("again", "conv2d", (0, weight), out_channels=4, kernel_size=3, bias=False)
    tensor, first, again = analyse(draft.graph(), bits="w5a8").layers
    assert (tensor.params, tensor.weight_bits_total) == (4 * 27, 0)
    assert (first.params, first.weight_elements, first.weight_bits_total) == (0, 4 * 27, 4 * 27 * 5)
    assert (again.params, again.weight_elements, again.weight_bits_total) == (0, 0, 0)
    assert analyse(draft.graph(), bits="w5a8").totals.weight_bits_total == 4 * 27 * 5


def test_a_tensor_that_arrives_through_a_view_is_a_weight_and_a_bias_is_none() -> None:
    draft = Draft(6, channels="last")
    table = draft.add("table", "tensor", (), shape=[2, 18])
    viewed = draft.add("viewed", "reshape", (table,), shape=[6, 6])
    bias = draft.add("bias", "tensor", (), shape=[6])
    draft.add("layer", "linear", (0, viewed, bias), out_features=6)
    rows = {row.name: row.weight_bits_total for row in analyse(draft.graph(), bits="3").layers}
    assert rows == {"table": 0, "viewed": 0, "bias": 6 * 32, "layer": 36 * 3}
