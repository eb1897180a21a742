"""The networks that a number may be about: the same, or others that differ."""

from calc.analysis import analyse
from calc.claims.networks import SWITCHES, networks_meant
from calc.precision import resolve
from calc.spec import load
from tests.calc.graphs import Draft


def test_the_network_itself_is_first_and_what_changes_nothing_is_none() -> None:
    draft = Draft(4, 8, 8)
    draft.add("conv", "conv2d", out_channels=4, kernel_size=3)
    given = analyse(draft.graph()).workload
    (alone,) = networks_meant(given)
    assert (alone.workload, alone.words, alone.cost) == (given, "", 0)


def test_mobilenetv2_is_changed_by_every_switch_but_that_of_heads() -> None:
    analysis = analyse(load("mobilenetv2"), bits="8")
    itself, *others = networks_meant(analysis.workload)
    assert [network.words for network in others] == [each.words for each in SWITCHES if "head" not in each.words]
    assert itself.of(analysis, None) is analysis
    deployed, *slips = others
    assert deployed.of(analysis, resolve("8")).totals.params == 3_504_872 - 34_112 + 34_112 // 2
    # a slip knows no more of the network than that: the bits are those that it had
    for slip in slips:
        assert slip.is_fault
        assert slip.of(analysis, resolve("4")).assigned == analysis.assigned


def test_a_tied_head_counts_once_more_where_it_is_its_own() -> None:
    draft = Draft(3, dtype="int64")
    table = draft.add("table", "embedding", num_embeddings=7, embedding_dim=4)
    draft.add("between", "linear", out_features=4)
    draft.add("head", "linear", out_features=7, bias=False, shares=table)
    given = analyse(draft.graph()).workload
    assert given.sums.params == 7 * 4 + 4 * 4 + 4
    (apart,) = [each.workload for each in networks_meant(given) if "head" in each.words]
    assert apart.sums.params == 2 * 7 * 4 + 4 * 4 + 4
    assert apart.sums.macs == given.sums.macs
