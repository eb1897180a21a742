"""Configurations: their order, their labels, and twins refused."""

from dataclasses import replace

import pytest

from calc.analysis import Analysis, analyse
from calc.configurations import configurations
from calc.errors import OpError
from tests.calc.graphs import Draft, chain


def _network(name: str, convolutions: int = 2, spec: str = "") -> Analysis:
    graph = chain(4, 8, 8, convolutions=convolutions)
    return analyse(replace(graph, model=name, spec=spec or graph.spec))


def test_one_network_is_labelled_by_bits() -> None:
    found = configurations([_network("a")], ["2", "w4a8", "adaptive"])
    assert [one.label for one in found] == ["2 bit", "w4a8", "adaptive"]


def test_several_networks_are_labelled_by_name_and_bits() -> None:
    networks = [_network("a"), _network("b")]
    assert [one.label for one in configurations(networks, ["8"])] == ["a", "b"]
    assert [one.label for one in configurations(networks, ["8", "4"])] == [
        "a, 8 bit",
        "a, 4 bit",
        "b, 8 bit",
        "b, 4 bit",
    ]


def test_bitops_beside_those_at_32_bits() -> None:
    (found,) = configurations([_network("a")], ["8"])
    assert found.bitops == 8 * found.analysis.totals.macs
    assert found.bitops_fp32 == 32 * found.analysis.totals.macs


def test_ends_change_the_numbers() -> None:
    (plain,) = configurations([_network("a")], ["2"])
    (ends,) = configurations([_network("a")], ["2"], "8")
    layers = [layer.macs for layer in plain.analysis.layers if layer.macs]
    assert ends.bitops - plain.bitops == 6 * (layers[0] + layers[-1])


def test_twins_are_refused() -> None:
    with pytest.raises(OpError, match="twice"):
        configurations([_network("a")], ["8", "8"])
    with pytest.raises(OpError, match="twice"):
        configurations([_network("a"), _network("a")], ["8"])


def test_networks_called_the_same_are_told_apart_by_their_specs() -> None:
    networks = [_network("a", spec="x/net.yaml"), _network("a", 3, spec="z/net.yaml"), _network("b", spec="y/net.yaml")]
    found = configurations(networks, ["8"])
    assert [one.label for one in found] == ["a (x/net.yaml)", "a (z/net.yaml)", "b"]
    found = configurations(networks, ["8", "w4a8"])
    assert [one.network for one in found[::2]] == ["a (x/net.yaml)", "a (z/net.yaml)", "b"]
    assert [one.label for one in found[:2]] == ["a (x/net.yaml), 8 bit", "a (x/net.yaml), w4a8"]


def test_one_spec_twice_is_refused_beside_another_of_its_name() -> None:
    networks = [_network("a", spec=spec) for spec in ("x/net.yaml", "z/net.yaml", "x/net.yaml")]
    with pytest.raises(OpError, match=r"a \(x/net.yaml\) occurs twice"):
        configurations(networks, ["8"])


def test_a_network_without_macs_compares() -> None:
    draft = Draft(4, 8, 8)
    draft.add("act", "relu")
    (found,) = configurations([analyse(draft.graph())], ["8"])
    assert found.bitops == 0
