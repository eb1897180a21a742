"""Tensors that differ in numbers alone, as one line."""

from calc.weights.groups import number_ranges, repeated, tensor_groups
from calc.weights.stored import StoredTensor


def tensor(name: str, sizes: tuple[int, ...] = (2, 3), format_: str = "F16") -> StoredTensor:
    return StoredTensor(name, sizes, 6, format_, 0, 12)


def test_layers_and_experts_are_one_line() -> None:
    tensors = [tensor(f"layers.{layer}.experts.{expert}.w1.weight") for layer in range(3) for expert in range(4)]
    (group,) = tensor_groups(tensors, ["weight"] * 12)
    assert group.name == "layers.{0..2}.experts.{0..3}.w1.weight"
    assert (group.tensors, group.elements, group.bytes) == (3 * 4, 12 * 6, 12 * 12)


def test_formats_of_a_line_are_counted_and_sizes_and_roles_are_lines_of_their_own() -> None:
    tensors = [tensor("b.0.w", format_="Q6_K"), tensor("b.1.w"), tensor("b.2.w"), tensor("b.3.w", (6,)), tensor("c.w")]
    found = tensor_groups(tensors, ["weight"] * 5)
    assert [group.name for group in found] == ["b.{0..2}.w", "b.3.w", "c.w"]
    assert found[0].formats == (("F16", 2), ("Q6_K", 1))
    assert len(tensor_groups(tensors[:2], ["weight", "norm"])) == 2
    assert repeated(tensors) == tuple(tensors[:4])
    assert repeated(tensors[1:3]) == tuple(tensors[1:3])


def test_numbers_are_written_as_ranges() -> None:
    assert number_ranges(["10", "3", "0", "1", "2", "7"]) == "0..3,7,10"


def test_a_number_in_another_script_is_a_name() -> None:
    assert len(tensor_groups([tensor("b.²"), tensor("b.٣"), tensor("b.3")], ["weight"] * 3)) == 3
