"""What is said of a spec that was imported."""

from calc.errors import Problem
from calc.frozen import FrozenDict
from calc.spec.provenance import WRITTEN, Provenance


def test_of_a_spec_that_somebody_wrote_nothing_is_said() -> None:
    assert WRITTEN.to_json_dict() == {}
    assert WRITTEN.warnings("net.yaml") == ()


def test_what_could_not_be_proved_is_a_warning() -> None:
    found = Provenance(FrozenDict({"torch": "2.14"}), "fc has other MACs", (3, 8, 8), "int8")
    assert found.to_json_dict() == {
        "versions": {"torch": "2.14"},
        "unproved": "fc has other MACs",
        "stored_as": "int8",
    }
    fact = "net.yaml: not proved to equal its source: fc has other MACs"
    assert found.warnings("net.yaml") == (Problem(None, fact, "calc import proves it before it writes it"),)
