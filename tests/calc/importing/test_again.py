"""Layers that are an earlier one once more, and where tensors stand."""

from typing import Any

import pytest

from calc.importing import Draft
from calc.importing.again import unread_first
from calc.ops import op_class


def drafted(names: list[str]) -> tuple[Draft, list[int]]:
    """A chain of relus, of which those called … .values are tensors that the next layer adds."""
    draft = Draft("net")
    at = draft.input("input", (3,))
    found, tensor = [], None
    for name in names:
        if name.endswith("values"):
            tensor = draft.tensor(name, (3,), buffer=True)
            found.append(tensor)
            continue
        at = draft.add(name, "relu", [at], (3,)) if tensor is None else draft.add(name, "add", [at, tensor], (3,))
        tensor = None
        found.append(at)
    return draft, found


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["a.x", "values", "a.y"], ["values", "a.x", "a.y"]),
        (["c", "a.b.x", "values", "a.b.y"], ["c", "values", "a.b.x", "a.b.y"]),
        (["a.x", "a.b.x", "a.values", "a.b.y"], ["a.x", "a.values", "a.b.x", "a.b.y"]),  # it is part of a
        (["a.x", "a.values", "a.y"], ["a.x", "a.values", "a.y"]),
        (["a.x", "values", "b.y"], ["a.x", "values", "b.y"]),  # between two modules
        (["a.x", "values", "ab.y"], ["a.x", "values", "ab.y"]),
    ],
)
def test_a_tensor_stands_before_the_module_that_it_is_none_of(names: list[str], order: list[str]) -> None:
    draft, found = drafted(names)
    moved, _ = draft.run_again({"z": "y"}, lambda *_: False)
    graph = draft.graph("net", [moved[found[-1]]])
    assert [node.name for node in graph.layers] == order
    assert graph.nodes[moved[found[-1]]].name == names[-1]
    assert [node.name for node in graph.nodes if node.op.word == "add"] == [names[names.index(order[-1])]]


def twice(*, pairs: tuple[str, str] = ("xy", "yx"), other: float = 2.0, values: str = "same") -> list[str]:
    """The layers that run again of a module with two inputs, which is called twice."""
    draft = Draft("net")
    inputs = {name: draft.input(name, (3,)) for name in "xy"}
    first: int | None = None
    for scope, (one, other_input) in zip(("m", "m2"), pairs, strict=True):
        fc = draft.add(f"{scope}.fc", "linear", [inputs[one]], (3,), again=first, out_features=3)
        held = draft.tensor(f"{scope}.values", (3,), buffer=True, persistent=False)
        scaled = draft.add(f"{scope}.multiply", "multiply", [fc], (3,), value=2.0 if first is None else other)
        added = draft.add(f"{scope}.add", "add", [scaled, inputs[other_input]], (3,))
        end = draft.add(f"{scope}.add2", "add", [added, held], (3,))
        first = fc
    draft.run_again({"m2": "m"}, lambda *names: values == "same" and names == ("m2.values", "m.values"))
    return [node.name for node in draft.graph("net", [end]).layers if node.again]


def test_all_layers_of_a_module_that_runs_again_do() -> None:
    every = ["m2.fc", "m2.values", "m2.multiply", "m2.add", "m2.add2"]
    assert twice() == every
    assert twice(pairs=("xy", "yy")) == every


def test_what_is_not_the_same_network_runs_again_where_it_holds_tensors_alone() -> None:
    assert twice(pairs=("xx", "xy")) == ["m2.fc"]  # what fc reads is added too, the first time alone
    assert twice(other=3.0) == ["m2.fc"]
    assert twice(values="others") == ["m2.fc"]


def test_what_nothing_reads_stands_first_in_its_module() -> None:
    def add(name: str, word: str, **more: bool) -> tuple[str, dict[str, Any]]:
        op = op_class(word)(**({"shape": (2,)} if word == "tensor" else {}))
        return "add", {"name": name, "op": op, "inputs": (), **more}

    calls = [
        add("a.x", "relu"), add("b.x", "relu"), add("b.y", "tensor"), add("top", "relu"),
        add("a.mask", "tensor", training_only=True), add("b.mask", "tensor", training_only=True),
        add("c.mask", "tensor", training_only=True), add("mask", "tensor", training_only=True),
    ]  # fmt: skip
    order = [calls[at][1]["name"] for at in unread_first(calls)]
    assert order == ["a.mask", "a.x", "b.mask", "b.x", "b.y", "top", "c.mask", "mask"]
