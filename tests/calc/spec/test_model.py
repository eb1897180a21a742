"""What a spec tells of itself once it is read."""

from pathlib import Path

from calc.errors import Place
from calc.spec import load, loads


def test_ops_with_one_bare_value_are_found_by_word() -> None:
    layers = "[{layer_norm: 1}, {linear: 3}, layer_norm, {layer_norm: {normalized_axes: 1}}, {rms_norm: 1}]"
    spec = loads(f"name: a\ninput: {{shape: [4, 3], channels: last}}\nlayers: {layers}\n")
    assert spec.bare(("layer_norm",)) == {Place("<text>", 3, 11)}
    assert len(spec.bare(("layer_norm", "rms_norm"))) == 2
    assert spec.bare(()) == frozenset()


def test_its_files_and_words_are_those_of_what_it_uses_too(tmp_path: Path) -> None:
    texts = {
        "inner": "name: inner\ninput: [3]\nlayers: [tanh]\n",
        "used": "name: used\nuses: {Inner: inner.yaml}\ninput: [3]\nlayers: [relu, Inner]\n",
        "base": "name: base\nuses: {Used: used.yaml}\ninput: [3]\nlayers: [{layer_norm: 1}, Used, Used]\n",
        "net": "name: net\nextends: base.yaml\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    spec = load(tmp_path / "net.yaml")
    assert spec.files == tuple([str(tmp_path / f"{name}.yaml") for name in ("net", "base", "used", "inner")])
    assert spec.words == {"layer_norm", "Used", "relu", "Inner", "tanh"}
    assert spec.bare(("layer_norm",)) == {Place(str(tmp_path / "base.yaml"), 4, 11)}
