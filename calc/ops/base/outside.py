"""Ops of other distributions: an entry point in ``calc.ops`` names the op, one in ``verify.builders`` its builder.

Both groups are compared by name before either is imported, because a builder needs PyTorch and an op does not.
"""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import OpError
from calc.ops.base import Op

if TYPE_CHECKING:  # reading what is installed takes longer than counting a network, so it waits until it must be
    from importlib.metadata import EntryPoint

OPS, BUILDERS = "calc.ops", "verify.builders"
WORD = re.compile(r"[a-z][a-z0-9_]*")


class Outside(NamedTuple):
    """What is installed beside `calc`, by word: whole ops, and why the others are ``refused``."""

    ops: dict[str, "EntryPoint"]
    builders: dict[str, "EntryPoint"]
    refused: dict[str, str]


def installed(ours: Collection[str]) -> Outside:
    """The ops that other distributions register; each needs its builder, and a word that is none of ``ours``."""
    from importlib.metadata import entry_points

    found: dict[str, tuple[list[EntryPoint], list[EntryPoint]]] = {}
    try:
        for which, group in enumerate((OPS, BUILDERS)):
            for point in entry_points(group=group):
                found.setdefault(point.name, ([], []))[which].append(point)
    except Exception as error:  # a damaged entry_points.txt of any distribution, which Python reads as it likes
        return Outside({}, {}, {"": f"what is installed cannot be read: {type(error).__name__}: {error}"})
    refused = {word: why for word, (ops, builders) in found.items() if (why := _refusal(word, ops, builders, ours))}
    whole = {word: points for word, points in sorted(found.items()) if word not in refused}
    return Outside(
        {word: ops[0] for word, (ops, _) in whole.items()},
        {word: builders[0] for word, (_, builders) in whole.items()},
        refused,
    )


def _refusal(word: str, ops: list["EntryPoint"], builders: list["EntryPoint"], ours: Collection[str]) -> str:
    """Why the ops and builders registered as ``word`` are not one op with its builder; empty if they are."""
    by = " and ".join(sorted({owner(point) for point in (*ops, *builders)}))
    if word in ours:
        return f"{by} registers {word}, which is an op of calc's own"
    if not WORD.fullmatch(word):
        return f"{by} registers {word!r}, which no spec can write: an op is small letters, digits and _"
    if not builders:
        return f"{by} registers the op {word} in {OPS}, and no builder for it in {BUILDERS}"
    if not ops:
        return f"{by} registers a builder for {word} in {BUILDERS}, and no op in {OPS}"
    if len(ops) > 1 or len(builders) > 1:
        return f"{word} is registered more than once, by {by}"
    return ""


def owner(point: "EntryPoint") -> str:
    """The distribution that registers ``point``, in words."""
    if point.dist is None or "Name" not in point.dist.metadata:  # of what is not there some readers raise KeyError
        return "a distribution without a name"
    return point.dist.metadata["Name"]


def load(word: str, point: "EntryPoint") -> type[Op]:
    """The op that ``point`` names. Raises OpError where it cannot be imported or is not what an op must be."""
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # whatever the module raises when it is imported
        raise OpError(f"the op {word} of {owner(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Op)):
        raise OpError(f"{point.value}, the op {word} of {owner(point)}, is no subclass of calc.ops.base.Op")
    faults = broken_rules(found, word)
    if faults:
        raise OpError(f"{point.value}, the op {word} of {owner(point)}: {'; '.join(faults)}")
    return found


def broken_rules(op: type[Op], word: str) -> list[str]:
    """What the class of ``word`` lacks of what every op has."""
    counts, faults = op.macs is not Op.macs, []
    if getattr(op, "word", "") != word:
        faults.append(f"its word is {getattr(op, 'word', '')!r}")
    if not op.__doc__:
        faults.append("it has no docstring, which calc ops shows")
    if op.output_shape is Op.output_shape:
        faults.append("it has no rule for its output_shape")
    if counts == bool(op.no_macs):
        faults.append("it needs a rule for its macs or a reason in no_macs, one of them")
    if counts and not op.formula:
        faults.append("it needs the formula of its macs in words")
    return faults
