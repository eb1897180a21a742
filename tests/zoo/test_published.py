"""calc's figures are the published ones: at every weight entry's own input, as printed, and of quantised variants."""

import pytest
from torchvision import models

from calc.counts import count
from calc.spec import load
from calc.spec.expand import expand
from tests.zoo.networks import REFERENCES
from tests.zoo.test_corpus import QUANTISED
from verify.published import published


@pytest.mark.parametrize("spec", REFERENCES)
def test_published_figures(spec: str) -> None:
    rows = published(load(spec))
    entries = list(models.get_model_weights(REFERENCES[spec].removeprefix("torchvision/")))
    assert [row.entry for row in rows] == [entry.name for entry in entries]
    for row in rows:
        assert (f"{row.macs / 1e9:.3f}", row.params) == (f"{row.giga_macs:.3f}", row.published_params)


def test_inputs_where_a_weight_entry_says_no_size() -> None:
    """torchvision counted segmentation at 520×520, and video at 16 frames of the size that the transform crops."""
    for name in models.list_models(module=models.segmentation):
        assert [row.input for row in published(load(name))] == [(3, 520, 520)]
    for name in models.list_models(module=models.video):
        assert {row.input[:2] for row in published(load(name))} == {(3, 16)}


def test_entries_with_several_resolutions() -> None:
    inputs = [row.input for row in published(load("vit_l_16"))]
    assert inputs == [(3, 224, 224), (3, 512, 512), (3, 224, 224)]


@pytest.mark.parametrize("name", QUANTISED)
def test_quantised_variants_have_the_counts_of_their_network(name: str) -> None:
    model = load(name)
    for entry in models.get_model_weights(name):
        size = entry.transforms.keywords["crop_size"]
        rows = count(expand(model, input=(3, size, size)))
        macs, params = sum(row.macs for row in rows), sum(row.params for row in rows)
        assert (f"{macs / 1e9:.3f}", params) == (f"{entry.meta['_ops']:.3f}", entry.meta["num_params"])
