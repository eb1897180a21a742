"""A saved ``calc run --format json`` as a snapshot."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from calc.errors import Problem, SpecError
from calc.gate.snapshot import Row, Snapshot
from calc.graph import Bits
from calc.quantities import ELEMENTWISE, at_bits, plain
from calc.reading import read_text

SCHEMA = "calc.run/1"
_FIELDS = ("kernel_size", "stride", "groups")


class Settings(NamedTuple):
    """What a result was computed at: the policy, and ``calc run``'s ``--batch`` and ``--activations``."""

    bits: str
    batch: int = 1
    activations: str = "same"


class Saved(NamedTuple):
    """A network's numbers and what they are at."""

    snapshot: Snapshot
    settings: Settings


def read(path: Path) -> Saved:
    """The result in the file. Raises SpecError where it is none."""
    text = read_text(path, pipes="open")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError([Problem(None, f"{path}: not JSON: {str(error)[:80]}")]) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        hint = "save one with calc run SPEC --format json --output FILE"
        raise SpecError([Problem(None, f"{path}: no result of calc run: its schema is not {SCHEMA}", hint)])
    try:
        return of_json(data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        fact = f"{path}: not as calc run writes it: {type(error).__name__} {str(error)[:60]}"
        raise SpecError([Problem(None, fact)]) from None


def of_json(data: dict[str, Any]) -> Saved:
    """What ``Analysis.to_json_dict()`` holds; the snapshot's layers have the fields that are in it."""
    totals, policy = data["totals"], _text(data["policy"])
    found = totals | {f"bitops.{name}": round(value) for name, value in totals["bitops"].items()}
    quantities = {name: _count(found[name]) for name in plain()}
    quantities |= {f"{ELEMENTWISE}{kind}": _count(n) for kind, n in sorted(totals["elementwise"].items())}
    quantities |= {f"{name}@{policy}": _count(found[name]) for name in at_bits() if name in found}
    rows = tuple([_row(layer) for layer in data["layers"]])
    whole = Snapshot(_text(data["model"]), tuple(map(_count, data["input"])), (policy,), quantities, rows)
    return Saved(whole, Settings(policy, _count(data["batch"]), _text(data["activations"])))


def _row(layer: dict[str, Any]) -> Row:
    weight, activation = layer["weight_bits"], layer["activation_bits"]
    bits = () if weight is None else (str(Bits(_count(weight), _count(activation))),)
    own = (*_FIELDS, "out_channels") if layer["macs"] else _FIELDS  # elsewhere they are those of the input
    fields = {key: _plain(layer[key]) for key in own if layer[key] is not None}
    return Row(
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


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{str(value)[:40]!r} is no count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value


def _plain(value: Any) -> Any:
    return tuple(map(_count, value)) if isinstance(value, (list, tuple)) else value
