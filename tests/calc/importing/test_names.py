from calc.importing.names import LayerNames, sayable


def test_a_name_is_given_once() -> None:
    names = LayerNames()
    assert [names.free("block.add") for _ in range(3)] == ["block.add", "block.add2", "block.add3"]
    assert [names.free("tower.0") for _ in range(2)] == ["tower.0", "tower.0_2"]


def test_a_name_that_tensors_bear_is_kept_for_their_layer() -> None:
    names = LayerNames(["block.add"])
    assert names.free("block.add") == "block.add2"
    assert names.claim("block.add") == "block.add"
    assert names.claim("block.add") == "block.add3"


def test_what_no_name_may_hold_is_replaced() -> None:
    assert sayable("model/layer:0.conv 1") == "model_layer_0.conv_1"
    assert sayable("a..b") == "a._.b"
    assert sayable("é" * 3) == "_"
