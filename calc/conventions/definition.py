"""A convention as data: which counts of which layers it adds up, read from one YAML file."""

import re
from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from calc.conventions.components import NAMES
from calc.errors import Problem, SpecError, nearest
from calc.ops import WORDS
from calc.ops.base import Op
from calc.reading import read_bytes
from calc.spec import source

_KEYS = ("name", "title", "unit", "version", "source", "note", "counts", "faults")
_NUMBER = re.compile(r"-?[0-9]{1,4}(/[1-9])?")
_TERM_KEYS = ("of", "as", "where", "called", "because")


class Term(NamedTuple):
    """So many times these counts of every layer that is meant.

    ``of`` are op words; ``where`` are fields the op must have at these values; ``called`` is ``module`` or
    ``function`` where only one of them is seen. ``name`` says in a few words which layers those are,
    empty for all; ``because`` why it is a fault.
    """

    of: frozenset[str]
    counts: dict[str, Fraction]
    where: dict[str, Any]
    called: str | None
    name: str
    because: str

    def means(self, op: Op, called: str) -> bool:
        """Whether a layer of one of the words is meant, given its op and how the reference calls it."""
        if self.called not in (None, called):
            return False
        return all(getattr(op, field, None) == value for field, value in self.where.items())


class Convention(NamedTuple):
    """A way of counting, and where it is taken from.

    ``terms`` are the convention. ``faults`` are what the tool that follows it gets wrong by its own
    convention: the tool prints terms plus faults. ``version`` is that of the tool, empty for no tool.
    """

    name: str
    title: str
    unit: str
    version: str
    source: str
    note: str
    terms: tuple[Term, ...]
    faults: tuple[Term, ...]


class Functions(NamedTuple):
    """What published implementations run without a module of torch.nn, so that hooks on modules do not see it.

    ``entries``: globs on references, each with globs on the names of its layers.
    """

    entries: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, reference: str | None) -> tuple[str, ...]:
        """The globs on layers of ``reference``."""
        return tuple([glob for known, globs in self.entries if fnmatchcase(reference or "", known) for glob in globs])


def read_convention(path: Path) -> Convention:
    """The convention in the YAML file ``path``. Raises SpecError with every problem of it."""
    problems: list[Problem] = []
    root = _mapping(source.parse(read_bytes(path), str(path)), _KEYS, problems)
    found = {key: _text(root, key) for key in _KEYS[:-2]}
    for key in ("name", "title", "unit", "source", "counts"):
        if root is not None and key not in root.entries:
            problems.append(Problem(root.place, f"needs {key}:"))
    terms = _terms(root, "counts", problems)
    faults = _terms(root, "faults", problems)
    problems += [
        Problem(root.place, f"fault {term.name}: needs because:") for term in faults if root and not term.because
    ]
    if problems:
        raise SpecError(problems)
    return Convention(**found, terms=terms, faults=faults)


def read_functions(path: Path) -> Functions:
    """The functions in the YAML file ``path``, a mapping of references to lists of layers."""
    plain = source.plain(source.parse(read_bytes(path), str(path)))
    return Functions(tuple([(reference, tuple(layers)) for reference, layers in plain.items()]))


def _mapping(node: source.Value, known: tuple[str, ...], problems: list[Problem]) -> source.Mapping | None:
    if not isinstance(node, source.Mapping):
        problems.append(Problem(node.place, f"must be a mapping of {', '.join(known)}"))
        return None
    for name, key in node.keys.items():
        if name not in known:
            problems.append(Problem(key.place, f"unknown key {name}", nearest(name, known)))
    return node


def _text(node: source.Mapping | None, key: str) -> str:
    value = node.entries.get(key) if node else None
    return value.text if isinstance(value, source.Scalar) else ""


def _terms(root: source.Mapping | None, key: str, problems: list[Problem]) -> tuple[Term, ...]:
    node = root.entries.get(key) if root else None
    if node is None:
        return ()
    if not isinstance(node, source.Sequence):
        problems.append(Problem(node.place, f"{key} must be a list"))
        return ()
    return tuple([term for item in node.items if (term := _term(item, problems))])


def _term(node: source.Value, problems: list[Problem]) -> Term | None:
    if not isinstance(node, source.Mapping):
        problems.append(Problem(node.place, "a term is a mapping such as {of: batch_norm, inputs: 2}"))
        return None
    plain = source.plain(node)
    of = plain.get("of", "*")
    globs = of if isinstance(of, list) else [of]
    for glob in globs:
        if not filter_names(WORDS, glob):
            problems.append(Problem(node.place, f"of: {glob} is no op", nearest(glob, WORDS)))
    words = frozenset([word for glob in globs for word in filter_names(WORDS, glob)])
    counts = {}
    for key, value in plain.items():
        if key in _TERM_KEYS:
            continue
        if key not in (*NAMES, *WORDS) and not key.endswith((" macs", " elements")):
            problems.append(Problem(node.keys[key].place, f"unknown count {key}", nearest(key, (*NAMES, *_TERM_KEYS))))
        elif not _NUMBER.fullmatch(str(value)):
            problems.append(Problem(node.keys[key].place, f"{key}: {value} is neither an integer nor such as 1/2"))
        else:
            counts[key] = Fraction(value)
    called = plain.get("called")
    if called not in (None, "module", "function"):
        problems.append(Problem(node.place, f"called: {called} is neither module nor function"))
    name = plain.get("as", "" if of == "*" else " and ".join(globs))
    return Term(words, counts, plain.get("where", {}), called, name, plain.get("because", ""))
