"""uses: another spec's network as a block, with that spec's params, blocks and names."""

from pathlib import Path

import pytest

from calc.errors import SpecError
from calc.model.graph import parameters
from calc.spec import dumps, expand, load

TRUNK = """
name: trunk
params: {width: , classes: 10, resolution: 8}
input: [3, resolution, resolution]
blocks:
  Unit:
    layers: [{conv2d: {out_channels: in + width, kernel_size: 1, bias: false}}]
layers:
  features: [Unit, Unit]
  flatten: {flatten: , when: classes > 0}
  fc: {linear: {out_features: classes, bias: false}, when: classes > 0}
"""
WIDE = "name: wide\nextends: families/trunk.yaml\nparams: {width: 4}\n"


def _write(folder: Path, **files: str) -> Path:
    (folder / "families").mkdir()
    (folder / "families/trunk.yaml").write_text(TRUNK)
    (folder / "wide.yaml").write_text(WIDE)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def _user(uses: str, layers: str, blocks: str = "") -> str:
    return f"name: user\nuses: {uses}\ninput: [5, 8, 8]\n{blocks}layers: {layers}\n"


def _refused(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        expand(load(path))
    return str(caught.value)


def test_network_under_its_key(tmp_path: Path) -> None:
    spec = load(_write(tmp_path, user=_user("{Wide: wide.yaml}", "{backbone: Wide}")) / "user.yaml")
    assert parameters(expand(spec)) == {
        "backbone.features.0.0.weight": (5 + 4, 5, 1, 1),
        "backbone.features.1.0.weight": (5 + 4 + 4, 5 + 4, 1, 1),
        "backbone.fc.weight": (10, (5 + 4 + 4) * 8 * 8),
    }


def test_arguments_override_the_params_it_was_given(tmp_path: Path) -> None:
    layers = "{backbone: {Wide: {width: 1, classes: 0}}}"
    spec = load(_write(tmp_path, user=_user("{Wide: wide.yaml}", layers)) / "user.yaml")
    assert parameters(expand(spec)) == {
        "backbone.features.0.0.weight": (5 + 1, 5, 1, 1),
        "backbone.features.1.0.weight": (5 + 1 + 1, 5 + 1, 1, 1),
    }


def test_one_list_of_its_layers(tmp_path: Path) -> None:
    spec = load(_write(tmp_path, user=_user("{Wide: wide.yaml#features}", "{backbone: Wide}")) / "user.yaml")
    assert list(parameters(expand(spec))) == ["backbone.0.0.weight", "backbone.1.0.weight"]


def test_given_by_a_param_of_a_family(tmp_path: Path) -> None:
    family = "name: family\nparams: {backbone: }\ninput: [5, 8, 8]\nlayers: {backbone: {$backbone: {classes: 0}}}\n"
    child = "name: child\nextends: family.yaml\nuses: {Wide: wide.yaml}\nparams: {backbone: Wide}\n"
    spec = load(_write(tmp_path, family=family, child=child) / "child.yaml")
    assert list(parameters(expand(spec))) == ["backbone.features.0.0.weight", "backbone.features.1.0.weight"]


def test_its_layers_can_be_read_from_outside(tmp_path: Path) -> None:
    layers = "{backbone: {Wide: {classes: 0}}, side: {identity: , from: backbone.features.0}}"
    spec = load(_write(tmp_path, user=_user("{Wide: wide.yaml}", layers)) / "user.yaml")
    assert expand(spec).nodes[-1].shape.sizes == (5 + 4, 8, 8)


def test_its_output_is_the_one_it_declares(tmp_path: Path) -> None:
    two = "name: two\ninput: [3, 8, 8]\nlayers: {a: {max_pool2d: 2}, b: {max_pool2d: 2}}\noutput: a\n"
    spec = load(_write(tmp_path, two=two, user=_user("{Two: two.yaml}", "{two: Two, after: identity}")) / "user.yaml")
    assert expand(spec).nodes[-1].shape.sizes == (5, 8 // 2, 8 // 2)


def test_blocks_of_the_same_name_stay_apart(tmp_path: Path) -> None:
    blocks = "blocks: {Unit: {layers: [relu]}}\n"
    layers = "{own: Unit, backbone: {Wide: {classes: 0}}, again: Unit}"
    spec = load(_write(tmp_path, user=_user("{Wide: wide.yaml}", layers, blocks)) / "user.yaml")
    assert [node.op.word for node in expand(spec).nodes[1:]] == ["relu", "conv2d", "conv2d", "relu"]


def test_dumped_and_loaded_again(tmp_path: Path) -> None:
    folder = _write(tmp_path, user=_user("{Wide: wide.yaml}", "{backbone: Wide}"))
    spec = load(folder / "user.yaml")
    (folder / "again.yaml").write_text(dumps(spec))
    assert load(folder / "again.yaml") == spec


@pytest.mark.parametrize(
    "uses, layers, fact",
    [
        ("[wide.yaml]", "[relu]", "uses must be a mapping of block names to specs"),
        ("{wide: wide.yaml}", "[relu]", "'wide' cannot name a block"),
        ("{Wide: 3}", "[Wide]", "uses takes the path or the name of a spec"),
        ("{Wide: none.yaml}", "[Wide]", "none.yaml: cannot be read"),
        ("{Wide: ../wide.yaml}", "[Wide]", "uses ../wide.yaml leads outside"),
        ("{Wide: user.yaml}", "[Wide]", "comes back to itself"),
        ("{Wide: other.yaml}", "[Wide]", "comes back to itself"),
        ("{Wide: wide.yaml#feature}", "[Wide]", "has no list of layers feature\n  hint: did you mean features"),
        ("{Wide: wide.yaml}", "[relu]", "nothing uses the block Wide"),
        ("{Wide: wide.yaml}", "[{Wide: {widht: 3}}]", "unknown param widht of Wide"),
        ("{Trunk: families/trunk.yaml}", "[Trunk]", "Trunk needs width"),
        ("{Wide: broken.yaml}", "[Wide]", "broken.yaml:3:10: unknown op conv9d"),
        ("{Unit: wide.yaml}", "[Unit]\nblocks: {Unit: {layers: [relu]}}", "there is already a block Unit"),
    ],
)
def test_refused(tmp_path: Path, uses: str, layers: str, fact: str) -> None:
    other = _user("{User: user.yaml}", "[User]")
    broken = "name: broken\ninput: [3, 8, 8]\nlayers: [conv9d]\n"
    folder = _write(tmp_path, user=_user(uses, layers), other=other, broken=broken)
    assert fact in _refused(folder / "user.yaml")


def test_through_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    folder = _write(tmp_path, user=_user("{Wide: link.yaml}", "[Wide]"))
    (folder / "link.yaml").symlink_to(folder / "wide.yaml")
    assert "goes through the symbolic link" in _refused(folder / "user.yaml")


def test_a_file_used_many_times_over_is_built_once(tmp_path: Path) -> None:
    chained = {f"n{i}": _user(f"{{A: n{i + 1}.yaml, B: n{i + 1}.yaml}}", "[A, B]") for i in range(4)}
    many = ", ".join(f"W{i}: n0.yaml" for i in range(300))
    words = ", ".join(f"W{i}" for i in range(300))
    folder = _write(tmp_path, **chained, n4=_user("{Wide: wide.yaml}", "[{Wide: {classes: 0}}]"))
    (folder / "user.yaml").write_text(_user(f"{{{many}}}", f"[{words}]"))
    spec = load(folder / "user.yaml")
    assert spec.blocks["W0"].home is spec.blocks["W299"].home


def test_errors_inside_name_the_layer_and_the_call(tmp_path: Path) -> None:
    layers = "{backbone: {Wide: {width: -5}}}"
    message = _refused(_write(tmp_path, user=_user("{Wide: wide.yaml}", layers)) / "user.yaml")
    lines = message.splitlines()
    assert "families/trunk.yaml:7:38: backbone.features.0.0 (conv2d): out_channels=0" in lines[0]
    assert "in backbone (Wide) at" in lines[2]
    assert "out_channels = in + width, width given as -5 at" in message
