"""The survey of timm with networks that are exact, unknown or too slow, and its recorded results."""

from pathlib import Path

import pytest

from verify.importers.survey import in_turns, outcome, table
from verify.importers.surveyed import Surveyed, SurveyFile, surveyed

RESULTS = Path(__file__).parent / "timm_survey.csv"
PAGE = Path(__file__).parents[3] / "docs" / "import.md"


@pytest.mark.oracles("timm")
def test_a_network_is_exact_and_an_unknown_one_refused() -> None:
    found, unknown = outcome("test_resnet"), outcome("no_such_network")
    assert found.kind == "exact", found
    assert "equal to the module; outputs not run" in found.said
    assert (unknown.kind, unknown.said.partition(":")[0]) == ("refused", "timm has no model no_such_network")


@pytest.mark.oracles("timm")
def test_a_network_that_takes_too_long_is_ended() -> None:
    (found,) = surveyed({"test_resnet": "test_resnet"}, 0, outcome)
    assert found.kind == "too long"


def test_each_family_is_met_before_the_second_of_any() -> None:
    assert in_turns([["a1", "a2", "a3"], ["b1"], ["c1", "c2"]]) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_a_file_of_results_goes_on(tmp_path: Path) -> None:
    first = SurveyFile(tmp_path / "results.csv", "4 names")
    first.add(Surveyed("one", "exact", "2 layers", 1.5))
    first.add(Surveyed("two", "refused", "it | mixes, samples", 1.5))
    again = SurveyFile(tmp_path / "results.csv", "4 names, on another day")
    again.add(Surveyed("three", "exact", "", 1.5))
    assert again.about == "4 names"
    assert list(again.found) == ["one", "two", "three"]
    assert table(again) == (
        "Of 4 names, 3 were tried: 2 are exact, 66.7 %.\n\n| network | | why |\n|---|---|---|\n"
        "| `two` | refused | it  mixes, samples |"
    )


def test_the_page_has_what_the_survey_found() -> None:
    assert table(SurveyFile(RESULTS, "")) in PAGE.read_text(encoding="utf-8")
