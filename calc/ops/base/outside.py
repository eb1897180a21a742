"""Loads ops of other distributions: an entry point in ``calc.ops`` names the op, one in ``verify.builders`` its
builder.

The names in both groups are compared before either is imported, because a builder needs PyTorch and an op does not.
"""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import OpError
from calc.ops.base import Op

if TYPE_CHECKING:  # importlib.metadata is slow, so it is imported only when needed
    from importlib.metadata import EntryPoint

OPS, BUILDERS = "calc.ops", "verify.builders"
WORD = re.compile(r"[a-z][a-z0-9_]*")


class Outside(NamedTuple):
    """The ops of other installed distributions by word, and the reason for each one that is ``refused``."""

    ops: dict[str, "EntryPoint"]
    builders: dict[str, "EntryPoint"]
    refused: dict[str, str]


def installed(ours: Collection[str]) -> Outside:
    """Return the ops that other distributions register.

    Each needs a builder, and a word that is not among ``ours``.
    """
    from importlib.metadata import entry_points

    found: dict[str, tuple[list[EntryPoint], list[EntryPoint]]] = {}
    try:
        for which, group in enumerate((OPS, BUILDERS)):
            for point in entry_points(group=group):
                found.setdefault(point.name, ([], []))[which].append(point)
    except Exception as error:  # a damaged entry_points.txt of any distribution
        why = f"the list of installed packages cannot be read: {type(error).__name__}: {error}"
        return Outside({}, {}, {"": why})
    refused = {word: why for word, (ops, builders) in found.items() if (why := _refusal(word, ops, builders, ours))}
    whole = {word: points for word, points in sorted(found.items()) if word not in refused}
    return Outside(
        {word: ops[0] for word, (ops, _) in whole.items()},
        {word: builders[0] for word, (_, builders) in whole.items()},
        refused,
    )


def _refusal(word: str, ops: list["EntryPoint"], builders: list["EntryPoint"], ours: Collection[str]) -> str:
    """Return the reason why the ops and builders registered as ``word`` are not one op with its builder, or empty
    text.
    """
    by = " and ".join(sorted({owner(point) for point in (*ops, *builders)}))
    if word in ours:
        return f"{by} registers {word}, which is an op of calc's own"
    if not WORD.fullmatch(word):
        return f"{by} registers {word!r}, which a spec cannot write: an op's word has only small letters, digits and _"
    if not builders:
        return f"{by} registers the op {word} in {OPS}, but no builder for it in {BUILDERS}"
    if not ops:
        return f"{by} registers a builder for {word} in {BUILDERS}, but no op in {OPS}"
    if len(ops) > 1 or len(builders) > 1:
        return f"{word} is registered more than once, by {by}"
    return ""


def owner(point: "EntryPoint") -> str:
    """Return the name of the distribution that registers ``point``."""
    if point.dist is None or "Name" not in point.dist.metadata:  # some readers raise KeyError for a missing name
        return "a distribution without a name"
    return point.dist.metadata["Name"]


def load(word: str, point: "EntryPoint") -> type[Op]:
    """Return the op that ``point`` names. Raises OpError if it cannot be imported or is not a valid op."""
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # whatever the module raises when it is imported
        raise OpError(f"the op {word} of {owner(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Op)):
        raise OpError(f"{point.value}, the op {word} of {owner(point)}, is not a subclass of calc.ops.base.Op")
    faults = broken_rules(found, word)
    if faults:
        raise OpError(f"{point.value}, the op {word} of {owner(point)}: {'; '.join(faults)}")
    return found


def broken_rules(op: type[Op], word: str) -> list[str]:
    """Return a sentence for each required part that the class of ``word`` lacks."""
    counts, faults = op.macs is not Op.macs, []
    if getattr(op, "word", "") != word:
        faults.append(f"its word is {getattr(op, 'word', '')!r}")
    if not op.__doc__:
        faults.append("it has no docstring, which calc ops would show")
    if op.output_shape is Op.output_shape:
        faults.append("it has no rule for its output_shape")
    if counts == bool(op.no_macs):
        faults.append("it needs either a rule for its macs or a reason in no_macs")
    if counts and not op.formula:
        faults.append("it needs the formula of its macs in words")
    return faults
