"""Handles modules that run several times: layers that repeat an earlier one, and the tensors between them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Call = tuple[str, dict[str, Any]]
"""A call of the builder: the method and its arguments. The order of the calls numbers the nodes."""


def tensors_first(calls: Sequence[Call]) -> list[int]:
    """Return the numbers of ``calls`` in an order that keeps the layers of a module together.

    A tensor is added where it is read first; here it moves in front of the module.
    """
    names = [values["name"] for _, values in calls]
    order: list[int] = []
    for at, (_, values) in enumerate(calls):
        place = len(order)
        scope = _outermost_apart(names, order, at) if _is_tensor(values) else ""
        while scope and place and names[order[place - 1]].startswith(scope):
            place -= 1
        order.insert(place, at)
    return order


def unread_first(calls: Sequence[Call]) -> list[int]:
    """Return the numbers of ``calls`` in an order in which tensors that nothing reads stand first in their module.

    An importer adds them at the end, where they would keep the layers of their module apart.
    """
    names = [values["name"] for _, values in calls]
    unread = [at for at, (_, values) in enumerate(calls) if _is_unread(values)]
    before: defaultdict[int, list[int]] = defaultdict(list)
    for at in unread:
        scope = names[at].rpartition(".")[0]
        inside = [other for other, name in enumerate(names) if name.startswith(f"{scope}.")] if scope else []
        before[next((other for other in inside if other not in unread), at)].append(at)
    return [each for at, _ in enumerate(calls) for each in (*before[at], *([] if at in unread else [at]))]


def _is_unread(values: Mapping[str, Any]) -> bool:
    return "op" in values and values["op"].word == "tensor" and bool(values.get("training_only"))


def _is_tensor(values: Mapping[str, Any]) -> bool:
    return "op" in values and values["op"].word == "tensor" and not values.get("training_only")


def _outermost_apart(names: Sequence[str], before: Sequence[int], at: int) -> str:
    """Return the shortest prefix that the layers before and after ``at`` share, but its own name lacks."""
    if not before or at + 1 == len(names):
        return ""
    around = [names[before[-1]].split(".")[:-1], names[at + 1].split(".")[:-1]]
    own = names[at].split(".")
    for end, parts in enumerate(zip(*around, strict=False), 1):
        if parts[0] != parts[1]:
            return ""
        if parts[0] != own[min(end, len(own)) - 1] or end >= len(own):
            return ".".join(around[0][:end]) + "."
    return ""


def reordered(calls: Sequence[Call], order: Sequence[int]) -> list[Call]:
    """Return ``calls`` in another ``order``, each of which still refers to the same nodes."""
    new = {old: at for at, old in enumerate(order)}

    def moved(values: Mapping[str, Any]) -> dict[str, Any]:
        inputs = {"inputs": tuple([new[each] for each in values["inputs"]])} if "inputs" in values else {}
        shares = values.get("shares")
        return {**values, **inputs, **({} if shares is None else {"shares": new[shares]})}

    return [(calls[old][0], moved(calls[old][1])) for old in order]


def run_again(
    calls: Sequence[Call], further: Mapping[str, str], is_same_value: Callable[[str, str], bool]
) -> tuple[list[Call], dict[str, str]]:
    """Return ``calls`` in which the layers of each further run of a module repeat those of its first run.

    ``further`` maps the scopes of further runs to those of the first. The layers have to be the same, and read one
    another in the same way; if none of them holds tensors, they are left as they are. ``is_same_value`` says whether
    two tensors that the code computes, by name, hold the same values. The second result maps tensors that repeat an
    earlier one to it, by name.
    """
    inside: defaultdict[str, list[int]] = defaultdict(list)
    for at, (_, values) in enumerate(calls):
        parts = values["name"].split(".")
        for end in range(1, len(parts)):
            inside[".".join(parts[:end])].append(at)
    found, tensors = list(calls), dict[str, str]()
    for scope in sorted(further, key=lambda each: (each.count("."), each)):
        again, first = inside[scope], inside[further[scope]]
        if _is_again(found, again, first, scope, further[scope], is_same_value):
            for at, of in zip(again, first, strict=True):
                method, values = found[at]
                if _is_tensor(values):
                    tensors[values["name"]] = found[of][1]["name"]
                if not values["again"]:
                    found[at] = method, {**values, "shares": of, "again": True}
    return found, tensors


def _is_again(
    calls: Sequence[Call], again: Sequence[int], first: Sequence[int], scope: str, of_first: str,
    is_same_value: Callable[[str, str], bool],
) -> bool:  # fmt: skip
    if len(again) != len(first) or not any(calls[at][1]["again"] for at in again):
        return False
    same = dict(zip(again, first, strict=True))
    outside: dict[int, int] = {}  # maps nodes that the first run reads to those that the other reads instead
    for at, of in same.items():
        values, firsts = calls[at][1], calls[of][1]
        holds = values["shares"] is not None
        if values["name"][len(scope) :] != firsts["name"][len(of_first) :] or values["op"] != firsts["op"]:
            return False
        if values["training_only"] != firsts["training_only"] or len(values["inputs"]) != len(firsts["inputs"]):
            return False
        if holds and (not values["again"] or values["shares"] != (firsts["shares"] if firsts["again"] else of)):
            return False
        if _is_tensor(values) and not holds and not is_same_value(values["name"], firsts["name"]):
            return False
        for one, other in zip(values["inputs"], firsts["inputs"], strict=True):
            if one in same or other in first:
                if same.get(one) != other:
                    return False
            elif outside.setdefault(other, one) != one:
                return False
    return True
