"""What compares with torch is marked so, and not even imported where it is missing; published numbers need none."""

from importlib.util import find_spec
from pathlib import Path

import pytest

IDENTITY = Path(__file__).parent / "test_identity.py"
collect_ignore_glob = [] if find_spec("torch") else ["test_identity.py", "references/*"]


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.path == IDENTITY:
        item.add_marker(pytest.mark.torch)
