"""What the lines of the totals say beside the numbers."""

from calc.analysis import analyse
from calc.report.summary import header, totals
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


def stores(bits: str) -> tuple[str, str]:
    layers = "{a: {linear: 64}, norm: layer_norm, b: {linear: 64}, c: {linear: 8}}"
    lines = header(analyse(graph_of(layers, input="{shape: [64], channels: last}"), bits=bits))
    (line,) = [line for line in lines if line.label == "stores"]
    return line.value, line.note


def test_a_line_says_what_is_stored() -> None:
    assert stores("fp32") == ("fp32", "everything fp32")
    assert stores("bf16") == ("bf16", "everything bf16")
    assert stores("8") == ("paper", "weights, head 8; biases, norms fp32")
    assert stores("adaptive:deployed") == ("deployed", "weights 8/2; head 8; biases int32; norms fp32")
    assert stores("int4g64") == ("llm", "weights int4g64; head, biases, norms bf16")


def test_bits_of_each_weight_stand_beside_the_bytes() -> None:
    graph = graph_of("[{linear: {out_features: 64, bias: false}}, layer_norm]", input="[64]")
    lines = totals(analyse(graph, bits="int4g64"))
    (line,) = [line for line in lines if line.label == "effective bits"]
    matrix, norm = 64 * 64, 2 * 64
    each = (4.25 * matrix + 16 * norm) / (matrix + norm)
    assert (line.value, line.note) == (f"{each:.4f}", "of all; quantised 4.25 with codes of 4")
