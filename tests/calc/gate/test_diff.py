"""Two networks from files, git revisions and saved results."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.gate import revisions
from calc.gate.diff import diff
from calc.gate.difference import Reason
from calc.report.gate import json_text, markdown
from calc.report.gate.text import Layout, difference_lines
from calc.report.json_text import render
from calc.spec import load
from calc.spec.load import loads
from tests.calc.gate.networks import OPAQUE, SPEC

CHILD = "name: Child\nextends: base.yaml\nparams: {out: 12}\n"
BASE = SPEC.replace("input:", "params: {out: }\ninput:").replace("out_channels: 12", "out_channels: out")


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first commit holds ``nets/base.yaml`` and ``nets/child.yaml``; the current folder."""
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets/base.yaml").write_text(BASE)
    (tmp_path / "nets/child.yaml").write_text(CHILD)
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    commit()
    return tmp_path / "nets"


def commit() -> None:
    """All files as they are now."""
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["add", "."], [*identity, "commit", "-q", "-m", "another"]):
        subprocess.run(["git", *arguments], check=True)


def test_a_spec_against_an_earlier_revision_of_what_it_extends(nets: Path) -> None:
    (nets / "base.yaml").write_text(
        BASE.replace("act: relu", "act: relu6").replace("kernel_size: 1,", "kernel_size: 1, stride: 2,")
    )
    found = diff("HEAD:nets/child.yaml", "nets/child.yaml", ["8"])
    edits = {layer.row.name: layer.reasons for layer in found.layers if layer.is_cause}
    assert edits == {"act": (Reason("op", "relu", "relu6"),), "point": (Reason("stride", 1, 2),)}


def test_a_path_from_the_current_folder(nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(nets)
    assert not diff("HEAD:./child.yaml", "child.yaml").is_moved


def test_problems_name_the_revision_and_not_the_folder_it_was_put_in(nets: Path) -> None:
    (nets / "base.yaml").write_text(BASE.replace("relu", "relu7"))
    commit()
    with pytest.raises(SpecError) as error:
        diff("HEAD:nets/child.yaml", "HEAD~1:nets/child.yaml")
    assert str(error.value).startswith("HEAD:nets/base.yaml:7:8: unknown op relu7")


@pytest.mark.parametrize("beside", [False, True])
def test_an_onnx_file_against_an_earlier_revision(nets: Path, beside: bool) -> None:
    onnx = pytest.importorskip("onnx")
    from tests.calc.onnx.models import Small, saved

    nodes = [("MatMul", "x w", "y")]
    first, second = (Small(nodes, {"x": ("N", 8)}, {"w": (8, out)}).proto() for out in (5, 6))
    path = saved(first, nets)
    if beside:
        onnx.save_model(first, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    commit()
    saved(second, nets)
    found = diff("HEAD:nets/net.onnx", "nets/net.onnx", ["8"])
    moved = {move.quantity: (move.before, move.after) for move in found.moves}
    assert moved["macs"] == (8 * 5, 8 * 6)


@pytest.mark.usefixtures("nets")
@pytest.mark.parametrize("text", ["HEAD:nets/net.py:make_net", "HEAD:nets/net.py"])
def test_code_is_not_taken_out_of_a_revision(text: str) -> None:
    with pytest.raises(OpError, match="code is not read from a revision") as error:
        diff(text, "mobilenetv2")
    assert "git worktree add ../before HEAD; calc diff ../before/nets/net.py" in error.value.hint


def test_a_config_of_a_revision(nets: Path) -> None:
    (nets / "config.json").write_text("{}")
    commit()
    with pytest.raises(SpecError, match=r"HEAD:nets/config\.json"):
        diff("HEAD:nets/config.json", "mobilenetv2")
    sizes = {"n_embd": 8, "n_layer": 1, "n_head": 2, "vocab_size": 5, "n_positions": 4}
    Path("config.json").write_text(json.dumps({"model_type": "gpt2"} | sizes))
    commit()
    found = diff("HEAD:config.json", "config.json")
    assert not found.is_moved
    assert not found.is_renamed


def test_a_pointer_to_a_large_file_is_no_network(nets: Path) -> None:
    (nets / "net.onnx").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    commit()
    with pytest.raises(OpError, match="only a pointer of git LFS"):
        diff("HEAD:nets/net.onnx", "mobilenetv2")


@pytest.mark.parametrize(
    "text, fact",
    [
        ("nothing:nets/child.yaml", "git knows no such revision"),
        ("--help:nets/child.yaml", "git knows no such revision"),
        ("HEAD:nets/none.yaml", "no such file"),
        ("HEAD:nets", "no such file"),
        ("HEAD:../nets/child.yaml", "inside the repository"),
        ("HEAD:/etc/passwd", "inside the repository"),
    ],
)
@pytest.mark.usefixtures("nets")
def test_what_git_does_not_have(text: str, fact: str) -> None:
    with pytest.raises(OpError) as error:
        diff(text, "mobilenetv2")
    assert fact in str(error.value)


def test_a_link_in_a_revision_is_not_followed(nets: Path) -> None:
    (nets / "link.yaml").symlink_to("/etc/passwd")
    commit()
    with pytest.raises(OpError, match="no such file"):
        diff("HEAD:nets/link.yaml", "mobilenetv2")


def test_a_file_with_a_colon_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a:b.yaml").write_text(SPEC)
    assert not revisions.is_revision("a:b.yaml")
    assert not diff("a:b.yaml", "a:b.yaml").is_moved


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved result of ``SPEC`` at 8 bits, and the spec beside it."""
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "net.json").write_text(render(analyse(load(tmp_path / "net.yaml"), bits="8")))
    return tmp_path / "net.json"


def test_two_saved_results(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(SPEC.replace("kernel_size: 1,", "kernel_size: 1, stride: 2,"))
    (tmp_path / "other.json").write_text(render(analyse(load(tmp_path / "other.yaml"), bits="8")))
    found = diff(str(saved), str(tmp_path / "other.json"))
    (cause,) = [layer for layer in found.layers if layer.is_cause]
    assert (cause.row.name, cause.reasons) == ("point", (Reason("stride", (1, 1), (2, 2)),))
    moved = {move.quantity: move.delta for move in found.moves}
    assert moved["macs"] == 12 * 8 * (8 * 8 - 16 * 16)
    assert moved["bitops.weight@8"] == 8 * moved["macs"]


def test_another_op_in_a_saved_result_is_an_edit_that_moves_elements(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(SPEC.replace("act: relu", "act: relu6"))
    (layer,) = diff(str(saved), str(tmp_path / "other.yaml")).layers
    assert (layer.row.name, layer.reasons) == ("act", (Reason("op", "relu", "relu6"),))
    assert (layer.is_cause, layer.moves) == (True, True)


def test_a_saved_result_and_its_spec_are_the_same(saved: Path, tmp_path: Path) -> None:
    found = diff(str(saved), str(tmp_path / "net.yaml"))
    assert (found.moves, found.layers) == ((), ())


def test_results_at_two_policies_stand_side_by_side(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "four.json").write_text(render(analyse(load(tmp_path / "net.yaml"), bits="4")))
    found = diff(str(saved), str(tmp_path / "four.json"))
    moved = {move.quantity: (move.before, move.after) for move in found.moves}
    before, after = moved["bitops.weight@8 → 4"]
    assert before == 2 * after
    assert {layer.reasons for layer in found.layers} == {(Reason("bits@8 → 4", "8", "4"),)}
    assert found.settings == (Reason("bits", "8", "4"),)
    assert not any(layer.is_cause for layer in found.layers)


def save(path: Path, text: str = SPEC, **settings: Any) -> str:
    path.write_text(render(analyse(loads(text), **settings)))
    return str(path)


def test_results_of_two_batches_differ_by_nothing_else(tmp_path: Path) -> None:
    one = save(tmp_path / "one.json", bits="8")
    four = save(tmp_path / "four.json", SPEC.replace("linear: 10", "linear: 11"), bits="8", batch=4)
    found = diff(one, four)
    assert found.settings == (Reason("batch", 1, 4),)
    assert [layer.row.name for layer in found.layers if layer.is_cause] == ["head"]
    follows = {layer.row.name: layer.delta_macs for layer in found.layers if not layer.is_cause and layer.moves}
    assert follows == {"stem": 3 * 8 * 3 * 9 * 256, "depthwise": 3 * 8 * 9 * 256, "point": 3 * 12 * 8 * 256}


def test_results_of_two_readings_of_activations(tmp_path: Path) -> None:
    same = save(tmp_path / "same.json", bits="4")
    producer = save(tmp_path / "producer.json", bits="4", activations="producer")
    found = diff(same, producer)
    assert found.settings == (Reason("activations", "same", "producer"),)
    (layer,) = found.layers  # the first reads the image, which is of 8 bits
    assert (layer.row.name, layer.reasons, layer.is_cause) == ("stem", (Reason("bits@4", "4", "w4a8"),), False)


def test_a_spec_beside_a_saved_result_is_taken_at_its_settings(saved: Path, tmp_path: Path) -> None:
    held = save(tmp_path / "held.json", bits="4", batch=3, activations="producer")
    assert not diff(held, str(saved.with_suffix(".yaml"))).is_moved
    found = diff(held, str(saved.with_suffix(".yaml")), ["8"])
    assert found.settings == (Reason("bits", "4", "8"),)


def test_a_spec_beside_a_saved_result_of_a_deployed_network_is_deployed_too(saved: Path, tmp_path: Path) -> None:
    held = save(tmp_path / "held.json", bits="8", deployed=True)
    spec = str(saved.with_suffix(".yaml"))
    assert not diff(held, spec).is_moved
    assert not diff(held, f"{spec} --deployed").is_moved
    found = diff(str(saved), held)
    assert found.settings == (Reason("deployed", False, True),)
    assert "elementwise.batch_norm" in [move.quantity for move in found.moves]


def test_layers_at_other_bits_beside_some_that_came(tmp_path: Path) -> None:
    more = SPEC.replace("  flatten:", "  smooth: relu\n  flatten:")
    found = diff(save(tmp_path / "a.json", bits="8"), save(tmp_path / "b.json", more, bits="4"))
    assert [(layer.change, layer.row.name) for layer in found.layers if layer.is_cause] == [("added", "smooth")]
    lines = difference_lines(found, None, Layout())
    assert lines[0] == "  bits 8 → 4"
    assert sum(line.startswith("  follows  ") for line in lines) == 4
    assert "At bits 8 → 4" in markdown.render_diff("a", "b", found)
    assert json.loads(json_text.render_diff("a", "b", found))["settings"] == [
        {"what": "bits", "before": "8", "after": "4"}
    ]


@pytest.mark.parametrize(
    "text, fact",
    [
        ("", "not JSON"),
        ("[]", "not a result of calc run"),
        ('{"schema": "calc.lock/1"}', "not a result of calc run"),
        ('{"schema": "calc.run/1"}', "not as calc run writes it"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_result(text: str, fact: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(SpecError, match=fact):
        diff(str(tmp_path / "x.json"), "mobilenetv2")


@pytest.mark.parametrize(
    "path, value",
    [
        (("totals", "macs"), "many"),
        (("layers", 0, "macs"), None),
        (("layers", 0, "name"), 3),
        (("totals", "bitops", "uniq"), "x"),
        (("layers", 0, "stride"), ["a"]),
        (("input",), 3),
        (("totals", "macs"), True),
    ],
)
def test_a_value_of_a_result_that_is_not_what_it_has_to_be(
    saved: Path, path: tuple[str | int, ...], value: object
) -> None:
    data = json.loads(saved.read_text())
    node = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    saved.write_text(json.dumps(data))
    with pytest.raises(SpecError, match="not as calc run writes it"):
        diff(str(saved), str(saved))


@pytest.mark.parametrize("where", ["top", "totals", "bitops", "layer"])
def test_a_key_that_is_not_understood_is_said(saved: Path, where: str) -> None:
    data = json.loads(saved.read_text())
    parts = {"top": data, "totals": data["totals"], "bitops": data["totals"]["bitops"], "layer": data["layers"][0]}
    parts[where]["colour"] = 3
    saved.write_text(json.dumps(data))
    with pytest.raises(SpecError, match="not as calc run writes it: unknown key colour"):
        diff(str(saved), str(saved))


def test_a_layer_that_reads_what_is_not_there(saved: Path) -> None:
    data = json.loads(saved.read_text())
    data["layers"][1]["inputs"] = ["nowhere"]
    saved.write_text(json.dumps(data))
    with pytest.raises(SpecError, match="reads a layer that is not before it"):
        diff(str(saved), str(saved))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name in ("none.json", "none.yaml"):
        with pytest.raises(SpecError, match="cannot be read"):
            diff(str(tmp_path / name), "mobilenetv2")


def test_a_saved_result_of_the_first_version_is_at_16_where_it_says_fp16(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    text = render(analyse(loads(SPEC, str(tmp_path / "net.yaml")), bits=16))
    earlier = text.replace("calc.run/2", "calc.run/1").replace('"policy": "16"', '"policy": "fp16"')
    assert earlier.count("fp16") == 1
    (tmp_path / "earlier.json").write_text(earlier)
    found = diff(str(tmp_path / "earlier.json"), str(tmp_path / "net.yaml"))
    assert not found.moves


def test_saved_results_keep_which_numbers_are_lower_bounds(tmp_path: Path) -> None:
    saved, spec = tmp_path / "net.json", tmp_path / "net.yaml"
    for text, moved in ((OPAQUE, False), (SPEC, True)):
        saved.write_text(render(analyse(loads(text), bits="8")))
        spec.write_text(OPAQUE)
        found = diff(str(saved), str(spec))
        assert found.after.at_least == found.before.at_least or moved
        assert bool(found.moves) == moved
    assert ("macs", (False, True)) in [(move.quantity, move.at_least) for move in found.moves]


@pytest.mark.parametrize("at_least", ["macs", [3], {"macs": 1}, None])
def test_lower_bounds_that_are_no_list_of_names_are_refused(tmp_path: Path, at_least: Any) -> None:
    data = json.loads(render(analyse(loads(OPAQUE), bits="8")))
    data["totals"]["at_least"] = at_least
    path = tmp_path / "net.json"
    path.write_text(json.dumps(data))
    with pytest.raises(SpecError, match="not as calc run writes it"):
        diff(str(path), str(path))
