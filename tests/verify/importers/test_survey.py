"""The survey of timm: a network that is exact, one that there is not, and one that takes too long."""

import pytest

pytestmark = pytest.mark.oracles("timm")


def test_a_network_is_exact_and_an_unknown_one_refused() -> None:
    from verify.importers.survey import outcome

    found, unknown = outcome("test_resnet"), outcome("no_such_network")
    assert found.kind == "exact", found
    assert "equal to the module; outputs not run" in found.said
    assert (unknown.kind, unknown.said.partition(":")[0]) == ("refused", "timm has no model no_such_network")


def test_a_network_that_takes_too_long_is_ended() -> None:
    from verify.importers.survey import outcome, surveyed

    (found,) = surveyed({"test_resnet": "test_resnet"}, 0, outcome)
    assert found.kind == "too long"
