"""A convention as data: the counts of layers that it adds up. Each is read from a YAML file."""

import re
from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from calc.components import NAMES, Component, component
from calc.errors import Nearest, OpError, Problem, SpecError
from calc.frozen import FrozenDict
from calc.ops import WORDS, op_class
from calc.ops.base import Op
from calc.reading import read_bytes
from calc.spec import source
from calc.spec.keys import kind_of_value, text_of, unknown_keys

_KEYS = ("name", "title", "unit", "version", "source", "note", "counts", "faults")
_NEEDED = ("name", "title", "unit", "source", "counts")
_NUMBER = re.compile(r"-?[0-9]{1,4}(/[1-9])?")
_TERM_KEYS = ("of", "as", "where", "unless", "axes", "called", "because")


class Term(NamedTuple):
    """A count that is multiplied by a factor and added, for each layer that matches.

    ``of`` has op words, or None for every op. ``where`` has values that fields of the op must have, on each axis if
    there is one value for each axis. ``unless`` has values that the fields must not all have. ``axes`` is the number of
    axes of the output, or 0 for any number. ``called`` is ``module`` or ``function`` if the tool sees only one of them.
    ``name`` describes the layers in a few words and is empty for all layers. ``because`` is the reason of a fault.
    """

    of: frozenset[str] | None
    counts: FrozenDict[Component, Fraction]
    where: FrozenDict[str, Any]
    unless: FrozenDict[str, Any]
    axes: int
    called: str | None
    name: str
    because: str

    def means(self, op: Op, axes: int, called: str) -> bool:
        """Whether the term applies to a layer with this op and output, which the reference calls in this way."""
        if self.called not in (None, called) or self.axes not in (0, axes):
            return False
        if self.unless and all(_is(getattr(op, field, None), value) for field, value in self.unless.items()):
            return False
        return all(_is(getattr(op, field, None), value) for field, value in self.where.items())


def _is(field: Any, value: Any) -> bool:
    return field == value or (isinstance(field, tuple) and all(one == value for one in field))


class Convention(NamedTuple):
    """A way of counting, with its source.

    ``terms`` define the convention. ``faults`` are the mistakes of its tool, which prints the sum of terms and faults.
    ``version`` is that of the tool, and empty if there is none.
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
    """The layers that published implementations run as functions instead of modules. Hooks on modules miss them.

    ``entries`` has globs on references, each with globs on the names of layers.
    """

    entries: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, reference: str | None) -> tuple[str, ...]:
        """The globs on the layers of ``reference``."""
        return tuple([glob for known, globs in self.entries if fnmatchcase(reference or "", known) for glob in globs])


def read_convention(path: Path) -> Convention:
    """Read the convention in the YAML file ``path``. Raises SpecError with every problem in it."""
    root = _mapping(path, f"must be a mapping of {', '.join(_KEYS)}")
    problems = unknown_keys(root, _KEYS)
    problems += [Problem(root.place, f"needs {key}:") for key in _NEEDED if key not in root.entries]
    found = {key: _text(root, key, problems) for key in _KEYS[:-2]}
    terms = _terms(root, "counts", problems)
    faults = _terms(root, "faults", problems)
    problems += [Problem(root.place, f"fault {term.name}: needs because:") for term in faults if not term.because]
    if problems:
        raise SpecError(problems)
    return Convention(**found, terms=terms, faults=faults)


def read_functions(path: Path) -> Functions:
    """Read the functions in the YAML file ``path``, a mapping of references to lists of layers.

    Raises SpecError with every problem in it.
    """
    root = _mapping(path, "must be a mapping of references to lists of layers")
    problems: list[Problem] = []
    entries = []
    for reference, node in root.entries.items():
        if not isinstance(node, source.Sequence):
            problems.append(
                Problem(node.place, f"{reference[:60]} takes a list of layers, this is {kind_of_value(node)}")
            )
            continue
        layers = [_read(item, "a layer", problems) for item in node.items]
        entries.append((reference, tuple(layers)))
    if problems:
        raise SpecError(problems)
    return Functions(tuple(entries))


def _mapping(path: Path, wanted: str) -> source.Mapping:
    node = source.parse(read_bytes(path), str(path))
    if not isinstance(node, source.Mapping):
        raise SpecError([Problem(node.place, wanted)])
    return node


def _text(node: source.Mapping, key: str, problems: list[Problem]) -> str:
    return _read(node.entries[key], key, problems) if key in node.entries else ""


def _read(node: source.Value, key: str, problems: list[Problem]) -> str:
    try:
        return text_of(node, key)
    except OpError as error:
        problems.append(Problem(node.place, error.fact, error.hint))
        return ""


def _terms(root: source.Mapping, key: str, problems: list[Problem]) -> tuple[Term, ...]:
    node = root.entries.get(key)
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
    globs = _globs(node, problems)
    words = None if globs == ["*"] else frozenset([word for glob in globs for word in filter_names(WORDS, glob)])
    counts: dict[Component, Fraction] = {}
    keys = node.keys()
    for key, value in node.entries.items():
        if key in _TERM_KEYS:
            continue
        meant = component(key)
        if meant == key and key not in (*NAMES, *WORDS):
            problems.append(Problem(keys[key].place, f"unknown count {key}", Nearest(key, NAMES, _TERM_KEYS)))
            continue
        text = _read(value, key, problems)
        if _NUMBER.fullmatch(text):
            counts[meant] = Fraction(text)
        elif text:
            problems.append(Problem(value.place, f"{key}: {text[:60]} is neither an integer nor such as 1/2"))
    called = _text(node, "called", problems) or None
    if called not in (None, "module", "function"):
        problems.append(Problem(node.entries["called"].place, f"called: {called} is neither module nor function"))
    name = _text(node, "as", problems) or ("" if "of" not in node.entries else " and ".join(globs))
    because = _text(node, "because", problems)
    where, unless = [_fields(node, key, words or frozenset(WORDS), problems) for key in ("where", "unless")]
    axes = _text(node, "axes", problems) or "0"
    if not re.fullmatch("[0-9]{1,2}", axes):
        problems.append(Problem(node.entries["axes"].place, f"axes: {axes[:60]} is not a number of axes from 0 to 99"))
        axes = "0"
    return Term(words, FrozenDict(counts), where, unless, int(axes), called, name, because)


def _globs(node: source.Mapping, problems: list[Problem]) -> list[str]:
    """The op words under ``of:``, which may be globs; all op words if it is missing."""
    if "of" not in node.entries:
        return ["*"]
    of = node.entries["of"]
    items = of.items if isinstance(of, source.Sequence) else [of]
    globs = [_read(item, "of", problems) for item in items]
    for item, glob in zip(items, globs, strict=True):
        if glob and not filter_names(WORDS, glob):
            problems.append(Problem(item.place, f"of: {glob} is not an op", Nearest(glob, WORDS)))
    return globs


def _fields(node: source.Mapping, key: str, words: frozenset[str], problems: list[Problem]) -> FrozenDict[str, Any]:
    """The fields and their values under ``key``. A field that none of ``words`` has is a problem."""
    where = node.entries.get(key)
    if where is None:
        return FrozenDict()
    if not isinstance(where, source.Mapping):
        problems.append(Problem(where.place, f"{key} takes fields and their values, this is {kind_of_value(where)}"))
        return FrozenDict()
    problems += unknown_keys(where, sorted({field for word in words for field in op_class(word).fields()}), key)
    for field, value in where.entries.items():
        if not (isinstance(value, source.Scalar) and value.data is None):
            _read(value, field, problems)
    return FrozenDict(source.plain(where))
