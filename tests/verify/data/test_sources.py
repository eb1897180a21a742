import pytest

from tests.verify.small import save_images
from verify.data import open_images
from verify.errors import VerifyError

pytestmark = pytest.mark.torch


def test_fake_images_are_the_same_each_time():
    first, second = (open_images("fake", (3, 8, 8), 4) for _ in range(2))
    assert [first.open(i).tobytes() for i in range(3)] == [second.open(i).tobytes() for i in range(3)]
    assert list(first.labels) == list(second.labels)
    assert set(first.labels) == set(range(4))


def test_the_number_of_classes_must_fit(tmp_path):
    with pytest.raises(VerifyError, match="has 3 classes, the network 10 outputs"):
        open_images(str(save_images(tmp_path / "images")), (3, 8, 8), 10)


def test_a_network_without_rgb_input_is_refused():
    with pytest.raises(VerifyError, match="197×768"):
        open_images("fake", (197, 768), 10)


def test_missing_cifar10_says_how_to_get_it(tmp_path):
    with pytest.raises(VerifyError, match="cifar10") as caught:
        open_images("cifar10", (3, 32, 32), 10, root=str(tmp_path))
    assert "--download" in caught.value.hint
