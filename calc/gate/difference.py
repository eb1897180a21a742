"""The difference of two snapshots: changed totals, and layers that were added, removed, renamed or changed, with
reasons.
"""

from math import prod
from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from calc.errors import number_of
from calc.gate.align import align
from calc.gate.elements import elements
from calc.gate.snapshot import FUSED, TOKENS, LockedLayer, Sizes, Snapshot
from calc.gate.windows import WINDOW, window_moved, windows_of
from calc.ops import MADE, is_op, op_class

TENSORS = "tensors"
"""The field that says which tensors an unknown layer holds."""
_NUMBERS = ("params", "buffers", "macs", "effective_macs")
_FOLLOW = {
    "bits": ("bits",),
    "activations": ("bits",),
    "batch": ("macs", "effective_macs"),
    "deployed": ("params",),
    "kv": (),
}
"""The reasons that are not edits of a layer, by the setting that they follow from."""


class Move(NamedTuple):
    """One total before and after. A missing kind of elements counts as 0.

    ``at_least`` says if the total is a lower bound, before and after.
    """

    quantity: str
    before: int
    after: int
    at_least: tuple[bool, bool] = (False, False)

    @property
    def delta(self) -> int:
        """The new value minus the old one."""
        return self.after - self.before

    @property
    def is_comparable(self) -> bool:
        """True if both values are exact, or both are lower bounds."""
        return self.at_least[0] == self.at_least[1]


class Reason(NamedTuple):
    """One thing that differs: a field of the op, ``op``, ``from``, ``input``, ``bits@POLICY``, or a count."""

    what: str
    before: Any
    after: Any


class LayerChange(NamedTuple):
    """One layer that differs. ``change`` is added, removed, renamed or changed.

    ``is_cause`` is True if the layer itself was edited, and False if only its name or its inputs differ. ``moves`` is
    True if its counts, elements of some kind, shape or bits differ.
    """

    change: str
    before: LockedLayer | None
    after: LockedLayer | None
    reasons: tuple[Reason, ...] = ()
    is_cause: bool = True
    moves: bool = True

    @property
    def row(self) -> LockedLayer:
        """The new layer, or the old one if it was removed."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def delta_macs(self) -> int:
        """The new MACs minus the old ones."""
        return (self.after.macs if self.after else 0) - (self.before.macs if self.before else 0)

    @property
    def delta_params(self) -> int:
        """The new params minus the old ones."""
        return (self.after.params if self.after else 0) - (self.before.params if self.before else 0)


class Difference(NamedTuple):
    """The difference from ``before`` to ``after``. ``moves`` has every quantity that differs, in the order of a lock.

    ``settings`` has the settings that differ: ``bits``, ``batch``, ``activations``, ``deployed`` and ``kv``.
    """

    before: Snapshot
    after: Snapshot
    moves: tuple[Move, ...]
    layers: tuple[LayerChange, ...]
    settings: tuple[Reason, ...] = ()

    def __repr__(self) -> str:
        totals, layers = number_of(len(self.moves), "total"), number_of(len(self.layers), "layer")
        return f"<Difference of {self.before.model} and {self.after.model}: {totals}, {layers}>"

    def at_least(self, quantity: str) -> tuple[bool, bool]:
        """Return whether ``quantity`` is a lower bound, before and after."""
        return self.before.is_at_least(quantity), self.after.is_at_least(quantity)

    @property
    def is_moved(self) -> bool:
        """True if a number or the name of a layer changed. Other edits (an eps, a dropout rate) change no number."""
        return bool(self.moves) or self.has_other_ends or any(_counts(row) for row in self.layers)

    @property
    def is_edited(self) -> bool:
        """True if anything about the network differs, even if only a name. Versions are not part of the network."""
        same = self.before._replace(versions=self.after.versions, unlimited=self.after.unlimited) == self.after
        return bool(self.layers) or not same

    @property
    def has_other_ends(self) -> bool:
        """True if the inputs, their sizes or the choice of outputs differ."""
        return self.before.inputs != self.after.inputs or self.before.outputs != self.after.outputs

    @property
    def is_renamed(self) -> bool:
        """True if a layer has another name."""
        return any(layer.change == "renamed" for layer in self.layers)


def _counts(layer: LayerChange) -> bool:
    return layer.moves or layer.change != "changed"


def difference(before: Snapshot, after: Snapshot, settings: tuple[Reason, ...] = ()) -> Difference:
    """Return everything that differs. The policies of both snapshots must have the same names."""
    names = dict.fromkeys([*before.quantities, *after.quantities])
    moves: list[Move] = []
    for name in names:
        (old, old_is_bound), (new, new_is_bound) = _quantity(before, name), _quantity(after, name)
        move = Move(name, old, new, (old_is_bound, new_is_bound))
        moves += [move] if move.delta or not move.is_comparable else []
    is_same = before.layers == after.layers and before.inputs == after.inputs and before.unlimited == after.unlimited
    layers = () if is_same else _layers(before, after)
    follow = _FOLLOW["bits"] if any(layer.change in ("added", "removed") for layer in layers) else ()
    follow += tuple([what for reason in settings for what in _FOLLOW[reason.what]])
    layers = tuple([_led(layer, follow) for layer in layers]) if follow else layers
    return Difference(before, after, tuple(moves), layers, settings)


def _quantity(network: Snapshot, name: str) -> tuple[int, bool]:
    """Return a total, and whether it is a lower bound.

    Without experts, a lock has no ``active_params``: all are active.
    """
    if name == "active_params" and name not in network.quantities:
        name = "params"
    return network.quantities.get(name, 0), network.is_at_least(name)


def _layers(before: Snapshot, after: Snapshot) -> tuple[LayerChange, ...]:
    pairs = align(before.layers, after.layers)
    shapes = _shapes(before), _shapes(after)
    windows = windows_of(before), windows_of(after)
    renamed = {before.layers[i].name: after.layers[j].name for i, j in pairs if i is not None and j is not None}
    renamed |= {name: name for name in before.inputs if name in after.inputs}
    kept = set(renamed.values())
    changes = []
    for i, j in pairs:
        if i is None or j is None:
            old, new = (None if i is None else before.layers[i]), (None if j is None else after.layers[j])
            changes.append(LayerChange("added" if i is None else "removed", old, new))
            continue
        a, b = before.layers[i], after.layers[j]
        sources = tuple([renamed.get(name, "") for name in a.inputs])
        shape_in = _resized([shapes[0].get(name) for name in a.inputs], [shapes[1].get(name) for name in b.inputs])
        has_other_window = window_moved(a, b, *windows)
        if a == b and sources == b.inputs and shape_in[0] == shape_in[1] and not has_other_window:
            continue
        own = [*_op(a, b), *[reason for reason in _fields(a, b) if reason.what != WINDOW]]
        own += [Reason(WINDOW, windows[0].window(a), windows[1].window(b))] if has_other_window and a.op == b.op else []
        rewired = [Reason("from", " ".join(a.inputs), " ".join(b.inputs))] if sources != b.inputs else []
        if rewired and "" not in sources and kept.issuperset(b.inputs):  # otherwise a neighbour was added or removed
            own += rewired
        own += _bits(a, b, after.policies)
        reasons = [*own, *[reason for reason in rewired if reason not in own], *_input(*shape_in), *_tokens(a, b)]
        moves = _activations(a) != _activations(b) or a.shape != b.shape or a.bits != b.bits
        moves = moves or any(getattr(a, key) != getattr(b, key) for key in _NUMBERS)
        moves = moves or _field(a, FUSED) != _field(b, FUSED)
        moves = moves or _field(a, TENSORS) != _field(b, TENSORS)
        if moves and not reasons:
            own = reasons = _counted(a, b)
        moves = moves or (bool(reasons) and elements(a, shapes[0]) != elements(b, shapes[1]))
        if a.name != b.name:
            changes.append(LayerChange("renamed", a, b, tuple(reasons), bool(own), moves))
        elif reasons:
            changes.append(LayerChange("changed", a, b, tuple(reasons), bool(own), moves))
    return tuple(changes)


def _resized(before: list[Sizes | None], after: list[Sizes | None]) -> tuple[Sizes | None, Sizes | None]:
    """Return the old and new sizes of the first input whose sizes differ, or of the first input if none differs."""
    pairs = list(zip(before, after, strict=False))
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0] if pairs else (None, None))


def _led(layer: LayerChange, follow: tuple[str, ...]) -> LayerChange:
    """Return ``layer`` marked as not edited if it differs only in what ``follow`` names, or in its inputs.

    If layers were added or removed, a policy by position gives other layers different bits.
    """
    led = all(reason.what.partition("@")[0] in (*follow, "from", "input") for reason in layer.reasons)
    return layer._replace(is_cause=False) if layer.reasons and led else layer


def _shapes(of: Snapshot) -> dict[str, Sizes]:
    return dict(of.inputs) | {row.name: row.shape for row in of.layers}


def _activations(row: LockedLayer) -> int:
    """Return the elements that the layer writes. A layer that does not run writes none."""
    return 0 if "training_only" in row.fields else prod(row.shape) * int(row.fields.get(TOKENS, 1))


def _op(a: LockedLayer, b: LockedLayer) -> list[Reason]:
    return [Reason("op", a.op, b.op)] if a.op != b.op else []


def _fields(a: LockedLayer, b: LockedLayer) -> list[Reason]:
    if a.op != b.op or a.fields == b.fields:
        return []
    keys = [key for key in dict.fromkeys([*a.fields, *b.fields]) if key != TOKENS]
    pairs = [Reason(key, _field(a, key), _field(b, key)) for key in keys]
    return [reason for reason in pairs if reason.before != reason.after]


def _field(row: LockedLayer, key: str) -> Any:
    """Return the value of a field, or its default if the row does not have it."""
    if key in row.fields:
        return row.fields[key]
    known = op_class(row.op).fields() if row.op in MADE or is_op(row.op) else {}
    default = known[key].default if key in known else False if key == FUSED else None
    return None if default is PydanticUndefined else default


def _bits(a: LockedLayer, b: LockedLayer, policies: tuple[str, ...]) -> list[Reason]:
    old, new = a.bits or ("none",) * len(policies), b.bits or ("none",) * len(policies)
    return [Reason(f"bits@{policy}", x, y) for policy, x, y in zip(policies, old, new, strict=True) if x != y]


def _input(a: Sizes | None, b: Sizes | None) -> list[Reason]:
    return [Reason("input", a, b)] if a is not None and b is not None and a != b else []


def _tokens(a: LockedLayer, b: LockedLayer) -> list[Reason]:
    """Return the change of the tokens that reach an expert, which follows from the input."""
    old, new = (row.fields.get(TOKENS) for row in (a, b))
    return [Reason(TOKENS, old, new)] if old is not None and new is not None and old != new else []


def _counted(a: LockedLayer, b: LockedLayer) -> list[Reason]:
    """Return the counts that differ if nothing else about the layer does, because the rules of counting changed."""
    keys = ("shape", *_NUMBERS)
    return [Reason(key, getattr(a, key), getattr(b, key)) for key in keys if getattr(a, key) != getattr(b, key)]
