"""Which rows a report lists."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError
from calc.report.rows import View, listing, table_of
from calc.spec import load
from tests.calc.graphs import Draft, mobilenetv2

ANALYSIS = analyse(mobilenetv2(), bits="adaptive")


def names(view: View) -> list[str]:
    return [row.name for row in listing(ANALYSIS, view).rows]


def test_the_layers_with_macs_and_what_is_left_out() -> None:
    listed = listing(ANALYSIS, View())
    assert len(listed.rows) == 52 + 1
    assert listed.left_out == ("100 layers without MACs, 34,112 params (--all lists them)",)


def test_every_layer() -> None:
    listed = listing(ANALYSIS, View(all_layers=True))
    assert [row.name for row in listed.rows] == [layer.name for layer in ANALYSIS.layers]
    assert listed.left_out == ()


def test_blocks_add_up_to_the_totals() -> None:
    for view in (View(True, by="block"), View(True, depth=1), View(True, depth=3), View(True)):
        rows = listing(ANALYSIS, view).rows
        assert sum(row.macs for row in rows) == ANALYSIS.totals.macs
        assert sum(row.params for row in rows) == ANALYSIS.totals.params
        assert sum(row.bitops for row in rows) == ANALYSIS.totals.bitops["weight"]


def test_layers_that_are_alike_are_one_row() -> None:
    analysis = analyse(load("gemma3_1b"), bits="8")
    listed = listing(analysis, View(True, by="repeat"))
    assert sum(row.macs for row in listed.rows) == analysis.totals.macs
    assert sum(row.params for row in listed.rows) == analysis.totals.params
    assert len(listed.rows) < 40
    found = {row.name: row for row in listed.rows}
    query = found["model.layers.{0..25}.self_attn.q_proj"]
    assert (query.kind, query.params) == ("linear ×26", 26 * 1152 * 1024)
    assert found["lm_head"].kind == "linear"


def test_layers_of_other_sizes_stand_apart() -> None:
    names = [row.name for row in listing(analyse(load("deepseek_v2_lite")), View(by="repeat")).rows]
    assert {"model.layers.0.mlp.up_proj", "model.layers.{1..26}.mlp.experts.*.up_proj"} <= set(names)


def test_a_block_runs_from_its_first_layer_to_its_last() -> None:
    (block,) = [row for row in listing(ANALYSIS, View(by="block")).rows if row.name == "features.9"]
    assert (block.kind, block.in_channels, block.out_channels) == ("9 layers", 64, 64)
    assert (block.input_size, block.output_size) == ((14, 14), (14, 14))
    # its first two convolutions are among the first half of the network, its last is not
    assert block.bits == "2–4/2–4"
    assert block.macs == 14 * 14 * (64 * 384 + 3 * 3 * 384 + 384 * 64)


def test_depth_groups_by_parts_of_the_name() -> None:
    assert names(View(depth=1)) == ["features", "classifier"]
    assert names(View(depth=2)) == names(View(by="block"))


@pytest.mark.parametrize("key", ["bitops", "macs", "params"])
def test_sorted_by_a_number_the_largest_is_first(key: str) -> None:
    values = [getattr(row, key) for row in listing(ANALYSIS, View(sort=key)).rows]
    assert values == sorted(values, reverse=True)


def test_sorted_by_name() -> None:
    assert names(View(sort="name")) == sorted(names(View()))


def test_top_takes_the_most_bitops_and_says_what_is_left() -> None:
    listed = listing(ANALYSIS, View(top=2))
    assert [row.name for row in listed.rows] == ["features.2.conv.0.0", "features.0.0"]
    rest = sum(row.bitops for row in listing(ANALYSIS, View(sort="bitops")).rows[2:])
    percent = 100 * rest / ANALYSIS.totals.bitops["weight"]
    assert listed.left_out[1] == f"{53 - 2} more rows, {percent:.1f} % of the BitOps (--top 2)"


def test_top_of_a_chosen_order() -> None:
    assert names(View(sort="params", top=1)) == ["classifier.1"]
    assert len(names(View(top=1000))) == 53


@pytest.mark.parametrize("view", [View(top=0), View(depth=0), View(depth=-1)])
def test_a_view_of_nothing_is_refused(view: View) -> None:
    with pytest.raises(OpError, match="at least 1"):
        listing(ANALYSIS, view)


def test_sizes_leave_the_channels_out() -> None:
    draft = Draft(3, 32, 16)
    draft.add("conv", "conv2d", out_channels=8, kernel_size=[3, 1], stride=[2, 1])
    draft.add("mixed", "reshape", shape=[4, 480])
    rows = listing(analyse(draft.graph()), View(all_layers=True)).rows
    assert (rows[0].input_size, rows[0].output_size, rows[0].stride) == ((32, 16), (15, 16), (2, 1))
    assert rows[1].output_size == (4, 480)  # where the channels are is unknown


def test_the_shares_are_of_the_chosen_convention() -> None:
    product = analyse(mobilenetv2(), bits="adaptive", bitops="product")
    table = table_of(product, listing(product, View()))
    place = [column.key for column in table.columns].index("share")
    assert sum(row[place] for row in table.rows) == pytest.approx(100)
    assert table.rows[0][place] == pytest.approx(100 * 10_838_016 * 64 / product.totals.bitops["product"])


def test_groups_have_no_kernel() -> None:
    table = table_of(ANALYSIS, listing(ANALYSIS, View(by="block")))
    assert not {"kernel_size", "stride", "groups", "rule"} & {column.key for column in table.columns}
