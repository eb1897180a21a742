"""What GitHub reads of a log: annotations at lines of files, and nothing that a name could make one."""

from calc.gate.difference import difference
from calc.gate.gate import Outcome
from calc.report.gate import github, render
from calc.report.gate.words import Report
from tests.calc.report.gate.reports import every_status, hostile, outcome


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in ``log``: name, properties, message."""
    found = []
    for line in log.split("\n"):
        assert "##[" not in line  # its older form works anywhere in a line
        stripped = line.lstrip()
        if not stripped.startswith("::") or "::" not in stripped[2:]:
            continue
        head, _, message = stripped[2:].partition("::")
        word, _, written = head.partition(" ")
        pairs = [item.partition("=") for item in written.split(",") if item]
        properties = {key.strip(): unescaped(value, ":,") for key, _, value in pairs}
        found.append((word, properties, unescaped(message, "")))
    return found


def unescaped(value: str, more: str) -> str:
    for character in ("\r", "\n", *more, "%"):
        value = value.replace(f"%{ord(character):02X}", character)
    return value


@hostile
def test_github_reads_our_annotations_and_no_others(name: str) -> None:
    found = commands(render(every_status(name), "github"))
    assert {word for word, _, _ in found} == {"error"}
    assert len(found) == 9
    for _, properties, message in found:
        assert set(properties) == {"file", "line", "col", "title"}
        assert properties["line"] in ("1", "3", "7")
        assert message.isprintable()


@hostile
def test_a_log_of_text_holds_no_command(name: str) -> None:
    assert commands(render(every_status(name), "text")) == []


def test_github_annotates_the_line_of_the_changed_layer() -> None:
    (command, *_) = commands(github.render(Report((outcome("net.yaml", "conv"),), "lock", ("8",))))
    assert command[0] == "error"
    found = commands(github.render(Report((outcome("net.yaml", "conv"),), "lock", ("8",))))
    (change,) = [c for c in found if "stride 100 → 300" in c[2]]
    assert change[1] == {"file": "net.yaml.family", "line": "7", "col": "9", "title": "A number of a network moved"}
    assert "MACs +200" in change[2]


def test_github_shows_ten_and_says_how_many_more() -> None:
    outcomes = tuple(Outcome(f"{i}.yaml", f"{i}.yaml", "missing") for i in range(13))
    found = commands(github.render(Report(outcomes, "lock", ())))
    assert [word for word, _, _ in found] == ["error"] * 10 + ["notice"]
    assert found[-1][2] == "3 findings more in the step summary"


def test_the_worst_come_first() -> None:
    small, large = outcome("a.yaml", "small"), outcome("b.yaml", "large")
    rows = [row._replace(macs=5000 * row.macs) for row in large.difference.after.layers]  # type: ignore[union-attr]  # it has one
    grown = difference(large.difference.before, large.difference.after._replace(layers=tuple(rows)))  # type: ignore[union-attr]  # it has one
    report = Report((small, Outcome(**{**vars(large), "difference": grown})), "lock", ())
    changes = [message for _, _, message in commands(github.render(report)) if message.startswith("changed")]
    assert changes[0].startswith("changed: large0")


def test_one_edit_of_a_family_is_one_annotation() -> None:
    outcomes = tuple(Outcome(**{**vars(outcome("x", "conv")), "spec": f"{i}.yaml", "breaches": ()}) for i in range(9))
    changes = [
        message for _, _, message in commands(github.render(Report(outcomes, "lock", ()))) if "stride" in message
    ]
    assert len(changes) == 1
    assert changes[0].endswith("(also in 1.yaml, 2.yaml, 3.yaml, 4.yaml, 5.yaml, …)")
