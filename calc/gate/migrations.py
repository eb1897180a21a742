"""What turns the data of an older lock into that of the next version."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]


def renamed(policy: str) -> str:
    """What ``policy`` is called since version 2: fp16 was the bits of weights used in MACs alone, as 16 is."""
    return "16" if policy == "fp16" else policy


def from_1(data: Data) -> Data:
    """Version 2 means the whole network by ``fp16``; what was locked under that name is locked as ``16``."""
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
        # where both stand there they are equal, but for a lock edited by hand: its own 16 is what stays
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
"""By version, what turns a lock of it into one of the next."""
