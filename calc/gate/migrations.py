"""Converts the data of an older lock to the next version."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]


def renamed(policy: str) -> str:
    """Return the name of ``policy`` since version 2.

    Before, fp16 was the bits of weights in MACs only, which 16 still is.
    """
    return "16" if policy == "fp16" else policy


def from_1(data: Data) -> Data:
    """Return ``data`` in version 2, in which ``fp16`` means the whole network and the old ``fp16`` is ``16``."""
    old = data.get("bits")
    if not isinstance(old, list) or "fp16" not in old:
        return data
    kept = [index for index, policy in enumerate(old) if policy != "fp16" or "16" not in old]
    bits = [renamed(old[index]) if isinstance(old[index], str) else old[index] for index in kept]
    specs = data.get("specs")
    if isinstance(specs, dict):
        specs = {key: _spec(value, kept, len(old)) for key, value in specs.items()}
    return data | {"bits": bits, "specs": specs}


def _spec(value: Any, kept: list[int], policies: int) -> Any:
    if not isinstance(value, dict):
        return value
    quantities, layers = value.get("quantities"), value.get("layers")
    if isinstance(quantities, dict):
        # if the lock has both, they are equal; in a lock that was edited by hand, the value at 16 is kept
        quantities = {_name(name): number for name, number in quantities.items()} | {
            name: number for name, number in quantities.items() if not name.endswith("@fp16")
        }
    if isinstance(layers, list):
        layers = [_row(row, kept, policies) for row in layers]
    return value | {"quantities": quantities, "layers": layers}


def _name(quantity: str) -> str:
    name, at, policy = quantity.rpartition("@")
    return f"{name}@{renamed(policy)}" if at else quantity


def _row(row: Any, kept: list[int], policies: int) -> Any:
    bits = row.get("bits") if isinstance(row, dict) else None
    if not isinstance(bits, list) or len(bits) != policies:
        return row
    return row | {"bits": [bits[index] for index in kept]}


MIGRATIONS: dict[int, Callable[[Data], Data]] = {1: from_1}
"""For each version, the function that converts a lock to the next version."""
