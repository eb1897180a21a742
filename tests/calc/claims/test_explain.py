"""What is found for printed numbers, and in which order."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.analysis import Analysis, analyse
from calc.claims import Asked, Explanation, Given, Known, Tried, explain, read_printed
from calc.claims.chance import FARTHEST
from calc.claims.printed import ROUNDED
from calc.claims.subject import named, parts, whole
from calc.claims.sums import component_totals
from calc.conventions import counted
from calc.errors import OpError
from calc.precision import resolve
from calc.report.explain import page
from calc.report.pages import render
from calc.spec import ModelSpec, load, loads
from tests.calc.claims.tries import tried, tried_widely


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return load("mobilenetv2")


@pytest.fixture(scope="module")
def base(model: ModelSpec) -> Analysis:
    return analyse(model)


FIXED: dict[str, Any] = {"resolution": 224, "width": 1.0, "classes": 1000}


def _explain(number: str, model: ModelSpec, base: Analysis, layer: str | None = None, *bits: str) -> Explanation:
    if layer is None:
        return explain(read_printed(number), tried("mobilenetv2", *bits))
    return explain(read_printed(number), Tried(model, Given(FIXED), base, Asked(layer)))


@pytest.mark.parametrize(
    "number, cost, in_assumptions",
    [
        ("300,774,272", 0, ""),
        ("314.19M", 1, "fvcore"),
        ("327,486,720", 1, "thop"),
        ("320.3M", 1, "ptflops, pytorch backend"),
        ("601,548,544", 1, "twice the multiply"),
        ("3.47M", 1, "no norms"),
        ("3,504,872", 0, ""),
        ("299,494,272", 1, "without the classifier"),
        ("14.0MB", 1, "fp32"),
    ],
)
def test_the_simplest_match(model: ModelSpec, base: Analysis, number: str, cost: int, in_assumptions: str) -> None:
    found = _explain(number, model, base)
    assert found.matches[0].cost == cost
    assert in_assumptions in "; ".join(found.matches[0].reading.assumptions)


def test_matches_are_ranked_by_what_they_assume() -> None:
    costs = [match.cost for match in explain(read_printed("314,193,216"), tried_widely()).matches]
    assert costs == sorted(costs)
    assert len(set(costs)) > 2


def test_a_bar_of_the_reports_figure(model: ModelSpec, base: Analysis) -> None:
    best = _explain("12,537,150,976", model, base, None, "adaptive").matches[0].reading
    assert best.fault == "a 1×1 counted beside each depthwise"
    assert "without the classifier" in best.assumptions
    assert best.formula == "MACs × weight bits × activation bits"


def test_b_after_an_integer_is_bytes_where_they_are_met(model: ModelSpec, base: Analysis) -> None:
    found = _explain("14019488B", model, base)
    best = found.matches[0].reading
    assert (best.quantity, best.value) == ("bytes", 4 * 3_504_872)
    assert best.assumptions[-1] == "B being bytes"
    assert found.printed.is_bytes


def test_an_integer_without_a_unit_is_bytes_where_nothing_else_gives_it() -> None:
    best = explain(read_printed("24368"), tried("ds_cnn", "8")).matches[0]
    assert (best.reading.quantity, best.cost, best.reading.assumptions[-1]) == ("bytes", 2, "the number being bytes")
    assert explain(read_printed("24.368K"), tried("ds_cnn", "8")).matches == ()
    assert explain(read_printed("24369"), tried("ds_cnn", "8")).matches == ()


def test_b_after_an_integer_is_a_billion_where_that_is_met() -> None:
    vit = load("vit_l_32")
    macs = analyse(vit).totals.macs
    found = explain(read_printed(f"{round(macs / 10**9)}B"), Tried(vit, Given({"resolution": 224}), analyse(vit)))
    assert found.matches[0].reading.value == macs
    assert not found.printed.is_bytes


def test_one_layer(model: ModelSpec, base: Analysis) -> None:
    best = _explain("16,457,728", model, base, "features.1.conv.0.0").matches[0].reading
    assert best.fault == "a 1×1 counted beside each depthwise"


def test_params_with_a_third_number_a_norm_channel(model: ModelSpec, base: Analysis) -> None:
    params, norm_channels = 3_504_872, 34_112 // 2
    best = _explain(str(params + norm_channels), model, base).matches[0]
    assert (best.reading.formula, best.cost) == ("parameters + norm channels", 1)


def test_bitops_that_are_no_integer_are_met_as_printed(model: ModelSpec, base: Analysis) -> None:
    uniq = base.with_bits("4").totals.bitops["uniq"]
    assert uniq != round(uniq) == 9_258_922_050
    best = _explain("9,258,922,050", model, base, None, "4").matches[0]
    assert (best.how, best.reading.value) == (ROUNDED, uniq)


@pytest.mark.parametrize("counter", ["fvcore", "thop", "torchinfo", "torch", "ptflops"])
def test_what_a_tool_prints_by_mistake(counter: str) -> None:
    vit = tried_widely("vit_b_32")
    found = counted(counter, analyse(load("vit_b_32")).workload)
    assert found.printed != found.total
    best = explain(read_printed(str(found.printed)), vit).matches[0]
    assert counter in best.reading.counters
    assert found.reasons[0] in best.reading.fault
    # the mistake is one thing more to take for granted than the counter
    right = explain(read_printed(str(found.total)), vit).matches[0]
    assert (right.reading.fault, best.cost) == ("", 2)


def test_what_a_tool_prints_for_a_layer_is_that_layers() -> None:
    vit = load("vit_b_32")
    base = analyse(vit)
    layer = "encoder.layers.encoder_layer_0"
    tokens, width = 7 * 7 + 1, 768
    projections = tokens * 12 * width**2  # 3 in, 1 out, 4 and 4 of the MLP
    norms = 2 * 5 * tokens * width
    best = explain(read_printed(str(projections + norms)), Tried(vit, Given({}), base, Asked(layer))).matches[0].reading
    assert "fvcore" in best.counters


def test_another_width_and_resolution() -> None:
    found = explain(read_printed("582M"), tried_widely())
    assert found.matches[0].reading.assumptions == ("width 1.4",)


def test_bitops_of_a_changed_network_without_its_bits() -> None:
    # HAWQ-V3's ResNet-50 has the stride in the 1×1; nobody says so beside the number
    resnet50 = load("resnet50")
    strided = analyse(resnet50, {"stride_in_1x1": True}).totals.macs
    best = explain(read_printed("3951G"), tried_widely("resnet50")).matches[0].reading
    assert best.value == 32 * 32 * strided == 3_950_564_605_952
    assert best.assumptions[0] == "stride_in_1x1 True"
    assert best.assumptions[-1] == "fp32"


def test_a_number_that_nothing_gives_has_a_closest(model: ModelSpec, base: Analysis) -> None:
    found = _explain("320,300,009", model, base)
    assert found.matches == ()
    assert found.closest is not None
    assert found.closest.value == 320_300_008


@pytest.mark.parametrize("number", ["51114064B", "999.9T", "12,345,678,901,234"])
def test_what_is_farther_than_a_percent_is_no_answer(model: ModelSpec, base: Analysis, number: str) -> None:
    found = _explain(number, model, base)
    assert found.matches == ()
    told = render(page(found, None, None), "table").splitlines()[-1]
    assert told == f"nothing within 1 % explains {number}"


@pytest.mark.parametrize("number, farthest", [("3M", 0), ("314M", 1), ("314.19M", 3), ("314,193,216", FARTHEST)])
def test_the_more_digits_the_farther_it_may_be_fetched(number: str, farthest: int) -> None:
    assert explain(read_printed(number), tried_widely()).farthest == farthest


def test_what_the_network_itself_gives_needs_no_digits() -> None:
    found = explain(read_printed("0.3G"), tried_widely())
    assert [match.reading.value for match in found.matches] == [300_774_272]


def test_what_chance_gives_as_well_is_said() -> None:
    found = explain(read_printed("1.2G"), tried_widely())
    assert (found.matches, found.refused > 0) == ((), True)
    told = render(page(found, None, None), "table")
    assert "nothing but what chance gives as well" in told
    assert "any number of 2 digits" in told


def test_an_unknown_layer(model: ModelSpec, base: Analysis) -> None:
    with pytest.raises(OpError, match="no layer"):
        _explain("3M", model, base, "features.99")


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_planted_sum_of_components_is_explained(data: st.DataObject) -> None:
    model = load("seed_notebook")
    base = analyse(model, bits="spec")
    components = {name: value for name, value in component_totals(whole(base)).items() if value}
    others = st.lists(st.sampled_from(sorted(components.keys() - {"MACs"})), unique=True, max_size=2)
    names = ["MACs", *data.draw(others)]  # which makes it long: a short number is met by other sums too
    total = sum(data.draw(st.integers(1, 3)) * components[name] for name in names)
    given, known = Given({"resolution": 32, "classes": 10}), Known((resolve("spec"),))
    found = explain(read_printed(str(total)), Tried(model, given, base, known=known))
    assert total in [match.reading.value for match in found.matches]


def test_parts_leave_out_what_they_say(base: Analysis) -> None:
    everything, without, convolutions, later = parts(whole(base))
    assert len(everything.layers) - len(without.layers) == 1
    assert sum(base.counts[i].macs for i in convolutions.layers) == 299_494_272
    assert sum(base.counts[i].macs for i in later.layers) == 300_774_272 - 3 * 32 * 9 * 112 * 112
    assert named(base, "features.1").layers[0] in everything.layers


def test_lower_bounds_explain_nothing() -> None:
    odd = "{opaque: {op: a.b, shape: [4], reason: none, tensors: weight=9x7}}"
    layers = f"{{stem: {{conv2d: {{out_channels: 4, kernel_size: 3}}}}, odd: {odd}, head: {{linear: 10}}}}"
    model = loads(f"name: odd\ninput: [3, 8, 8]\nlayers: {layers}\n")
    base = analyse(model, bits="8")
    stem, head = 3 * 4 * 9 * 36, 4 * 10

    def found(number: int, layer: str | None = None) -> Explanation:
        known = Known((resolve("8"),))
        return explain(read_printed(str(number)), Tried(model, Given({}), base, Asked(layer), known))

    for unknown in (stem + head, 2 * (stem + head), 8 * (stem + head), 36 * 4 + 4 + 10, 3 * 4 * 9 + 4 * 10):
        assert found(unknown).matches == ()
    params = 3 * 4 * 9 + 4 + 9 * 7 + 4 * 10 + 10
    assert found(params).matches[0].reading.formula == "parameters"
    assert found(stem, "stem").matches[0].reading.formula == "MACs"
    said = render(page(found(stem + head), None, None), "table")
    assert "nothing within 1 % explains" in said
    assert "a total to which a layer that is not known could add is a lower bound, which explains no number" in said
    bounds = json.loads(render(page(found(stem + head), None, None), "json"))["at_least"]
    assert "macs" in bounds
    assert "params" not in bounds
    refused = render(page(found(stem + head)._replace(closest=None), None, None), "table")
    assert f"nothing that is known gives {stem + head}" in refused
