import numpy
import pytest
import torch
from PIL import Image

from calc.errors import SpecError
from calc.spec import load
from tests.verify.small import model
from verify.data import Preprocess, preprocess_of

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("width, height", [(40, 30), (30, 40), (33, 57), (24, 24), (28, 28)])
def test_it_equals_torchvisions_transforms(width, height):
    from torchvision import transforms

    pixels = numpy.random.default_rng(0).integers(0, 256, (height, width, 3)).astype("uint8")
    image = Image.fromarray(pixels)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    theirs = transforms.Compose(
        [transforms.Resize(28), transforms.CenterCrop(24), transforms.ToTensor(), transforms.Normalize(mean, std)]
    )
    assert torch.equal(Preprocess(28, (24, 24), mean, std)(image), theirs(image))


def test_a_grey_image_becomes_rgb_and_a_small_one_is_enlarged():
    assert (
        Preprocess(None, (8, 8), (0.5,) * 3, (0.5,) * 3)(Image.new("L", (5, 6), 255)).tolist() == [[[1.0] * 8] * 8] * 3
    )


def test_the_spec_gives_it_and_sees_its_params():
    assert preprocess_of(model(), (3, 8, 8)) == Preprocess(None, (8, 8), (0.5,) * 3, (0.25,) * 3)
    tf = preprocess_of(load("mobilenetv2_tf"), (3, 96, 96), {"resolution": 96})
    assert tf == Preprocess(96, (96, 96), (128 / 255,) * 3, (128 / 255,) * 3)
    assert preprocess_of(load("mobilenetv2"), (3, 224, 224)).size == 256


@pytest.mark.parametrize(
    "text, fact",
    [
        ("{sise: 3}", "unknown key sise"),
        ("{crop: -1}", "crop=-1 must be"),
        ("{crop: [8]}", r"crop=\(8,\) must be a positive number of pixels, or"),
        ("{crop: [8, 8, 8]}", "must be a positive number of pixels, or"),
        ("{size: [8]}", r"size=\(8,\) must be a positive number of pixels$"),
        ("{size: []}", "must be a positive number of pixels$"),
        ("{std: 0}", "above 0"),
        ("{crop: 16}", "the crop is 16×16, but the network's input is 8×8"),
        ("{crop: [8, 9]}", "the crop is 8×9, but the network's input is 8×8"),
        ("{mean: [1, 2]}", "one for each of 3"),
        ("[1]", "must be a mapping"),
        ("{mean: nonsense}", "nonsense"),
    ],
)
def test_a_wrong_one_is_an_error(text, fact):
    with pytest.raises(SpecError, match=fact):
        preprocess_of(model(), (3, 8, 8), written=text)
