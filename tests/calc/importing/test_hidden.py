"""Layers outside of all modules that a module hides from its layers get another name."""

from calc.importing.hidden import names_in_sight


def test_a_layer_that_a_module_hides_gets_the_first_number_that_no_scope_has() -> None:
    layers = [
        ("mask", []), ("multiply", ["mask"]), ("block.attn.multiply", ["block.query"]),
        ("block.multiply2", ["block.attn.multiply"]),
        ("block.attn.add", ["block.attn.multiply", "multiply"]), ("head", ["multiply"]),
    ]  # fmt: skip
    free = {"multiply", "block.attn.multiply", "block.multiply2", "block.attn.add"}
    assert names_in_sight(layers, free, ()) == {"multiply": "multiply3"}
    assert names_in_sight(layers, free, {"multiply3"}) == {"multiply": "multiply4"}


def test_a_module_hides_a_layer_too() -> None:
    layers = [("add", []), ("block.add.linear", []), ("block.sum", ["block.add.linear", "add"])]
    assert names_in_sight(layers, {"add"}, ()) == {"add": "add2"}


def test_names_stay_that_are_read_elsewhere_or_that_tensors_have() -> None:
    layers = [("add", []), ("block.add", []), ("other.sum", ["add"]), ("block.sum", ["block.add", "weight"])]
    assert names_in_sight(layers, {"add", "block.add"}, ()) == {}
    assert names_in_sight([*layers, ("block.end", ["add"])], {"block.add"}, ()) == {}
