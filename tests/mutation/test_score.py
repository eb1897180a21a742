"""What the score says of mutants, without running any."""

import pytest

from tests.mutation.score import Mutant, Reason, change, report, sample

DIFF = """--- calc/spec/a.py
+++ calc/spec/a.py
@@ -1,4 +1,4 @@
 def room(left, most):
{}
     return left
"""


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("-    if left > most:\n+    if left >= most:", "if left {> → >=} most:"),
        ("-    f(left,\n-      most=8)\n+    f(left)", "f(left{, most=8 → })"),
        ("-        strict=True,", "{strict=True, → }"),
        ("-    name = 'full'\n+    name = None", "name = {'full' → None}"),
    ],
)
def test_a_change_is_one_line(lines: str, expected: str) -> None:
    assert change(DIFF.format(lines)) == expected


def mutants(file: str, count: int) -> list[Mutant]:
    return [Mutant(f"{file} {i}", file, "killed") for i in range(count)]


def test_a_sample_has_the_share_of_each_file_and_a_seed_draws_the_same_again() -> None:
    two = [*mutants("calc/spec/a.py", 60), *mutants("calc/spec/b.py", 31)]
    drawn = sample([*two, *mutants("calc/ops/c.py", 900)], "calc/spec/*", 9, seed=1)
    assert [name[:14] for name in drawn] == ["calc/spec/a.py"] * 6 + ["calc/spec/b.py"] * 3  # 9 * 60 / 91 is 5.9
    assert len(set(drawn)) == 9
    assert drawn == sample(reversed(two), "*", 9, seed=1)
    assert drawn != sample(two, "*", 9, seed=2)
    for size in (None, 91, 1000):
        assert sorted(sample(two, "*", size, seed=1)) == sorted(mutant.name for mutant in two)


@pytest.mark.parametrize(
    "name, held",
    [("a f: x {> → >=} y", True), ("a …{> → >=}…", True), ("… x {> → <} y", False), ("a f: x", False), ("…", True)],
)
def test_a_reason_holds_for_the_changes_it_names(name: str, held: bool) -> None:
    assert Reason("why", [name]).holds_for("a f: x {> → >=} y") is held


def survived(count: int) -> list[tuple[Mutant, str]]:
    found = mutants("calc/spec/a.py", count)
    return [(mutant._replace(status="survived"), f"f: {i}") for i, mutant in enumerate(found)]


@pytest.mark.parametrize(
    "reason, explained, allow, score, code",
    [
        ("no test waits", 5, 0, 95 / 100, 0),
        ("no test waits", 4, 0, 95 / 100, 1),
        ("no test waits", 4, 1, 95 / 100, 0),
        ("no test waits", 6, 0, 94 / 100, 1),
        ("equal: a short cut", 6, 0, 94 / 94, 0),
        ("equal: a short cut", 3, 2, 95 / 97, 0),
    ],
)
def test_a_low_score_or_a_survivor_without_a_reason_is_an_error(
    reason: str, explained: int, allow: int, score: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = survived(max(5, explained))
    tried = [*mutants("calc/ops/b.py", 100 - len(found)), *[mutant for mutant, _ in found]]
    reasons = [Reason(reason, [f"f: {i}" for i in range(explained)])]
    assert report(tried, found, reasons, allow) == code
    shown = capsys.readouterr().out
    assert f"{explained} survive: {reason}\n  f: 0\n" in shown
    assert (f"does not say why:\n  f: {explained}\n    survived, " in shown) == (explained < 5)
    equal = explained if reason.startswith("equal") else 0
    assert f"100 killed, {1 - len(found) / 100:.1%}; without {equal} equal ones {score:.1%}\n" in shown
