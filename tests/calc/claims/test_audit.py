"""Claims and their verdicts. The audits of both seed documents are compared with what is committed.

After a wanted change: calc audit specs/claims/seed_report.yaml > tests/golden/audit_seed_report.txt, and likewise
for the notebook.
"""

import csv
import io
import json
from fractions import Fraction
from math import log2
from pathlib import Path

import pytest

from calc.claims import audit, read_printed
from calc.claims.claims import About, Claim
from calc.claims.verdict import AS_PRINTED, CORRECT, EXPLAINED, NOT_KNOWN, WRONG, Verdict
from calc.claims.widths import OTHERS
from calc.errors import Place, SpecError
from calc.report.audit import page
from calc.report.pages import render
from calc.spec.load import find_spec

ROOT = Path(__file__).parents[3]


def _claims(folder: Path, text: str) -> str:
    spec = "name: S\ninput: [3, 8, 8]\nlayers:\n  conv: {conv2d: {out_channels: 4, kernel_size: 3, bias: false}}\n"
    (folder / "s.yaml").write_text(spec)
    path = folder / "claims.yaml"
    path.write_text(f"spec: s.yaml\nclaims:\n  - {text}\n")
    return str(path)


def _claim(number: str) -> Claim:
    about = About("", "", "s.yaml", "", {}, None, 1, None, "all", "fp32", "rest", "same", "")
    return Claim(about, "macs", read_printed(number), number, None, "", Place("claims.yaml", 1, 1))


MACS = 3 * 4 * 9 * (6 * 6)


def test_an_input_is_spelt_as_in_a_spec_or_as_on_the_command_line(tmp_path: Path) -> None:
    larger = 3 * 4 * 9 * (14 * 14)
    for sizes in ("[3, 16, 16]", "3x16x16", '"3×16×16"'):
        (verdict,) = audit(_claims(tmp_path, f"{{macs: {larger}, input: {sizes}, expect: exact}}"))
        assert (verdict.word, verdict.true) == (CORRECT, larger)


def test_what_is_wrong_with_the_spec_carries_the_claim_and_every_claim_is_told(tmp_path: Path) -> None:
    path = _claims(tmp_path, "{macs: 3, input: 3x1x1}")
    with pytest.raises(SpecError) as error:
        audit(path)
    first, *notes = str(error.value).splitlines()
    assert first.startswith(str(tmp_path / "s.yaml:4:"))
    assert f"  asked for by the claim at {path}:3:12" in notes
    with pytest.raises(SpecError, match=r":3:12: .*no param a(.|\n)*:4:12: .*no param b"):
        audit(_claims(tmp_path, "{macs: 3, set: {a: 1}}\n  - {macs: 3, set: {b: 1}}"))


def test_a_claim_in_a_spec_is_about_that_spec(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: S\ninput: [3]\nlayers: [relu]\nclaims:\n  - {spec: t.yaml, params: 0}\n")
    with pytest.raises(SpecError, match=r"s\.yaml:5:6: spec: in the claims of a spec"):
        audit(str(tmp_path / "s.yaml"))


@pytest.mark.parametrize(
    "claim, word",
    [
        (f"{{macs: {MACS}}}", CORRECT),
        ("{macs: 3.9K}", AS_PRINTED),
        ("{macs: 3.8K}", EXPLAINED),  # cut off
        (f"{{macs: {2 * MACS}}}", EXPLAINED),
        (f"{{macs: {2 * MACS}, convention: flops2}}", CORRECT),
        (f"{{macs: {7 * MACS}}}", WRONG),
        # 2 × MACs is 7,776: rounded it may be anyone's, to the digit it is theirs
        ("{macs: 7.78K}", EXPLAINED),
        ("{macs: 7.78K, convention: macs}", WRONG),
        ("{macs: 7.78K, convention: flops2}", AS_PRINTED),
        ("{macs: 7776, convention: macs}", EXPLAINED),
        (f"{{bitops: {MACS * 4}, bits: 4, convention: weight}}", CORRECT),
        (f"{{bitops: {MACS * 16}, bits: 4, convention: weight}}", EXPLAINED),
        (f"{{bitops: {MACS * 16}, bits: 4, convention: product}}", CORRECT),
        # log2 of a fan-in of 27 makes it no integer
        (f"{{bitops: {round(MACS * (4 * 4 + 4 + 4 + log2(27)))}, bits: 4, convention: uniq}}", AS_PRINTED),
        (f"{{bytes: {3 * 4 * 9 * 4}}}", CORRECT),
        (f"{{bytes: {3 * 4 * 9 * 4}B}}", CORRECT),
        ("{layer: conv, output_size: 6x6}", CORRECT),
        ("{layer: conv, stride: 2}", WRONG),
        ("{layer: conv, in_channels: 3}", CORRECT),
    ],
)
def test_verdicts(tmp_path: Path, claim: str, word: str) -> None:
    (verdict,) = audit(_claims(tmp_path, claim))
    assert verdict.word == word


ENDS_MACS = 3 * 32 * 9 * 112 * 112 + 1280 * 1000
"""Of MobileNetV2's first convolution and its classifier."""


@pytest.mark.parametrize("convention, per_mac", [("weight", 4), ("product", 4 * 4)])
def test_ends_that_are_left_out(tmp_path: Path, convention: str, per_mac: int) -> None:
    bitops = per_mac * (300_774_272 - ENDS_MACS)
    about = f"spec: {ROOT}/specs/mobilenetv2.yaml, bits: 4, ends: excluded, convention: {convention}"
    (verdict,) = audit(_claims(tmp_path, f"{{{about}, bitops: {bitops}}}"))
    assert (verdict.word, verdict.true) == (CORRECT, bitops)


@pytest.mark.parametrize(
    "claim, word",
    [
        ("spec: mobilenetv2, bits: 8, peak_activation_bytes: 2408448", CORRECT),
        ("spec: mobilenetv2, bits: 8, peak_activation_bytes: 1372KiB", EXPLAINED),  # in place: MCUNet's figure
        ("spec: mobilenetv2, bits: 8, peak_activation_bytes: 1373KiB", WRONG),
        ("spec: resnet50, bits: fp32, peak_activation_bytes: 7.2MB", EXPLAINED),
        ("spec: resnet50, bits: fp16, bytes: 51114064", CORRECT),
        ("spec: ds_cnn, bits: 8, bytes: 24368", EXPLAINED),  # deployed
        ("spec: ds_cnn, bits: 8, bytes: 24369", WRONG),
        ("spec: vit_b_16, bits: int4g128, part: without classifier, effective_bits: 4.125", EXPLAINED),
        ("spec: mobilenetv2, bits: 8, activations: producer, convention: product, bitops: 19249553408", CORRECT),
    ],
)
def test_sizes_and_peaks(tmp_path: Path, claim: str, word: str) -> None:
    (tmp_path / "claims.yaml").write_text(f"claims:\n  - {{{_with_paths(claim)}}}\n")
    (verdict,) = audit(str(tmp_path / "claims.yaml"))
    assert verdict.word == word


def test_a_peak_is_that_of_a_whole_network(tmp_path: Path) -> None:
    text = f"{{spec: {ROOT}/specs/mobilenetv2.yaml, layer: features.1, peak_activation_bytes: 3}}"
    with pytest.raises(SpecError, match=r":3:\d+: peak_activation_bytes is a quantity of a whole network"):
        audit(_claims(tmp_path, text))


def _with_paths(claim: str) -> str:
    name = claim.partition(",")[0].removeprefix("spec: ")
    return claim.replace(name, find_spec(name), 1)


@pytest.mark.parametrize(
    "activations, true",
    [("same", MACS * 2 * 2), ("producer", MACS * 2 * 8), ("4 bits", MACS * 2 * 4)],
)
def test_a_claim_says_what_layers_read(tmp_path: Path, activations: str, true: int) -> None:
    path = _claims(tmp_path, f"{{bitops: {true}, bits: 2, activations: {activations}, convention: product}}")
    (verdict,) = audit(path)
    assert (verdict.word, verdict.true) == (CORRECT, true)


def test_how_many_activations_there_are_is_another_thing(tmp_path: Path) -> None:
    outputs = 4 * 6 * 6
    path = _claims(tmp_path, f"{{activations: producer, bits: 2, claims: [{{activations: {outputs}}}]}}")
    (verdict,) = audit(path)
    assert (verdict.claim.quantity, verdict.claim.about.activations, verdict.true) == (
        "activations",
        "producer",
        outputs,
    )


def test_what_layers_read_explains_a_claim(tmp_path: Path) -> None:
    (verdict,) = audit(_claims(tmp_path, f"{{bitops: {MACS * 2 * 8}, bits: 2, convention: product}}"))
    assert verdict.reasons == tuple([other.words for other in OTHERS if other.activations == "producer"])


def test_left_out_ends_have_no_bytes_either_but_all_their_macs(tmp_path: Path) -> None:
    text = f"{{spec: {ROOT}/specs/mobilenetv2.yaml, bits: 8, ends: excluded, macs: 300774272, bytes: 1}}"
    macs, size = audit(_claims(tmp_path, text))
    assert macs.word == CORRECT
    convolutions, norms = 2_189_760 - 3 * 32 * 9, 34_112
    assert size.true == convolutions + 4 * norms


def test_what_a_tool_gets_wrong_explains_a_claim(tmp_path: Path) -> None:
    # FlopCountAnalysis of torchvision's vit_b_16, which the convention alone makes 17,582,740,224
    text = f"{{spec: {ROOT}/specs/vit_b_16.yaml, convention: fvcore, macs: '16,867,412,736'}}"
    (verdict,) = audit(_claims(tmp_path, text))
    assert (verdict.word, verdict.true) == (EXPLAINED, 16_867_412_736 + 12 * 2 * 197 * 197 * 768)
    assert "scaled_dot_product_attention has no handler" in "; ".join(verdict.reasons)


def test_the_factor_is_printed_over_true(tmp_path: Path) -> None:
    (verdict,) = audit(_claims(tmp_path, f"{{macs: {7 * MACS}}}"))
    assert verdict.factor == 7


def test_a_product_that_comes_to_something_else(tmp_path: Path) -> None:
    (verdict,) = audit(_claims(tmp_path, f"{{macs: {{value: {MACS}, product: 3 * 4 * 9 * 7 * 7}}}}"))
    assert verdict.word == CORRECT
    assert verdict.product == 3 * 4 * 9 * 7 * 7


@pytest.mark.parametrize(
    "macs, factor",
    [
        ("0", "0"),
        (str(MACS), None),
        (str(10 * MACS), "10"),
        (str(MACS // 8), "0.125"),
        (str(MACS + 1), "1.0003"),
        ("3.9K", "1.003"),
    ],
)
def test_the_factor_is_never_1_where_the_numbers_differ(tmp_path: Path, macs: str, factor: str | None) -> None:
    path = _claims(tmp_path, f"{{macs: {macs}}}")
    (row,) = page(path, audit(path)).sections[0].table.rows
    assert row[5] == factor


def test_a_factor_of_nearly_1_has_as_many_digits_as_show_it() -> None:
    # 1 / 300,774,272 is 3.3e-9
    verdict = Verdict(_claim("300774273"), WRONG, 300_774_272, Fraction(300_774_273, 300_774_272))
    (row,) = page("claims.yaml", [verdict]).sections[0].table.rows
    assert row[5] == "1.000000003"


def test_csv_holds_raw_integers_and_what_was_printed(tmp_path: Path) -> None:
    path = _claims(tmp_path, f"{{macs: '{7 * MACS:,}'}}\n  - {{macs: {MACS}}}")
    first, second = csv.DictReader(io.StringIO(render(page(path, audit(path)), "csv")))
    assert (first["printed"], first["true"]) == (f"{7 * MACS:,}", str(MACS))
    assert (second["printed"], second["true"]) == (str(MACS), str(MACS))
    assert f"{7 * MACS:,}  {MACS:,}" in render(page(path, audit(path)), "table")


@pytest.mark.parametrize(
    "expect, macs, fails", [("exact", "3.9K", True), ("rounded", "3.9K", False), ("exact", MACS, False)]
)
def test_a_claim_may_have_to_be_exact(tmp_path: Path, expect: str, macs: str | int, fails: bool) -> None:
    (verdict,) = audit(_claims(tmp_path, f"{{macs: {macs}, expect: {expect}}}"))
    assert verdict.fails is fails


def test_groups_share_their_keys(tmp_path: Path) -> None:
    path = Path(
        _claims(
            tmp_path,
            f"{{bits: 2, convention: weight, claims: [{{bitops: {2 * MACS}}}, {{bits: 8, bitops: {8 * MACS}}}]}}",
        )
    )
    assert [verdict.word for verdict in audit(str(path))] == [CORRECT, CORRECT]


def test_claims_of_a_spec(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"name: S\ninput: [4]\nlayers:\n  fc: {{linear: 5}}\nclaims:\n  - {{macs: {4 * 5}}}\n")
    assert [verdict.word for verdict in audit(str(path))] == [CORRECT]


@pytest.mark.parametrize(
    "claim, fact",
    [
        ("{macs: 3, input: 3x64y64}", ":3:22: '3x64y64': must be positive sizes"),
        ("{macs: 3, input: {shape: [3, 64, 64]}}", ":3:22: input takes one value, this is a mapping"),
        ("{macs: 3, input: [3, [64, 64]]}", ":3:22: a size of the input takes one value, this is a list"),
        ("{macs: 3, input: [3, 0, 64]}", "must be positive sizes"),
        ("{macs: 3, input: }", ":3:22: input takes one value, this is nothing"),
        ("{macs: 3, set: [1]}", ":3:20: set takes params and their values, this is a list"),
        ("{macs: 3, set: {width: {a: 1}}}", ":3:28: a mapping where a value belongs"),
        ("{macs: 3, set: {width: }}", "the param width has no value here"),
        ("{macs: 3, set: {width: 0.5}}", ":3:12: S has no param width"),
        ("{macs: 3, layer: [conv]}", ":3:22: layer takes one value, this is a list"),
        ("{macs: 3, layer: }", "layer takes one value, this is nothing"),
        ("{macs: 3, bits: [8]}", "bits takes one value"),
        ("{macs: 3, bits: w8}", ":3:21: unknown precision 'w8'"),
        ("{macs: 3, ends: first}", ":3:21: unknown ends 'first'"),
        ("{macs: 3, activations: 99 bits}", "must be 1 to 64"),
        ("{macs: 3, activations: produce}", "unknown activations 'produce': same, producer or a number of bits"),
        ("{macs: 3, activations: }", "activations takes one value, this is nothing"),
        ("{activations: 8x}", "activations: '8x' is not an amount"),
        ("{activations: producer}", "has no number"),
        ("{macs: 3, part: without classifier}", "S has no classifier"),
        ("{macs: {value: 3, expect: [exact]}}", "expect takes one value, this is a list"),
        ("{layer: conv, stride: [2]}", "stride takes one value, this is a list"),
        ("{layer: conv, stride: 2x2}", "stride: '2x2' must be a positive integer"),
        ("{layer: conv, output_size: six}", "output_size: 'six' must be sizes such as 112x112"),
        ("{layer: conv, stride: {value: 1, product: 1 * 1}}", "product: needs a cost, and stride is not one"),
        ("{macs: many}", "is not an amount"),
        ("{bits: 8}", "has no number"),
        ("{mac: 3}", "unknown key mac"),
        ("[]", "a claim is a mapping"),
        ("{macs: 3, convention: fvcor}", "unknown convention fvcor"),
        ("{macs: 3, part: half}", "unknown part half"),
        ("{macs: 3, expect: maybe}", "unknown expect maybe"),
        ("{macs: {product: 3 * 3}}", "needs value"),
        ("{macs: 3, layer: nowhere}", "no layer"),
        ("{bitops: 3, bits: 99}", "must be 1 to 64"),
        ("{macs: {value: 3, product: 9**9**9}}", "product: '9**9**9'"),
        ("{macs: {value: 3, product: 1/0}}", "divides by zero"),
        ("{macs: {value: 3, product: a}}", "a is not a number"),
        ("{macs: {value: 3, product: true}}", "needs numbers"),
        ("{macs: {value: 3, product: [3]}}", "product takes one value, this is a list"),
        ("{bits: 8, claims: []}", "claims: is empty"),
    ],
)
def test_bad_claims_are_located(tmp_path: Path, claim: str, fact: str) -> None:
    with pytest.raises(SpecError) as error:
        audit(_claims(tmp_path, claim))
    assert fact in str(error.value)
    assert "claims.yaml:3:" in str(error.value)


def test_a_list_without_claims_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text("spec: s.yaml\nclaims: []\n")
    with pytest.raises(SpecError, match=r"claims.yaml:2:9: claims: is empty"):
        audit(str(path))


def test_a_number_that_was_rounded_twice(tmp_path: Path) -> None:
    text = f"{{spec: {ROOT}/specs/mobilenetv1.yaml, set: {{width: 0.5}}, convention: macs, macs: 150M}}"
    (verdict,) = audit(_claims(tmp_path, text))
    assert verdict.true == 149_497_088
    assert verdict.reasons == ("rounded twice, first to one digit more",)


def test_of_what_assumes_as_much_the_nearest_to_the_truth_is_meant(tmp_path: Path) -> None:
    # with its buffers the network has 1,342,563 numbers, which is 1.34M as well
    text = f"{{spec: {ROOT}/specs/mobilenetv1.yaml, set: {{width: 0.5}}, params: 1.34M}}"
    (verdict,) = audit(_claims(tmp_path, text))
    assert verdict.reading is not None
    assert verdict.reading.value == 1_337_064


OPAQUE = """
name: odd
input: [3, 8, 8]
layers:
  stem: {conv2d: {out_channels: 4, kernel_size: 3, padding: 1}}
  odd: {opaque: {op: a.b, shape: [4], reason: none TENSORS}}
  head: {linear: 10}
claims:
  - {macs: "6952", expect: exact}
  - {macs: 7M}
  - {macs: 6K}
  - {macs: "6951"}
  - {bits: 8, bitops: 54K}
  - {bits: 8, peak_activation_bytes: 100}
  - {layer: stem, macs: "6912", expect: exact}
  - {params: 162, expect: exact}
  - {bits: 8, effective_bits: 8}
"""
COUNTED = 3 * 4 * 9 * 64 + 4 * 10


def test_a_lower_bound_confirms_nothing_and_refutes_what_is_less(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(OPAQUE.replace(" TENSORS", ", tensors: none"))
    found = audit(str(path))
    words = [NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, WRONG, WRONG, WRONG, CORRECT, CORRECT]
    assert [verdict.word for verdict in found[:-1]] == words
    assert [verdict.at_least for verdict in found] == [True] * 6 + [False] * 3
    assert [(verdict.true, verdict.fails) for verdict in found[:2]] == [(COUNTED, True), (COUNTED, False)]
    rendered = {name: render(page(str(path), found), name) for name in ("table", "csv", "json")}
    for said in (f"≥ {COUNTED:,}", "reproducible: more is counted", f"is not known: at least {COUNTED:,}", "2 exact"):
        assert said in rendered["table"]
    assert rendered["csv"].splitlines()[1].endswith(",true")
    assert [each.get("at_least") for each in json.loads(rendered["json"])["verdicts"]] == [["true"]] * 6 + [None] * 3


def test_where_tensors_are_not_known_neither_are_parameters_nor_the_bits_of_each(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(OPAQUE.replace(" TENSORS", ""))
    assert [(verdict.word, verdict.at_least) for verdict in audit(str(path))[-2:]] == [
        (NOT_KNOWN, True),
        (NOT_KNOWN, False),
    ]
