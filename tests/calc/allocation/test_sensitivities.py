"""Reading sensitivities: what is taken, and everything that is refused."""

import math
from fractions import Fraction
from pathlib import Path

import pytest

from calc.allocation.allocate import allocate
from calc.allocation.budgets import read_budget
from calc.allocation.build import Widths
from calc.allocation.columns import Columns, read_columns
from calc.allocation.sensitivities import Alike
from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from tests.calc.graphs import chain


@pytest.fixture(scope="module")
def network() -> Analysis:
    """Two convolutions and a classifier: nodes 1, 2 and 4."""
    return analyse(chain(4, 6, 6, convolutions=2))


GOOD = "layer,bits,weights,output_error\nfeatures.0,4,144,0.5\nfeatures.1,4,144,0.25\nclassifier,4,1440,1e-3\n"


def _read(tmp_path: Path, text: str, network: Analysis, column: str | None = None, clip: bool = False) -> Columns:
    path = tmp_path / "s.csv"
    path.write_text(text)
    return read_columns(str(path), network, column, None, clip)


def test_the_column_is_taken_by_layer_and_width(tmp_path: Path, network: Analysis) -> None:
    found = _read(tmp_path, GOOD, network)
    assert [found.weight(node, 4) for node in (1, 2, 4)] == [0.5, 0.25, 1e-3]
    assert found.weight(1, 32) == 0
    assert found.name.startswith("output_error of ")


def test_a_ratio_in_decibels_is_read_as_the_noise_it_means(tmp_path: Path, network: Analysis) -> None:
    text = "layer,bits,sqnr_db\nfeatures.0,4,20\nfeatures.1,4,-3\nclassifier,4,\n"
    found = _read(tmp_path, text, network, "sqnr_db")
    assert found.weight(1, 4) == 10**-2
    assert found.weight(2, 4) == 10**0.3
    assert found.weight(4, 4) == 0


def test_weights_and_activations_from_two_columns(tmp_path: Path, network: Analysis) -> None:
    path = tmp_path / "s.csv"
    rows = [
        f"{name},{bits},{4.0**-bits},{2.0**-bits}"
        for name in ("features.0", "features.1", "classifier")
        for bits in (2, 4, 8)
    ]
    path.write_text("\n".join(["layer,bits,w,a", *rows]))
    found = read_columns(str(path), network, "w", "a", False)
    chosen = allocate(network, [read_budget("bitops.product=100K", network)], Widths((2, 4, 8), "apart"), found)
    values = [
        found.weight(n, r.bits.weight) + found.activation(n, r.bits.activation)
        for n, r in enumerate(chosen.analysis.assigned)
        if r
    ]
    assert chosen.objective == sum(values)
    assert chosen.analysis.totals.bitops["product"] <= 100_000


@pytest.mark.parametrize(
    "text, message",
    [
        (GOOD.replace("0.25", "nan"), "s.csv:3:1: features.1 at 4 bits: output_error is nan"),
        (GOOD.replace("0.25", "inf"), "output_error is inf"),
        (GOOD.replace("0.25", "-0.1"), "-0.1, which is negative"),
        (GOOD.replace("0.25", "x"), "'x', not a number"),
        (GOOD.replace("0.25", ""), "'', not a number"),
        (GOOD + "features.0,4,144,0.5\n", "features.0 at 4 bits is given twice; first in line 2"),
        (GOOD.replace("features.1,4", "features.1,4.5"), "bits '4.5': must be 1 to 64"),
        (GOOD.replace("features.1,4", "features.1,0"), "bits '0'"),
        (GOOD.replace("features.1,", "feature.1,"), "the network has no layer feature.1"),
        (GOOD.replace("layer,", "name,"), "no column layer"),
        (GOOD.replace("layer,bits", "name,width"), "no column layer\\n.*\\n.*no column bits"),
        (GOOD.replace("weights", "output_error"), "s.csv:1:1: two columns are called output_error"),
        (GOOD.replace("144,0.25", "144"), "s.csv:3:1: 3 values under 4 columns"),
        (GOOD.replace("0.25", "0.25,1"), "s.csv:3:1: 5 values under 4 columns"),
        (GOOD.replace("0.25", "1_0"), "'1_0', not a number"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path: Path, network: Analysis, text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        _read(tmp_path, text, network)


def test_every_bad_line_is_named(tmp_path: Path, network: Analysis) -> None:
    with pytest.raises(SpecError) as error:
        _read(tmp_path, GOOD.replace("0.5", "-1").replace("1e-3", "nan"), network)
    assert [problem.place.line for problem in error.value.problems if problem.place] == [2, 4]


def test_of_many_bad_lines_it_says_how_many_more(tmp_path: Path, network: Analysis) -> None:
    with pytest.raises(SpecError) as error:
        _read(tmp_path, GOOD + "features.9,4,144,0.5\n" * 25, network)
    assert len(error.value.problems) == 20 + 1
    assert error.value.problems[-1].fact == "and 5 more of that kind"


def test_an_empty_file(tmp_path: Path, network: Analysis) -> None:
    with pytest.raises(OpError, match="is empty"):
        _read(tmp_path, "\n\n", network)


def test_a_ratio_beyond_a_double(tmp_path: Path, network: Analysis) -> None:
    with pytest.raises(SpecError, match="at 4 bits: sqnr_db is -99999: a double cannot"):
        _read(tmp_path, "layer,bits,sqnr_db\nfeatures.0,4,-99999\n", network, "sqnr_db")


def test_negative_noise_is_clipped_where_asked(tmp_path: Path, network: Analysis) -> None:
    assert _read(tmp_path, GOOD.replace("0.25", "-0.1"), network, clip=True).weight(2, 4) == 0


def test_unknown_and_unnamed_columns(tmp_path: Path, network: Analysis) -> None:
    with pytest.raises(SpecError, match="no column output_eror"):
        _read(tmp_path, GOOD, network, "output_eror")
    with pytest.raises(OpError, match="no column is chosen"):
        _read(tmp_path, GOOD.replace("weights,output_error", "first,second"), network)


def test_layers_and_widths_missing_in_the_file_are_all_named(tmp_path: Path, network: Analysis) -> None:
    found = _read(tmp_path, GOOD.replace("classifier,4,1440,1e-3\n", ""), network)
    with pytest.raises(SpecError) as error:
        allocate(network, [read_budget("bitops.product=100K", network)], Widths((4, 8)), found)
    texts = [problem.fact.partition("no value of ")[2] for problem in error.value.problems]
    assert texts == ["features.0 at 8 bits", "features.1 at 8 bits", "classifier at 4, 8 bits"]


def test_a_file_that_is_not_there(network: Analysis) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        read_columns("none.csv", network, None, None, False)


def test_without_a_file_every_layer_is_alike_and_a_bit_quarters_what_it_loses(network: Analysis) -> None:
    for node in (1, 2, 4):
        assert [Alike().weight(node, bits) for bits in (1, 2, 3)] == [1 / 4, 1 / 4**2, 1 / 4**3]
        assert Alike().activation(node, 2) == 1 / 4**2
    # budget for 4 bits everywhere; a convolution is 4·6·6·4·3·3 = 5184 MACs and the classifier 144·10 = 1440:
    # 6 bits of it take 2 · 1440 < 5184, so a convolution would have to give up a bit, 4^−3 − 4^−4 > 4^−4 − 4^−6
    found = allocate(network, [read_budget("bitops.weight=w4a4", network)], Widths((2, 3, 4, 6)), Alike())
    assert found.objective == 3 * 4.0**-4
    assert not found.measured


def test_sensitivities_of_any_size_become_integers_without_loss(network: Analysis) -> None:
    from calc.allocation.build import build_problem
    from calc.allocation.ties import groups

    values = {("features.0", 4): 1e-7, ("features.1", 4): 0.3, ("classifier", 4): math.pi * 1e3}
    found = Columns("test", "s.csv", tuple(node.name for node in network.graph.nodes), values, {})
    problem, unit = build_problem(network, groups(network, []), Widths((4,)), {}, found, [])
    for group, value in zip(problem.groups, values.values(), strict=True):
        assert group.choices[0].sensitivity * unit == Fraction(value)


@pytest.mark.parametrize("solver", ["dynamic", "integer"])
@pytest.mark.parametrize("forbidding", [1e30, 1e300])
def test_a_width_forbidden_by_a_large_number_blurs_no_other(network: Analysis, solver: str, forbidding: float) -> None:
    """Beside it, the others are nothing to a double and to an int64."""
    if solver == "integer":
        pytest.importorskip("highspy", reason="needs the extra search")
    values = {(name, bits): 4.0**-bits for name in ("features.0", "features.1") for bits in (2, 4, 8)}
    values |= {("classifier", 2): forbidding, ("classifier", 4): 1e-3, ("classifier", 8): 1e-300}
    columns = Columns("test", "s.csv", tuple(node.name for node in network.graph.nodes), values, {})
    budget = read_budget("bitops.weight=w4a4", network)
    found = allocate(network, [budget], Widths((2, 4, 8)), columns, solver=solver)
    # a convolution is 5184 MACs and the classifier 1440: 8 bits of it take 2 of a convolution's 4 bits away, and
    # 4^−2 − 4^−4 is more than 1e-3
    assert [bits.weight for _, bits in found.bits] == [4, 4, 4]
    assert found.objective == 2 * 4.0**-4 + 1e-3
    assert found.gap < 1e-11  # HiGHS's bound is met to the 11th digit
    assert found.gap == 0 or solver == "integer"


def test_sensitivities_whose_sum_no_double_holds_are_refused(network: Analysis) -> None:
    values = {(name, 4): 1e308 for name in ("features.0", "features.1", "classifier")}
    columns = Columns("test", "s.csv", tuple(node.name for node in network.graph.nodes), values, {})
    with pytest.raises(OpError, match="more than a double holds"):
        allocate(network, [read_budget("bitops.weight=w4a4", network)], Widths((4,)), columns)


def test_a_mistyped_column_is_not_passed_over_for_another(tmp_path: Path, network: Analysis) -> None:
    path = tmp_path / "s.csv"
    path.write_text("layer,bits,sensitvity,weight_error\n")
    with pytest.raises(SpecError, match=r"s\.csv:1:1: unknown column sensitvity\n  hint: did you mean sensitivity\?"):
        read_columns(str(path), network, None, None, False)
    assert read_columns(str(path), network, "sensitvity", None, False).weights == {}
