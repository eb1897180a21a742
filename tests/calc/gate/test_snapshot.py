"""A snapshot: every total under its flat name, rows that add up to them."""

from calc.analysis import analyse
from calc.gate.snapshot import places
from calc.quantities import names_at_bits, names_without_bits
from calc.spec import load
from calc.spec.load import loads
from tests.calc.gate.networks import SPEC, of


def test_totals_of_the_network_and_of_each_policy() -> None:
    found = of(SPEC, "8", "w4a8").quantities
    stem, depthwise, point = 8 * 3 * 9 * 16 * 16, 8 * 9 * 16 * 16, 12 * 8 * 16 * 16
    assert found["macs"] == stem + depthwise + point + 12 * 10
    assert found["params"] == 8 * 3 * 9 + 2 * 8 + 8 * 9 + 12 * 8 + 12 * 10 + 10
    assert found["bitops.weight@8"] == 8 * found["macs"]
    assert found["bitops.product@w4a8"] == 4 * 8 * found["macs"]
    assert found["weight_bits_total@w4a8"] == 4 * (216 + 72 + 96 + 120) + 32 * (16 + 10)
    assert found["elementwise.relu"] == 8 * 16 * 16


def test_names_are_the_plain_ones_then_those_at_each_policy() -> None:
    names = list(of(SPEC, "8", "2").quantities)
    assert names[: len(names_without_bits())] == list(names_without_bits())
    assert [name for name in names if "@" in name] == [
        f"{name}@{policy}" for policy in ("8", "2") for name in names_at_bits()
    ]


def test_every_total_is_an_integer() -> None:
    assert {type(value) for value in of(SPEC, "adaptive").quantities.values()} == {int}


def test_rows_add_up_to_the_totals() -> None:
    analysis = analyse(load("mobilenetv2"))
    rows = analysis.layers
    assert analysis.totals.weight_bits_total == sum(row.weight_bits_total for row in rows)
    found = of(SPEC)
    for name in ("macs", "effective_macs", "params", "buffers"):
        assert sum(getattr(row, name) for row in found.layers) == found.quantities[name]


def test_fields_at_their_default_are_left_out() -> None:
    rows = {row.name: row for row in of(SPEC).layers}
    assert rows["stem"].fields == {"out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}
    assert rows["act"].fields == {}
    assert rows["stem"].bits == ("8",)
    assert rows["act"].bits == ()


def test_sharing_and_training_only_are_in_the_fields() -> None:
    text = SPEC.replace(
        "  head: {linear: 10}",
        "  head: {linear: 10}\n  again: {linear: 10, from: flatten, shares: head}\n"
        "  aux: {linear: 5, from: flatten, training_only: true}",
    )
    rows = {row.name: row for row in of(text).layers}
    assert rows["again"].fields == {"out_features": 10, "shares": "head"}
    assert rows["aux"].fields == {"out_features": 5, "training_only": True}
    assert rows["aux"].bits == ()


def test_the_hash_is_of_names_and_shapes() -> None:
    assert of(SPEC).shapes_hash == of(SPEC, "2").shapes_hash
    assert of(SPEC).shapes_hash != of(SPEC.replace("norm:", "norm1:")).shapes_hash
    assert of(SPEC).shapes_hash != of(SPEC.replace("input: [3, 16, 16]", "input: [3, 16, 18]")).shapes_hash


def test_places_are_the_lines_of_the_layers() -> None:
    found = places(analyse(loads(SPEC, "net.yaml")))
    assert str(found["depthwise"]) == "net.yaml:7:15"
