"""Where a spec comes from that nobody wrote by hand."""

from typing import Any, NamedTuple

from calc.errors import Problem
from calc.frozen import FrozenDict


class Provenance(NamedTuple):
    """``versions``: what it was imported with, by name (``torch``). ``unproved``: why it could not be proved to
    be the one that it was imported from. Of a spec that somebody wrote both are empty. ``asked``: the sizes that it was
    imported at, of an input or by the names that inputs have where it comes from; its own inputs have them already.
    ``stored_as``: how the files of the model are stored, where that is said and is no float. ``remarks``: what else a
    reader should know of what was imported, a sentence each.
    """

    versions: FrozenDict[str, str] = FrozenDict()
    unproved: str = ""
    asked: tuple[int, ...] | FrozenDict[str, tuple[int, ...]] | None = None
    stored_as: str = ""
    remarks: tuple[str, ...] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """What there is of it, as reports have it."""
        return {key: value for key, value in self._replace(asked=None)._asdict().items() if value}

    def warnings(self, spec: str) -> tuple[Problem, ...]:
        """What is to be said of ``spec``."""
        if not self.unproved:
            return ()
        fact = f"{spec}: not proved to be what it was imported from: {self.unproved}"
        return (Problem(None, fact, "calc import proves it before it writes it"),)


WRITTEN = Provenance()
"""That of a spec that somebody wrote."""
