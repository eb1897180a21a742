"""The layers of a result as plain data, for JSON and for tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from calc.layers import Layer
from calc.quantities import at_least
from calc.serving.times import Times

_OF_EXPERTS = {"experts", "active_experts"}
_KEYS = set(Layer._fields) - {"origin", "training_only", "unknown"} - _OF_EXPERTS


def layers_json(
    layers: Sequence[Layer],
    live_bytes: Sequence[int],
    counted: Sequence[int] | None,
    times: Sequence[Times] | None,
    has_experts: bool,
) -> list[dict[str, Any]]:
    """Return one mapping for each layer, for JSON.

    ``counted`` has the number of each layer under a counter's convention, if one is chosen. ``times`` has the lower
    bound of the time of each layer on a device, if one is chosen. If something of a layer is not known, ``at_least``
    names the numbers that are lower bounds.
    """
    keys = _KEYS | _OF_EXPERTS if has_experts else _KEYS
    rows = []
    for index, (layer, live) in enumerate(zip(layers, live_bytes, strict=True)):
        row = {key: value for key, value in layer._asdict().items() if key in keys} | {"live_bytes": live}
        if counted is not None:
            row["counted"] = counted[index]
        if times is not None:
            row |= {"bound_seconds": float(times[index].most), "binds": times[index].binds}
        bounds = at_least(row, layer.unknown)
        rows.append(row | ({"at_least": list(bounds)} if bounds else {}))
    return rows


def layers_flat(
    layers: Sequence[Layer], live_bytes: Sequence[int], kinds: Iterable[str], has_experts: bool, tells_bounds: bool
) -> list[dict[str, Any]]:
    """Return one flat mapping for each layer, for tables.

    Each convention of BitOps and each kind of elements has a key.

    ``kinds`` are the kinds of elements. With ``tells_bounds``, ``at_least`` names the keys of each layer that are lower
    bounds.
    """
    rows = []
    for layer, live in zip(layers, live_bytes, strict=True):
        row = layer._asdict()
        del row["origin"], row["unknown"]
        if not has_experts:
            del row["experts"], row["active_experts"]
        row |= {f"bitops_{name}": value for name, value in row.pop("bitops").items()}
        row |= {f"{kind}_elements": row["elementwise"].get(kind, 0) for kind in kinds}
        del row["elementwise"]
        row["live_bytes"] = live
        if tells_bounds:
            row["at_least"] = at_least(row, layer.unknown)
        rows.append(row)
    return rows
