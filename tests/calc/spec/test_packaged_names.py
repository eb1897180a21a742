"""Packaged specs are extended and used by their names."""

import re
from math import prod
from pathlib import Path

import pytest

from calc.model.graph import parameters
from calc.spec import expand, load, loads
from calc.spec.bases import bases
from calc.spec.load import find_spec
from calc.spec.shelf import packaged_specs
from tests.calc.spec.test_load import FAMILY, refusal, write

HALF = "name: half\nextends: mobilenetv2\nparams: {width: 0.5}\n"


def test_a_packaged_spec_is_extended_by_name_from_any_folder(tmp_path: Path) -> None:
    spec = load(write(tmp_path, half=HALF))
    assert sum(prod(sizes) for sizes in parameters(expand(spec)).values()) == 1_968_680  # torchvision's at width 0.5
    assert bases(spec) == (("extends", "mobilenetv2", str(packaged_specs() / "mobilenetv2.yaml")),)
    assert (
        load(write(tmp_path, by_another_name=HALF.replace("mobilenetv2", "MobileNet-V2"))).lineage[1:]
        == spec.lineage[1:]
    )


def test_a_packaged_spec_is_used_by_name(tmp_path: Path) -> None:
    text = "name: user\nuses: {Backbone: resnet18}\ninput: [3, 64, 64]\nlayers: {backbone: Backbone}\n"
    spec = load(write(tmp_path, user=text))
    assert sum(prod(sizes) for sizes in parameters(expand(spec)).values()) == 11_689_512  # torchvision's
    assert bases(spec) == (("uses", "resnet18", str(packaged_specs() / "resnet18.yaml")),)
    part = load(write(tmp_path, part=text.replace("resnet18", "'mobilenetv2#features'")))
    assert parameters(expand(part))["backbone.0.0.weight"] == (32, 3, 3, 3)
    assert [base.name for base in bases(part)] == ["mobilenetv2"]


@pytest.mark.parametrize("ending", ["", ".yaml", ".yml"])
def test_a_file_goes_before_the_packaged_spec_of_its_name(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"mobilenetv2{ending}").write_text(FAMILY)
    spec = load(write(tmp_path, half=HALF.replace("0.5", "5")))
    assert [node.shape.sizes for node in expand(spec).nodes] == [(5,), (5,), (50,)]
    (found,) = bases(spec)
    assert (found.file, found.is_packaged) == (str(tmp_path / f"mobilenetv2{ending}"), False)


def test_names_are_looked_up_beside_the_file_that_says_them(tmp_path: Path) -> None:
    middle = "name: middle\nextends: base\n"
    path = write(tmp_path, below__base=FAMILY, below__middle=middle, top="name: top\nextends: below/middle.yaml\n")
    assert [(base.name, base.file) for base in bases(load(path))] == [("base", str(tmp_path / "below/base.yaml"))]


def test_what_packaged_specs_name_is_not_said_again(tmp_path: Path) -> None:
    assert bases(load("deeplabv3_resnet50")) == ()
    spec = load(write(tmp_path, own="name: own\nextends: deeplabv3_resnet50\n"))
    assert [base.name for base in bases(spec)] == ["deeplabv3_resnet50"]


def test_paths_say_no_base(tmp_path: Path) -> None:
    assert bases(load(write(tmp_path, family=FAMILY, child="name: child\nextends: family.yaml\n"))) == ()


def test_text_without_a_file_extends_a_packaged_spec() -> None:
    assert expand(loads(HALF)).model == "half"


@pytest.mark.parametrize(
    "line, said",
    [
        (
            "extends: mobilenetv",
            "2:10: extends mobilenetv: neither a file beside this one nor a packaged spec\n  hint: did",
        ),
        ('extends: "\\0"', "2:10: extends .*: neither a file"),
        ("extends: ..", "2:10: extends .. leads outside"),
        (
            "extends: mobilenetv2.yaml",
            "cannot be read: No such file or directory\n  hint: mobilenetv2 is a packaged spec",
        ),
        (
            "extends: ../mobilenetv2.yaml",
            "leads outside .*\n  hint: mobilenetv2 is a packaged spec, which goes by its name",
        ),
        ("extends: family:latnt", "there is no packaged family of that name\n  hint: did you mean latent?"),
        ("extends: 'family:'", "there is no packaged family of that name\n  hint: known are bert, convnext, decoder, "),
        ("uses: {Body: resnet5}", "2:14: uses resnet5: neither a file"),
        ("uses: {Body: 'resnet50#layer9'}", "resnet50.yaml has no list of layers layer9"),
    ],
)
def test_names_that_are_refused(tmp_path: Path, line: str, said: str) -> None:
    rest = "" if "extends" in line else "input: [3, 8, 8]\nlayers: [Body]\n"
    message = refusal(write(tmp_path, child=f"name: child\n{line}\n{rest}"))
    assert re.search(said.replace("..", r"\.\.", 1), message), message


def test_a_cycle_through_a_packaged_name_is_told(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, mobilenetv2=HALF))
    assert message.split("\n") == [
        f"{tmp_path}/mobilenetv2.yaml:2:10: extends {tmp_path}/mobilenetv2.yaml comes back to itself",
        "  hint: a file goes before the packaged spec of its name: rename mobilenetv2.yaml",
    ]
    write(
        tmp_path,
        resnet18="name: other\nextends: resnet34\n",
        resnet34="name: third\nuses: {A: resnet18}\nlayers: [A]\n",
    )
    assert "comes back to itself\n  hint: a file goes before" in refusal(tmp_path / "resnet18.yaml")


def test_no_file_goes_before_a_family_that_is_called_one(tmp_path: Path) -> None:
    params = "params: {dim: 64, depth: 2, heads: 2, vocabulary: 64}\n"
    write(tmp_path, gpt2=f"name: mine\nextends: family:gpt2\n{params}")
    packaged_family = load(tmp_path / "gpt2.yaml").lineage[1].file
    assert packaged_family == str(packaged_specs() / "families" / "gpt2.yaml")
    write(tmp_path, gpt2=f"name: mine\nextends: gpt2\n{params}")
    assert "rename gpt2.yaml; the packaged family is extends: family:gpt2" in refusal(tmp_path / "gpt2.yaml")
    write(tmp_path, t5="name: mine\nextends: t5\n")
    assert "comes back to itself\n  hint: the packaged family is extends: family:t5" in refusal(tmp_path / "t5.yaml")


def test_a_link_that_leads_nowhere_is_no_packaged_spec(tmp_path: Path) -> None:
    (tmp_path / "mobilenetv2.yaml").symlink_to("nowhere")
    assert "goes through the symbolic link" in refusal(write(tmp_path, half=HALF))


def test_a_name_on_the_command_line_is_a_file_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, mobilenetv2=FAMILY)
    assert find_spec("mobilenetv2") == "mobilenetv2.yaml"
    assert find_spec("mobilenet_v2") == str(packaged_specs() / "mobilenetv2.yaml")
