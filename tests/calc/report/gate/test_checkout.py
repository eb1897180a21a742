"""Paths from the top of a repository."""

import pytest

from calc.report.gate.checkout import Checkout


@pytest.mark.parametrize(
    "file, path",
    [
        ("net.yaml", "proj/ci/net.yaml"),
        ("../specs/./net.yaml", "proj/specs/net.yaml"),
        ("../../net.yaml", "net.yaml"),
        ("/repo/net.yaml", "net.yaml"),
        ("/repository/net.yaml", "/repository/net.yaml"),
        ("../../../net.yaml", "../../../net.yaml"),
        ("..net.yaml", "proj/ci/..net.yaml"),
    ],
)
def test_a_file_inside_is_named_from_the_top(file: str, path: str) -> None:
    assert Checkout("/repo", "/repo/proj/ci").path(file) == path


def test_the_top_of_the_file_system() -> None:
    assert Checkout("/", "/work").path("net.yaml") == "work/net.yaml"
