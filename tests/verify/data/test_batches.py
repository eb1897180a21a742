import pytest
import torch

from tests.verify.small import save_images
from verify.data import Loader, evenly
from verify.data.folder import Folder
from verify.errors import VerifyError

pytestmark = pytest.mark.torch


def number(_image, index):
    return torch.tensor(float(index))


def test_batches_come_in_the_order_asked_for(tmp_path):
    images = Folder(save_images(tmp_path / "images"))
    order = [5, 0, 20, 3, 7]
    batches = list(Loader(images, order, number, 2))
    assert [batch.indices for batch in batches] == [(5, 0), (20, 3), (7,)]
    assert torch.cat([batch.inputs for batch in batches]).tolist() == [5.0, 0.0, 20.0, 3.0, 7.0]
    assert torch.cat([batch.labels for batch in batches]).tolist() == [images.labels[i] for i in order]


def test_no_more_than_two_batches_are_held(tmp_path):
    opened = []
    images = Folder(save_images(tmp_path / "images"))
    loader = Loader(images, range(21), lambda _image, index: opened.append(index) or torch.zeros(1), 3)
    for batch in loader:
        assert len(opened) <= batch.indices[-1] + 1 + 3
    assert sorted(opened) == list(range(21))


@pytest.mark.parametrize("damage", [b"no image", None])
def test_a_damaged_image_is_named_or_skipped_and_counted(tmp_path, damage):
    folder = save_images(tmp_path / "images")
    bad = folder / "class1" / "2.png"
    bad.write_bytes(bad.read_bytes()[:60] if damage is None else damage)
    images = Folder(folder)
    with pytest.raises(VerifyError, match=r"class1/2\.png: cannot be decoded"):
        list(Loader(images, range(len(images)), number, 4))
    loader = Loader(images, range(len(images)), number, 4, skip_bad=True)
    assert sum(len(batch.labels) for batch in loader) == len(images) - 1
    assert loader.skipped == ["class1/2.png"]


def test_a_truncated_jpeg_is_a_damaged_image(tmp_path):
    folder = save_images(tmp_path / "images")
    images = Folder(folder)
    path = folder / "class0" / "0.png"
    images.open(0).resize((64, 64)).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(VerifyError, match="truncated"):
        list(Loader(Folder(folder), [0], number, 1))


def test_evenly_takes_every_class():
    assert list(evenly(10, 5)) == [0, 2, 4, 6, 8]
    assert list(evenly(10, 3)) == [0, 3, 6]
    assert list(evenly(10, None)) == list(evenly(10, 99)) == list(range(10))
