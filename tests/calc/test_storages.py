"""Which outputs share a storage, by hand; that torch agrees is a test of verify's."""

from calc.storages import storages
from tests.calc.graphs import Draft


def made(draft: Draft) -> tuple[int, ...]:
    return storages(draft.builder.nodes).made


def test_a_view_of_a_view_lies_where_the_first_does() -> None:
    draft = Draft(2, 4, 6)
    draft.add("turned", "permute", dims=[0, 3, 1, 2])
    draft.add("half", "slice", dim=2, start=1)
    draft.add("one", "select", dim=1, index=0)
    draft.add("act", "relu")
    assert made(draft) == (0, 0, 0, 0, 4)


def test_flattening_turned_axes_is_a_copy() -> None:
    draft = Draft(2, 4, 6)
    draft.add("turned", "permute", dims=[0, 2, 3, 1])
    draft.add("pixels", "flatten", start_dim=1, end_dim=2)  # 4 and 6 still follow one another
    draft.add("all", "flatten", (1,))
    draft.add("again", "flatten", (3,))
    assert made(draft) == (0, 0, 0, 3, 3)


def test_an_activation_keeps_the_order_and_a_norm_does_not() -> None:
    draft = Draft(2, 4, 6)
    turned = draft.add("turned", "permute", dims=[0, 2, 3, 1])
    act = draft.add("act", "gelu")
    draft.add("copied", "flatten", (act,))
    norm = draft.add("norm", "layer_norm", (turned,))
    draft.add("seen", "flatten", (norm,))
    assert made(draft) == (0, 0, 2, 3, 4, 4)


def test_halves_that_gate_one_another_keep_the_order() -> None:
    draft = Draft(2, 4, 6)
    draft.add("turned", "permute", dims=[0, 2, 3, 1])
    draft.add("gated", "glu", dim=1)
    draft.add("copied", "flatten")
    assert made(draft) == (0, 0, 2, 3)


def test_repeats_are_views_until_they_are_joined_with_others() -> None:
    draft = Draft(2, 1)
    draft.add("repeated", "expand", shape=[-1, 5])
    draft.add("joined", "flatten")
    assert made(draft) == (0, 0, 2)


def test_maps_whose_channels_stand_last_stay_so_through_convolutions_and_sums() -> None:
    draft = Draft(4, 6, 8)
    maps = draft.add("maps", "permute", dims=[0, 3, 1, 2], channels="first")
    draft.add("conv", "conv2d", out_channels=5, kernel_size=3)
    draft.add("norm", "batch_norm")
    pool = draft.add("pool", "max_pool2d", kernel_size=2)
    draft.add("both", "concat", (pool, pool), dim=1)
    draft.add("copied", "flatten")
    plain = draft.add("plain", "conv2d", (0,), out_channels=5, kernel_size=1)
    draft.add("seen", "flatten", (plain,))
    assert maps == 1
    assert made(draft) == (0, 0, 2, 3, 4, 5, 6, 7, 7)


def test_a_norm_over_another_axis_than_its_own_turns_the_tensor() -> None:
    draft = Draft(4, 6, 8)
    draft.add("norm", "layer_norm")
    draft.add("pixels", "permute", dims=[0, 2, 3, 1])
    draft.add("copied", "flatten", (1,))
    draft.add("seen", "flatten", (2,))
    assert made(draft) == (0, 1, 1, 3, 1)
    tokens = Draft(4, 6, channels="last")
    tokens.add("norm", "batch_norm")
    tokens.add("copied", "flatten")
    assert made(tokens) == (0, 1, 2)


def test_what_is_fused_lies_where_its_input_does_and_in_its_order() -> None:
    draft = Draft(4, 6, 8)
    draft.add("maps", "permute", dims=[0, 3, 1, 2], channels="first")
    conv = draft.add("conv", "conv2d", out_channels=5, kernel_size=3)
    act = draft.add("act", "relu")
    draft.add("copied", "flatten")
    nodes = draft.builder.nodes
    assert storages(nodes).made == (0, 0, 2, 3, 4)
    nodes[act] = nodes[act]._replace(fused=True)
    assert storages(nodes).made == (0, 0, conv, conv, 4)
