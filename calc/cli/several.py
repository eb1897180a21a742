"""Options that take every word up to the next option: ``--bits fp32 8 4``."""

from collections.abc import Collection
from typing import Any


class SeveralWords:
    """A command whose ``several`` options may be followed by more than one word. Mixed in before typer's class."""

    several: Collection[str] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """As the class mixed with, each of the words under an option of its own."""
        return super().parse_args(ctx, one_word_each(args, self.several))  # type: ignore[misc]  # of the class mixed with


def one_word_each(args: list[str], several: Collection[str]) -> list[str]:
    """``--bits 8 4`` as ``--bits 8 --bits 4``."""
    found: list[str] = []
    option = ""
    for arg in args:
        if option and not arg.startswith("-"):
            found += [arg] if found[-1] == option else [option, arg]
            continue
        option = arg if arg in several else ""
        found.append(arg)
    return found
