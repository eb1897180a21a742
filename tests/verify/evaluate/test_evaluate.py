"""The evaluator equals plain torch; its results file keeps finished configurations after an interruption."""

import csv
import io
import json
import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional
from torchvision import transforms
from torchvision.datasets import ImageFolder

from calc.analysis import analyse
from calc.errors import OpError
from calc.formats import format_named
from calc.spec.load import loads
from tests.verify.small import SPEC, model, save_images, save_weights
from verify.build import build
from verify.data import Batch, open_images, preprocess_of
from verify.errors import VerifyError
from verify.evaluate import Evaluator, Quantisation, Results, evaluated_bits
from verify.evaluate.plot import plot
from verify.evaluate.report import evaluation_rows, render, standard_error
from verify.evaluate.results import result_key
from verify.evaluate.rounding import check_one_format_each, rounded_weights
from verify.evaluate.score import score
from verify.quantise import QuantiseError, Scheme, quantise, round_to_format

pytestmark = pytest.mark.torch

MODEL = model()
GRAPH = analyse(MODEL).graph


@pytest.fixture
def files(tmp_path):
    return save_weights(tmp_path / "net.pt", GRAPH), save_images(tmp_path / "images")


def evaluator(files, quantisation=None, **options):
    weights, folder = files
    images = open_images(str(folder), (3, 8, 8), 3)
    analysis = analyse(GRAPH)
    return Evaluator(
        analysis, str(weights), images, preprocess_of(MODEL, (3, 8, 8)), quantisation, batch_size=4, **options
    )


def plain_loop(files, change=lambda network: None):
    network = build(GRAPH)
    network.load_state_dict(torch.load(files[0], weights_only=True))
    change(network.eval())
    normalise = transforms.Normalize((0.5,) * 3, (0.25,) * 3)
    images = ImageFolder(str(files[1]), transforms.Compose([transforms.ToTensor(), normalise]))
    loss = hits = 0
    with torch.no_grad():
        for image, label in images:
            logits = network(image[None])
            loss += functional.cross_entropy(logits, torch.tensor([label])).item() / len(images)
            hits += int(logits.argmax()) == label
    return 100 * hits / len(images), loss


def test_fp32_equals_a_plain_torch_loop(files):
    (configuration,) = evaluated_bits(MODEL, ["fp32"])
    measured = evaluator(files).measure(configuration)
    top1, loss = plain_loop(files)
    assert measured.score.top1 == top1
    assert measured.score.loss == pytest.approx(loss, rel=1e-6)
    assert measured.score.top5 == 100
    assert measured.score.images == 3 * 7


@pytest.mark.parametrize("per_channel", [True, False])
def test_a_width_rounds_every_weight_and_stores_none(files, per_channel):
    def change(network):
        for name in ("conv", "last", "fc"):
            weight = getattr(network, name).weight
            weight.data = quantise(weight.detach(), Scheme(3, axis=0 if per_channel else None)).values

    (configuration,) = evaluated_bits(MODEL, ["3"])
    ours = evaluator(files, Quantisation(per_channel=per_channel))
    before = {key: tensor.clone() for key, tensor in ours.network.state_dict().items()}
    measured = ours.measure(configuration)
    top1, loss = plain_loop(files, change)
    assert measured.score.top1 == top1
    assert measured.score.loss == pytest.approx(loss, rel=1e-6)
    assert all(torch.equal(tensor, before[key]) for key, tensor in ours.network.state_dict().items())


def test_fp16_rounds_to_float16(files):
    def change(network):
        for name in ("conv", "last", "fc"):
            getattr(network, name).weight.data = getattr(network, name).weight.data.half().float()

    (configuration,) = evaluated_bits(MODEL, ["fp16"])
    assert evaluator(files).measure(configuration).score.loss == pytest.approx(plain_loop(files, change)[1], rel=1e-6)


def test_half_precision_of_some_layers_and_codes_of_the_rest(files, tmp_path):
    def change(network):
        network.conv.weight.data = network.conv.weight.data.half().float()
        for name in ("last", "fc"):
            weight = getattr(network, name).weight
            weight.data = quantise(weight.detach(), Scheme(16, axis=0)).values

    file = tmp_path / "some.yaml"
    file.write_text("{default: w16a32, rules: [{name: conv, bits: fp16-a32}]}")
    some, whole, codes = evaluated_bits(MODEL, [str(file), "fp16", "w16a32"])
    measured = evaluator(files).measure(some)
    assert measured.score.loss == pytest.approx(plain_loop(files, change)[1], rel=1e-6)
    assert (some.formats, codes.formats) == ({"conv": "fp16"}, {})
    keys = {result_key(each, evaluator(files), __file__) for each in (some, whole, codes)}
    assert len(keys) == 3


def test_a_head_in_bf16_and_codes_of_the_rest(files):
    def change(network):
        for name in ("conv", "last"):
            weight = getattr(network, name).weight
            weight.data = quantise(weight.detach(), Scheme(8, axis=0)).values
        network.fc.weight.data = network.fc.weight.data.bfloat16().float()

    head, whole, half, codes = evaluated_bits(MODEL, ["8:llm", "bf16", "fp16", "8"])
    assert evaluator(files).measure(head).score.loss == pytest.approx(plain_loop(files, change)[1], rel=1e-6)
    keys = {result_key(each, evaluator(files), __file__) for each in (head, whole, half, codes)}
    assert len(keys) == 4


@pytest.mark.parametrize("bits", ["int4g32", "int8", "nf4", "fp8", "mxfp4"])
def test_a_format_rounds_every_weight_to_what_it_can_say(files, bits):
    def change(network):
        for name in ("conv", "last", "fc"):
            weight = getattr(network, name).weight
            if name == "fc" and bits != "int8":  # of the others the head is in bf16
                weight.data = weight.detach().bfloat16().float()
            else:
                weight.data = round_to_format(weight.detach(), format_named(bits))

    (configuration,) = evaluated_bits(MODEL, [bits])
    measured = evaluator(files).measure(configuration)
    assert measured.score.loss == pytest.approx(plain_loop(files, change)[1], rel=1e-6)
    assert measured.weight_bytes == analyse(GRAPH, bits=bits).totals.weight_bytes
    assert {activation for _, _, activation in configuration.layer_bits} == {32}


def test_formats_of_some_layers_each_have_their_key(files, tmp_path):
    file = tmp_path / "some.yaml"
    file.write_text("{default: 8, rules: [{name: conv, bits: int4g32}, {name: fc, bits: fp16}]}")
    asked = evaluated_bits(MODEL, [str(file), "int4g32", "int4g16", "int8", "8", "fp8", "nf4-a8"])
    assert asked[0].formats == {"conv": "int4g32", "fc": "fp16"}
    assert asked[-1].layer_bits == (("conv", 4, 8), ("last", 4, 8), ("fc", 16, 16))
    assert len({result_key(each, evaluator(files), __file__) for each in asked}) == len(asked)


def test_the_parts_of_a_fused_layer_are_in_the_key(files):
    head = "name: x\ninput: {shape: [5, 8], channels: last}\nlayers: {a: {lstm: 6, bits: {weight_hh: "
    asked = [evaluated_bits(loads(f"{head}{bits}}}}}}}"), ["spec"])[0] for bits in ("int4g2", "int4g3", "4", "5")]
    assert len({result_key(each, evaluator(files), __file__) for each in asked}) == 4


def test_each_weight_of_a_fused_layer_is_rounded_to_its_own_format():
    layers = "{a: {lstm: 6, bits: {weight_ih: fp16, weight_hh: int4g2}}, b: {linear: 4, bits: fp32}}"
    small = loads(f"name: x\ninput: {{shape: [5, 8], channels: last}}\nlayers: {layers}")
    (configuration,) = evaluated_bits(small, ["spec"])
    assert configuration.part_formats == {"a.weight_ih_l0": "fp16", "a.weight_hh_l0": "int4g2"}
    network = build(analyse(small).graph)
    own = {name: parameter.detach() for name, parameter in network.named_parameters()}
    rounded = rounded_weights(network, configuration, Quantisation())
    assert set(rounded) == {"a.weight_ih_l0", "a.weight_hh_l0"}
    assert torch.equal(rounded["a.weight_ih_l0"], own["a.weight_ih_l0"].half().float())
    assert torch.equal(rounded["a.weight_hh_l0"], round_to_format(own["a.weight_hh_l0"], format_named("int4g2")))


def test_one_tensor_in_two_formats_is_an_error():
    tensor = torch.zeros(2)
    formats = {"a": format_named("int4"), "b": format_named("nf4")}
    with pytest.raises(QuantiseError, match="a and b are one tensor, but in two formats: int4 and nf4"):
        check_one_format_each({"a": tensor, "b": tensor}, formats)
    check_one_format_each({"a": tensor, "b": tensor.clone()}, formats)


@pytest.mark.parametrize("bits", ["ternary", "binary", "nf4_double", "int1"])
def test_a_format_without_rounding_is_refused_with_those_that_have_one(bits):
    with pytest.raises(VerifyError, match=f"--bits {bits}: conv: weights cannot be rounded to {bits}") as caught:
        evaluated_bits(MODEL, [bits])
    assert caught.value.hint.startswith(
        "use codes of 1 to 16 bits, such as 4 or w4a8, fp16 or bf16, or one of these formats"
    )
    assert caught.value.hint.endswith(", nvfp4, nf4, bnb_int8, onnx8, onnx8_asym, onnx4g32, onnx4g32_asym")


def test_activations_are_rounded_where_they_are_named(files):
    weights_only, both, coarse = evaluated_bits(MODEL, ["8", "w8a8", "w8a2"])
    ours = evaluator(files)
    first, second, third = (ours.measure(each).score.loss for each in (weights_only, both, coarse))
    assert first != second
    assert abs(third - first) > 10 * abs(second - first)
    assert not any(layer._forward_pre_hooks for layer in ours.network.layers.values())


def test_what_is_stored_beside_the_weights_changes_nothing_that_is_run():
    plain, deployed = evaluated_bits(MODEL, ["w8a8", "w8a8:deployed"])
    assert plain.layer_bits == deployed.layer_bits
    assert {activation for _, _, activation in deployed.layer_bits} == {8}


def test_bitops_are_those_of_what_is_run():
    weights_only, both, mixed = evaluated_bits(MODEL, ["8", "w8a8", "adaptive"])
    macs = analyse(GRAPH).totals.macs
    assert weights_only.analysis.totals.bitops["product"] == macs * 8 * 32
    assert both.analysis.totals.bitops["product"] == macs * 8 * 8
    assert (weights_only.widths, both.widths, mixed.widths) == ("8/32", "8/8", "2–8/32")
    (same,) = evaluated_bits(MODEL, ["8"], activations="same")
    assert same.analysis.totals.bitops == analyse(GRAPH, bits="8").totals.bitops


def test_the_loss_must_be_finite(files):
    ours = evaluator(files)
    ours.network.fc.bias.data.fill_(float("inf"))
    with pytest.raises(VerifyError, match="not finite"):
        ours.measure(evaluated_bits(MODEL, ["fp32"])[0])


def test_a_loss_beyond_float32_is_an_error_with_finite_logits_too():
    batch = Batch(torch.zeros(1, 3, 8, 8), torch.tensor([1]), (0,))
    with pytest.raises(VerifyError, match="output or loss is not finite"):
        score(lambda _inputs: torch.tensor([[3e38, -3e38]]), [batch])


def test_a_finished_configuration_is_kept_and_read_back_the_same(files, tmp_path):
    ours, (configuration,) = evaluator(files), evaluated_bits(MODEL, ["4"])
    measured = ours.measure(configuration)
    Results(tmp_path / "results.jsonl").keep(result_key(configuration, ours, str(files[0])), measured)
    again = Results(tmp_path / "results.jsonl")
    assert again.found == {result_key(configuration, ours, str(files[0])): measured}


def test_the_key_tells_everything_apart_that_changes_a_result(files):
    (four,), (five,) = evaluated_bits(MODEL, ["4"]), evaluated_bits(MODEL, ["5"])
    (both,) = evaluated_bits(MODEL, ["w4a4"])
    keys = [result_key(each, evaluator(files), str(files[0])) for each in (four, five, both)]
    keys.append(result_key(four, evaluator(files, Quantisation(per_channel=False)), str(files[0])))
    keys.append(result_key(four, evaluator(files, limit=6), str(files[0])))
    save_images(files[1].parent / "other", per_class=5)
    keys.append(result_key(four, evaluator((files[0], files[1].parent / "other")), str(files[0])))
    assert len(set(keys)) == 6
    assert result_key(four, evaluator(files), str(files[0])) == keys[0]


def test_the_key_changes_with_weights_images_layers_preprocessing_and_what_is_skipped(files):
    def key(model=MODEL, weights=files[0], images=files[1], mean=0.5, **options):
        analysis = analyse(model)
        preprocess = preprocess_of(model, (3, 8, 8), written=f"{{mean: {mean}}}")
        opened = open_images(str(images), (3, 8, 8), 3)
        made = Evaluator(analysis, str(weights), opened, preprocess, **options)
        return result_key(evaluated_bits(model, ["4"])[0], made, str(weights))

    other = files[0].with_name("other.pt")
    state = torch.load(files[0], weights_only=True)
    torch.save({**state, "fc.bias": state["fc.bias"] + 1}, other)
    pictures = save_images(files[1].with_name("others"))
    (pictures / "class0" / "0.png").write_bytes((pictures / "class0" / "1.png").read_bytes())
    strided = loads(SPEC.replace("stride: 2", "stride: 1"))
    keys = [key(), key(weights=other), key(images=pictures), key(strided), key(mean=0.25), key(skip_bad=True)]
    assert len(set(keys)) == len(keys)


def test_a_line_cut_short_is_passed_over_and_the_next_result_survives(files, tmp_path):
    ours, path = evaluator(files), tmp_path / "results.jsonl"
    first, second = evaluated_bits(MODEL, ["4", "5"])
    kept = Results(path)
    kept.keep("one", ours.measure(first))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    again = Results(path)
    assert list(again.found) == ["one"]
    assert again.passed_over == []  # its line has no end yet
    again.keep("two", ours.measure(second))
    last = Results(path)
    assert list(last.found) == ["one", "two"]
    assert last.passed_over == [2]


@pytest.mark.parametrize(
    "field, value",
    [("loss", 0.5), ("loss", None), ("images", 0), ("bitops", {}), ("hits", "AAAA"), ("checksum", None)],
)
def test_a_changed_line_is_passed_over(files, tmp_path, field, value):
    path = tmp_path / "results.jsonl"
    Results(path).keep("one", evaluator(files).measure(evaluated_bits(MODEL, ["4"])[0]))
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record) + "\n")
    assert list(Results(path).found) == ["one"]
    path.write_text(json.dumps(record | {field: value}) + "\n")
    assert (Results(path).found, Results(path).passed_over) == ({}, [1])


@pytest.mark.parametrize("text", ["hello\n", "[1]\n", "null\n", "3\n", "{}\n"])
def test_another_file_is_not_taken_for_results(tmp_path, text):
    (tmp_path / "notes.txt").write_text(text)
    with pytest.raises(VerifyError, match=r"notes\.txt:1: not a result"):
        Results(tmp_path / "notes.txt")


def test_a_full_disk_is_an_error(files):
    measured = evaluator(files).measure(evaluated_bits(MODEL, ["fp32"])[0])
    with pytest.raises(OpError, match="cannot be written: No space left"):
        Results(Path("/dev/full")).keep("key", measured)


def test_the_standard_error_is_that_of_paired_differences(files):
    ours = evaluator(files)
    baseline, low = (ours.measure(each) for each in evaluated_bits(MODEL, ["fp32", "2"]))
    differences = [int(a) - int(b) for a, b in zip(low.score.hits, baseline.score.hits, strict=True)]
    n, mean = len(differences), sum(differences) / len(differences)
    expected = 100 * math.sqrt(sum((each - mean) ** 2 for each in differences) / n) / math.sqrt(n)
    assert standard_error(low, baseline) == pytest.approx(expected)
    assert evaluation_rows([baseline, low])[1]["delta_top1"] == pytest.approx(100 * mean)
    assert any(differences)


def test_csv_has_a_line_a_configuration_and_the_picture_is_drawn(files, tmp_path):
    ours = evaluator(files)
    measured = [ours.measure(each) for each in evaluated_bits(MODEL, ["fp32", "4"])]
    lines = list(csv.DictReader(io.StringIO(render(measured, "csv"))))
    assert [line["bits"] for line in lines] == ["fp32", "4"]
    assert int(lines[1]["bitops_weight"]) == analyse(GRAPH).totals.macs * 4
    plot(measured, str(tmp_path / "curve.svg"), "small")
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")
