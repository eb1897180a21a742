"""Resolves the names in a spec during expansion: names of layers, and of scopes that stand for their last output."""

from calc.errors import MAX_SHOWN, OpError, Place, nearest
from calc.model.builder import GraphBuilder, twice
from calc.model.inputs import UNNAMED
from calc.ops.base.input import NetworkInput
from calc.spec.budget import WorkBudget
from calc.spec.frames import Context
from calc.spec.header import NETWORK
from calc.spec.values import ANY, EvaluationError, Name

FAILED = -1
"""Takes the place of the index of a node that could not be made. Nodes that read it are not reported again."""
MOST_HINTED = 500


class Names:
    """Maps full names to the nodes of ``builder`` whose output they stand for.

    ``others`` has the names that no node has: those of scopes, and of layers that FAILED. ``merges`` has the last
    number that a merge of each name has taken.
    """

    def __init__(self, builder: GraphBuilder, budget: WorkBudget) -> None:
        self.builder = builder
        self.budget = budget
        self.others: dict[str, int] = {}
        self.merges: dict[str, int] = {}
        self.hints = 0

    def find(self, name: str) -> int | None:
        """Return the node that ``name`` stands for, FAILED, or None if nothing has the name."""
        found = self.builder.find(name)
        return self.others.get(name) if found is None else found

    def _find_from(self, scope: str, name: str) -> int | None:
        """Find ``name`` as seen from ``scope``. Returns FAILED too if a scope around it FAILED."""
        full = f"{scope}.{name}" if scope else name
        found = self.find(full)
        while found is None and len(full) > len(scope) and "." in full[len(scope) + 1 :]:
            full = full.rpartition(".")[0]
            found = FAILED if self.find(full) == FAILED else None
        return found

    def fail(self, name: str) -> int:
        """Return FAILED and let ``name`` stand for it, unless something else has that name."""
        self.others.setdefault(name, FAILED)
        return FAILED

    def scope(self, name: str, index: int, place: Place) -> int:
        """Let ``name`` stand for ``index``, the output of the scope of that name.

        Raises OpError if a layer has the name.
        """
        earlier = self.builder.find(name)
        if earlier is not None:
            raise twice(name, place, self.builder.nodes[earlier].origin)
        self.others[name] = index
        return index

    def check_free(self, name: str, place: Place) -> None:
        """Raise OpError if a scope has the name. The builder checks the names of layers."""
        earlier = self.others.get(name, FAILED)
        if earlier != FAILED:
            raise twice(name, place, self.builder.nodes[earlier].origin)

    def of_merge(self, word: str, context: Context) -> str:
        """Return a free name for a merge in ``context``: add, then add2, and so on."""
        base = name = context.prefix + word
        number = self.merges.get(base, 1)
        while self.find(name) is not None:
            number += 1
            name = f"{base}{number}"
        self.merges[base] = number
        return name

    def resolve(self, source: Name, context: Context, training: bool) -> int:
        """Return the node that a ``from`` means. The search goes through the inputs of the block, this scope, the
        scopes around it, and the network's inputs.

        The block's ``input`` comes after the layers of the block, because one of them may have that name. Raises
        OpError if no earlier member has the name, or if it runs in training only and the reader does not
        (``training``).
        """
        name = source.render(context.scope)
        frame = context.frame
        found = None if name == UNNAMED else frame.inputs.get(name)
        if found is None and name.startswith(f"{NETWORK}."):
            found = frame.network.inputs.get(name.partition(".")[2])
        if found is not None:
            return found
        scope = context.name
        while found is None:
            found = self._find_from(scope, name)
            if found is None and scope == frame.name:
                found = frame.inputs.get(name)
            if found is None and scope == frame.network.name:
                found = frame.network.inputs.get(name)
            if found is None and not scope:
                error = OpError(f"no earlier member is named {name}", self._hint(name, context))
                raise EvaluationError(error, source.node.place)
            scope = scope.rpartition(".")[0]
        if found != FAILED:
            self._check_runs(found, source, name, training)
        return found

    def read(self, sources: tuple[Name, ...], context: Context, training: bool) -> tuple[int, ...]:
        """Return the nodes that ``from`` names, in order. Raises the errors of ``resolve``."""
        found: list[int] = []
        for source in sources:
            if source.many:
                found += self._matching(source, context, training)
            else:
                found.append(self.resolve(source, context, training))
        return tuple(found)

    def _matching(self, source: Name, context: Context, training: bool) -> list[int]:
        """Return the members whose names match, from the nearest scope that has any. Inputs do not count."""
        pattern = source.render(context.scope)
        parts = [part.split(ANY) for part in pattern.split(".")]
        layers = [each for each in enumerate(self.builder.nodes) if type(each[1].op) is not NetworkInput]
        named = self.others | {node.name: index for index, node in layers}
        self.budget.spend(len(named))
        scope = context.name
        while True:
            start = f"{scope}." if scope else ""
            inside = [(name[len(start) :], index) for name, index in named.items() if name.startswith(start)]
            found = [index for name, index in inside if _fits(name, parts)]
            if found or not scope:
                break
            scope = scope.rpartition(".")[0]
        if not found:
            shown = pattern.replace(ANY, "{*}")
            hint = "{*} is one or more letters or digits of a name, and no dot: blocks.{*}.skip"
            raise EvaluationError(OpError(f"no earlier member matches {shown}", hint), source.node.place)
        if FAILED in found:
            return [FAILED]
        for index in found:
            self._check_runs(index, source, self.builder.nodes[index].name, training)
        return sorted(found)

    def _check_runs(self, index: int, source: Name, name: str, training: bool) -> None:
        if self.builder.nodes[index].unused and not training:
            error = OpError(f"{name} is training_only, so only training_only layers can read it")
            raise EvaluationError(error, source.node.place)

    def full_name(self, source: Name, context: Context) -> str:
        """Return the full name of the earlier member that ``source`` means, in the search order of ``resolve``.

        Raises OpError if there is none.
        """
        name = source.render(context.scope)
        scopes = [context.name]
        while scopes[-1]:
            scopes.append(scopes[-1].rpartition(".")[0])
        for scope in scopes:
            if self._find_from(scope, name) is not None:
                return f"{scope}.{name}" if scope else name
        raise EvaluationError(
            OpError(f"no earlier member is named {name}", self._hint(name, context)), source.node.place
        )

    def shared(self, source: Name, own: str, context: Context, training: bool) -> int:
        """Return the node that ``shares`` of the layer ``own`` means. Raises the errors of ``resolve``."""
        try:
            return self.resolve(source, context, training)
        except EvaluationError as error:
            if not f".{own}".endswith(f".{source.render(context.scope)}") or self.find(own) is not None:
                raise
            raise EvaluationError(OpError("shares its own tensors", "name an earlier layer"), error.place) from None

    def _hint(self, name: str, context: Context) -> str:
        plain = "from reads earlier layers, the inputs of its block, and input"
        self.hints += 1
        if self.hints > MAX_SHOWN:  # problems beyond these are counted, not shown
            return plain
        known = [node.name for node in self.builder.nodes[-MOST_HINTED:]] + list(self.others)[-MOST_HINTED:]
        earlier = [each.removeprefix(context.prefix) for each in known]
        return nearest(name, [*context.frame.inputs, *context.frame.network.inputs, *earlier], ()) or plain


def _fits(name: str, pattern: list[list[str]]) -> bool:
    """True if each part of ``name`` matches its part of ``pattern``: the texts in order, with something between any
    two.

    Each text is matched at its first position, which leaves the most room for the later ones. Trying every position
    would take exponential time.
    """
    parts = name.split(".")
    return len(parts) == len(pattern) and all(map(_part_fits, parts, pattern))


def _part_fits(part: str, texts: list[str]) -> bool:
    if len(texts) == 1:
        return part == texts[0]
    first, *between, last = texts
    at = len(first)
    for text in between:
        found = part.find(text, at + 1)
        if found < 0:
            return False
        at = found + len(text)
    return part.startswith(first) and part.endswith(last) and at < len(part) - len(last)
