"""torchvision's classification, segmentation and video networks each have their one spec, found by either name."""

from pathlib import Path

import pytest
from torchvision import models

from calc.analysis import analyse
from calc.spec import load
from calc.spec.load import find_spec
from tests.zoo.networks import FAST, LARGE, REFERENCES

NAMES = {module.__name__: models.list_models(module=module) for module in (models, models.segmentation, models.video)}
QUANTISED = models.list_models(module=models.quantization)


def test_every_network_has_one_spec() -> None:
    wanted = [f"torchvision/{name}" for names in NAMES.values() for name in names]
    assert sorted(REFERENCES.values()) == sorted(wanted)
    assert [len(names) for names in NAMES.values()] == [80, 6, 9]


def test_a_spec_is_found_by_the_networks_name() -> None:
    names = {spec: reference.removeprefix("torchvision/") for spec, reference in REFERENCES.items()}
    assert {spec: Path(find_spec(name)).stem for spec, name in names.items()} == {spec: spec for spec in names}
    assert {spec: name for spec, name in names.items() if name != spec} == {"mobilenetv2": "mobilenet_v2"}
    assert {spec: load(name).reference for spec, name in names.items()} == REFERENCES


def test_the_default_run_has_a_network_of_every_family() -> None:
    family = {spec: Path(load(spec).lineage[-1].file).stem for spec in REFERENCES}
    left_out = set(family.values()) - {family[spec] for spec in FAST}
    assert left_out == {"maxvit_t", "mvit", "s3d"}


@pytest.mark.zoo
def test_the_large_networks_are_those_of_more_than_150_million_parameters() -> None:
    assert {spec for spec in REFERENCES if analyse(load(spec)).totals.params > 150e6} == set(LARGE)
