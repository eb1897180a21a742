"""Records the origin of a spec that a program imported."""

from typing import Any, NamedTuple

from calc.errors import Problem
from calc.frozen import FrozenDict


class Provenance(NamedTuple):
    """The origin of an imported spec. For a spec that somebody wrote, ``versions`` and ``unproved`` are empty.

    ``versions`` has the versions of the packages that it was imported with, by name (``torch``). ``unproved`` is the
    reason why it could not be proved equal to its source. ``asked`` has the input sizes that it was imported at, for
    the only input or by the input names of the source; its own inputs have these sizes already. ``stored_as`` is the
    storage format of the model's files, if known and not a float. ``remarks`` are other sentences for the reader.
    """

    versions: FrozenDict[str, str] = FrozenDict()
    unproved: str = ""
    asked: tuple[int, ...] | FrozenDict[str, tuple[int, ...]] | None = None
    stored_as: str = ""
    remarks: tuple[str, ...] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """Return the entry of JSON reports, without empty fields."""
        return {key: value for key, value in self._replace(asked=None)._asdict().items() if value}

    def warnings(self, spec: str) -> tuple[Problem, ...]:
        """Return the warnings about ``spec``."""
        if not self.unproved:
            return ()
        fact = f"{spec}: not proved to equal its source: {self.unproved}"
        return (Problem(None, fact, "calc import proves it before it writes it"),)


WRITTEN = Provenance()
"""The provenance of a spec that somebody wrote."""
