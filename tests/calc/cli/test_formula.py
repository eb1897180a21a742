"""calc formula on the command line."""

import pytest

from calc.tape.written import is_node_there


def test_a_formula_says_for_what_it_is_exact(calc) -> None:
    ran = calc("formula", "resnet18", "--in", "resolution", "--of", "macs,params", "--check", "5")
    assert (ran.code, ran.err) == (0, "5 networks counted: none differ\n")
    assert ran.out.splitlines() == [
        "ResNet-18: exact for resolution from 1 to 65,536",
        "",
        "macs = 9408·⌊(resolution + 1) / 2⌋² + 147456·⌊(resolution + 3) / 4⌋² + 524288·⌊(resolution + 7) / 8⌋²",
        "    + 2097152·⌊(resolution + 15) / 16⌋² + 8388608·⌊(resolution + 31) / 32⌋² + 512000",
        "params = 11689512",
    ]


def test_ranges_are_what_the_network_takes(calc) -> None:
    ran = calc("formula", "swin_t", "--in", "resolution")
    assert ran.out.startswith("Swin-T: exact for resolution from 36 to 65,536\n")


def test_names_stand_for_sizes_of_the_input(calc) -> None:
    ran = calc(
        "formula",
        "resnet18",
        "--in",
        "H=1..64,W",
        "--input",
        "3xHxW",
        "--format",
        "python",
        "--of",
        "peak_activation_bytes",
    )
    written: dict = {}
    exec(ran.out, written)
    assert ran.out.startswith("# ResNet-18 at fp32: exact for H from 1 to 64 and W from 1 to 65,536\n")
    assert written["f"](64, 64) == 4 * 2 * 64 * 32 * 32  # bn1 or relu: 64 × 32 × 32 read, and as many written


@pytest.mark.parametrize("style, mark", [("latex", "% "), ("javascript", "// "), ("python", "# ")])
def test_code_says_it_in_a_comment(calc, style: str, mark: str) -> None:
    ran = calc("formula", "mobilenetv2", "--in", "width=0.5..1.0", "--format", style)
    assert ran.out.startswith(f"{mark}MobileNetV2: exact for width from 0.5 to 1.0\n")
    assert f"{mark}where " not in ran.out.splitlines()[0]


def test_the_form_that_is_printed_is_checked(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("formula", "resnet18", "--in", "resolution", "--format", "javascript", "--check", "3")
    if is_node_there():
        assert (calc(*arguments).code, calc(*arguments).err) == (0, "3 networks counted: none differ\n")
    monkeypatch.setattr("calc.tape.written.shutil.which", lambda _: None)
    ran = calc(*arguments)
    assert "function f(resolution)" in ran.out
    assert (ran.code, ran.err) == (1, "--check: not run, for node is not installed, which runs JavaScript\n")


def test_a_power_of_a_fraction_is_not_written_in_javascript(calc, tmp_path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "{name: net, params: {w: 1.5}, input: [3], layers: {fc: {linear: {out_features: int(w ** 3 * 99)}}}}"
    )
    ran = calc("formula", str(path), "--in", "w=1.1..1.9", "--format", "javascript")
    assert (ran.code, ran.out) == (2, "")
    assert "--format javascript: the formula has a power of a number with a fraction" in ran.err
    ran = calc("formula", str(path), "--in", "w=1.1..1.9", "--format", "python", "--check", "5")
    assert (ran.code, ran.err) == (0, "5 networks counted: none differ\n")


def test_a_formula_by_block(calc) -> None:
    ran = calc("formula", "resnet18", "--in", "resolution", "--by", "block", "--check", "2")
    assert (ran.code, ran.err) == (0, "2 networks counted: none differ\n")
    assert ran.out.splitlines()[:5] == [
        "ResNet-18, by block: exact for resolution from 1 to 65,536",
        "",
        "macs = the sum of",
        "  conv1   9408·⌊(resolution + 1) / 2⌋²",
        "  layer1  147456·⌊(resolution + 3) / 4⌋²",  # four 3 × 3 convolutions of 64 channels
    ]


def test_elements_of_a_kind_by_layer(calc) -> None:
    ran = calc("formula", "alexnet", "--in", "batch", "--by", "layer", "--of", "elementwise.relu", "--check", "2")
    assert (ran.code, ran.err) == (0, "2 networks counted: none differ\n")
    assert f"\n  features.1    {64 * 55 * 55}·batch\n" in ran.out


def test_a_formula_that_is_long_is_told_by_block(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("formula", "resnet18", "--in", "resolution")
    whole = calc(*arguments).out
    monkeypatch.setattr("calc.cli.formula.SCREEN", 2)
    ran = calc(*arguments)
    assert "macs = the sum of" in ran.out
    assert ran.err == "by block, for as one formula it fits no screen: --by total\n"
    assert calc(*arguments, "--by", "total").out == whole


def test_bits_are_variables(calc) -> None:
    ran = calc("formula", "alexnet", "--in", "bits", "--of", "bitops,weight_bytes", "--check", "3")
    assert (ran.code, ran.err) == (0, "3 networks counted: none differ\n")
    weights, biases = 61_090_496, 10_344  # of 61,100,840 parameters
    assert ran.out.splitlines() == [
        "AlexNet: exact for bits from 1 to 64",
        "",
        "bitops.weight = 714188480·bits",
        "bitops.product = 714188480·bits²",
        f"weight_bytes = {weights // 8}·bits + {4 * biases}",
    ]


def test_bits_of_weights_and_of_activations_apart(calc) -> None:
    arguments = ("formula", "alexnet", "--of", "bitops.product", "--format", "python", "--check", "3")
    both = calc(*arguments, "--in", "weight_bits,activation_bits,resolution")
    written: dict = {}
    exec(both.out, written)
    assert (both.code, written["f"](4, 8, 224)) == (0, 4 * 8 * 714_188_480)
    ran = calc(*arguments, "--in", "weight_bits=2..8", "--bits", "w4a8")
    assert ran.out.startswith("# AlexNet with activations of 8 bits: exact for weight_bits from 2 to 8\n")
    assert f"return {8 * 714_188_480} * weight_bits\n" in ran.out


def test_a_param_that_is_called_bits_is_that(calc, tmp_path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("{name: net, params: {bits: 4}, input: [3], layers: {fc: {linear: {out_features: bits}}}}")
    assert calc("formula", str(path), "--in", "bits").out.endswith("\nmacs = 3·bits\n")
    ran = calc("formula", str(path), "--in", "bits,weight_bits", "--of", "bitops.weight", "--check", "2")
    assert ran.out.endswith("\nbitops.weight = 3·bits·weight_bits\n")


def test_a_variable_that_is_in_a_condition_alone_is_not_said_to_have_no_effect(calc, tmp_path) -> None:
    spec = tmp_path / "n.yaml"
    layers = "  r: {lstm: {hidden_size: 8, num_layers: n}}\n  l: {linear: '9 if w == 1 else 5'}\n"
    spec.write_text(f"name: N\nparams: {{n: 2, w: 1.0}}\ninput: {{shape: [20, 16], channels: last}}\nlayers:\n{layers}")
    ran = calc("formula", str(spec), "--in", "n=1..3,w=0.5..2.0", "--check", "4")
    fixed, conditioned, checked, *_ = ran.err.splitlines()
    assert fixed == "n is not in the formula, which is exact for n = 2 alone"
    assert conditioned == "w is not in the formula, but in a condition under which it is exact"
    assert checked in [f"{tried} of 4 networks counted: none differ" for tried in range(4)]  # w = 1.0 is drawn rarely


def test_a_condition_that_holds_in_the_whole_range_is_not_printed(calc, tmp_path) -> None:
    spec = tmp_path / "n.yaml"
    layers = "  c: {conv2d: {out_channels: c, kernel_size: 3}}\n  d: {conv2d: {out_channels: 5, kernel_size: 1}}\n"
    spec.write_text(f"name: N\nparams: {{r: 32, c: 4}}\ninput: [3, r, r]\nlayers:\n{layers}")
    ran = calc("formula", str(spec), "--in", "r,c")
    assert ran.out.splitlines()[:2] == ["N: exact for r from 3 to 65,536 and c from 1 to 65,536", ""]  # (r - 2)² ≠ 0


def test_a_formula_of_each_layer(calc) -> None:
    ran = calc("formula", "alexnet", "--in", "bits", "--by", "layer", "--of", "bitops.weight,weight_bytes")
    assert ran.out.splitlines()[:4] == [
        "AlexNet, by layer: exact for bits from 1 to 64",
        "",
        "bitops.weight = the sum of",
        "  features.0    70276800·bits",  # 64 × 55 × 55 × 3 × 11 × 11
    ]
    assert "weight_bytes of each layer\n  features.0    2904·bits + 256\n" in ran.out  # 64 × 3 × 121 / 8, 64 biases


def test_a_variable_that_nothing_depends_on_is_said(calc) -> None:
    assert (
        calc("formula", "resnet18", "--in", "resolution", "--of", "params").err
        == "nothing here depends on resolution\n"
    )


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--in", "size"], "--in size: ResNet-18 has no such param"),
        (["--in", "resolution=9..2"], "--in resolution=9..2: the range is empty"),
        (["--in", "resolution=a..2"], "--in 'resolution=a..2': must be a name, or a name and its range"),
        (["--in", "resolution,resolution"], "--in resolution: named twice"),
        (["--in", "resolution", "--set", "resolution=9"], "--in resolution: its value is given with --set"),
        (["--in", "H", "--input", "3xHxW"], "--input has W for a size, which --in does not name"),
        (["--in", "H", "--input", "3x-1"], "--input '3x-1': must be sizes of one input of ResNet-18"),
        (["--in", "resolution", "--of", "bitops.uniq"], "--of bitops.uniq: it is not an integer"),
        (["--in", "resolution", "--of", "elementwise.foo"], "--of elementwise.foo: there are no elements of this kind"),
        (["--in", "resolution", "--of", ""], "unknown quantity ''"),
        (["--in", "resolution", "--of", "mac"], "unknown quantity 'mac'"),
        (["--in", "resolution", "--of", "kv_bytes"], "--of kv_bytes: no layer of ResNet-18 keeps anything"),
        (["--in", "resolution", "--format", "c"], "--format"),
        (["--in", "resolution", "--by", "row"], "--by"),
        (["--in", "resolution", "--by", "block", "--format", "latex"], "--by block needs --format text"),
        (["--in", "resolution", "--by", "block", "--of", "weight_bytes"], "and totals that are sums over layers"),
        (["--in", "resolution", "--by", "layer", "--of", "peak_activation_bytes"], "and totals that layers have"),
        (["--in", "resolution", "--bits", "q"], "unknown precision 'q'"),
        (["--in", "bits", "--bits", "8"], "--bits 8: --in bits makes the bits variables"),
        (["--in", "bits,weight_bits"], "--in bits,weight_bits: bits already covers weights and activations"),
        (["--in", "bits=0..8"], "--in bits=0..8: must be whole numbers from 1 to 64"),
        (["--in", "bits=2.5..8"], "--in bits=2.5..8: must be whole numbers from 1 to 64"),
        (["--in", "batch=0.5..2.0"], "--in batch=0.5..2.0: must be whole numbers from 1 to"),
        (["--in", "H=0..9", "--input", "3xHxH"], "--in H=0..9: must be whole numbers from 1 to"),
        (["--in", "weight_bits", "--bits", "int4g128"], "--bits int4g128: --in weight_bits takes the other width"),
        (["--in", "resolution", "--check", "0"], "--check '0': must be a positive integer"),
    ],
)
def test_what_cannot_be_is_said(calc, arguments: list[str], said: str) -> None:
    ran = calc("formula", "resnet18", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_range_in_which_nothing_can_be(calc, tmp_path) -> None:
    path = tmp_path / "net.yaml"
    layers = "{conv: {conv2d: {out_channels: 4, kernel_size: 7}}}"
    path.write_text(f"{{name: net, params: {{size: 9}}, input: [3, size, size], layers: {layers}}}")
    ran = calc("formula", str(path), "--in", "size=1..5")
    assert (ran.code, ran.out) == (2, "")
    assert "at size 3: " in ran.err
    assert calc("formula", str(path), "--in", "size=1..50").out.startswith("net: exact for size from 7 to 50\n")
