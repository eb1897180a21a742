import numpy
import pytest
import torch

from calc.spec import loads
from tests.verify.small import save_images
from verify.data import open_images, preprocess_of
from verify.errors import VerifyError

pytestmark = pytest.mark.torch


def test_fake_images_are_the_same_each_time():
    first, second = (open_images("fake", (3, 8, 8), 4) for _ in range(2))
    assert [first.open(i).tobytes() for i in range(3)] == [second.open(i).tobytes() for i in range(3)]
    assert list(first.labels) == list(second.labels)
    assert set(first.labels) == set(range(4))


def test_the_number_of_classes_must_fit(tmp_path):
    with pytest.raises(VerifyError, match="has 3 classes, but the network has 10 outputs"):
        open_images(str(save_images(tmp_path / "images")), (3, 8, 8), 10)


def test_pictures_are_refused_for_a_network_that_takes_none(tmp_path):
    for data in ("cifar10", str(save_images(tmp_path / "images"))):
        with pytest.raises(VerifyError, match="input is 197×768, but a picture is") as caught:
            open_images(data, (197, 768), 3)
        assert ".npz" in caught.value.hint


@pytest.mark.parametrize("sizes", [(1, 28, 28), (1, 49, 10), (40,), (2, 5, 6, 7)])
def test_fake_inputs_of_any_sizes(sizes: tuple[int, ...]):
    images = open_images("fake", sizes, 4)
    transform = preprocess_of(loads(f"{{name: n, input: {list(sizes)}, layers: [relu]}}"), sizes)
    given = transform(images.open(3))
    assert (tuple(given.shape), given.dtype) == (sizes, torch.float32)
    assert torch.equal(given, transform(images.open(3)))
    assert images.are_pictures == (len(sizes) == 3)


def test_pictures_in_grey_for_one_channel(tmp_path):
    images = open_images(str(save_images(tmp_path / "images")), (1, 8, 8), 3)
    model = loads("{name: n, input: [1, 8, 8], layers: [relu], preprocess: {mean: 0, std: 1}}")
    given = preprocess_of(model, (1, 8, 8))(images.open(0))
    grey = torch.from_numpy(numpy.asarray(images.open(0).convert("L")).copy()).to(torch.float32) / 255
    assert torch.equal(given, grey[None])


def test_missing_cifar10_says_how_to_get_it(tmp_path):
    with pytest.raises(VerifyError, match="cifar10") as caught:
        open_images("cifar10", (3, 32, 32), 10, root=str(tmp_path))
    assert "--download" in caught.value.hint
