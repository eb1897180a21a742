"""Each format of the gate, read by a parser of that format: complete, and inert whatever the names hold."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from calc.analysis import analyse
from calc.errors import Place
from calc.gate.budgets import Breach, budget
from calc.gate.difference import Reason, difference
from calc.gate.gate import Outcome
from calc.gate.snapshot import snapshot
from calc.report.gate import FORMATS, github, json_text, junit, markdown, render, sarif, text
from calc.report.gate.words import Report
from calc.spec.load import loads
from tests.calc.gate.networks import OPAQUE, SPEC, changed, of
from tests.calc.report.gate.reports import PASSING, every_status, hostile, outcome
from tests.calc.report.gate.test_github import commands


@hostile
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_format_lets_a_control_character_through(format_name: str, name: str) -> None:
    rendered = render(every_status(name), format_name)
    rendered.encode()  # no half of a surrogate pair either
    assert all(line.isprintable() for line in rendered.replace("&#10;", "").replace("\u200b", "").split("\n"))


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_name_that_never_ends_is_cut(format_name: str) -> None:
    assert "n" * 400 not in render(every_status("n" * 5000), format_name) or format_name in ("json", "sarif")


# GitHub's runner, as https://github.com/actions/runner (ActionCommand.cs) reads a line of a log


def test_another_op_is_shown_at_its_line_in_every_format() -> None:
    found = changed(SPEC, "act: relu", "act: gelu")
    told = Outcome(
        "net.yaml",
        "net.yaml",
        "changed",
        difference=found,
        beyond=found.moves,
        places={"act": Place("net.yaml", 6, 3)},
    )
    report = Report((told,), "calc.lock.json", ("8",))
    assert "  changed  act (gelu): op relu → gelu  [net.yaml:6:3]\n" in text.render(report)
    (command,) = commands(github.render(report))
    assert (command[1]["line"], command[1]["col"]) == ("6", "3")
    assert command[2].startswith("changed: act (gelu): op relu → gelu")
    (layer,) = json.loads(json_text.render(report))["specs"][0]["layers"]
    assert (layer["edited"], layer["moves"]) == (True, True)


# JUnit, by an XML parser


@hostile
def test_junit_is_xml_with_one_case_a_spec(name: str) -> None:
    suite = ElementTree.fromstring(render(every_status(name), "junit").encode())[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "7",
        "failures": "5",
        "errors": "1",
    }
    children = [[child.tag for child in case] for case in suite]
    assert children == [[], *[["failure"]] * 4, ["error"], ["failure"]]
    assert not list(suite.iter("script"))


def test_junit_tells_what_changed() -> None:
    suite = ElementTree.fromstring(junit.render(Report((outcome("net.yaml", "conv"),), "lock", ("8",))).encode())[0]
    failure = suite[0][0]
    assert (suite[0].get("name"), suite[0].get("file"), failure.get("type")) == ("net.yaml", "net.yaml", "changed")
    assert "macs +200.00 %" in (failure.get("message") or "")
    assert re.search(r"macs +100 +300 +\+200 +\+200.00 %", failure.text or "")


OVER = Breach(budget("macs", "250"), 300)


@pytest.mark.parametrize(
    "told, fault, message",
    [
        (Outcome("a", "a", "same", breaches=(OVER,)), "budget", "as locked; macs is 300, 50"),
        (Outcome("a", "a", "allowed", breaches=(OVER,)), "budget", "moved within what --allow permits; macs is 300"),
        (Outcome("a", "a", "changed", breaches=(OVER,)), "changed", "changed; macs is 300"),
        (Outcome("a", "a", "unlocked", breaches=(OVER,)), "budget", "macs is 300"),
        (Outcome("a", "a", "same", inconsistent=True), "lock", "as locked; its entry in the lock was edited by hand"),
    ],
)
def test_junit_names_what_is_at_fault(told: Outcome, fault: str, message: str) -> None:
    suite = ElementTree.fromstring(junit.render(Report((told,), "lock", ("8",))).encode())[0]
    assert suite[0][0].get("type") == fault
    assert (suite[0][0].get("message") or "").startswith(message)


@pytest.mark.parametrize("format_name", FORMATS)
def test_budgets_without_a_lock_are_told_without_one(format_name: str) -> None:
    told = Outcome("net.yaml", "net.yaml", "unlocked", breaches=(OVER,))
    rendered = render(Report((told,), "", ()), format_name)
    assert not re.search(r"as locked|type=.same|check(?!/1|ed)", rendered.replace("A spec is not locked", ""))
    assert "calc budgets" in rendered or format_name in ("text", "github", "json", "sarif")


def test_each_command_finds_its_own_comment_again() -> None:
    kept = Report((Outcome("net.yaml", "net.yaml", "unlocked"),), "", ())
    assert markdown.render(kept).startswith("<!-- calc budgets -->\n\n## ✅ calc budgets\n")
    assert markdown.render(PASSING).startswith("<!-- calc check -->\n\n## ✅ calc check\n")


# SARIF and JSON, by a JSON parser


@hostile
def test_sarif_has_a_result_with_a_rule_and_a_line_for_each_finding(name: str) -> None:
    log = json.loads(render(every_status(name), "sarif"))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {result["ruleId"] for result in run["results"]} == {
        "unreadable",
        "budget",
        "missing",
        "extra",
        "lock",
        "changed",
        "removed",
        "renamed",
    } - ({"removed"} if "removed" not in {r["ruleId"] for r in run["results"]} else set())
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert location["region"]["startLine"] >= 1
        assert re.fullmatch(r"[A-Za-z0-9._~/%+-]+", location["artifactLocation"]["uri"])
        assert result["message"]["text"].isprintable()


def test_a_sarif_location_is_the_file_percent_encoded() -> None:
    found = json.loads(sarif.render(Report((Outcome("a b/ü.yaml", "a b/ü.yaml", "missing"),), "lock", ())))
    uri = found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%C3%BC.yaml"
    assert unquote(uri) == "a b/ü.yaml"


def test_sarif_says_how_many_findings_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = tuple(Outcome(f"{i}.yaml", f"{i}.yaml", "missing") for i in range(5))
    monkeypatch.setattr(sarif, "RESULTS", 3)
    (run,) = json.loads(sarif.render(Report(outcomes, "lock", ())))["runs"]
    assert len(run["results"]) == 3
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("2 findings more left out")
    monkeypatch.setattr(sarif, "RESULTS", 5)
    assert "invocations" not in json.loads(sarif.render(Report(outcomes, "lock", ())))["runs"][0]


@hostile
def test_json_holds_the_names_as_they_are(name: str) -> None:
    found = json.loads(render(every_status(name), "json"))
    assert [spec["status"] for spec in found["specs"]] == [
        "same",
        "changed",
        "allowed",
        "missing",
        "extra",
        "unreadable",
        "same",
    ]
    change = found["specs"][1]
    assert change["spec"] == f"b{name}"
    assert change["layers"][0]["after"] == f"{name}0"
    assert {type(total[key]) for total in change["totals"] for key in ("before", "after", "delta")} == {int}


def test_json_is_a_contract() -> None:
    found = json.loads(json_text.render(PASSING))
    assert found == {
        "schema": "calc.check/1",
        "ok": True,
        "lock": "calc.lock.json",
        "bits": ["8"],
        "specs": [
            {"spec": "a.yaml", "status": "same", "ok": True},
            {"spec": "b.yaml", "status": "same", "ok": True},
        ],
    }


def test_json_of_a_difference_lists_every_total() -> None:
    found = json.loads(json_text.render_diff("a", "b", changed(SPEC, "linear: 10", "linear: 11")))
    assert (found["schema"], found["before"]["spec"], found["after"]["spec"]) == ("calc.diff/1", "a", "b")
    assert [total["quantity"] for total in found["totals"]] == list(of(SPEC).quantities)
    assert {total["quantity"]: total["delta"] for total in found["totals"]}["macs"] == 12
    assert found["layers"][0]["reasons"] == [{"what": "out_features", "before": 10, "after": 11}]


# Markdown, by a CommonMark parser and then one of HTML


class Page(HTMLParser):
    """The tags of a page and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(rendered: str) -> Page:
    return Page(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(rendered))


@hostile
def test_markdown_renders_names_as_text(name: str) -> None:
    page = page_of(render(every_status(name), "markdown"))
    assert page.tags <= {
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "strong",
        "em",
        "code",
        "details",
        "summary",
    }
    assert not re.search(r"(?<![\w])@\w|(?<!\w)#\d|://(?!/)\w.*href", page.text)
    assert "![" not in page.text or "img" not in page.tags


def test_markdown_tables_have_equal_rows() -> None:
    rendered = render(every_status("a|b"), "markdown")
    tables = [block.split("\n") for block in rendered.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for table in tables:
        assert len({line.count("|") for line in table}) == 1


def test_markdown_stays_below_what_github_takes() -> None:
    many = tuple(outcome(f"{i}{'@' * 190}.yaml", "<" * 190) for i in range(300))
    for most in (markdown.COMMENT_BYTES, 200_000):
        rendered = markdown.render(Report(many, "lock", ("8",)), most)
        assert len(rendered.encode()) <= most
        assert re.search(r"_\d+ specs left out: too long to post", rendered)
        assert re.search(r"… and \d+ more specs", rendered)
    assert markdown.COMMENT_BYTES < 65_536
    assert github.SUMMARY_BYTES < 2**20


def test_markdown_of_a_pass_is_short() -> None:
    assert markdown.render(PASSING) == (
        "<!-- calc check -->\n\n## ✅ calc check\n\n2 specs as locked in calc.lock.json \\(bits 8\\)\n"
    )


def test_markdown_of_a_difference() -> None:
    page = page_of(markdown.render_diff("a.yaml", "b_c.yaml", changed(SPEC, "linear: 10", "linear: 11")))
    assert "a.yaml → b_c.yaml" in page.text
    assert "changed head (linear): out_features 10 → 11; MACs +12, params +13" in page.text
    assert "No number moved" in page_of(markdown.render_diff("a", "b", changed(SPEC, "name: Net", "name: Nets"))).text


# Text


def test_text_of_a_pass_is_one_line() -> None:
    assert text.render(PASSING) == "2 specs as locked in calc.lock.json (bits 8)\n"


def test_text_of_a_change() -> None:
    found = changed(SPEC, "linear: 10", "linear: 11")
    told = Outcome(
        "net.yaml",
        "net.yaml",
        "changed",
        difference=found,
        beyond=found.moves[:-1],
        places={"head": Place("net.yaml", 11, 3)},
    )
    rendered = text.render(Report((told,), "calc.lock.json", ("8",)))
    macs = 8 * 3 * 9 * 256 + 8 * 9 * 256 + 12 * 8 * 256 + 120
    assert rendered.startswith("net.yaml: changed\n")
    assert re.search(rf"\n  macs +{macs:,} +{macs + 12:,} +\+12 +\+0.01 %\n", rendered)
    assert re.search(r"\n  bitops.uniq@8 .* allowed\n", rendered)
    assert "  changed  head (linear): out_features 10 → 11; MACs +12, params +13  [net.yaml:11:3]\n" in rendered
    assert rendered.endswith(
        "1 spec checked against calc.lock.json (bits 8): 1 changed\nIf this is intended: calc check --update\n"
    )


def test_layers_left_out_are_not_said_to_have_another_input() -> None:
    layers = "".join(f"  c{i}: {{conv2d: {{out_channels: 3, kernel_size: 1}}}}\n" for i in range(text.MOVED + 2))
    analysis = analyse(loads(f"name: Seven\ninput: [3, 8, 8]\nlayers:\n{layers}"), bits="8")
    before, after = snapshot([analysis], ["x"]), snapshot([analysis.with_bits("4")], ["x"])
    found = difference(before, after, (Reason("bits", "8", "4"),))
    assert "  … 2 more that follow (--all lists them)" in text.difference_lines(found)
    assert markdown.render_diff("a", "b", found).endswith("\n- … 2 more that follow\n")


def test_text_fits_a_terminal() -> None:
    found = Outcome(
        "net.yaml", "net.yaml", "changed", difference=changed(SPEC, "linear: 10", "linear: 11", policies=("adaptive",))
    )
    for width in (60, 80):
        rendered = text.render(Report((found,), "calc.lock.json", ("adaptive",)), text.Layout(width=width))
        words = [line for line in rendered.split("\n") if "%" not in line and "---" not in line]
        assert max(map(len, words)) <= width
        assert " Δ " not in rendered or max(map(len, rendered.split("\n"))) <= width


def test_specs_beyond_the_first_few_get_a_line_each() -> None:
    many = tuple(outcome(f"{i}.yaml", "conv") for i in range(9))
    short, whole = (
        text.render(Report(many, "lock", ())),
        text.render(Report(many, "lock", ()), text.Layout(all_layers=True)),
    )
    assert short.count("Quantity") == text.SECTIONS
    assert "\n8.yaml: changed; macs +200.00 %" in short
    assert whole.count("Quantity") == 9


def test_a_block_that_came_or_went_is_one_line() -> None:
    block = "  body:\n    - {conv2d: {out_channels: 8, kernel_size: 1}}\n    - relu\n"
    found = changed(SPEC.replace("  depthwise:", f"{block}  depthwise:"), block, "")
    assert "  removed  body.* (2 layers): MACs −16,384, params −72" in text.difference_lines(found)


def test_layers_renamed_together_are_one_line() -> None:
    block = "  body:\n    - {conv2d: {out_channels: 8, kernel_size: 1}}\n    - relu\n"
    found = changed(SPEC.replace("  depthwise:", f"{block}  depthwise:"), "  body:", "  trunk:")
    assert text.difference_lines(found) == ["  renamed  body.* → trunk.* (2 layers)"]


def with_bounds() -> Report:
    """A network that got a layer of which nothing is known, a budget that it breaks and one that nobody knows of."""
    found = difference(of(SPEC), of(OPAQUE))
    limits = [budget("macs", "1"), budget("bitops.weight@8", "900G")]
    breaches = tuple([Breach(limit, 70_000, unknown=("act",)) for limit in limits])
    given = Outcome(
        "a.yaml", "a.yaml", "changed", of(OPAQUE), found, found.moves, breaches=breaches, budgets=tuple(limits)
    )
    return Report((given,), "calc.lock.json", ("8",))


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_tells_lower_bounds_and_budgets_of_which_nobody_knows(format_name: str) -> None:
    rendered = render(with_bounds(), format_name)
    if format_name == "json":
        (found,) = json.loads(rendered)["specs"]
        assert [move["at_least"] for move in found["totals"]] == [["after"]] * len(found["totals"])
        assert [(b["at_least"], b["not_known"]) for b in found["budgets"]["exceeded"]] == [(["value"], ["act"])]
        assert [b["budget"] for b in found["budgets"]["not_known"]] == ["bitops.weight@8"]
        return
    said = " ".join(rendered.split()).replace("\\", "")
    assert "macs is at least 70,000, at least 69,999 (6999900.00 %) over the budget of 1" in said.replace("%25", "%")
    assert "so it may exceed the budget of 900G: not everything is known of act (known.bitops.weight@8 limits" in said
    assert "now at least" in said


def test_sarif_has_a_rule_for_what_is_not_known_where_it_is_used() -> None:
    rules = [[rule["id"] for rule in json.loads(sarif.render(each))["runs"][0]["tool"]["driver"]["rules"]]
             for each in (with_bounds(), PASSING)]  # fmt: skip
    assert rules[0] == [*rules[1], "not_known"]
    results = json.loads(sarif.render(with_bounds()))["runs"][0]["results"]
    assert [rules[0][result["ruleIndex"]] for result in results] == [result["ruleId"] for result in results]


def test_a_difference_as_json_tells_lower_bounds_moved_or_not() -> None:
    found = json.loads(json_text.render_diff("a", "b", difference(of(OPAQUE), of(OPAQUE))))
    assert {tuple(total.get("at_least", ())) for total in found["totals"]} == {("before", "after")}
    exact = json.loads(json_text.render_diff("a", "b", difference(of(SPEC), of(SPEC))))
    assert not any("at_least" in total for total in exact["totals"])
