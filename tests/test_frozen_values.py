"""Nothing that a caller is handed can be changed, however deep: each object that can be reached is tried."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from calc import analyse, load
from calc.spec import expand, loads

ATOMS = (str, bytes, int, float, Fraction, type(None), type, types.FunctionType, types.BuiltinFunctionType)
SPEC = """
name: every kind of value
source: a test
params: {width: 4, act: relu, wide: [8, 16]}
input: [3, 16, 16]
blocks:
  Unit: {params: {c: in}, layers: [{conv2d: {out_channels: c, kernel_size: 3, padding: 1}}, batch_norm, $act]}
  Name: {is: {avg_pool2d: 2}}
layers:
  stem: {Unit: width}
  body: [{residual: [Unit], shortcut_when: width > 2}, {Unit: {c: c}, for: c, over: wide, bits: w4a8}, Name]
  "tail{i}": {relu: , repeat: 2, when: i < 2}
  split: [{branches: [[tanh], {a: relu, b: {elu: , from: a}}], merge: concat}]
  aux: {flatten: , training_only: true}
  weight: {tensor: {shape: [5, 32]}}
  pool: {adaptive_avg_pool2d: 1, from: split}
  flat: flatten
  head: {linear: 5, from: [flat, weight]}
claims: [{macs: 1}]
"""


def reachable(root: object) -> Iterator[object]:
    """``root`` and every object that its attributes and items lead to, each once."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        value = pending.pop()
        if isinstance(value, ATOMS) or id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        pending += attributes(value).values()
        if isinstance(value, Mapping):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, (tuple, list, set, frozenset)):
            pending += value


def attributes(value: object) -> dict[str, Any]:
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*getattr(value, "__dict__", {}), *slots, *getattr(value, "_fields", ())]
    return {name: getattr(value, name) for name in names if not name.startswith("__")}


def changes(value: object) -> Iterator[str]:
    """What could be changed of ``value``: nothing, for one that is frozen."""
    for name, held in attributes(value).items():
        try:
            setattr(value, name, held)
        except (AttributeError, TypeError):
            continue
        yield f"{type(value).__name__}.{name}"
    try:
        if isinstance(value, Mapping):
            value[next(iter(value), "new")] = 0  # type: ignore[index]  # what is tried
        elif isinstance(value, (list, tuple)):
            value[0:0] = ()  # type: ignore[index]  # what is tried
        elif isinstance(value, set):
            value.add(0)
        else:
            return
    except TypeError:
        return
    yield f"an item of {type(value).__name__} {value!r:.80}"


def values() -> dict[str, Any]:
    """One of each kind of value that the package hands out, everything computed that is when it is first asked for."""
    model = loads(SPEC)
    analysis = analyse(model, bits="adaptive", count_as="thop", batch=2)
    assert all((analysis.totals, analysis.layers, analysis.counted, analysis.workload.components))
    return {"spec": model, "graph": expand(model), "counts": analysis.counts, "analysis": analysis}


@pytest.mark.parametrize("name", ["spec", "graph", "counts", "analysis"])
def test_nothing_that_is_reached_can_be_changed(name: str) -> None:
    found = list(reachable(values()[name]))
    assert len(found) > 20
    assert [change for value in found for change in changes(value)] == []


def test_a_packaged_spec_with_networks_of_others() -> None:
    model = load("deeplabv3_resnet50")
    assert [change for value in reachable(model) for change in changes(value)] == []


@dataclass
class Open:
    """What the walk has to catch."""

    items: Any


@pytest.mark.parametrize(
    "value, change",
    [(Open(()), "Open.items"), ([1], "an item of list"), ({"a": 1}, "an item of dict"), ({1}, "an item of set")],
)
def test_the_walk_sees_what_is_open(value: object, change: str) -> None:
    held = (("deep", types.MappingProxyType({"x": value})),)
    found = [change for each in reachable(held) for change in changes(each)]
    assert len(found) == 1
    assert found[0].startswith(change)
