"""Reads a saved result of ``calc run --format json`` as a snapshot."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from calc.bitops import CONVENTIONS
from calc.errors import OpError, Problem, SpecError, unknown_key
from calc.formats import format_named
from calc.gate.elements import SAVED_FIELDS
from calc.gate.migrations import renamed
from calc.gate.snapshot import LockedLayer, Snapshot, locked_names
from calc.layers import Layer
from calc.model.graph import Bits
from calc.model.inputs import UNNAMED
from calc.quantities import ELEMENTWISE, names_at_bits, names_of_some, names_without_bits, quantities
from calc.reading import read_text

SCHEMA = "calc.run/2"
EARLIER = "calc.run/1"
"""An older schema, in which fp16 was the bits of weights in MACs only, which 16 still is."""
_KEYS = (
    "schema", "model", "spec", "versions", "unproved", "bases", "input", "inputs", "outputs", "batch", "call", "policy",
    "stores", "kv", "activations", "bitops_convention", "deployed",
    "totals", "runtime", "device", "energy", "counted", "warnings", "layers",
)  # fmt: skip


_OF_TOTALS = (
    "weight_bytes_by_role", "training_only_weight_bytes", "effective_bits", "arithmetic_intensity", "memory",
    "arena_bytes", "at_least",
)  # fmt: skip


class Settings(NamedTuple):
    """The settings of a result: the policy, and the values of the options of ``calc run`` with these names."""

    bits: str
    batch: int = 1
    activations: str = "same"
    deployed: bool = False
    kv: str | None = None


class SavedResult(NamedTuple):
    """The numbers of a network, with the settings that they were computed at."""

    snapshot: Snapshot
    settings: Settings


def read_result(path: Path) -> SavedResult:
    """Return the result in the file. Raises SpecError if it does not contain one."""
    text = read_text(path, pipes="open")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError([Problem(None, f"{path}: not JSON: {str(error)[:80]}")]) from None
    if not isinstance(data, dict) or data.get("schema") not in (SCHEMA, EARLIER):
        hint = "save one with calc run SPEC --format json --output FILE"
        raise SpecError([Problem(None, f"{path}: not a result of calc run: its schema is not {SCHEMA}", hint)])
    try:
        return of_json(data)
    except OpError as error:
        raise SpecError([Problem(None, f"{path}: not as calc run writes it: {error.fact}", error.hint)]) from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        fact = f"{path}: not as calc run writes it: {type(error).__name__} {str(error)[:60]}"
        raise SpecError([Problem(None, fact)]) from None


def of_json(data: dict[str, Any]) -> SavedResult:
    """Return the result of the data of ``Analysis.to_json_dict()``.

    The layers of its snapshot have only the fields in it.
    """
    _check_keys(data, _KEYS)
    totals, policy = data["totals"], _text(data["policy"])
    if data["schema"] == EARLIER:
        policy = renamed(policy)
    known = {quantity.name.partition(".")[0] for quantity in quantities("json")}
    _check_keys(totals, known | {"elementwise", *_OF_TOTALS})
    _check_keys(totals["bitops"], CONVENTIONS)
    found = totals | {f"bitops.{name}": round(value) for name, value in totals["bitops"].items()}
    numbers = {name: _count(found[name]) for name in names_without_bits()}
    if all("experts" not in layer for layer in data["layers"]):
        found.pop("active_params", None)  # it is equal to params, and a lock has it only with experts
    numbers |= {name: _count(found[name]) for name in names_of_some(at_bits=False) if name in found}
    numbers |= {f"{ELEMENTWISE}{kind}": _count(n) for kind, n in sorted(totals["elementwise"].items())}
    numbers |= {f"{name}@{policy}": _count(found[name]) for name in names_at_bits() if name in found}
    numbers |= {f"{name}@{policy}": _count(found[name]) for name in names_of_some(at_bits=True) if name in found}
    rows = tuple([_row(layer) for layer in data["layers"]])
    given = data["inputs"] if "inputs" in data else {UNNAMED: data["input"]}
    inputs = {name: tuple(map(_count, sizes)) for name, sizes in given.items()}
    _check_order(rows, inputs)
    outputs = tuple(map(_text, data.get("outputs", ())))
    bounds = set(map(_text, _list(totals.get("at_least", []))))
    at_least = tuple([name for name in locked_names() if name in bounds])
    whole = Snapshot(_text(data["model"]), inputs, (policy,), numbers, rows, outputs=outputs, at_least=at_least)
    kv = _text(data["kv"]) if "kv" in data else None
    at = Settings(policy, _count(data["batch"]), _text(data["activations"]), "deployed" in data, kv)
    return SavedResult(whole, at)


def _row(layer: dict[str, Any]) -> LockedLayer:
    _check_keys(layer, (*Layer._fields, "counted", "live_bytes", "bound_seconds", "binds", "at_least"))
    weight, activation = layer["weight_bits"], layer["activation_bits"]
    stored = None if layer.get("weight_format") is None else format_named(_text(layer["weight_format"]))
    bits = () if weight is None else (str(Bits(_count(weight), _count(activation), stored)),)
    own = SAVED_FIELDS if layer["macs"] else SAVED_FIELDS[:-1]  # without MACs, the channels are those of the input
    fields = {key: _plain(layer[key]) for key in own if layer[key] is not None}
    return LockedLayer(
        _text(layer["name"]),
        _text(layer["op"]),
        fields,
        tuple(map(_text, layer["inputs"])),
        tuple(map(_count, layer["output_shape"])),
        params=_count(layer["params"]),
        buffers=_count(layer["buffers"]),
        macs=_count(layer["macs"]),
        effective_macs=_count(layer["effective_macs"]),
        bits=bits,
    )


def _check_keys(given: dict[str, Any], known: Iterable[str]) -> None:
    known = set(known)
    for key in given.keys() - known:
        raise unknown_key(key, known)


def _check_order(rows: tuple[LockedLayer, ...], inputs: Iterable[str]) -> None:
    names = set(inputs)
    for row in rows:
        if row.name in names or not names.issuperset(row.inputs):
            raise ValueError(f"{row.name[:40]!r} occurs twice, or reads a layer that is not before it")
        names.add(row.name)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{str(value)[:40]!r} is not a count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is not a text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:40]!r} is not a list")
    return value


def _plain(value: Any) -> Any:
    return tuple(map(_count, value)) if isinstance(value, (list, tuple)) else value
