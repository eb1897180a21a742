"""Tests of what others bring: skipped by name where it is missing, but not in a run that is to prove something."""

import re
from pathlib import Path

import pytest

from tests.conftest import pytest_runtest_setup
from tests.oracles import SWITCH, require_packages

CI = (Path(__file__).parents[1] / ".ci/run").read_text()
SAID = "not installed, of the extra oracles: no_such_package"


def test_what_is_installed_is_used() -> None:
    require_packages(["yaml"], {SWITCH: "required"})


def test_a_test_without_its_package_is_skipped_by_name() -> None:
    with pytest.raises(pytest.skip.Exception, match=SAID):
        require_packages(["yaml", "no_such_package"], {})


def test_a_test_without_its_package_fails_where_it_is_required() -> None:
    with pytest.raises(pytest.fail.Exception, match=SAID):
        require_packages(["yaml", "no_such_package"], {SWITCH: "required"})


def test_the_marker_reaches_the_check(request: pytest.FixtureRequest) -> None:
    request.node.add_marker(pytest.mark.oracles("no_such_package"))
    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception), match=SAID):
        pytest_runtest_setup(request.node)


def test_the_check_before_a_change_lands_requires_them() -> None:
    assert re.search(rf'^{SWITCH}=required "\$bin/python" -m pytest -m oracles ', CI, re.MULTILINE)
