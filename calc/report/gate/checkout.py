"""Paths as those who show annotations look files up: from the top of the repository."""

import os
from typing import NamedTuple


class Checkout(NamedTuple):
    """``top``, the repository's folder, and ``here``, the folder that files are named from; both absolute."""

    top: str
    here: str

    def path(self, file: str) -> str:
        """``file`` from the top; as it is where it lies outside."""
        found = os.path.relpath(os.path.join(self.here, file), self.top).replace(os.sep, "/")
        return file if found.startswith("../") else found
