"""Problems with their places, and the only code that turns them into text."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple, Protocol, TypeVar

Read = TypeVar("Read")

MAX_LISTED = 16
"""The largest number of known words that a hint lists if none is similar."""
MAX_COMPARED = 500
"""The largest number of known words that one wrong word is compared with."""
MAX_SHOWN = 50
"""The largest number of problems that are printed. Of the rest, only their number is printed."""
MAX_LINE = 1_500
"""The largest number of characters in a line of a message.

The middle of a longer line is left out, so that the place and the fact remain.
"""


class Place(NamedTuple):
    """A position in a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Origin(Protocol):
    """The source of a layer in messages: a place in a YAML file, the path of a module, or a node of an ONNX file."""

    def __str__(self) -> str: ...


class Problem(NamedTuple):
    """One mistake: its place, its layer, the fact, and a hint for correcting it.

    ``notes`` are lines that follow the fact: the calls that led to it, and where a value came from.
    """

    place: Origin | None
    fact: str
    hint: "str | Nearest" = ""
    layer: str = ""
    op: str = ""
    notes: tuple[str, ...] = ()

    @property
    def in_file(self) -> Place | None:
        """The place of the problem if it is in a file; otherwise None."""
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
    """Return the results of ``read`` for each value of an option. Raises SpecError with every value that is refused."""
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
    """Return the first of ``problems``, followed by one that says how many more there are."""
    more = len(problems) - MAX_SHOWN
    if more <= 0:
        return tuple(problems)
    return (*problems[:MAX_SHOWN], Problem(None, f"and {number_of(more, 'more problem')}"))


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE // 2]} … {line[-MAX_LINE // 3 :]}"


def printable(text: str) -> str:
    """Return ``text`` with control and invisible characters escaped, so that it cannot drive a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, known: Iterable[str], listed: Iterable[str] | None = None, cutoff: float = 0.6) -> str:
    """Return a hint with the known words that are most similar to ``word``.

    ``cutoff`` is the required similarity, at most 1.

    If no word is similar, the hint lists the words in ``listed`` if they are few. By default these are all of
    ``known``.
    """
    from difflib import get_close_matches  # only an error pays for this import

    known = set(known)
    close = get_close_matches(word[:60], _comparable(word[:60], known), n=3, cutoff=cutoff)
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = sorted(known if listed is None else set(listed))
    return f"known here: {', '.join(shown)}" if 1 <= len(shown) <= MAX_LISTED else ""


def _comparable(word: str, known: set[str]) -> list[str]:
    """Return all of ``known`` or, if they are many, those that begin or end like ``word``, similar lengths first."""
    if len(known) <= MAX_COMPARED:
        return sorted(known)
    alike = [other for other in known if other[:1] == word[:1] or other[-1:] == word[-1:]]
    return sorted(alike, key=lambda other: (abs(len(other) - len(word)), other))[:MAX_COMPARED]


class Nearest:
    """The hint of ``nearest``, computed when it is shown.

    A file may have thousands of wrong words, of which only the first are shown. Comparing all of them with thousands of
    known words would take minutes. ``known`` must not change afterwards.
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
    """Return the error that ``key`` is not one of ``known``, with the nearest ones. ``where`` names the mapping."""
    return OpError(f"unknown key {key[:60]}{where and f' in {where}'}", Nearest(key, known))


def choice_of(words: Iterable[str]) -> str:
    """Return ``words`` as a choice: ``csv, json or table``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def number_of(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 input``, ``2 inputs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
