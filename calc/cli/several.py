"""Options with several values:

``--bits fp32 8 4`` takes all words up to the next option. Others may occur only once.
"""

from collections.abc import Collection
from typing import Any

from calc.errors import OpError


class SeveralWords:
    """A command whose ``several`` options may be followed by more than one word.

    It is mixed in before typer's class.
    """

    several: Collection[str] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Parse the arguments with each of the words under an option of its own."""
        return super().parse_args(ctx, one_word_each(args, self.several))  # type: ignore[misc]  # of the class mixed with


def one_word_each(args: list[str], several: Collection[str]) -> list[str]:
    """Return ``--bits 8 4`` as ``--bits 8 --bits 4``."""
    found: list[str] = []
    option = ""
    for arg in args:
        if option and not arg.startswith("-"):
            found += [arg] if found[-1] == option else [option, arg]
            continue
        option = arg if arg in several else ""
        found.append(arg)
    return found


class GivenOnce:
    """A command that refuses an option for one value if it occurs twice. It is mixed in before typer's class."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Parse the arguments. Raises OpError for an option that occurs twice."""
        single: set[str] = set()
        several: set[str] = set()
        for parameter in self.params:  # type: ignore[attr-defined]  # of the class mixed with
            if not getattr(parameter, "is_flag", True):
                (several if parameter.multiple else single).update(parameter.opts)
        check_given_once(args, single, several)
        return super().parse_args(ctx, args)  # type: ignore[misc]  # of the class mixed with


def check_given_once(args: list[str], single: Collection[str], several: Collection[str]) -> None:
    """Raise OpError if one of the options ``single`` occurs twice.

    The options ``several`` take a value and may be repeated.

    The word after such an option is its value, whatever it looks like.
    """
    seen = set()
    words = iter(args)
    for word in words:
        option, equals, _ = word.partition("=")
        if word == "--":
            return
        if option in single:
            if option in seen:
                raise OpError(f"{option} is given twice", "it takes one value")
            seen.add(option)
        if not equals and (option in single or option in several):
            next(words, None)
