"""Everything here needs torch: marked so, and not even imported where it is missing."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["*"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Called for what is in this folder alone."""
    item.add_marker(pytest.mark.torch)
