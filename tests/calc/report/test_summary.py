"""What the lines of the totals say beside the numbers."""

from calc.analysis import analyse
from calc.report.summary import totals
from tests.calc.spec.written import graph_of


def note(label: str, layers: str, bits: str = "8", **parts: str) -> str:
    """What stands beside the total ``label``."""
    (line,) = [line for line in totals(analyse(graph_of(layers, **parts), bits=bits)) if line.label == label]
    return line.note


def test_weight_bytes_say_how_many_are_training_only() -> None:
    conv = "{conv2d: {out_channels: 4, kernel_size: 3, bias: false}}"
    aux = "{conv2d: {out_channels: 1000, kernel_size: 1, bias: false}, training_only: true}"
    said = note("weight bytes", f"{{a: {conv}, aux: {aux}}}", input="[1, 6, 6]")
    assert said.startswith(f"16.0 KB; {4 * 1000 * 4:,} of them training-only; fp32 ")
    assert "training-only" not in note("weight bytes", f"{{a: {conv}}}")


def test_the_peak_says_that_scores_are_not_kept() -> None:
    tokens = "{shape: [7, 8], channels: last}"
    assert note("peak activation bytes", "[{multihead_attention: {num_heads: 2}}]", input=tokens) == (
        f"{2 * 7 * 8} B at layer 0, by liveness; scores of attention not kept"
    )
    assert note("peak activation bytes", "[softmax]", input=tokens).endswith("by liveness")
    experts = "{r: {linear: 4}, m: {experts: {expert: relu, count: 4, active: 2}, from: [input, r]}}"
    assert note("peak activation bytes", experts, input=tokens).endswith("by liveness")


def test_effective_bits_stand_beside_those_of_codes_where_they_are_others() -> None:
    linear = "{a: {linear: {out_features: 8, bias: false}}}"
    said = [note("effective bits", linear, bits, input="[64]") for bits in ("4", "int4g64:paper")]
    assert said == ["of all; quantised 4", "of all; quantised 4.25 with codes of 4"]
