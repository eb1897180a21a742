"""Budgets: read from a spec or an option, kept or exceeded, by how much and where."""

import pytest

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.gate.budgets import breaches, from_option, of_spec
from calc.spec.load import loads
from tests.calc.gate.networks import OPAQUE, OPAQUE_HOLDS_NOTHING, SPEC

STEM, DEPTHWISE, POINT, HEAD = 8 * 3 * 9 * 256, 8 * 9 * 256, 12 * 8 * 256, 12 * 10
ANALYSIS = analyse(loads(SPEC))


def test_a_total_within_its_budget_and_one_over_it() -> None:
    macs = STEM + DEPTHWISE + POINT + HEAD
    assert breaches(from_option(f"macs={macs}"), ANALYSIS) == ()
    (breach,) = breaches(from_option(f"macs={macs - 1}"), ANALYSIS) or ()
    assert (breach.value, breach.excess) == (macs, 1)


@pytest.mark.parametrize(
    "name, value",
    [
        ("effective_macs", ANALYSIS.totals.effective_macs),
        ("params", ANALYSIS.totals.params),
        ("activation_elements", ANALYSIS.totals.activation_elements),
        ("elementwise.relu", 8 * 256),
        ("bitops.weight@4", 4 * ANALYSIS.totals.macs),
        ("bitops.product@w4a8", 32 * ANALYSIS.totals.macs),
        ("bitops.uniq@8", round(ANALYSIS.with_bits("8").totals.bitops["uniq"])),
        ("weight_bytes@8", ANALYSIS.with_bits("8").totals.weight_bytes),
        ("peak_activation_bytes@adaptive", ANALYSIS.with_bits("adaptive").totals.peak_activation_bytes),
    ],
)
def test_every_quantity_has_a_budget(name: str, value: int) -> None:
    assert breaches(from_option(f"{name}={value}"), ANALYSIS) == ()
    (breach,) = breaches(from_option(f"{name}={value - 1}"), ANALYSIS) or ()
    assert breach.value == value


def test_a_budget_of_layers_names_each_that_exceeds_it() -> None:
    found = breaches(from_option(f"layer.macs={POINT - 1}"), ANALYSIS) or ()
    assert {breach.layer: breach.value for breach in found} == {"stem": STEM, "point": POINT}
    found = breaches(from_option(f"layer[p*].macs={POINT - 1}"), ANALYSIS) or ()
    assert [breach.layer for breach in found] == ["point"]
    (breach,) = breaches(from_option("layer[head].weight_bytes@8=1"), ANALYSIS) or ()
    assert breach.value == 12 * 10 + 10 * 4


def test_what_names_nothing_in_this_network() -> None:
    assert breaches(from_option("layer[nothing.*].macs=1"), ANALYSIS) is None
    assert breaches(from_option("elementwise.gelu=1"), ANALYSIS) is None
    assert breaches(from_option("layer.elementwise.gelu=1"), ANALYSIS) is None


def test_elements_of_a_kind_have_a_budget_in_each_layer() -> None:
    (breach,) = breaches(from_option(f"layer.elementwise.relu={8 * 256 - 1}"), ANALYSIS) or ()
    assert breach.value == 8 * 256


@pytest.mark.parametrize(
    "text, fact",
    [
        ("macs", "quantity=limit"),
        ("flops=1G", "unknown quantity 'flops'"),
        ("bitops.weight=1G", "depends on the bits"),
        ("bitops=1G", "unknown quantity"),
        ("bitops.weight@x=1G", "unknown precision 'x'"),
        ("bitops.weight@rules.yaml=1G", "unknown precision"),
        ("bitops.weight@65=1G", "must be 1 to 64"),
        ("macs@8=1G", "does not depend on bits"),
        ("macs=1q", "is not an amount"),
        ("layer.peak_activation_bytes@8=1", "of the network, not of a layer"),
        ("layer.=1", "unknown"),
        ("=1", "quantity=limit"),
        ("layer[].macs=1", "unknown budget"),
        ("flash@8=1", "flash is a quantity of the deployed network"),
        ("arena=1", "depends on the bits"),
        ("deployed.areana@8=1", "unknown quantity 'areana'\n  hint: did you mean arena?"),
        ("layer.in_place@8=1", "of the network, not of a layer"),
    ],
)
def test_a_budget_that_names_nothing_known(text: str, fact: str) -> None:
    with pytest.raises(OpError, match="--max") as error:
        from_option(text)
    assert fact in f"{error.value}\n  hint: {error.value.hint}"


def test_the_budgets_of_a_spec() -> None:
    text = f"{SPEC}budgets:\n  macs: 100K\n  bitops.weight@adaptive: 1.1G\n  layer[head].params: 130\n"
    found = of_spec(loads(text, "net.yaml"))
    assert [(given.name, given.limit) for given in found] == [
        ("macs", 100_000),
        ("bitops.weight@adaptive", 1_100_000_000),
        ("layer[head].params", 130),
    ]
    assert str(found[1].place) == "net.yaml:14:3"


def test_every_bad_budget_of_a_spec_is_told_with_its_line() -> None:
    text = f"{SPEC}budgets: {{mac: 1, params: [1], macs: 3M}}\n"
    with pytest.raises(SpecError) as error:
        of_spec(loads(text, "net.yaml"))
    assert str(error.value) == (
        "net.yaml:12:11: budget mac: unknown quantity 'mac'\n  hint: did you mean macs?\n"
        "net.yaml:12:19: budget params: the limit must be one amount, such as 310M"
    )


DEPLOYED = """
name: Deployed
input: [4, 16, 16]
layers:
  expand: {conv2d: {out_channels: 24, kernel_size: 1, bias: false}}
  norm: batch_norm
  act: relu6
  depthwise: {conv2d: {out_channels: 24, kernel_size: 3, stride: 2, padding: 1, groups: 24, bias: false}}
  norm2: batch_norm
  act2: relu6
"""


@pytest.mark.parametrize(
    "name, value, at",
    [
        ("peak_activation_bytes@8", 2 * 24 * 16 * 16, "norm"),
        ("arena@8", 2 * 24 * 16 * 16, "norm"),
        ("in_place@8", 24 * 16 * 16 + 4 * 16 * 16, "expand"),
        ("deployed.peak_activation_bytes@8", 24 * 16 * 16 + 24 * 8 * 8, "depthwise"),
        ("deployed.arena@4", (24 * 16 * 16 + 24 * 8 * 8) // 2, "depthwise"),
        ("deployed.flash@8", 4 * 24 + 24 * 9 + 2 * 24 * 4, ""),
        ("deployed.params", 4 * 24 + 24 * 9 + 2 * 24, ""),
    ],
)
def test_memory_and_the_deployed_network(name: str, value: int, at: str) -> None:
    analysis = analyse(loads(DEPLOYED))
    assert breaches(from_option(f"{name}={value}"), analysis) == ()
    (breach,) = breaches(from_option(f"{name}={value - 1}"), analysis) or ()
    assert (breach.value, breach.at) == (value, at)


def test_budgets_of_the_deployed_network_stand_apart_in_a_spec() -> None:
    text = f"{SPEC}budgets:\n  macs: 3M\n  deployed:\n    flash@8: 2Mi\n    layer[head].params: 130\n"
    found = of_spec(loads(text, "net.yaml"))
    assert [(given.name, given.deployed, str(given.place)) for given in found] == [
        ("macs", False, "net.yaml:13:3"),
        ("deployed.flash@8", True, "net.yaml:15:5"),
        ("deployed.layer[head].params", True, "net.yaml:16:5"),
    ]
    with pytest.raises(SpecError) as error:
        of_spec(loads(f"{SPEC}budgets: {{deployed: {{flsh@8: 1, macs: [1]}}, flash@8: 3}}\n", "net.yaml"))
    assert str(error.value) == (
        "net.yaml:12:22: budget deployed.flsh@8: unknown quantity 'flsh'\n  hint: did you mean flash?\n"
        "net.yaml:12:33: budget deployed.macs: the limit must be one amount, such as 310M\n"
        "net.yaml:12:45: budget flash@8: flash is a quantity of the deployed network\n"
        "  hint: write deployed.flash@8, in a spec under deployed:, or weight_bytes@8"
    )
    with pytest.raises(SpecError, match=r"net.yaml:12:11: budget deployed: must be a mapping of budgets"):
        of_spec(loads(f"{SPEC}budgets: {{deployed: 2Mi}}\n", "net.yaml"))


def test_a_spec_without_budgets() -> None:
    assert of_spec(loads(SPEC)) == ()


@pytest.mark.parametrize("policy", ["8:deployed", "int4g128", "fp16", "adaptive:llm", "w4g128a8"])
def test_a_policy_may_be_a_format_and_say_what_is_stored(policy: str) -> None:
    assert from_option(f"weight_bytes@{policy}=1Mi").policy == policy


def test_an_unknown_format_is_told_the_nearest() -> None:
    with pytest.raises(OpError) as error:
        from_option("weight_bytes@nf5=1Mi")
    assert error.value.fact.endswith("unknown precision 'nf5'")
    assert str(error.value.hint).startswith("did you mean nf4?")


UNKNOWN, HOLDS_NOTHING = (analyse(loads(text)) for text in (OPAQUE, OPAQUE_HOLDS_NOTHING))
NAMES = ("macs", "bitops.weight@8", "peak_activation_bytes@8", "deployed.arena@8", "in_place@8", "elementwise.gelu")


@pytest.mark.parametrize("name", [*NAMES, "activation_elements", "layer[act].macs", "layer[act].activation_elements"])
def test_a_lower_bound_within_a_budget_is_not_known_to_keep_it(name: str) -> None:
    (breach,) = breaches(from_option(f"{name}=1G"), HOLDS_NOTHING) or ()
    assert (breach.is_certain, breach.unknown, breach.excess < 0) == (False, ("act",), True)
    known = name.replace("deployed.", "deployed.known.") if name.startswith("deployed") else f"known.{name}"
    assert breaches(from_option(f"{known}=1G"), HOLDS_NOTHING) == ()


@pytest.mark.parametrize("name", ["params", "buffers", "weight_bytes@8", "deployed.flash@8", "layer[act].params"])
def test_what_is_not_known_of_its_tensors_matters_to_what_is_stored(name: str) -> None:
    assert breaches(from_option(f"{name}=1G"), HOLDS_NOTHING) == ()
    (breach,) = breaches(from_option(f"{name}=1G"), UNKNOWN) or ()
    assert (breach.is_certain, breach.unknown) == (False, ("act",))


@pytest.mark.parametrize("name", ["macs", "known.macs"])
def test_a_lower_bound_over_a_budget_exceeds_it_for_certain(name: str) -> None:
    macs = STEM + DEPTHWISE + POINT + HEAD
    (breach,) = breaches(from_option(f"{name}={macs - 1}"), UNKNOWN) or ()
    assert (breach.is_certain, breach.value, breach.excess, breach.unknown) == (True, macs, 1, ("act",))


def test_layers_of_which_all_is_known_have_exact_numbers() -> None:
    assert breaches(from_option("layer[p*].macs=1G"), UNKNOWN) == ()
    assert breaches(from_option("known.macs=1G"), ANALYSIS) == ()
    assert breaches(from_option("known.elementwise.gelu=1"), ANALYSIS) is None
