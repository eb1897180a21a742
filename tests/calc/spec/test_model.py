"""What a spec tells of itself once it is read."""

from calc.errors import Place
from calc.spec import loads


def test_ops_with_one_bare_value_are_found_by_word() -> None:
    layers = "[{layer_norm: 1}, {linear: 3}, layer_norm, {layer_norm: {normalized_axes: 1}}, {rms_norm: 1}]"
    spec = loads(f"name: a\ninput: {{shape: [4, 3], channels: last}}\nlayers: {layers}\n")
    assert spec.bare(("layer_norm",)) == {Place("<text>", 3, 11)}
    assert len(spec.bare(("layer_norm", "rms_norm"))) == 2
    assert spec.bare(()) == frozenset()
