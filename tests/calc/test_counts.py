"""The counts of each node: params and weights, MACs and elements, once, a batch, or shared."""

from calc.counts import Counts, count
from calc.model.graph import Graph
from calc.model.held import HeldTensor
from calc.ops.base import Input, Parameter, Product
from tests.calc.graphs import Draft


def of(graph: Graph, name: str, batch: int = 1) -> Counts:
    """The counts of the node called ``name``."""
    names = [node.name for node in graph.nodes]
    return count(graph, batch)[names.index(name)]


def convolution() -> Graph:
    draft = Draft(3, 8, 8)
    draft.add("conv", "conv2d", out_channels=16, kernel_size=3, padding=1)
    draft.add("norm", "batch_norm")
    return draft.graph()


def test_a_convolution_and_its_norm() -> None:
    macs, on_data = 16 * 3 * 9 * 8 * 8, 16 * 3 * (3 * 8 - 2) ** 2
    assert of(convolution(), "conv") == Counts(
        params=16 * 3 * 9 + 16,
        buffers=0,
        weight_elements=16 * 3 * 9,
        macs=macs,
        effective_macs=on_data,
        products=(Product(Parameter("weight"), macs, on_data, 3 * 9),),
        elementwise={"bias": 16 * 8 * 8},
        output_elements=16 * 8 * 8,
        other_params=16,
        held=(HeldTensor("weight", (16, 3, 3, 3), "weight"), HeldTensor("bias", (16,), "bias")),
    )
    # running mean and variance of 16, and one number of batches
    assert of(convolution(), "norm") == Counts(
        2 * 16, 2 * 16 + 1, 0, 0, 0, (), {"batch_norm": 16 * 8 * 8}, 16 * 8 * 8, 2 * 16,
        (HeldTensor("weight", (16,), "norm"), HeldTensor("bias", (16,), "norm")),
    )  # fmt: skip


def test_one_sample_unless_asked() -> None:
    assert count(convolution()) == count(convolution(), 1)


def test_a_batch_multiplies_what_runs() -> None:
    one, five = of(convolution(), "conv"), of(convolution(), "conv", batch=5)
    assert five == Counts(
        one.params,
        one.buffers,
        one.weight_elements,
        5 * one.macs,
        5 * one.effective_macs,
        (Product(Parameter("weight"), 5 * one.macs, 5 * one.effective_macs, 3 * 9),),
        {"bias": 5 * 16 * 8 * 8},
        5 * 16 * 8 * 8,
        one.other_params,
        one.held,
    )


def test_what_the_input_does_not_reach_runs_once_a_call() -> None:
    draft = Draft(4, 6, channels="last")
    table = draft.add("table", "tensor", (), shape=[5, 6])
    draft.add("embedded", "linear", (table,), out_features=3, bias=False)
    once, batched = of(draft.graph(), "embedded"), of(draft.graph(), "embedded", batch=7)
    held = (HeldTensor("weight", (3, 6), "weight"),)
    products = (Product(Parameter("weight"), 90, 90, 6),)
    assert once == batched == Counts(18, 0, 18, 5 * 18, 5 * 18, products, {}, 5 * 3, 0, held)


def test_a_part_that_runs_once_a_call() -> None:
    draft = Draft(8, 8, 4, channels="last")
    draft.add("attention", "window_attention", num_heads=2, window_size=4, cosine=True)
    once, batched = of(draft.graph(), "attention").products, of(draft.graph(), "attention", batch=3).products
    assert [str(product.weight) for product in batched if product.per_call] == ["cpb_mlp.0.weight", "cpb_mlp.2.weight"]
    assert [batch.macs // one.macs for one, batch in zip(once, batched, strict=True)] == [1, 1, 3, 3, 3, 3]


def test_an_operand_that_the_input_does_not_reach_is_a_weight() -> None:
    draft = Draft(4, 6, channels="last")
    table = draft.add("table", "tensor", (), shape=[6, 5])
    draft.add("looked_up", "matmul", (0, table))
    draft.add("gram", "matmul", (0, draft.add("turned", "permute", (0,), dims=[0, 2, 1])))
    macs = 4 * 6 * 5
    assert of(draft.graph(), "looked_up").products == (Product(Input(1), macs, macs, 6, operands=(Input(0), Input(1))),)
    assert of(draft.graph(), "looked_up", batch=3).products == (
        Product(Input(1), 3 * macs, 3 * macs, 6, operands=(Input(0), Input(1))),
    )
    assert of(draft.graph(), "gram").products == (
        Product(None, 4 * 6 * 4, 4 * 6 * 4, 6, operands=(Input(0), Input(1))),
    )


def test_the_same_op_counts_apart_where_the_batch_does_not_reach_it() -> None:
    """One op object in two places, as a shared layer has it, is no reason for equal counts."""
    draft = Draft(4, 6, channels="last")
    table = draft.add("table", "tensor", (), shape=[4, 6])
    first = draft.add("first", "linear", (0,), out_features=3)
    draft.add("constant", "linear", (table,), shares=first, out_features=3)
    draft.add("again", "linear", (0,), shares=first, out_features=3)
    draft.add("late", "linear", (0,), training_only=True, out_features=3)
    op = draft.builder.nodes[first].op
    draft.builder.nodes = [node._replace(op=op) if node.op.word == "linear" else node for node in draft.builder.nodes]
    graph = draft.graph()
    products = (Product(Parameter("weight"), 2 * 4 * 6 * 3, 2 * 4 * 6 * 3, 6),)
    held = (HeldTensor("weight", (3, 6), "weight"), HeldTensor("bias", (3,), "bias"))
    own = Counts(18 + 3, 0, 18, 2 * 4 * 18, 2 * 4 * 18, products, {"bias": 2 * 4 * 3}, 2 * 4 * 3, 3, held)
    assert of(graph, "first", batch=2) == own
    assert of(graph, "again", batch=2) == own._replace(params=0, weight_elements=0, other_params=0, held=())
    assert of(graph, "constant", batch=2) == Counts(
        0, 0, 0, 4 * 18, 4 * 18, (Product(Parameter("weight"), 4 * 18, 4 * 18, 6),), {"bias": 4 * 3}, 4 * 3, 0
    )
    assert of(graph, "late", batch=2) == Counts(18 + 3, 0, 0, 0, 0, (), {}, 0, 18 + 3, held)


def test_shared_buffers_count_once() -> None:
    draft = Draft(4, 6, 6)
    first = draft.add("first", "batch_norm")
    draft.add("again", "batch_norm", shares=first)
    draft.add("auxiliary", "batch_norm", training_only=True)
    counts = count(draft.graph())
    assert [(row.params, row.buffers) for row in counts] == [(0, 0), (8, 9), (0, 0), (8, 9)]


def test_shared_weights_of_a_training_only_layer_count_once() -> None:
    draft = Draft(4, 6, 6)
    first = draft.add("first", "batch_norm")
    draft.add("auxiliary", "batch_norm", shares=first, training_only=True)
    assert [(row.params, row.buffers) for row in count(draft.graph())] == [(0, 0), (2 * 4, 2 * 4 + 1), (0, 0)]


def test_norm_weights_are_no_weight_elements() -> None:
    draft = Draft(5, 8, channels="last")
    draft.add("lstm", "lstm", hidden_size=3)
    assert of(draft.graph(), "lstm").weight_elements == 4 * 3 * (8 + 3)
    assert of(draft.graph(), "lstm").params == 4 * 3 * (8 + 3) + 2 * 4 * 3


def test_macs_are_those_of_all_products_of_a_layer() -> None:
    draft = Draft(5, 8, channels="last")
    draft.add("lstm", "lstm", hidden_size=3)
    row = of(draft.graph(), "lstm")
    assert len(row.products) == 2
    assert row.macs == row.effective_macs == 5 * 4 * 3 * (8 + 3)


def test_parameters_that_arrive_as_weights_count_with_the_first_layer_that_multiplies_them() -> None:
    draft = Draft(4, 6, channels="last")
    table = draft.add("table", "tensor", (), shape=[5, 6])
    turned = draft.add("turned", "permute", (table,), dims=[0, 2, 1])
    draft.add("first", "matmul", (0, turned))
    draft.add("again", "matmul", (0, turned))
    graph = draft.graph()
    held, first, again = (of(graph, name) for name in ("table", "first", "again"))
    assert (held.params, held.weight_elements, held.other_params) == (5 * 6, 0, 0)
    assert (first.params, first.weight_elements, first.other_params) == (0, 5 * 6, 0)
    assert (again.params, again.weight_elements, again.other_params) == (0, 0, 0)


def test_of_a_layer_that_is_not_run_the_weights_move_to_the_one_that_multiplies_them_and_the_bias_stays() -> None:
    draft = Draft(4, 6, channels="last")
    late = draft.add("late", "linear", (0,), training_only=True, out_features=3)
    draft.add("user", "linear", (0,), shares=late, out_features=3)
    graph = draft.graph()
    assert of(graph, "late").held == (HeldTensor("bias", (3,), "bias"),)
    assert of(graph, "user").held == (HeldTensor("weight", (3, 6), "weight"),)
    assert (of(graph, "late").other_params, of(graph, "user").weight_elements) == (3, 18)
