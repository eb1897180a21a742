"""What is legal and probably wrong: found in the graph, said by run and validate, refused with --strict."""

import json
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.spec import load, loads
from calc.spec.shelf import packaged
from calc.warnings import warnings
from tests.calc.cli.conftest import calc
from tests.calc.spec.written import graph_of, text_of

__all__ = ["calc"]

HEADS = ("googlenet", "inception_v3", "fcn_resnet50", "ssd300_vgg16", "yolov3_tiny")
"""Of those that have auxiliary heads or several outputs, what is packaged."""
UNREAD = "name: a\ninput: [3, 8, 8]\nlayers: {a: relu, lost: {tanh: , from: input}, b: {gelu: , from: a}}\n"
SAID = """\
net.yaml:3:26: lost (tanh): nothing reads this layer
  hint: read it with from:, make it an output:, or remove it
"""


def told(layers: str, **parts: str) -> list[str]:
    """The warnings of a spec, by layer."""
    return [f"{problem.layer}: {problem.fact}" for problem in warnings(graph_of(layers, **parts))]


@pytest.mark.parametrize(
    "layers, facts",
    [
        ("[relu, tanh]", []),
        ("{a: relu, b: {tanh: , from: input}}", ["a: nothing reads this layer"]),
        (
            "{a: relu, b: tanh, c: {gelu: , from: input}}",
            ["b: nothing reads this layer, nor those that lead only here"],
        ),
        (
            "{a: relu, b: {tanh: , from: a}, c: {elu: , from: a}, d: {gelu: , from: a}}",
            ["b: nothing reads this layer", "c: nothing reads this layer"],
        ),
        ("{a: relu, aux: {tanh: , training_only: true}, b: gelu}", []),
        (
            "{a: relu, aux: {tanh: , training_only: true}, b: {gelu: , from: input}}",
            ["a: only what is training_only reads this layer"],
        ),
        ("{t: {tensor: {shape: [3]}}, a: relu}", ["t: nothing reads this layer"]),
        ("{a: relu, b: {concat: , from: [a, a]}}", []),
        ("[{residual: [relu, tanh]}, {branches: [[gelu], []], merge: add}]", []),
    ],
)
def test_layers_that_nothing_reads(layers: str, facts: list[str]) -> None:
    assert told(layers) == facts


def test_the_last_layer_is_left_to_output() -> None:
    layers = "{a: relu, b: tanh, head: gelu}"
    assert told(layers, more="output: a\n") == []
    assert told("{a: relu, b: tanh, c: {elu: , from: a}, head: {gelu: , from: a}}", more="output: a\n") == [
        "b: nothing reads this layer",
        "c: nothing reads this layer",
    ]


@pytest.mark.parametrize(
    "layer, sizes, facts",
    [
        (
            "{layer_norm: 2}",
            "[49, 2]",
            ["2 is a number of axes: the norm is over 49×2, not the last 2 alone"],
        ),
        ("{rms_norm: 2}", "[49, 96]", ["2 is a number of axes: the norm is over 49×96"]),
        ("{layer_norm: {normalized_axes: 2}}", "[49, 2]", []),
        ("{layer_norm: 1}", "[49, 1]", []),
        ("layer_norm", "[49, 2]", []),
    ],
)
def test_a_bare_number_of_axes_may_have_been_meant_as_a_size(layer: str, sizes: str, facts: list[str]) -> None:
    spec = loads(text_of(f"[{layer}]", input=f"{{shape: {sizes}, channels: last}}"))
    assert [problem.fact for problem in analyse(spec).warnings] == facts
    assert [problem.fact for problem in analyse(spec).with_bits(4).warnings] == facts


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A spec with a layer that nothing reads, from its own folder."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(UNREAD, encoding="utf-8")
    return "net.yaml"


def test_run_and_validate_say_it_beside_what_they_print(calc, net: str) -> None:
    for command in ("run", "validate"):
        ran = calc(command, net)
        assert (ran.code, ran.err) == (0, f"warning: {SAID}")
        assert "net" in ran.out or "1 valid spec" in ran.out


def test_strict_makes_it_an_error(calc, net: str) -> None:
    for command in ("run", "validate"):
        ran = calc(command, net, "--strict")
        assert (ran.code, ran.out, ran.err) == (2, "", SAID)
    assert calc("validate", "mobilenetv2", "--strict").code == 0


def test_json_has_it_only_where_there_is_any(calc, net: str) -> None:
    (found,) = json.loads(calc("run", net, "--format", "json").out)["warnings"]
    assert (found["layer"], found["op"], found["file"], found["line"], found["column"]) == ("lost", "tanh", net, 3, 26)
    assert found["fact"] == "nothing reads this layer"
    Path(net).write_text(UNREAD.replace("from: a", "from: lost").replace("a: relu, ", ""), encoding="utf-8")
    assert "warnings" not in json.loads(calc("run", net, "--format", "json").out)


def test_a_saved_result_with_warnings_is_read_again(calc, net: str) -> None:
    calc("run", net, "--format", "json", "--output", "saved.json")
    assert calc("diff", "saved.json", net, "--exit-code").code == 0


@pytest.mark.parametrize("name", [name for name in HEADS if name in packaged()])
def test_packaged_networks_with_other_heads_have_none(name: str) -> None:
    assert analyse(load(name)).warnings == ()


@pytest.mark.zoo
def test_no_packaged_network_has_any() -> None:
    assert [name for name, path in packaged().items() if analyse(load(path)).warnings] == []


def test_layers_of_which_something_is_not_known() -> None:
    layers = (
        "{fft: {opaque: {X, tensors: none}}, odd: {opaque: {X}},"
        " loss: {opaque: {X}, training_only: true}, a: {relu: , from: odd}}"
    ).replace("X", 'op: "my::kernel", shape: [4], reason: a CUDA kernel')
    assert told(layers) == [
        "fft: stands for my::kernel, whose computation is not known: a CUDA kernel",
        "odd: stands for my::kernel, whose computation and tensors are not known: a CUDA kernel",
        "loss: stands for my::kernel, whose tensors are not known: a CUDA kernel",
    ]
