"""Tapes by block."""

from calc.spec import load
from calc.spec.load import loads
from calc.tape.asked import read_variables
from calc.tape.checked import Question, tape_by_block, tape_for


def question(text: str, wanted: tuple[str, ...]) -> Question:
    model = load("mobilenetv2")
    return Question(model, read_variables(text, model, {}, {}, 1), wanted, "8", {}, {}, 1)


def test_blocks_add_up_to_the_total() -> None:
    asked = question("resolution=32..300,width=0.5..1.5", ("macs", "params", "bitops.product"))
    tape = tape_for(asked)
    by_block = tape_by_block(asked, tape)
    assert by_block is not None
    for at in ({"resolution": 224, "width": 1.0}, {"resolution": 97, "width": 0.75}):
        total, parts = tape.at(at), by_block.at(at)
        assert total is not None
        assert parts is not None
        for name, value in total.items():
            assert value == sum([part for label, part in parts.items() if label.startswith(f"{name} ")])
    assert len(by_block.outputs) == 3 * (19 + 2 + 2)  # features, pool and flatten, two of the classifier


def test_what_is_no_sum_over_layers_has_no_blocks() -> None:
    for name in ("peak_activation_bytes", "weight_bytes"):
        asked = question("resolution=32..300", (name,))
        assert tape_by_block(asked, tape_for(asked)) is None


def test_a_param_that_is_called_batch_is_no_number_of_samples() -> None:
    text = "name: n\nparams: {batch: 4}\ninput: [3, 9, 9]\nlayers: [{conv2d: {out_channels: batch, kernel_size: 3}}]\n"
    model = loads(text)
    tape = tape_for(Question(model, read_variables("batch=1..8", model, {}, {}, 2), ("macs",), "8", {}, {}, 2))
    assert tape.at({"batch": 5}) == {"macs": 2 * 7 * 7 * 5 * 3 * 3 * 3}
