"""The planned peak of activations equals the measured one, and a wrong plan is found."""

import pytest

from calc.analysis import analyse
from calc.frozen import FrozenDict
from calc.spec import expand, loads
from calc.storages import StorageLayout
from tests.calc.graphs import Draft
from verify.build import build
from verify.peak import compare_peaks, measured_peak_bytes, planned_peak_bytes
from verify.report import verification_verdict
from verify.verification import verify

TWO_ENDS = """
name: two ends
input: {image: [2, 6, 4], text: {shape: [5], dtype: int64}}
layers:
  words: {embedding: {num_embeddings: 7, embedding_dim: 3}, from: text}
  turned: {permute: [0, 2, 3, 1], from: image}
  act: relu
  rows: {flatten: 1}
  head: {linear: 2, from: words}
output: [rows, head]
"""


def peaks(draft: Draft, batch: int = 1) -> tuple[int, int]:
    analysis = analyse(draft.graph(), batch=batch)
    return planned_peak_bytes(analysis), measured_peak_bytes(analysis, build(analysis.graph))


def test_the_input_is_freed_after_its_last_use() -> None:
    draft = Draft(3, 8, 8)
    draft.add("a", "conv2d", out_channels=16, kernel_size=1)
    draft.add("b", "conv2d", out_channels=4, kernel_size=1)
    assert peaks(draft, 2) == (2 * (16 + 4) * 8 * 8 * 4,) * 2


def test_a_result_that_nobody_reads_is_freed_at_once_and_a_head_for_training_keeps_nothing() -> None:
    draft = Draft(4, channels="last")
    first = draft.add("first", "linear", out_features=5)
    draft.add("unread", "linear", (first,), out_features=100)
    last = draft.add("last", "linear", (first,), out_features=6)
    draft.add("auxiliary", "linear", (first,), out_features=3, training_only=True)
    draft.add("end", "linear", (last,), out_features=7)
    assert peaks(draft) == ((5 + 100) * 4,) * 2


def test_what_a_layer_makes_for_itself_does_not_count() -> None:
    draft = Draft(3, 5, 2, channels="last")  # windows of 2×2 pad the map to 4×6
    draft.add("window", "window_attention", num_heads=1, window_size=[2, 2], shift_size=[0, 0])
    assert peaks(draft) == (2 * 3 * 5 * 2 * 4,) * 2


def test_several_inputs_and_outputs_live_as_long_as_they_are_needed() -> None:
    found = verify(analyse(expand(loads(TWO_ENDS)), batch=2))
    # at the head: the image turned, looked at and flattened into a copy of its own; 5 words of 3, and of 2
    assert found.peak_bytes == 2 * max(2 * 24 * 2 + 15, 48 + 15 + 10) * 4
    assert found.mismatches == ()
    assert f"peak of activations at 32 bits {found.peak_bytes} bytes" in verification_verdict(found)


def test_a_wrong_plan_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare_peaks(8, 8) == []
    monkeypatch.setattr(
        "calc.memory.lifetimes.storages", lambda nodes: StorageLayout(tuple(range(len(nodes))), FrozenDict())
    )
    draft = Draft(2, 4, 4)
    draft.add("flat", "flatten")
    draft.add("head", "linear", out_features=1)
    (mismatch,) = verify(analyse(draft.graph())).mismatches
    assert str(mismatch) == (
        f"total: peak_activation_bytes@32 {(32 + 32) * 4} by calc, {(32 + 1) * 4} by torch's storages"
    )


@pytest.mark.parametrize(
    "layer",
    [
        "{glu: 1}",
        "{flip: 1}",
        "exp",
        "{softmax: 1}",
        "{cumsum: 1}",
        "rms_norm",
        "{where: {value: 0}, from: [turned, turned]}",
        '{einsum: "bijk,bilk->bkil", from: [turned, turned]}',
        '{einsum: "bijk,bijk->bkji", from: [turned, turned]}',
    ],
)
def test_where_the_elements_of_turned_axes_stand_afterwards(layer: str) -> None:
    layers = f"layers: {{turned: {{permute: [0, 1, 3, 2]}}, op: {layer}, flat: flatten}}"
    analysis = analyse(expand(loads(f"name: turned\ninput: [2, 4, 6]\n{layers}\noutput: [flat, turned]\n")))
    assert planned_peak_bytes(analysis) == measured_peak_bytes(analysis, build(analysis.graph))
