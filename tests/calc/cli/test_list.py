"""``calc list``: whatever comes with the package, by a word."""

import json
from collections.abc import Callable

import pytest

from calc.formats import format_named
from calc.precision import resolve
from calc.report.listed import found_by
from calc.spec.shelf import packaged, packaged_claims
from tests.calc.cli.conftest import Ran

Run = Callable[..., Ran]


def test_everything_is_found_and_goes_by_its_name() -> None:
    names: dict[str, list[str]] = {}
    for listed in found_by(None):
        names.setdefault(listed.kind, []).append(listed.name)
    assert list(names) == ["spec", "claims", "policy", "device", "runtime", "format"]
    assert names["spec"] == list(packaged())
    assert names["claims"] == list(packaged_claims())
    assert all(resolve(name) for name in names["policy"])
    assert all(format_named(name).name == name for name in names["format"])


@pytest.mark.parametrize(
    "word, kind, name",
    [
        ("MobileNet-V2", "spec", "mobilenetv2"),
        ("arXiv:1801.04381", "spec", "mobilenetv2"),
        ("Nemati", "claims", "seed_report"),
        ("first tenth", "policy", "adaptive"),
        ("q4_k", "policy", "Q4_K_M"),
        ("int4g", "format", "int4g128"),
    ],
)
def test_by_a_word(word: str, kind: str, name: str) -> None:
    assert (kind, name) in [listed[:2] for listed in found_by(word)]


def test_everything_says_what_it_is() -> None:
    assert [listed for listed in found_by(None) if not listed.about] == []


def test_as_json_and_as_a_table(calc: Run) -> None:
    found = json.loads(calc("list", "seed_report", "--format", "json").out)
    assert found["schema"] == "calc.list/1"
    assert [(each["kind"], each["name"]) for each in found["found"]] == [("claims", "seed_report")]
    assert calc("list", "seed_report").out.splitlines()[2].split()[:2] == ["claims", "seed_report"]


def test_nothing_is_found(calc: Run) -> None:
    ran = calc("list", "mobilnetv2")
    assert (ran.code, ran.out) == (1, "")
    assert "did you mean mobilenetv2" in ran.err
