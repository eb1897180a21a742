"""Problems with a place, and the one renderer they all go through."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple, Protocol, TypeVar

Read = TypeVar("Read")

MAX_LISTED = 16
"""Known words that a hint still lists where none is near."""
MAX_COMPARED = 500
"""Known words that one wrong word is compared with."""
MAX_SHOWN = 50
"""Problems that are printed; of the rest, only how many there are."""
MAX_LINE = 1_500
"""Characters of a line of a message; of a longer one the middle goes, so that place and fact both stay."""


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Origin(Protocol):
    """Where a layer comes from, as messages print it: a place in a YAML file, the path of a module, a node of ONNX."""

    def __str__(self) -> str: ...


class Problem(NamedTuple):
    """One thing that is wrong: where, at which layer, the fact, and how to mend it.

    ``notes`` are the lines that follow the fact: the calls that led to it and where a value came from.
    """

    place: Origin | None
    fact: str
    hint: "str | Nearest" = ""
    layer: str = ""
    op: str = ""
    notes: tuple[str, ...] = ()

    @property
    def in_file(self) -> Place | None:
        """Its place, where that is in a file."""
        return self.place if isinstance(self.place, Place) else None

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        if self.layer or self.op:
            head += " ".join(filter(None, (self.layer, f"({self.op})" if self.op else ""))) + ": "
        lines = [head + self.fact]
        lines += [f"  {note}" for note in self.notes]
        hint = str(self.hint)
        if hint:
            lines.append(f"  hint: {hint}")
        return "\n".join([_cut(printable(line)) for line in lines])


class SpecError(Exception):
    """Bad input. ``problems`` has every problem, in the order of the file; the text shows the first of them.

    >>> from calc import SpecError
    >>> from calc.spec import loads
    >>> try:
    ...     loads("{name: Net, input: [3, 8, 8], layers: [conv3d2]}", "net.yaml")
    ... except SpecError as error:
    ...     print(str(error).splitlines()[0])
    net.yaml:1:40: unknown op conv3d2
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, shown(self.problems))))


class OpError(Exception):
    """A mistake without a place in a file: ``fact`` says what is wrong, and ``hint`` how to correct it.

    >>> from calc import OpError, analyse, load
    >>> try:
    ...     analyse(load("mobilenetv2"), bits="adptive")
    ... except OpError as error:
    ...     print(error.fact)
    unknown precision 'adptive'
    """

    def __init__(self, fact: str, hint: "str | Nearest" = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint


def each(option: str, texts: Iterable[str], read: Callable[[str], Read]) -> list[Read]:
    """What ``read`` makes of each value of an option. Raises SpecError with every one that it refuses."""
    found, problems = [], []
    for text in texts:
        try:
            found.append(read(text))
        except OpError as error:
            problems.append(Problem(None, f"{option} {text[:60]}: {error.fact}", error.hint))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def shown(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The first of ``problems``, and one more that says how many there are beyond them."""
    more = len(problems) - MAX_SHOWN
    if more <= 0:
        return tuple(problems)
    return (*problems[:MAX_SHOWN], Problem(None, f"and {number_of(more, 'more problem')}"))


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE // 2]} … {line[-MAX_LINE // 3 :]}"


def printable(text: str) -> str:
    """``text`` with control and invisible characters escaped, so that it cannot drive a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, known: Iterable[str], listed: Iterable[str] | None = None, cutoff: float = 0.6) -> str:
    """A hint naming the known words nearest to ``word``, of which ``cutoff`` says how near: 1 is the same.

    Where none is near, all of ``listed`` (those known, unless given) if they are few.
    """
    from difflib import get_close_matches  # only an error pays for this import

    known = set(known)
    close = get_close_matches(word[:60], _comparable(word[:60], known), n=3, cutoff=cutoff)
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = sorted(known if listed is None else set(listed))
    return f"known here: {', '.join(shown)}" if 1 <= len(shown) <= MAX_LISTED else ""


def _comparable(word: str, known: set[str]) -> list[str]:
    """All of ``known``; of very many, those that begin or end as ``word`` does, the most equal in length first."""
    if len(known) <= MAX_COMPARED:
        return sorted(known)
    alike = [other for other in known if other[:1] == word[:1] or other[-1:] == word[-1:]]
    return sorted(alike, key=lambda other: (abs(len(other) - len(word)), other))[:MAX_COMPARED]


class Nearest:
    """The hint that ``nearest`` gives, worked out when it is shown.

    Of thousands of wrong words in a file only the first are shown, and to compare each with thousands of known ones
    would take minutes. ``known`` are collections that stay as they are.
    """

    __slots__ = ("_known", "_listed", "_otherwise", "_word")

    def __init__(
        self, word: str, *known: Collection[str], listed: Collection[str] | None = None, otherwise: str = ""
    ) -> None:
        self._word = word
        self._known = known
        self._listed = listed
        self._otherwise = otherwise

    def __str__(self) -> str:
        return nearest(self._word, chain.from_iterable(self._known), self._listed) or self._otherwise

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nearest) and (self._word, self._known) == (other._word, other._known)

    def __hash__(self) -> int:
        return hash(self._word)


def unknown_key(key: str, known: Collection[str], where: str = "") -> OpError:
    """That ``key`` is none of ``known``, with the nearest of them; ``where`` names what it stands in."""
    return OpError(f"unknown key {key[:60]}{where and f' in {where}'}", Nearest(key, known))


def number_of(number: int, noun: str) -> str:
    """``1 input``, ``2 inputs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
