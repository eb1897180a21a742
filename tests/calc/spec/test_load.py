"""Finding, reading and extending specs, and writing them again."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from calc.errors import SpecError
from calc.spec import dumps, expand, load, loads
from calc.spec.load import find_spec
from calc.spec.shelf import packaged_specs
from calc.spec.write.document import spec_text

FAMILY = """\
name: family
source: a paper
reference: torchvision/family
params: {width: 4, classes: width * 10, act: relu}
input: [width]
claims: [{macs: 1}]
preprocess: {mean: 0}
layers: [$act, {linear: classes}]
"""


def write(folder: Path, **files: str) -> Path:
    """Specs in ``folder``; the path of the last one."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return path


def refusal(path: Path) -> str:
    """What is said about the spec at ``path``."""
    with pytest.raises(SpecError) as caught:
        load(path)
    return str(caught.value)


def test_packaged_specs_are_found_by_name() -> None:
    expected = str(packaged_specs() / "mobilenetv2.yaml")
    assert [find_spec(name) for name in ("mobilenetv2", "mobilenet_v2", "MobileNet-V2")] == [expected] * 3
    assert load("mobilenetv2").name == "MobileNetV2"


def test_paths_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, family=FAMILY)
    assert find_spec(str(path)) == str(path)
    assert [find_spec(name) for name in ("-", "none.yaml", "none.yml", "a/b")] == ["-", "none.yaml", "none.yml", "a/b"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mobilenetv2").write_text(FAMILY)
    assert find_spec("mobilenetv2") == "mobilenetv2"


def test_a_file_here_is_found_by_its_name_without_an_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, mine=FAMILY, resnet18=FAMILY)
    monkeypatch.chdir(tmp_path)
    assert [find_spec(name) for name in ("mine", "resnet18")] == ["mine.yaml", "resnet18.yaml"]


def test_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(FAMILY.encode() + b"x: 1\n")

    monkeypatch.setattr(sys, "stdin", Stdin())
    with pytest.raises(SpecError, match=r"^<stdin>:9:1: unknown key x"):
        load("-")


def test_standard_input_extends_and_uses_what_is_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, family=FAMILY)
    write(tmp_path, other=FAMILY)
    text = b"name: child\nextends: family.yaml\nuses: {Other: other.yaml}\nparams: {act: Other}\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    monkeypatch.chdir(tmp_path)
    spec = load("-")
    assert (spec.name, spec.file) == ("child", "<stdin>")
    assert [node.op.word for node in expand(spec).nodes[1:]] == ["relu", "linear", "linear"]


@pytest.mark.parametrize(
    "given", [io.BytesIO(b"name: a"), 3, None, b"net.yaml"], ids=lambda given: type(given).__name__
)
def test_what_is_no_path_is_named_by_its_kind(given: object) -> None:
    with pytest.raises(SpecError) as refused:
        load(given)  # type: ignore[arg-type]  # the point of the test
    assert str(refused.value) == (
        f"a spec is loaded from a path, a packaged name or -, not from {type(given).__name__}\n"
        "  hint: calc.spec.loads takes its text"
    )


def test_what_a_spec_says_of_itself(tmp_path: Path) -> None:
    spec = load(write(tmp_path, family=FAMILY))
    assert (spec.name, spec.source, spec.reference) == ("family", "a paper", "torchvision/family")
    assert spec.file == str(tmp_path / "family.yaml")
    assert spec.section("claims") is not None
    assert spec.section("budgets") is None
    plain = loads("name: 3\ninput: [2]\nlayers: []\n")
    assert (plain.name, plain.source, plain.reference) == ("3", "", None)


def test_a_child_gives_params_before_defaults_are_evaluated(tmp_path: Path) -> None:
    spec = load(write(tmp_path, family=FAMILY, child="name: child\nextends: family.yaml\nparams: {width: 5}\n"))
    graph = expand(spec)
    assert [node.shape.sizes for node in graph.nodes] == [(5,), (5,), (50,)]
    assert (graph.model, graph.spec) == ("child", str(tmp_path / "child.yaml"))
    assert [node.shape.sizes for node in expand(spec, {"width": 3}).nodes] == [(3,), (3,), (30,)]


def test_a_child_gives_input_and_what_describes_it(tmp_path: Path) -> None:
    child = "name: child\nextends: family.yaml\ninput: {shape: [2, width], channels: last}\nsource: another\n"
    spec = load(write(tmp_path, family=FAMILY, child=child))
    assert expand(spec).nodes[0].shape == ((2, 4), -1)
    assert spec.source == "another"


def test_what_speaks_of_one_network_is_not_inherited(tmp_path: Path) -> None:
    spec = load(write(tmp_path, family=FAMILY, child="name: child\nextends: family.yaml\n"))
    assert (spec.source, spec.reference, spec.section("claims")) == ("a paper", None, None)


def test_the_nearest_value_wins(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        below__family=FAMILY,
        below__middle="name: middle\nextends: family.yaml\nparams: {width: 6, act: tanh}\ninput: [7]\n",
        child="name: child\nextends: below/middle.yaml\nparams: {width: 8}\n",
    )
    graph = expand(load(path))
    assert [node.shape.sizes for node in graph.nodes] == [(7,), (7,), (80,)]
    assert graph.nodes[1].op.word == "tanh"


def test_a_child_may_hold_a_word_for_the_family(tmp_path: Path) -> None:
    family = "name: family\nparams: {block: , n: 2}\ninput: [4]\nblocks: {A: {layers: [relu]}, B: {layers: [tanh]}}\n"
    family += "layers: [{$block: , repeat: n}]\n"
    path = write(tmp_path, family=family, child="name: child\nextends: family.yaml\nparams: {block: B}\n")
    assert [node.op.word for node in expand(load(path)).nodes[1:]] == ["tanh", "tanh"]
    message = refusal(write(tmp_path, child="name: child\nextends: family.yaml\nparams: {block: C}\n"))
    assert f"{tmp_path}/child.yaml:3:17: unknown name C" in message
    with pytest.raises(SpecError, match="the param block has no value\n  hint: give it with --set block="):
        expand(load(tmp_path / "family.yaml"))


def test_params_of_a_child_that_are_refused(tmp_path: Path) -> None:
    family = write(tmp_path, family=FAMILY)
    child = "name: child\nextends: family.yaml\nparams: {widht: 5, classes: , act: {a: 1}}\n"
    assert refusal(write(tmp_path, child=child)).split("\n") == [
        f"{tmp_path}/child.yaml:3:10: unknown param widht",
        "  hint: did you mean width?",
        f"{tmp_path}/child.yaml:3:20: the param classes has no value here",
        "  hint: write one, or leave it out",
        f"{tmp_path}/child.yaml:3:36: a mapping where a value belongs",
        "  hint: write a number, true or false, a list or an expression",
    ]
    assert family.exists()
    assert refusal(write(tmp_path, child="name: child\nextends: family.yaml\nparams: [a]\n")) == (
        f"{tmp_path}/child.yaml:3:9: params must be a mapping of names to values"
    )


def test_a_cycle_that_the_first_file_is_not_part_of(tmp_path: Path) -> None:
    names = {"a": "b", "b": "c", "c": "b"}
    write(tmp_path, **{name: f"name: {name}\nextends: {other}.yaml\n" for name, other in names.items()})
    message = refusal(tmp_path / "a.yaml")
    assert message == f"{tmp_path}/c.yaml:2:10: extends {tmp_path}/b.yaml comes back to itself"


def test_eight_files_may_extend_one_another(tmp_path: Path) -> None:
    for i in range(9):
        write(tmp_path, **{f"a{i}": f"name: a{i}\nextends: a{i + 1}.yaml\n"})
    write(tmp_path, a9=FAMILY)
    assert load(tmp_path / "a1.yaml").source == "a paper"
    message = refusal(tmp_path / "a0.yaml")
    assert message == f"{tmp_path}/a8.yaml:2:10: extends {tmp_path}/a9.yaml is deeper than 8 files"


def test_an_output_of_its_own_goes_before_that_of_the_base(tmp_path: Path) -> None:
    base = "name: base\ninput: [3]\noutput: a\nlayers: {a: relu, b: tanh, c: {sigmoid: , from: a}}\n"
    write(tmp_path, base=base)
    as_base, own = "name: child\nextends: base.yaml\n", "name: child\nextends: base.yaml\noutput: [b, c]\n"
    assert list(expand(load(write(tmp_path, child=as_base))).outputs) == ["a"]
    assert list(expand(load(write(tmp_path, child=own))).outputs) == ["b", "c"]


def test_layers_and_blocks_belong_to_the_base(tmp_path: Path) -> None:
    write(tmp_path, family=FAMILY)
    for key in ("layers: []", "blocks: {}"):
        message = refusal(write(tmp_path, child=f"name: child\nextends: family.yaml\n{key}\n"))
        hint = "\n  hint: it may have params, input, output and the sections that describe it"
        assert f":3:1: a spec that extends another cannot have {key.split(':')[0]}:{hint}" in message


def test_problems_of_both_files_come_together(tmp_path: Path) -> None:
    write(tmp_path, family=FAMILY.replace("relu", "rellu"))
    message = refusal(write(tmp_path, child="name: child\nextends: family.yaml\nparam: {}\n"))
    assert "child.yaml:3:1: unknown key param" in message
    assert "family.yaml:4:46: unknown name rellu" in message


@pytest.mark.parametrize("name", ["mobilenetv2", "resnet50", "swin_t", "googlenet", "seed_notebook"])
def test_written_and_loaded_again_it_is_equal(name: str) -> None:
    spec = load(name)
    again = loads(dumps(spec), spec.file)
    assert again == spec
    assert [node[:4] for node in expand(again).nodes] == [node[:4] for node in expand(spec).nodes]


def test_specs_differ_where_they_say_something_else() -> None:
    one = loads("name: a\ninput: [3]\nlayers: [{linear: {out_features: 3, bias: true}}]\n")
    same = loads("# elsewhere\nname: 'a'\ninput:\n- 3\nlayers:\n- linear:\n    out_features: 3\n    bias: true\n")
    assert one == same
    assert one != loads("name: a\ninput: [3]\nlayers: [{linear: {out_features: 3, bias: 1 == 1}}]\n")
    assert one != loads("name: b\ninput: [3]\nlayers: [{linear: {out_features: 3, bias: true}}]\n")
    assert one != "a spec"


def test_the_text_that_is_written_reads_like_the_one_that_was_read() -> None:
    text = dumps(load("mobilenetv2"))
    assert "- [6, 160, 3, 2]" in text
    assert "params: {width: 1.0, resolution: 224," in text
    assert len(text.split("\n")) < 60


def test_a_folder_hides_no_packaged_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "resnet18").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_spec("resnet18") == str(packaged_specs() / "resnet18.yaml")
    (tmp_path / "resnet18").rmdir()
    (tmp_path / "resnet18").write_text("a file does")
    assert find_spec("resnet18") == "resnet18"


@pytest.mark.parametrize("name", ["resnet18.yaml", "specs/resnet18.yaml"])
def test_a_packaged_spec_that_is_not_at_that_path_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as error:
        find_spec(name)
    assert str(error.value) == f"{name}: there is no such file\n  hint: resnet18 is a packaged spec"


def test_a_misspelt_packaged_spec_with_an_ending_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"^mobilnetv2\.yaml: there is no such file\n  hint: did you mean mobilenetv2"):
        find_spec("mobilnetv2.yaml")


@pytest.mark.parametrize(
    "line, said",
    [
        ("extends: [a]", ":2:10: extends takes the path or the name of a spec"),
        ("extends: 3", ":2:10: extends takes the path or the name of a spec"),
        ("extends: folder.yaml", ":2:10: DIR/folder.yaml: cannot be read: Is a directory"),
        (
            "extends: ../a.yaml",
            ":2:10: extends ../a.yaml leads outside DIR\n"
            "  hint: a spec is made of files in its own folder and in the folders below it",
        ),
        (
            "extends: ../mobilenetv2.yaml",
            ":2:10: extends ../mobilenetv2.yaml leads outside DIR\n"
            "  hint: mobilenetv2 is a packaged spec, which goes by its name: extends: mobilenetv2",
        ),
    ],
)
def test_whole_messages_about_other_files(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "folder.yaml").mkdir()
    path = write(tmp_path, child=f"name: child\n{line}\n")
    assert refusal(path).replace(str(path), "").replace(str(tmp_path), "DIR") == said


def test_a_spec_is_a_mapping() -> None:
    with pytest.raises(SpecError) as caught:
        loads("- relu")
    assert str(caught.value) == "<text>:1:1: a spec is a mapping\n  hint: name:, input: and layers: at the top level"


def test_problems_of_one_place_stand_in_the_order_in_which_they_are_met() -> None:
    unit = "{params: {out: , kernel: }, layers: [{conv2d: {out_channels: out, kernel_size: kernel}}]}"
    with pytest.raises(SpecError) as caught:
        loads(f"name: net\ninput: [3, 8, 8]\nblocks: {{Unit: {unit}}}\nlayers: [Unit]\n")
    assert [problem.fact for problem in caught.value.problems] == ["Unit needs out", "Unit needs kernel"]


def test_what_transformers_calls_it_is_taken_over_by_what_extends_it(tmp_path: Path) -> None:
    write(tmp_path, family=FAMILY + "model_type: llama\n")
    child = "name: child\nextends: family.yaml\n"
    taken, own = [load(write(tmp_path, child=text)) for text in (child, child + "model_type: qwen2\n")]
    assert (taken.model_type, own.model_type, loads(FAMILY).model_type) == ("llama", "qwen2", "")
    assert expand(own).model_type == loads(spec_text(expand(own))).model_type == "qwen2"
    assert "model_type must be text" in refusal(write(tmp_path, child=child + "model_type: [llama]\n"))
    said = refusal(write(tmp_path, child=child + 'model_type: "\\e[31m"\n'))
    assert "3:13: model_type '\\x1b[31m' must be a word of letters, digits, _, . and -" in said
