"""``calc run`` from its arguments to its output."""

import json
from pathlib import Path

import pytest

from tests.calc.cli.conftest import SPEC

STEM = 6 * 6 * 4 * 3 * 3 * 3  # output positions · out · in · kernel elements
HEAD = 4 * 6 * 6 * 10


def found(calc, *arguments: str) -> dict:
    ran = calc("run", *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def test_a_report_on_standard_output(calc, spec: str) -> None:
    ran = calc("run", spec)
    assert (ran.code, ran.err) == (0, "")
    assert f"{STEM + HEAD:,}" in ran.out
    assert "53 ×" not in ran.out
    assert "2 × w32a32" in ran.out


def test_bits(calc, spec: str) -> None:
    totals = found(calc, spec, "--bits", "w4a8")["totals"]
    assert totals["bitops"]["weight"] == (STEM + HEAD) * 4
    assert totals["bitops"]["product"] == (STEM + HEAD) * 4 * 8


def test_a_network_as_it_is_deployed(calc, tmp_path: Path) -> None:
    normed = tmp_path / "normed.yaml"
    normed.write_text(SPEC.replace("    - relu6\n", "    - batch_norm\n    - relu6\n"))
    assert "deployed     yes     1 norm folded, 1 activation fused\n" in calc("run", str(normed), "--deployed").out
    report = found(calc, str(normed), "--bits", "8", "--deployed")
    assert report["deployed"] == {"folded": ["stem.1"], "fused": ["stem.2"], "dropped": []}
    assert [layer["name"] for layer in report["layers"]] == ["stem.0", "stem.2", "flatten", "head"]
    # 4·3·3·3 weights of the stem and 4·6·6·10 of the head at 8 bits, 4 and 10 biases at 32
    assert report["totals"]["weight_bytes"] == 4 * 3 * 3 * 3 + 4 * 6 * 6 * 10 + 4 * (4 + 10)
    assert report["totals"]["peak_activation_bytes"] == 3 * 8 * 8 + 4 * 6 * 6
    assert report["totals"]["macs"] == STEM + HEAD


def test_a_network_with_nothing_to_fold(calc, tmp_path: Path) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text("name: Plain\ninput: {shape: [3], channels: last}\nlayers: [{linear: 2}]\n")
    ran = calc("run", str(plain), "--deployed")
    assert (ran.code, ran.err) == (0, "")
    assert "nothing to fold, fuse or drop" in ran.out
    assert found(calc, str(plain), "--deployed")["deployed"] == {"folded": [], "fused": [], "dropped": []}


def test_bits_from_a_file_of_rules(calc, spec: str, tmp_path: Path) -> None:
    rules = tmp_path / "bits.yaml"
    rules.write_text("rules: [{op: conv2d, bits: 2}, {op: linear, bits: 8}]")
    report = found(calc, spec, "--bits", str(rules))
    assert report["totals"]["bitops"]["weight"] == STEM * 2 + HEAD * 8
    assert report["policy"] == str(rules)
    assert [layer["rule"] for layer in report["layers"]] == ["rule 1", None, None, "rule 2"]


def test_params_input_and_batch(calc, spec: str) -> None:
    report = found(calc, spec, "--set", "width=2 * 3", "--input", "3x10x10", "--batch", "5")
    assert report["input"] == [3, 10, 10]
    assert report["batch"] == 5
    assert report["totals"]["macs"] == 5 * (8 * 8 * 6 * 3 * 3 * 3 + 6 * 8 * 8 * 10)


def test_conventions(calc, spec: str) -> None:
    report = found(calc, spec, "--bits", "4", "--bitops", "product", "--activations", "8")
    assert (report["bitops_convention"], report["activations"]) == ("product", "8")
    assert report["totals"]["bitops"]["product"] == (STEM + HEAD) * 4 * 8


def test_memory(calc, spec: str) -> None:
    report = found(calc, spec, "--bits", "8")
    peak = 3 * 8 * 8 + 4 * 6 * 6  # the image and what the first layer makes of it
    assert report["totals"]["memory"] == {"planner": "liveness", "bytes": peak, "layer": "stem.0"}
    assert [layer["live_bytes"] for layer in report["layers"]] == [peak, 2 * 4 * 6 * 6, 4 * 6 * 6, 4 * 6 * 6 + 10]
    assert "arena_bytes" not in report["totals"]
    arena = found(calc, spec, "--bits", "8", "--memory", "arena")["totals"]
    assert arena["memory"]["bytes"] == arena["arena_bytes"] == peak
    in_place = found(calc, spec, "--bits", "8", "--memory", "in-place")
    assert [layer["live_bytes"] for layer in in_place["layers"]] == [peak, 4 * 6 * 6, 4 * 6 * 6, 4 * 6 * 6 + 10]


def test_memory_in_a_table(calc, spec: str) -> None:
    plain = calc("run", spec, "--bits", "8").out
    assert "336 B at layer stem.0, by liveness" in plain
    assert "Memory" not in plain
    listed = calc("run", spec, "--bits", "8", "--memory", "in-place", "--all").out
    assert "336 B at layer stem.0, by in-place" in listed
    assert "Memory" in listed
    grouped = calc("run", spec, "--bits", "8", "--all", "--depth", "1").out
    assert next(line for line in grouped.splitlines() if line.startswith("stem ")).endswith(" 336")


def test_rows(calc, spec: str) -> None:
    assert "relu6" in calc("run", spec, "--all").out
    assert "2 layers" in calc("run", spec, "--by", "block", "--depth", "1").out
    top = calc("run", spec, "--top", "1").out
    assert "stem.0" in top
    assert "1 more row, " in top
    by_params = calc("run", spec, "--sort", "params").out
    assert by_params.index("head") < by_params.index("stem.0")


def test_a_packaged_spec_by_name(calc) -> None:
    assert found(calc, "mobilenetv2", "--bits", "adaptive")["totals"]["bitops"]["weight"] == 1_082_789_632


def test_standard_input(process) -> None:
    ran = process("run", "-", "--format", "json", stdin=SPEC)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["totals"]["macs"] == STEM + HEAD


EARLIER = '{"schema": "calc.run/1"}\n'


def test_output_to_a_file(calc, spec: str, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text(EARLIER)
    ran = calc("run", spec, "--format", "json", "--output", str(target))
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(target.read_text())["totals"]["macs"] == STEM + HEAD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "small.yaml"]


def test_nothing_is_written_on_error(calc, spec: str, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text(EARLIER)
    assert calc("run", spec, "--bits", "65", "--output", str(target)).code == 2
    assert target.read_text() == EARLIER
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "small.yaml"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--bits", "int"], "unknown precision 'int'"),
        (["--bits", "65"], "65 bits: must be 1 to 64"),
        (["--set", "width"], "--set 'width': must be name=value, such as width=0.5"),
        (["--set", "width="], "--set 'width=': must be name=value"),
        (["--set", "=3"], "--set '=3': must be name=value"),
        (["--set", "width=1", "--set", "width=2"], "--set width is given twice"),
        (["--set", "widht=1"], "did you mean width?"),
        (["--set", "width=wide"], "--set width:1:1: "),
        (["--set", "width=relu"], "out_channels"),
        (["--set", "width=9**9**9"], "--set width:1:1: "),
        (["--set", "width=[1"], "not YAML"),
        (["--input", "3x0x8"], "--input '3x0x8': must be positive sizes"),
        (["--input", "3,8,8"], "must be positive sizes"),
        (["--input", "٣x8"], "must be positive sizes"),
        (["--input", "3x2x2"], "larger than the padded height 2"),
        (["--batch", "0"], "--batch '0': must be a positive integer"),
        (["--batch", "1.5"], "--batch '1.5': must be a positive integer"),
        (["--top", "none"], "--top 'none': must be a positive integer"),
        (["--phase", "decode"], "are only for language models: specs with the params tokens and past"),
        (["--tokens", "0"], "--tokens '0': must be a positive integer"),
        (["--kv", "fp8"], "--kv fp8: no layer of Small keeps keys or values"),
        (["--depth", "-1"], "--depth '-1': must be a positive integer"),
        (["--bitops", "flops"], "unknown BitOps convention 'flops'"),
        (["--activations", "own"], "unknown activations 'own'"),
        (["--format", "jsn"], "did you mean json?"),
        (["--by", "stage"], "--by 'stage': must be layer, block"),
        (["--sort", "bitop"], "did you mean bitops or bitops.uniq?"),
        (["--format", "json", "--top", "3"], "do not apply to json"),
        (["--output", "/"], "/: cannot be written"),
        (["--output", "/nowhere/report.txt"], "cannot be written"),
        (["--bits", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_bad_options_end_with_2_and_one_message(calc, spec: str, arguments: list[str], words: str) -> None:
    ran = calc("run", spec, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_missing_spec_and_an_unknown_name(calc) -> None:
    assert "Missing argument" in calc("run").err
    ran = calc("run", "mobilenetv3000")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean" in ran.err


def test_problems_of_a_spec_carry_their_place(calc, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: Bad\ninput: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 9}\n")
    ran = calc("run", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{path}:4:")


SIAMESE = """
name: siamese
input: {a: [3, 64, 64], b: [3, 64, 64]}
layers:
  f1: {conv2d: {out_channels: 8, kernel_size: 3}, from: a}
  f2: {conv2d: {out_channels: 8, kernel_size: 3}, from: b, shares: f1}
  d: {subtract: , from: [f1, f2]}
output: [d, f1]
"""


@pytest.fixture
def siamese(tmp_path: Path) -> str:
    (tmp_path / "siamese.yaml").write_text(SIAMESE)
    return str(tmp_path / "siamese.yaml")


def test_several_inputs_have_names(calc, siamese: str) -> None:
    report = found(calc, siamese, "--input", "a=3x8x8", "--input", "b=3x8x8")
    assert (report["inputs"], report["outputs"], "input" in report) == (
        {"a": [3, 8, 8], "b": [3, 8, 8]},
        ["d", "f1"],
        False,
    )
    assert report["totals"]["macs"] == 2 * (8 * 3 * 9 * 6 * 6)
    assert [layer["inputs"] for layer in report["layers"]] == [["a"], ["b"], ["f1", "f2"]]
    assert "input        a 3×64×64, b 3×64×64  batch 1" in calc("run", siamese).out


@pytest.mark.parametrize(
    "given, said",
    [
        (
            ["3x8x8"],
            "siamese has 2 inputs (a, b), so say which of them is 3x8x8\n  hint: name the input: --input a=SIZES",
        ),
        (["c=3x8x8"], "siamese has no input c; it has a, b"),
        (["a=3x8x8", "a=3x9x9"], "--input a is given twice"),
        (["a=3x8x8", "3x9x9"], "--input is given with the name of an input and without"),
        (["3x8x8", "3x8x8"], "--input is given twice"),
        (["a=3x0x8"], "--input a='3x0x8': must be positive sizes"),
        (["=3x8x8"], "--input ='=3x8x8': must be positive sizes"),
    ],
)
def test_sizes_of_no_input(calc, siamese: str, given: list[str], said: str) -> None:
    ran = calc("run", siamese, *[word for each in given for word in ("--input", each)])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)


def test_a_language_model_is_rolled_up_where_people_read(calc) -> None:
    call = ("--phase", "decode", "--context", "300")
    shown = calc("run", "qwen2_0_5b", *call).out
    assert "call         decode" in shown
    assert "1 new token after 299: a context of 300; trained for 32,768" in shown
    assert "model.layers.{0..23}.mlp.up_proj" in shown
    assert "linear ×24" in calc("run", "qwen2_0_5b", *call, "--format", "markdown").out
    assert "model.layers.7.mlp.up_proj" in calc("run", "qwen2_0_5b", *call, "--by", "layer").out
    assert "model.layers.7.mlp.up_proj" in calc("run", "qwen2_0_5b", *call, "--format", "csv").out
    found = json.loads(calc("run", "qwen2_0_5b", *call, "--format", "json").out)
    assert found["call"] == {"tokens": 1, "past": 299, "context": 300, "max_position_embeddings": 32_768}
    assert len(found["layers"]) > 24 * 10
    totals = found["totals"]
    needed = "params active_params macs causal_macs weight_bytes effective_bits kv_bytes_per_token kv_bytes bytes_moved"
    assert set(needed.split()) <= totals.keys()
    assert totals["active_params"] == totals["params"]
    assert totals["arithmetic_intensity"] == totals["macs"] / totals["bytes_moved"]
    encoder = json.loads(calc("run", "bert_base", "--format", "json").out)["totals"]
    assert set(needed.split()) <= encoder.keys()
    assert (encoder["kv_bytes"], encoder["kv_bytes_per_token"]) == (0, 0)
    assert (encoder["active_params"], encoder["causal_macs"]) == (encoder["params"], encoder["macs"])
    assert "kv_bytes" not in json.loads(calc("run", "resnet18", "--format", "json").out)["totals"]


def test_windows_that_are_longer_than_the_context_are_named(calc) -> None:
    longer = "; windows of 512 are longer than the context"
    assert longer in calc("run", "gemma3_1b", "--phase", "decode", "--context", "511").out
    assert longer not in calc("run", "gemma3_1b", "--phase", "decode", "--context", "512").out


def test_other_commands_take_a_call_too(calc, tmp_path: Path) -> None:
    call = ("--phase", "decode", "--context", "300")
    rows = json.loads(calc("compare", "qwen2_0_5b", "--bits", "bf16", "q8_0", *call, "--format", "json").out)
    first, second = rows["configurations"]
    assert first["kv_bytes"] == 300 * 2 * 24 * 2 * 64 * 2
    assert first["bytes_moved"] == first["bytes_moved_per_token"] > second["bytes_moved"]
    prefill = json.loads(calc("compare", "qwen2_0_5b", "--phase", "prefill", "--tokens", "7", "--format", "json").out)
    (row,) = prefill["configurations"]
    assert row["bytes_moved_per_token"] == -(-row["bytes_moved"] // 7)
    assert "a context of 300" in calc("compare", "qwen2_0_5b", "--bits", "bf16", *call).out
    assert "a context of 300" in calc("memory", "qwen2_0_5b", *call).out
    assert calc("explain", "qwen2_0_5b", "494.03M", *call).code == 0
    lock = tmp_path / "calc.lock.json"
    assert calc("lock", "qwen2_0_5b", "--bits", "bf16", *call, "--lock", str(lock)).code == 0
    (key,) = json.loads(lock.read_text())["specs"]
    assert key == "qwen2_0_5b --set past=299 --set tokens=1"
    assert calc("check", "--lock", str(lock)).code == 0
    assert "a context of 300" in calc("compare", "qwen2_0_5b", *call, "--kv", "fp8", "--runtime", "vllm").out
    (padded,) = json.loads(
        calc("compare", "qwen2_0_5b", "--bits", "bf16", *call, "--runtime", "vllm", "--format", "json").out
    )["configurations"]
    assert padded["kv_bytes_of_runtime"] == first["kv_bytes"] // 300 * 304  # 19 pages of 16 tokens
    impossible = calc("allocate", "qwen2_0_5b", *call, "--bits", "4", "--budget", "bitops.weight=4")
    macs = json.loads(calc("run", "qwen2_0_5b", *call, "--format", "json").out)["totals"]["macs"]
    assert f"bitops.weight={4 * macs}" in impossible.err
    twice = calc("lock", "qwen2_0_5b", *call, "--set", "past=3", "--lock", str(lock))
    assert "--set past is given with --phase, --tokens or --context" in twice.err


def test_rows_go_by_what_is_moved(calc) -> None:
    found = calc("run", "resnet18", "--sort", "bytes_moved", "--top", "1", "--format", "csv").out
    assert found.splitlines()[1].startswith("layer4.0.conv2,")  # 4 · 512 · 512 · 3 · 3 bytes of weights


def test_a_device_and_a_table_of_energy(calc, spec: str, tmp_path: Path) -> None:
    table = tmp_path / "energy.yaml"
    table.write_text(
        "picojoules_per_mac: {8: 0.5}\n"
        "memories: {dram: {picojoules_per_byte: 2, holds: [weights, cache, activations]}}\n"
    )
    data = found(calc, spec, "--bits", "8", "--device", "h100_sxm", "--energy", str(table))
    totals = data["totals"]
    bits = sum(layer["bytes_moved"] for layer in data["layers"])
    assert data["energy"]["picojoules"] == totals["macs"] / 2 + 2 * totals["bytes_moved"]
    assert totals["bytes_moved"] == bits
    assert data["device"]["fits"]
    assert "time bound" in calc("run", spec, "--bits", "8", "--device", "h100_sxm").out
    compared = calc("compare", spec, "--bits", "8", "--device", "h100_sxm", "--format", "json").out
    assert json.loads(compared)["configurations"][0]["bound_seconds"] == data["device"]["bound_seconds"]
    taken = calc("run", spec, "--energy", str(table), "--output", str(table), "--force")
    assert "is read by this command" in taken.err
    assert "unknown device 'h10'" in calc("run", spec, "--device", "h10").err
