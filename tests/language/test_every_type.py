"""No ``model_type`` that ``calc import`` knows is without its tests against transformers, cache or none."""

from calc.configs import MODEL_TYPES
from calc.spec import load
from tests.language import published, test_encoder_decoder, test_transformers
from tests.language.drawn import DRAWN
from tests.language.oracle import ENCODERS


def test_every_type_is_drawn() -> None:
    assert DRAWN.keys() == MODEL_TYPES.keys()


def test_every_type_has_a_tiny_network_whose_logits_are_compared() -> None:
    tiny = [test_transformers.CONFIGS, test_encoder_decoder.CONFIGS]
    assert {fields["model_type"] for configs in tiny for fields in configs.values()} == MODEL_TYPES.keys()


def test_every_type_with_a_cache_is_compared_with_one() -> None:
    of_type = {fields["model_type"]: name for name, fields in published.CONFIGS.items()}
    assert of_type.keys() == MODEL_TYPES.keys()
    assert {kind for kind, name in of_type.items() if "past" not in load(name).parameters} == set(ENCODERS)
