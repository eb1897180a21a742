"""Lists the files that the names under ``extends`` and ``uses`` stand for: files of the user, or packaged specs."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from calc.spec.files import written
from calc.spec.model import ModelSpec
from calc.spec.shelf import is_name, is_packaged, packaged_specs
from calc.spec.tree import Mapping, Scalar, Value

PACKAGED = "<packaged>"
"""Stands in for the folder of the packaged specs, which differs between machines."""


class Base(NamedTuple):
    """A spec that another spec names under ``key`` (``extends`` or ``uses``) without a file ending, and the file that
    was found.
    """

    key: str
    name: str
    file: str

    @property
    def is_packaged(self) -> bool:
        """True if the file is one of the packaged specs."""
        return is_packaged(self.file)

    def to_json_dict(self) -> dict[str, Any]:
        """Return the entry of JSON reports. The path of a packaged file starts with ``<packaged>``."""
        file = self.portable(Path()) if self.is_packaged else self.file
        return {**self._asdict(), "file": file, "packaged": self.is_packaged}

    def portable(self, folder: Path) -> str:
        """Return the path from ``folder``, or for a packaged file one that is the same on every machine:
        ``<packaged>/mobilenetv2.yaml``.
        """
        if self.is_packaged:
            return f"{PACKAGED}/{Path(self.file).resolve().relative_to(packaged_specs().resolve()).as_posix()}"
        return os.path.relpath(self.file, folder).replace(os.sep, "/")


def bases(model: ModelSpec) -> tuple[Base, ...]:
    """Return every spec that the files of ``model`` name.

    The names inside packaged specs are left out, because they cannot change.
    """
    return tuple(dict.fromkeys(_bases(model)))


def _bases(model: ModelSpec) -> Iterator[Base]:
    files = model.lineage
    for mapping, following in zip(files, [*files[1:], None], strict=True):
        found = list(_named(mapping.entries.get("extends"), "extends", following))
        uses = mapping.entries.get("uses")
        for block, node in uses.entries.items() if isinstance(uses, Mapping) else ():
            home = model.blocks[block].home
            assert home is not None
            found += [*_named(node, "uses", home.lineage[0]), *_bases(home)]
        if found and not is_packaged(mapping.file):
            yield from found


def _named(node: Value | None, key: str, of: Mapping | None) -> Iterator[Base]:
    if of is not None:
        assert isinstance(node, Scalar)  # or there would be no such file
        text, _ = written(node, key)
        if is_name(text):
            yield Base(key, text, of.file)
