"""Decides which layer holds each tensor of a network, and finds tensors that other operations read too."""

from collections.abc import Iterable, Mapping
from typing import Any

from calc.errors import OpError
from calc.importing import Draft
from calc.importing.value import Sizes
from calc.ops import op_class
from verify.importers.held import STATISTICS, Derived, Held, own_name, partly_tied, tensor_fields
from verify.importers.operation import Operation

_WITH_STATISTICS = ("batch_norm", "instance_norm")


class Holders:
    """The layers of ``draft`` that hold the tensors ``held``.

    ``classes`` gives the class of each module by path. ``apart`` has the keys of tensors that no layer may hold,
    because another operation reads them as well. ``layers`` has those that hold tensors, by their names in the state
    dict.
    """

    def __init__(self, draft: Draft, held: Iterable[Held], classes: Mapping[str, str], apart: frozenset[str]) -> None:
        self.layers: dict[str, int] = {}
        self.whole_paths: set[str] = set()
        self._draft = draft
        self._held = tuple(dict.fromkeys(held))
        self._tensor_nodes: dict[Held, int] = {}
        self._owners: dict[Held, int] = {}
        self._apart = partly_tied(self._held, classes)
        self._apart |= {each for each in self._held if each.keys[0] in apart}
        self._twice: set[Held] = set()

    def known(self) -> tuple[dict[Any, Any], ...]:
        """Return the mappings that a new layer changes, so that an attempt can be undone."""
        return self._tensor_nodes, self._owners, self.layers

    def node(self, held: Held, made: dict[str, Any]) -> int:
        """Return the node of a layer that holds only ``held``.

        ``made`` records a tensor that the state dict does not have.
        """
        if held not in self._tensor_nodes:
            name = self._draft.names.claim(held.keys[0])
            self._tensor_nodes[held] = self._draft.tensor(name, held.sizes, **tensor_fields(held))
            if self._owners.setdefault(held, self._tensor_nodes[held]) != self._tensor_nodes[held]:
                self._twice.add(held)
            if not held.saved:
                made[name] = held.node
        return self._tensor_nodes[held]

    def is_known(self, held: Held) -> bool:
        """Return whether a layer holds the tensor already, or no layer may hold it."""
        return held in self._owners or held in self._apart

    def is_apart(self, held: Held) -> bool:
        """Return whether no layer may hold the tensor."""
        return held in self._apart

    def layer_name(self, operation: Operation, tensors: Mapping[str, Held | Derived]) -> str | None:
        """Return the name of the layer that can hold ``tensors`` under its own names for them.

        The result is None if there is none.
        """
        held = {name: each for name, each in tensors.items() if isinstance(each, Held)}
        if len(held) < len(tensors) or any(each in self._apart for each in held.values()):
            return None
        return own_name(held, operation.path)

    def place(
        self, operation: Operation, word: str, nodes: list[int], tensors: Mapping[str, Held | Derived], wanted: Sizes,
        fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Add a layer and return its node. It is named after the tensors that it holds if they have a common name."""
        name = self.layer_name(operation, tensors)
        held = {name: each for name, each in tensors.items() if isinstance(each, Held)}
        if name is None:
            self._require_room(word, len(nodes), tensors, fields)
            nodes = [*nodes, *[operation.valued(each).node for each in tensors.values()]]
            return self._draft.add(operation.name(word), word, nodes, wanted, **fields)
        first = self.layers.get(name)
        if first is not None:
            return self._once_more(operation, first, word, nodes, held, wanted, fields)
        owner = next((self._owners[each] for each in held.values() if each in self._owners), None)
        index = self._draft.add(self._draft.names.claim(name), word, nodes, wanted, shares=owner, **fields)
        self.layers[name] = index
        for each in held.values():
            self._owners.setdefault(each, index)
        self._twice |= {each for each in held.values() if each in self._tensor_nodes}
        return index

    def _once_more(
        self, operation: Operation, first: int, word: str, nodes: list[int], held: Mapping[str, Held], wanted: Sizes,
        fields: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Add another run of the layer ``first``. If the op differs, no layer may hold the tensors that both read."""
        try:
            same = self._draft.op(first) == op_class(word)(**fields)
        except OpError:
            same = False
        if not same:
            self._twice |= set(held.values())
        name = operation.name(word, again=same)
        return self._draft.add(name, word, nodes, wanted, again=first if same else None, **fields)

    def _require_room(
        self, word: str, arriving: int, tensors: Mapping[str, Held | Derived], fields: Mapping[str, Any]
    ) -> None:
        """Raise OpError if the layer cannot take all ``tensors`` as inputs. It cannot hold them either."""
        roles = op_class(word)(**fields).roles
        if (roles and roles[-1].endswith("*")) or arriving + len(tensors) <= len(roles):
            return
        shared = [each.keys[0] for each in tensors.values() if isinstance(each, Held) and each in self._apart]
        if shared:
            fact, hint = f"other code reads {', '.join(shared)} too", "give that code a parameter of its own"
        else:
            fact, hint = (
                f"the code computes {', '.join(tensors)} in each call",
                "use a layer with parameters of its own",
            )
        raise OpError(
            f"{fact}, but calc's {word} needs tensors that only it holds",
            f"{hint}, or use --opaque, which keeps the layer without counting it",
        )

    def torn(self) -> frozenset[str]:
        """Return the keys of the tensors that a layer holds and another operation, such as a transpose, reads too.

        If there are new ones, those that were known already are included.
        """
        paths = tuple([f"{path}." for path in self.whole_paths])
        found = self._twice | {each for each in self._tensor_nodes if each.saved and each.keys[0].startswith(paths)}
        return frozenset([each.keys[0] for each in found | self._apart]) if found - self._apart else frozenset()

    def rest(self) -> None:
        """Add the saved tensors that no layer reads, so that the state dict is complete."""
        used = {key for held in (*self._tensor_nodes, *self._owners) for key in held.keys}
        for name, index in self.layers.items():
            used |= {f"{name}.{each}" for each in STATISTICS if self._draft.op(index).word in _WITH_STATISTICS}
        for held in [each for each in self._held if each.saved]:
            for key in held.keys[:1]:
                if key not in used and not any(key.startswith(f"{path}.") for path in self.whole_paths):
                    name = self._draft.names.claim(key)
                    self._draft.tensor(name, held.sizes, training_only=True, **tensor_fields(held))
