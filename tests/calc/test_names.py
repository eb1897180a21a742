"""Blocks and depths of layer names."""

import pytest

from calc.names import at_depth, block_of, name_of_all, pattern_of


@pytest.mark.parametrize(
    "name, block",
    [
        ("features.3.conv.0.0", "features.3"),
        ("layer1.0.downsample.1", "layer1.0"),
        ("encoder.layers.encoder_layer_7.mlp.0", "encoder.layers.encoder_layer_7"),
        ("conv1", "conv1"),
        ("stem.conv.weight", "stem.conv"),
        ("classifier.1", "classifier.1"),
    ],
)
def test_the_block_of_a_layer(name: str, block: str) -> None:
    assert block_of(name) == block


def test_a_name_cut_to_a_depth() -> None:
    assert [at_depth("a.b.c", depth) for depth in (1, 2, 3, 4)] == ["a", "a.b", "a.b.c", "a.b.c"]


def test_names_that_differ_in_numbers_alone() -> None:
    assert pattern_of("layers.3.conv2.0") == pattern_of("layers.11.conv2.7") != pattern_of("layers.3.conv1.0")


def test_one_name_for_several() -> None:
    assert name_of_all(["a.0.b.7", "a.1.b.7", "a.3.b.7"]) == "a.{0..1,3}.b.7"
    assert name_of_all(["a.b"]) == "a.b"
