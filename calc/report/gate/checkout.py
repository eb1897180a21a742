"""Paths from the top of the repository, in which tools that show annotations look files up."""

import os
from typing import NamedTuple


class Checkout(NamedTuple):
    """The folder of a repository, ``top``, and the folder ``here`` from which files are named. Both are absolute."""

    top: str
    here: str

    def path(self, file: str) -> str:
        """Return the path of ``file`` from ``top``, or ``file`` itself if it is outside."""
        found = os.path.relpath(os.path.join(self.here, file), self.top).replace(os.sep, "/")
        return file if found.startswith("../") else found
