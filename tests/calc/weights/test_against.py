"""Keys and shapes of a file beside those of a network."""

from math import prod

import pytest

from calc.model.graph import buffers, parameters
from calc.spec import expand, load, loads
from calc.spec.shelf import packaged
from calc.weights.against import KeyDifference, against_packaged, keys_against
from calc.weights.stored import StoredTensor

GRAPH = expand(
    loads(
        """\
name: Small
input: [3, 8, 8]
layers:
  stem:
    conv: {conv2d: {out_channels: 4, kernel_size: 3, bias: false}}
    norm: batch_norm
  flatten: flatten
  head: {linear: 10}
"""
    )
)
KEYS = parameters(GRAPH) | buffers(GRAPH)


def tensors(keys: dict[str, tuple[int, ...]]) -> list[StoredTensor]:
    return [StoredTensor(name, sizes, prod(sizes), "F32", 0, 4 * prod(sizes)) for name, sizes in keys.items()]


def test_a_file_of_all_keys_fits() -> None:
    found = keys_against(tensors(KEYS), GRAPH)
    assert found.fits
    assert found.agreeing == len(KEYS) == 1 + 5 + 2


def test_the_counter_of_a_norm_may_be_missing() -> None:
    assert keys_against(tensors({key: KEYS[key] for key in KEYS if "num_batches" not in key}), GRAPH).fits


def test_what_is_missing_surplus_and_of_another_shape_is_listed() -> None:
    keys = {key: sizes for key, sizes in KEYS.items() if key != "head.bias"}
    found = keys_against(tensors(keys | {"head.weight": (5, 144), "extra": ()}), GRAPH)
    assert not found.fits
    assert found.differences == (
        KeyDifference("head.bias", "missing", None, (10,)),
        KeyDifference("extra", "surplus", (), None),
        KeyDifference("head.weight", "other shape", (5, 144), (10, 144)),
    )


def test_matrices_with_rows_for_columns_are_named_so_and_a_tied_key_may_be_missing() -> None:
    graph = expand(load("gpt2"))
    keys = parameters(graph)
    held = {key: sizes[::-1] if ".c_" in key and key.endswith("weight") else sizes for key, sizes in keys.items()}
    found = keys_against(tensors(held), graph)
    assert [one.kind for one in found.differences] == ["transposed"] * 12 * 3  # of two c_proj one is square
    del held["lm_head.weight"]
    assert keys_against(tensors(held), graph).differences == found.differences
    as_published = {key.removeprefix("transformer."): sizes for key, sizes in held.items()}
    found = keys_against(tensors(as_published | {"h.0.attn.bias": (1, 1, 1024, 1024)}), graph)
    assert found.spec_prefix == "transformer."
    assert [one.kind for one in found.differences] == ["surplus"] + ["transposed"] * 12 * 3


@pytest.mark.parametrize("prefix", ["model.", "module.network."])
def test_a_prefix_of_all_keys_is_named_and_left_out(prefix: str) -> None:
    found = keys_against(tensors({prefix + key: sizes for key, sizes in KEYS.items()}), GRAPH)
    assert (found.file_prefix, found.spec_prefix, found.differences) == (prefix, "", ())
    assert found.agreeing == len(KEYS)
    assert not found.fits


def test_a_prefix_that_the_file_lacks_is_named() -> None:
    wrapped = expand(loads("name: W\ninput: [3]\nlayers: {body: {a: {linear: 4}, b: {linear: 5}}}"))
    keys = {key.removeprefix("body."): sizes for key, sizes in parameters(wrapped).items()}
    found = keys_against(tensors(keys), wrapped)
    assert (found.file_prefix, found.spec_prefix, found.agreeing) == ("", "body.", 4)


def test_of_nothing_nothing_agrees() -> None:
    assert keys_against([], GRAPH).agreeing == 0


def test_packaged_specs_stand_in_the_order_of_their_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: packaged()[name] for name in ("resnet18", "resnet34", "siamese")}
    monkeypatch.setattr("calc.weights.against.packaged", lambda: few)
    graph = expand(load("resnet34"))
    found = against_packaged(tensors(parameters(graph) | buffers(graph)))
    assert [(name, one.fits) for name, one in found] == [("resnet34", True), ("resnet18", False), ("siamese", False)]
    found = against_packaged(tensors({"conv1.weight": (64, 3, 7, 7)}))  # nearer to the largest than to the smallest
    assert [(name, one.agreeing) for name, one in found] == [("resnet18", 1), ("resnet34", 1), ("siamese", 0)]
