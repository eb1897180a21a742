import zipfile

import pytest

from tests.verify.small import save_images
from verify.data.folder import Folder
from verify.errors import VerifyError

pytestmark = pytest.mark.torch


def test_classes_are_the_folders_in_order_and_match_torchvision(tmp_path):
    from torchvision.datasets import ImageFolder

    ours, theirs = Folder(save_images(tmp_path / "images")), ImageFolder(str(tmp_path / "images"))
    assert list(ours.classes) == theirs.classes
    assert list(ours.labels) == theirs.targets
    assert [ours.open(i).tobytes() for i in range(len(ours))] == [theirs[i][0].tobytes() for i in range(len(theirs))]


def test_a_zip_is_the_same_as_its_folder(tmp_path):
    folder = save_images(tmp_path / "images")
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, path.relative_to(folder))
    plain, zipped = Folder(folder), Folder(tmp_path / "images.zip")
    assert (plain.classes, list(plain.labels), list(plain.names)) == (
        zipped.classes,
        list(zipped.labels),
        list(zipped.names),
    )
    assert plain.open(4).tobytes() == zipped.open(4).tobytes()


def test_a_split_is_chosen_where_there_are_several(tmp_path):
    save_images(tmp_path / "train", per_class=3)
    save_images(tmp_path / "val", per_class=2)
    train, test = Folder(tmp_path, "train"), Folder(tmp_path, "test")
    assert (len(train), len(test)) == (3 * 3, 3 * 2)
    assert train.names[0] == "train/class0/0.png"
    assert train.identity != test.identity


def test_an_empty_class_is_an_error(tmp_path):
    save_images(tmp_path / "images")
    (tmp_path / "images" / "nothing").mkdir()
    with pytest.raises(VerifyError, match="class nothing has no images"):
        Folder(tmp_path / "images")


def test_the_identity_changes_with_the_images(tmp_path):
    folder = save_images(tmp_path / "images")
    before = Folder(folder).identity
    (folder / "class0" / "0.png").write_bytes(b"other")
    assert Folder(folder).identity != before


@pytest.mark.parametrize("make", [None, "text"])
def test_what_is_no_folder_and_no_zip_is_an_error(tmp_path, make):
    path = tmp_path / "data"
    if make:
        path.write_text("no zip")
    with pytest.raises(VerifyError, match=r"not a folder|no such file"):
        Folder(path)


def test_a_folder_without_classes_is_an_error(tmp_path):
    with pytest.raises(VerifyError, match="no class folders"):
        Folder(tmp_path)
