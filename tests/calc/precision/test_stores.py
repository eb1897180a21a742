"""``stores:`` of a precision file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from calc.spec import loads
from tests.calc.precision.test_roles import LANGUAGE_MODEL

TABLE, MATRIX, HEAD, BIAS, NORM = 100 * 64, 64 * 64, 64 * 100, 64, 2 * 64
ROLES = ["weights", "head", "biases", "norms", "embeddings", "not_run", "state", "activations"]


@pytest.fixture
def at(tmp_path: Path) -> Callable[..., Analysis]:
    file = tmp_path / "mixed.yaml"

    def analysed(text: str, suffix: str = "", model: str = LANGUAGE_MODEL) -> Analysis:
        file.write_text(text)
        return analyse(loads(model), bits=f"{file}{suffix}")

    return analysed


def problems(error: SpecError) -> list[str]:
    found = [(problem.place, problem.fact) for problem in error.problems]
    return [f"{place.line}:{place.column}: {fact}" for place, fact in found if place is not None]


def test_a_format_for_each_role(at: Callable[..., Analysis]) -> None:
    text = "stores: {weights: int4g64, biases: int32, norms: fp16, embeddings: 8, head: int8_tensor, activations: 8}"
    analysis = at(text)
    bits = {"weights": 4 * MATRIX + 64 * 16, "head": 8 * HEAD + 32, "biases": 32 * BIAS, "norms": 16 * NORM}
    bits["embeddings"] = 8 * TABLE
    assert analysis.weight_bytes_by_role == {role: number // 8 for role, number in bits.items()}
    assert analysis.roles.name == "mixed.yaml"
    widths = {layer.name: (layer.weight_bits, layer.activation_bits) for layer in analysis.layers if layer.macs}
    assert widths == {"matrix": (4, 8), "head": (8, 8)}


def test_the_name_of_a_choice_or_a_choice_for_the_rest(at: Callable[..., Analysis]) -> None:
    assert at("{default: 8, stores: deployed}").formats_by_role["biases"] == ("int32",)
    found = at("{default: 8, stores: {default: llm, norms: fp32}}").formats_by_role
    assert (found["biases"], found["norms"], found["head"]) == (("bf16",), ("fp32",), ("bf16",))
    assert at("stores: {norms: 16}").totals.weight_bits_total == 32 * (TABLE + MATRIX + HEAD + BIAS) + 16 * NORM


def test_tables_of_what_is_deployed_are_as_the_widest_weights(at: Callable[..., Analysis]) -> None:
    analysis = at("{default: w4a6, stores: deployed, rules: [{name: head, bits: w8a2}]}")
    assert analysis.formats_by_role["embeddings"] == ("8",)
    assert analysis.roles.activations == 6


def test_rules_go_before_what_is_stored_elsewhere(at: Callable[..., Analysis]) -> None:
    text = "{stores: {default: llm, weights: int4g64, activations: 8}, rules: [RULES]}"
    analysis = at(text.replace("RULES", "{name: head, bits: 6}, {op: embedding, bits: 4}, {name: norm, bits: nf4}"))
    formats = {role: names for role, names in analysis.formats_by_role.items() if role != "biases"}
    assert formats == {"weights": ("int4g64",), "head": ("6",), "norms": ("nf4",), "embeddings": ("4",)}
    reads = {layer.name: layer.activation_bits for layer in analysis.layers if layer.macs}
    assert reads == {"matrix": 8, "head": 8}
    both = at(text.replace("RULES", "{name: head, bits: w6a4}, {name: matrix, bits: int4g32-a6}"))
    assert [layer.activation_bits for layer in both.layers if layer.macs] == [6, 4]


@pytest.mark.parametrize(
    "text, facts",
    [
        ("stores: lm", ["1:9: stores: must be paper, deployed, llm or experts"]),
        ("stores: [8]", ["1:9: stores: must be paper, deployed, llm, experts, or a format for each role"]),
        ("stores: {bias: 8}", ["1:10: unknown key bias"]),
        ("stores: {norms: }", ["1:17: stores: norms: norms takes one value, this is nothing"]),
        (
            "stores: {default: lm, norms: fp17, activations: nf4}",
            [
                "1:19: stores: must be paper, deployed, llm or experts",
                "1:30: stores: norms: unknown format 'fp17'",
                "1:49: stores: activations: nf4 is a format for weights only, not for activations",
            ],
        ),
        (
            "{default: 8, stores: {weights: 4}}",
            ["1:2: default: and stores: weights: are both about the layers that no rule is about"],
        ),
        (
            "stores: {norms: 8, state: 8, not_run: 8}",
            [
                "1:20: stores: state: nothing in a table, a matrix, a norm and a head has this role",
                "1:30: stores: not_run: nothing in a table, a matrix, a norm and a head has this role",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(at: Callable[..., Analysis], text: str, facts: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        at(text)
    assert sorted(problems(caught.value)) == sorted(facts)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_nothing_has(at: Callable[..., Analysis], role: str) -> None:
    with pytest.raises(SpecError, match=rf"stores: {role}: nothing in x has this role"):
        at(f"stores: {{{role}: 8}}", model="name: x\ninput: [3]\nlayers: [relu]\n")


def test_said_twice(at: Callable[..., Analysis]) -> None:
    with pytest.raises(OpError, match=r"mixed\.yaml has stores:, and :paper chooses the stored formats too"):
        at("stores: llm", ":paper")
    assert at("rules: [{op: linear, bits: 8}]", ":llm").formats_by_role["biases"] == ("bf16",)
