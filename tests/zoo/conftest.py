"""Everything here needs torch and torchvision: marked so, and not even imported where they are missing."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torchvision") else ["*"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Called for what is in this folder alone."""
    item.add_marker(pytest.mark.torch)
