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


def zipped(folder, path, below=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(folder.rglob("*")):
            archive.write(each, below + each.relative_to(folder).as_posix())
    return path


@pytest.mark.parametrize("below", ["images/", "a/b/"])
def test_a_folder_around_the_classes_is_entered(tmp_path, below):
    folder = save_images(tmp_path / below / "x").parent / "x"
    plain = Folder(folder)
    for found in (Folder(zipped(folder, tmp_path / "images.zip", below)), Folder(tmp_path / below)):
        assert (found.classes, list(found.labels)) == (plain.classes, list(plain.labels))
        assert found.open(4).tobytes() == plain.open(4).tobytes()


def test_a_folder_around_the_splits_is_entered(tmp_path):
    save_images(tmp_path / "data" / "train", per_class=3)
    save_images(tmp_path / "data" / "test", per_class=2)
    assert [len(Folder(tmp_path, split)) for split in ("train", "test")] == [3 * 3, 3 * 2]
    assert Folder(tmp_path, "train").names[0] == "data/train/class0/0.png"


def test_what_is_hidden_and_what_is_no_image_is_passed_over(tmp_path):
    folder = save_images(tmp_path / "images")
    plain = list(Folder(folder).names)
    (folder / "__MACOSX" / "class0").mkdir(parents=True)
    (folder / ".ipynb_checkpoints").mkdir()
    for name in ("__MACOSX/class0/._0.png", "class0/._0.png", ".DS_Store", "class1/notes.txt", "0.png"):
        (folder / name).write_bytes(b"junk")
    assert list(Folder(folder).names) == plain
    assert list(Folder(zipped(folder, tmp_path / "images.zip")).names) == plain


def test_links_are_followed_as_torchvision_does(tmp_path):
    folder = save_images(tmp_path / "images")
    (folder / "class2").rename(tmp_path / "elsewhere")
    (folder / "class2").symlink_to(tmp_path / "elsewhere")
    assert len(Folder(folder)) == 3 * 7


@pytest.mark.parametrize("damage", ["content", "encrypted", "packed otherwise"])
def test_a_damaged_member_of_a_zip_is_a_damaged_image(tmp_path, damage):
    path = zipped(save_images(tmp_path / "images"), tmp_path / "images.zip")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("class1/2.png")
    if damage == "content":
        data[info.header_offset + 30 + len(info.filename) + 20] ^= 255
    else:
        directory = data.index(b"PK\1\2", data.rindex(info.filename.encode()) - 46)
        at, value = (6, 1) if damage == "encrypted" else (8, 99)  # local header; the directory's is 2 further
        data[info.header_offset + at] = data[directory + at + 2] = value
    path.write_bytes(data)
    images = Folder(path)
    with pytest.raises(OSError, match=r".+"):
        images.open(images.names.index("class1/2.png"))
    images.open(0)


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
