"""A YAML file of rules: from the text of the file to bits."""

from pathlib import Path

import pytest

from calc.counts import count
from calc.errors import SpecError
from calc.model.graph import Graph
from calc.precision import resolve
from tests.calc.graphs import Draft, mobilenetv2


@pytest.fixture
def assign(tmp_path: Path):
    def run(text: str, graph: Graph) -> dict[str, tuple[str, str]]:
        path = tmp_path / "bits.yaml"
        path.write_text(text)
        assigned = resolve(str(path)).assign(graph, count(graph))
        return {node.name: (str(row.bits), row.rule) for node, row in zip(graph.nodes, assigned, strict=True) if row}

    return run


def small() -> Graph:
    draft = Draft(3, 8, 8)
    draft.add("stem.conv", "conv2d", out_channels=4, kernel_size=3)
    draft.add("body.dw", "conv2d", out_channels=4, kernel_size=3, groups=4)
    draft.add("body.pw", "conv2d", out_channels=8, kernel_size=1)
    draft.add("flatten", "flatten")
    draft.add("head", "linear", out_features=10)
    return draft.graph()


def test_later_rules_win_and_the_rule_is_named(assign) -> None:
    text = """
default: 8
rules:
  - {name: "body.*", bits: 4}
  - {kind: depthwise, bits: w2a8}
  - {op: linear, bits: fp16}
"""
    assert assign(text, small()) == {
        "stem.conv": ("8", "default"),
        "body.dw": ("w2a8", "rule 2"),
        "body.pw": ("4", "rule 1"),
        "head": ("fp16", "rule 3"),
    }


def test_all_criteria_of_a_rule_must_hold(assign) -> None:
    found = assign("rules: [{name: 'body.*', op: conv2d, kind: pointwise, position: 50%..100%, bits: 2}]", small())
    assert {name for name, (bits, _) in found.items() if bits == "2"} == {"body.pw"}


def test_layers_no_rule_matched_are_at_32_and_say_so(assign) -> None:
    found = assign("rules: [{position: first, bits: 8}]", small())
    assert found["stem.conv"] == ("8", "rule 1")
    assert found["head"] == ("32", "unmatched: 32")


def test_adaptive_can_be_written_as_rules(assign) -> None:
    graph = mobilenetv2()
    # positions count the classifier too, so its 53 layers need indices where adaptive's 52 are percent
    text = """
rules:
  - {position: 0..5, bits: 8}
  - {position: 6..25, bits: 4}
  - {position: 26..51, bits: 2}
  - {op: linear, bits: 8}
"""
    assigned = resolve("adaptive").assign(graph, count(graph))
    expected = [str(row.bits) for row in assigned if row]
    assert [bits for bits, _ in assign(text, graph).values()] == expected


@pytest.mark.parametrize(
    "rule, hint",
    [
        ("{name: 'bdy.pw', bits: 8}", "did you mean body.pw or body.dw?"),
        ("{op: conv2, bits: 8}", "did you mean conv2d?"),
        ("{kind: depthwize, bits: 8}", "did you mean depthwise?"),
        ("{position: 7, bits: 8}", "positions are 0 to 3"),
        ("{op: linear, kind: depthwise, bits: 8}", "no layer meets all of its criteria at once"),
        ("{op: linear, position: 0, bits: 8}", "no layer meets all of its criteria at once"),
        ("{op: linear, position: 0%..10%, bits: 8}", "no layer meets all of its criteria at once"),
    ],
)
def test_a_rule_that_matched_nothing_is_an_error_with_the_nearest(assign, rule: str, hint: str) -> None:
    with pytest.raises(SpecError) as error:
        assign(f"rules:\n  - {rule}\n", small())
    (problem,) = error.value.problems
    assert (Path(problem.place.file).name, problem.place.line) == ("bits.yaml", 2)
    written = rule[1:-1].rpartition(", bits")[0].replace("'", "")
    assert problem.fact == f"rule 1 ({written}) matches no layer of net that has MACs"
    assert problem.hint == hint


@pytest.mark.parametrize(
    "rules, said",
    [
        (["{op: linear, bits: 8}", "{position: last, bits: 4}"], "rule 2 wins wherever it matches"),
        (["{op: conv2d, bits: 8}", "{name: '*.dw', bits: 4}", "{name: 's*', bits: 2}"], ""),
        (
            ["{op: conv2d, bits: 8}", "{kind: pointwise, bits: 4}", "{position: 0..1, bits: 2}"],
            "rules 2, 3 win wherever it matches",
        ),
        (["{bits: 8}", "{bits: 8}"], "rule 2 wins wherever it matches"),
    ],
)
def test_a_rule_that_later_ones_override_everywhere_is_an_error(assign, rules: list[str], said: str) -> None:
    text = "rules:\n" + "".join(f"  - {rule}\n" for rule in rules)
    if not said:
        assert assign(text, small())["stem.conv"] == ("2", "rule 3")
        return
    with pytest.raises(SpecError) as error:
        assign(text, small())
    (problem,) = error.value.problems
    assert problem.place.line == 2
    assert (
        problem.fact
        == f"rule 1 ({rules[0][1:-1].rpartition('bits')[0].strip(', ') or 'every layer'}) sets no layer: {said}"
    )
    assert problem.hint == "later rules win: remove it, or write it after them"


def test_a_product_of_activations_takes_no_position(assign) -> None:
    draft = Draft(4, 4, channels="last")
    draft.add("q", "linear", out_features=4)
    draft.add("scores", "matmul", (1, 1))
    draft.add("v", "linear", out_features=4)
    found = assign("rules: [{position: 0, bits: 3}, {position: 1, bits: 5}]", draft.graph())
    assert found == {"q": ("3", "rule 1"), "scores": ("32", "unmatched: 32"), "v": ("5", "rule 2")}


def test_a_rule_without_criteria_means_every_layer(assign) -> None:
    assert set(assign("rules: [{bits: 3}]", small()).values()) == {("3", "rule 1")}
    draft = Draft(3, 8, 8)
    draft.add("act", "relu")
    with pytest.raises(SpecError, match=r"rule 1 \(every layer\) matches no layer of net that has MACs"):
        assign("rules: [{bits: 3}]", draft.graph())


@pytest.mark.parametrize(
    "text, facts",
    [
        ("[]", ["a precision file is a mapping: rules, default, stores"]),
        ("default: 8", ["needs rules: a list of rules"]),
        ("rules: {}", ["needs rules: a list of rules"]),
        ("rules: [8]", ["a rule is a mapping such as {op: conv2d, bits: 4}"]),
        ("rules: [{op: conv2d}]", ["needs bits: 1 to 64, w4a8, or a format such as int4g128"]),
        ("rules: [{bits: true}]", ["bits: must be 1 to 64, w4a8, or a format such as int4g128"]),
        ("rules: [{bits: 0}]", ["0 bits: must be 1 to 64"]),
        ("rules: [{bits: [8]}]", ["bits: must be 1 to 64, w4a8, or a format such as int4g128"]),
        ("rules: [{name: [a], bits: 8}]", ["name takes one value, this is a list"]),
        (
            "{rules: [{nam: a, bits: 65}, {position: middle, bits: 8}], defaults: 8}",
            [
                "unknown key defaults",
                "unknown key nam",
                "65 bits: must be 1 to 64",
                "position: must be first, last, an index such as 3, 0..9, or 0%..10%",
            ],
        ),
    ],
)
def test_a_bad_file_is_refused_with_all_its_problems(assign, text: str, facts: list[str]) -> None:
    with pytest.raises(SpecError) as error:
        assign(text, small())
    assert [problem.fact for problem in error.value.problems] == facts
    assert all(problem.place is not None for problem in error.value.problems)


def test_formats_by_name(assign) -> None:
    rules = "default: bf16\nrules: [{op: conv2d, bits: int4g128}, {op: linear, bits: nf4-a8}]"
    given = {bits for bits, _ in assign(rules, small()).values()}
    assert given == {"int4g128", "nf4-a8"}


def test_a_format_that_is_none_is_told_the_nearest(assign) -> None:
    with pytest.raises(SpecError) as error:
        assign("default: nf5\nrules: [{bits: Q4_K_M}, {bits: int4g0}]", small())
    assert [str(problem.hint) for problem in error.value.problems] == [
        "Q4_K_M is a mix of formats by tensor; a tensor of it is in one, such as Q4_K",
        "",
        "did you mean nf4?",
    ]
    assert error.value.problems[1].fact == "int4g0: 0 weights a group: must be 1 to 1,048,576"
