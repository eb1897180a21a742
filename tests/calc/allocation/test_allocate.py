"""From a network to a policy file: budgets hold by the engine's own totals, pins and ties are kept."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from calc.allocation.allocate import Allocation, Chosen, Infeasible, allocate
from calc.allocation.budgets import AllocationBudget, read_budget
from calc.allocation.build import Widths, checked_widths
from calc.allocation.policy_file import policy_text
from calc.allocation.quantities import allocated_quantity
from calc.allocation.sensitivities import Alike
from calc.allocation.ties import groups, matching, pins
from calc.analysis import Analysis, analyse
from calc.counts import Counts
from calc.errors import OpError, SpecError
from calc.formats import format_named
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment
from calc.quantities import quantities
from calc.spec import load, loads
from tests.calc.graphs import Draft
from tests.calc.precision.test_roles import LANGUAGE_MODEL

WIDTHS = Widths((2, 3, 4, 6, 8))
ALLOCATED = [found.name for found in quantities() if found.cost is not None]


def run(analysis: Analysis, budgets: Sequence[str], widths: Widths = WIDTHS, **options: Any) -> Allocation:
    read = [read_budget(text, analysis) for text in budgets]
    return allocate(analysis, read, widths, Alike(), **options)


@pytest.fixture(scope="module")
def mobilenetv2() -> Analysis:
    return analyse(load("mobilenetv2"))


class Drawn:
    """A policy of random bits."""

    name = "drawn"

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        return tuple(
            [
                Assigned(Bits(self.random.randint(1, 32), self.random.randint(1, 32)), "") if row.products else None
                for row in counts
            ]
        )


@pytest.mark.parametrize("name", ALLOCATED)
@pytest.mark.parametrize("spec", ["mobilenetv2", "vit_b_16"])
def test_a_quantity_is_its_parts(spec: str, name: str) -> None:
    analysis = analyse(load(spec), batch=2).with_bits(Drawn(7))
    found = allocated_quantity(name)
    rows = zip(analysis.counts, analysis.assigned, strict=True)
    parts = sum(found.cost.of_layer(counts, row.bits) for counts, row in rows if row)
    whole = (parts + found.cost.constant(analysis.counts)) / found.cost.per_unit
    total = found.total(analysis.totals)
    assert float(-(-whole // 1) if found.cost.per_unit > 1 else whole) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("budget", ["bitops.weight=1.2G", "bitops.product=5G", "weight_bytes=1.5MiB", "bitops.uniq=9G"])
def test_a_written_policy_takes_what_the_certificate_says(mobilenetv2: Analysis, budget: str, tmp_path: Path) -> None:
    found = run(mobilenetv2, [budget])
    path = tmp_path / "policy.yaml"
    path.write_text(policy_text(found.bits, ["a comment"]))
    read = mobilenetv2.with_bits(str(path))
    (used,) = found.budgets
    assert used.used == used.budget.quantity.total(read.totals)
    assert used.used <= used.budget.limit
    assert [row and row.bits for row in read.assigned] == [row and row.bits for row in found.analysis.assigned]
    assert sum(s for s in found.per_layer if s is not None) == pytest.approx(found.objective)
    assert found.gap == 0


def test_two_budgets_both_hold(mobilenetv2: Analysis) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    found = run(mobilenetv2, ["bitops.product=4G", "weight_bytes=1.5MiB"])
    assert found.optimal
    assert found.analysis.totals.bitops["product"] <= 4 * 10**9
    assert found.analysis.totals.weight_bytes <= 3 * 2**20 // 2
    assert found.objective >= run(mobilenetv2, ["bitops.product=4G"]).objective


@pytest.mark.parametrize("name", ALLOCATED)
def test_the_smallest_budget_named_is_the_smallest(mobilenetv2: Analysis, name: str) -> None:
    with pytest.raises(Infeasible) as error:
        run(mobilenetv2, [f"{name}=1"])
    smallest = int(error.value.hint.rpartition("=")[2])
    found = run(mobilenetv2, [f"{name}={smallest}"])
    assert {bits for _, bits in found.bits} == {Bits(2, 2)}
    with pytest.raises(Infeasible):
        run(mobilenetv2, [f"{name}={smallest - 1}"])


def test_a_larger_budget_never_costs_sensitivity(mobilenetv2: Analysis) -> None:
    objectives = [run(mobilenetv2, [f"bitops.product={limit}M"]).objective for limit in range(1300, 9000, 700)]
    assert objectives == sorted(objectives, reverse=True)
    assert objectives[0] > objectives[-1]


def test_a_policy_as_the_budget(mobilenetv2: Analysis) -> None:
    found = run(mobilenetv2, ["bitops.product=adaptive"])
    (used,) = found.budgets
    assert used.budget.limit == mobilenetv2.with_bits("adaptive").totals.bitops["product"]
    assert found.objective < sum(
        Alike().weight(node, row.bits.weight)
        for node, row in enumerate(mobilenetv2.with_bits("adaptive").assigned)
        if row
    )


@pytest.mark.parametrize("name", ALLOCATED)
@pytest.mark.parametrize("policy, bits", [("w4a4", 4), ("w7a7", 7), ("fp32", 32)])
def test_a_policy_fits_in_its_own_budget(mobilenetv2: Analysis, name: str, policy: str, bits: int) -> None:
    found = run(mobilenetv2, [f"{name}={policy}"], Widths((bits,)))
    assert found.budgets[0].used == allocated_quantity(name).total(mobilenetv2.with_bits(policy).totals)


def test_layers_that_read_what_others_wrote_are_refused() -> None:
    analysis = analyse(load("mobilenetv2"), activations="producer")
    with pytest.raises(OpError, match="not at producer"):
        run(analysis, ["bitops.product=5G"])


@pytest.mark.parametrize("activations", ["tied", "apart", 5])
def test_activations(mobilenetv2: Analysis, activations: str | int) -> None:
    found = run(mobilenetv2, ["bitops.product=6G"], Widths((2, 4, 8), activations))
    bits = {given for _, given in found.bits}
    if activations == "tied":
        assert all(given.weight == given.activation for given in bits)
    elif activations == "apart":
        assert any(given.weight != given.activation for given in bits)
    else:
        assert {given.activation for given in bits} == {5}
    assert found.analysis.totals.bitops["product"] <= 6 * 10**9


def test_apart_is_no_worse_than_tied_by_the_same_measure(mobilenetv2: Analysis) -> None:
    apart = run(mobilenetv2, ["bitops.product=6G"], Widths((2, 4, 8), "apart"))
    tied = run(mobilenetv2, ["bitops.product=6G"], Widths((2, 4, 8)))
    alike = Alike()
    by_both = sum(
        alike.weight(node, row.bits.weight) + alike.activation(node, row.bits.activation)
        for node, row in enumerate(tied.analysis.assigned)
        if row
    )
    assert apart.objective <= by_both


def test_pins_are_kept_and_said(mobilenetv2: Analysis) -> None:
    found = run(mobilenetv2, ["bitops.product=6G"], pinned=["classifier=8", "features.0.*=w8a4", "features.18=5"])
    bits = dict(found.bits)
    assert bits["classifier.1"] == Bits(8, 8)
    assert bits["features.0.0"] == Bits(8, 4)
    assert bits["features.18.0"] == Bits(5, 5)
    assert [row.rule for row in found.analysis.assigned if row].count("pinned") == 3


def test_ties_are_kept_and_cost(mobilenetv2: Analysis) -> None:
    free = run(mobilenetv2, ["bitops.product=4G"])
    tied = run(mobilenetv2, ["bitops.product=4G"], tied=["adds", "features.1.conv.1,features.2.*"])
    bits = dict(tied.bits)
    assert len({bits[name] for name in bits if name.startswith("features.2.") or name == "features.1.conv.1"}) == 1
    assert bits["features.4.conv.2"] == bits["features.5.conv.2"] == bits["features.6.conv.2"]
    assert tied.objective >= free.objective


def test_what_meets_in_an_add_is_one_group(mobilenetv2: Analysis) -> None:
    names = [[mobilenetv2.graph.nodes[node].name for node in group] for group in groups(mobilenetv2, ["adds"])]
    assert ["features.8.conv.2", "features.9.conv.2", "features.10.conv.2"] in [
        group[1:] for group in names if len(group) == 4
    ]
    assert sum(map(len, names)) == 53


def test_shared_weights_and_products_of_activations_follow_a_layer() -> None:
    draft = Draft(4, 6, 6)
    draft.add("a", "conv2d", out_channels=4, kernel_size=3, padding=1)
    draft.add("b", "conv2d", out_channels=4, kernel_size=3, padding=1, shares=1)
    draft.add("c", "conv2d", out_channels=4, kernel_size=1)
    draft.add("m", "matmul", [3, 3])
    analysis = analyse(draft.graph())
    assert groups(analysis, []) == [(1, 2), (3, 4)]
    found = run(analysis, ["bitops.product=60K"])
    assert dict(found.bits)["m"] == dict(found.bits)["c"]
    assert found.analysis.totals.bitops["product"] <= 60_000


@pytest.mark.parametrize(
    "budgets, options, message",
    [
        ([], {}, "no budget"),
        (["bitops.product=5G", "bitops.product=4G"], {}, "two budgets are on bitops.product"),
        (["macs=5G"], {}, "unknown quantity 'macs'"),
        (["bitops.product=many"], {}, "unknown precision 'many'"),
        (["bitops.product=5X"], {}, "is not an amount"),
        (["bitops.product=-5"], {}, "'-5' is not an amount"),
        (["bitops.product"], {}, "must be quantity=limit"),
        (["bitops.product=5G"], {"widths": Widths(())}, "no widths"),
        (["bitops.product=5G"], {"widths": Widths((0,))}, "0 bits"),
        (["bitops.product=5G"], {"pinned": ["classifier"]}, "must be layer=bits"),
        (["bitops.product=5G"], {"pinned": ["klassifier=8"]}, "is not a layer"),
        (["bitops.product=5G"], {"pinned": ["classifier=8", "classifier=4"]}, "both about classifier.1"),
        (["bitops.product=5G"], {"pinned": ["features.0.*=8", "features.0=4"]}, "and --pin features.0=4"),
        (["bitops.product=5G"], {"tied": ["adds", "features.99.*"]}, "is not a layer"),
        (["weight_bytes=2M"], {"tied": ["features.1.*"], "pinned": ["*.1.conv.1=8", "*.1.conv.0.0=4"]}, "are pinned"),
        (["bitops.product=5G", "weight_bytes=2M"], {"solver": "dynamic"}, "takes one budget"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(mobilenetv2: Analysis, budgets: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises((OpError, SpecError), match=message):
        run(mobilenetv2, budgets, **options)


def test_every_wrong_pin_and_every_wrong_tie_is_named(mobilenetv2: Analysis) -> None:
    with pytest.raises(SpecError) as error:
        pins(mobilenetv2, ["klassifier=8", "classifier=65", "features.0=8"], None)
    assert [problem.fact.partition(": ")[0] for problem in error.value.problems] == [
        "--pin klassifier=8",
        "--pin classifier=65",
    ]
    with pytest.raises(SpecError) as error:
        groups(mobilenetv2, ["adds", "features.99.*", "features.1,nothing"])
    assert len(error.value.problems) == 2


INT4, Q4 = Bits(4, 16, format_named("int4g32")), Bits(4, 16, format_named("Q4_K"))
OF_FORMATS = Widths((8, INT4, Q4))


@pytest.mark.parametrize(
    "activations, choices",
    [
        ("tied", [Q4, INT4, Bits(8, 8)]),
        ("apart", [each._replace(activation=read) for each in (Q4, INT4, Bits(8, 8)) for read in (16, 8)]),
        (8, [Q4._replace(activation=8), INT4._replace(activation=8), Bits(8, 8)]),
    ],
)
def test_formats_to_choose_from(activations: str | int, choices: list[Bits]) -> None:
    assert checked_widths(Widths((8, Q4, INT4, 8), activations)).choices() == choices


def test_the_best_of_several_formats(tmp_path: Path) -> None:
    """Everything is tried: rows of 256 may be Q4_K, and no others."""
    draft = Draft(256)
    for name, features in (("a", 40), ("b", 24), ("c", 256)):
        draft.add(name, "linear", out_features=features, bias=False)
    analysis = analyse(draft.graph())
    of_layer = [
        {"8": 256 * 40, "int4g32": 256 * 40 * 18 // 32, "Q4_K": 256 * 40 * 144 // 256},
        {"8": 40 * 24, "int4g32": 40 * 24 // 2 + 24 * 2 * 2},  # rows of 40 are two groups
        {"8": 24 * 256, "int4g32": 24 * 256 // 2 + 256 * 2},
    ]
    losses = {"8": 4.0**-8, "int4g32": 4.0**-4, "Q4_K": 4.0**-4}
    for limit in range(9_000, 18_000, 997):
        within = [
            sum(losses[name] for name in names)
            for names in product(*of_layer)
            if sum(sizes[name] for sizes, name in zip(of_layer, names, strict=True)) <= limit
        ]
        if not within:
            with pytest.raises(Infeasible):
                run(analysis, [f"weight_bytes={limit}"], OF_FORMATS)
            continue
        found = run(analysis, [f"weight_bytes={limit}"], OF_FORMATS)
        assert found.objective == min(within)
        assert found.analysis.totals.weight_bytes <= limit
        policy = tmp_path / "policy.yaml"
        policy.write_text(policy_text(found.bits, []))
        assert analyse(draft.graph(), bits=str(policy)).totals.weight_bytes == found.analysis.totals.weight_bytes


def test_a_format_that_no_choice_of_a_layer_can_have() -> None:
    draft = Draft(40)
    draft.add("a", "linear", out_features=8)
    with pytest.raises(OpError, match=r"^a: Q4_K takes rows of a multiple of 256 weights; those of 8×40 have 40$"):
        run(analyse(draft.graph()), ["weight_bytes=2K"], Widths((Q4,)))


def test_a_part_of_a_byte_holds_nothing() -> None:
    """3 weights of 2 bits are 6 bits, and a byte when rounded up: 0.999 bytes, 7.992 bits, are too few."""
    draft = Draft(3, 4, 4)
    draft.add("a", "conv2d", out_channels=1, kernel_size=1, bias=False)
    analysis = analyse(draft.graph())
    assert run(analysis, ["weight_bytes=1"]).analysis.totals.weight_bytes == 1
    with pytest.raises(Infeasible):
        run(analysis, ["weight_bytes=0.999"])


def test_a_network_without_weights_has_no_bits_to_choose() -> None:
    draft = Draft(4, 6, 6)
    draft.add("m", "matmul", [0, 0])
    with pytest.raises(OpError, match="no bits to choose"):
        run(analyse(draft.graph()), ["bitops.product=5G"])


def test_without_highspy_two_budgets_say_what_to_install(
    mobilenetv2: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "highspy", None)
    with pytest.raises(OpError, match="needs highspy"):
        run(mobilenetv2, ["bitops.product=5G", "weight_bytes=2M"])


def test_names_that_look_like_globs_are_written_as_themselves() -> None:
    text = policy_text([("a.0", Bits(4, 4)), ("b[1]", Bits(4, 8))], ["x\ny"])
    assert text.splitlines() == [
        "# x\\ny",
        "rules:",
        '  - {name: "a.0",    bits: 4}',
        '  - {name: "b[[]1]", bits: w4a8}',
    ]


def test_patterns(mobilenetv2: Analysis) -> None:
    assert len(matching(mobilenetv2, "features.1")) == 2
    assert len(matching(mobilenetv2, "features.1*")) == 2 + 3 * 8 + 1
    assert pins(mobilenetv2, ["classifier=4"], 8) == {matching(mobilenetv2, "classifier")[0]: Bits(4, 8)}


def test_a_budget_leaves_the_layers_what_the_rest_does_not_take(mobilenetv2: Analysis) -> None:
    sums = mobilenetv2.workload.sums
    budget = AllocationBudget(
        allocated_quantity("weight_bytes"), *[read_budget("weight_bytes=2MiB", mobilenetv2).limit], "2MiB"
    )
    assert budget.room(mobilenetv2) == 8 * 2 * 2**20 - 32 * (sums.params - sums.weight_elements)


@pytest.mark.parametrize("deployed", [False, True])
def test_the_bytes_of_a_choice_are_those_of_its_layers_and_what_paper_says_of_the_rest(
    deployed: bool, tmp_path: Path
) -> None:
    analysis = analyse(loads(LANGUAGE_MODEL), bits="int4g8", deployed=deployed)
    quantity = allocated_quantity("weight_bytes")
    for bits in ("4", "w3a8", "int4g8:paper"):
        chosen = analysis.with_bits(Chosen(analysis.with_bits(bits).assigned))
        assert quantity.exact_total(chosen) == chosen.totals.weight_bytes
        policy = tmp_path / "policy.yaml"
        rows = zip(analysis.graph.nodes, chosen.assigned, strict=True)
        given = [(layer.name, row.bits) for layer, row in rows if row]
        policy.write_text(policy_text(given, [], chosen.roles.name))
        assert analysis.with_bits(str(policy)).totals == chosen.totals


OPAQUE = """
name: small
input: [3]
layers: [linear: 4, opaque: {op: a.b, shape: [4], reason: none, tensors: none}, linear: 9]
"""


@pytest.mark.parametrize("name", [*ALLOCATED, "peak_activation_bytes"])
def test_nothing_is_best_within_a_budget_on_a_lower_bound(name: str) -> None:
    analysis = analyse(loads(OPAQUE))
    if name == "weight_bytes":
        assert run(analysis, ["weight_bytes=400"]).optimal
        analysis = analyse(loads(OPAQUE.replace(", tensors: none", "")))
    with pytest.raises(
        OpError, match=f"{name} is only a lower bound, because not everything is known about 1; so"
    ) as error:
        run(analysis, [f"{name}=1G"])
    assert error.value.hint == ("" if name == "weight_bytes" else "exact here: weight_bytes")
