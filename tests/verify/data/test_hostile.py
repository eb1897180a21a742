"""Endless data, and few bytes that expand to many, are refused with a message; nothing is counted twice."""

import io
import os
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from PIL import Image

from calc.errors import SpecError
from tests.verify.small import model, save_images
from verify.data import Loader, Preprocess, open_images, preprocess_of
from verify.data.folder import Folder
from verify.data.picture import MAX_BYTES, MAX_PIXELS, decode
from verify.errors import VerifyError

pytestmark = pytest.mark.torch

MOST_MEMORY = 100 * 2**20


@pytest.fixture
def folder(tmp_path):
    return save_images(tmp_path / "images", per_class=2, classes=2)


def opened(path, skip_bad=False):
    return open_images(str(path), (3, 8, 8), 2, skip_bad=skip_bad)


@pytest.mark.parametrize("link, target", [("class0/up", ".."), ("class1/deep/down", "../.."), ("class0/self", ".")])
def test_a_link_back_to_a_folder_around_it_is_refused(folder, link, target):
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(target)
    with pytest.raises(VerifyError, match=r"a link back to .*, which contains it"):
        opened(folder)


def test_two_links_that_lead_to_each_other_are_refused(folder):
    (folder / "class0" / "there").symlink_to("../class1")
    (folder / "class1" / "back").symlink_to("../class0")
    with pytest.raises(VerifyError, match="a link back to"):
        opened(folder)


def test_a_link_out_of_the_folder_that_leads_in_again_is_refused(folder):
    (folder / "class0" / "out").symlink_to(folder.parent)
    with pytest.raises(VerifyError, match=r"the same folder as|a link back to"):
        opened(folder)


def test_the_only_folder_that_is_a_link_to_its_own_is_refused(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "again").symlink_to(".")
    with pytest.raises(VerifyError, match="a link back to"):
        opened(tmp_path / "images")


@pytest.mark.parametrize("link, target", [("class2", "class0"), ("class1/more", "../class0")])
def test_one_folder_by_two_names_is_refused(folder, link, target):
    (folder / link).symlink_to(target)
    with pytest.raises(VerifyError, match=r"the same folder as .*, so it would count twice"):
        Folder(folder)


@pytest.mark.parametrize("target", ["0.png", "../class1/0.png"])
def test_one_image_by_two_names_is_refused(folder, target):
    (folder / "class0" / "again.png").symlink_to(target)
    with pytest.raises(VerifyError, match="the same image as"):
        opened(folder)


def test_copies_hard_links_and_links_to_other_places_are_images_of_their_own(folder, tmp_path):
    os.link(folder / "class0" / "0.png", folder / "class0" / "copy.png")
    (tmp_path / "store.png").write_bytes((folder / "class0" / "0.png").read_bytes())
    (folder / "class1" / "linked.png").symlink_to(tmp_path / "store.png")
    assert len(opened(folder)) == 2 * 2 + 2


def test_the_other_split_may_be_a_link_to_this_one(tmp_path):
    save_images(tmp_path / "train", per_class=2, classes=2)
    (tmp_path / "val").symlink_to("train")
    assert len(opened(tmp_path)) == 2 * 2


@pytest.mark.parametrize("kind", ["pipe", "device", "nothing", "itself", "large"])
def test_what_can_be_no_image_is_said_at_once_or_left_out(folder, kind):
    path = folder / "class0" / "bad.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(MAX_BYTES + 1)
    else:
        path.symlink_to({"device": "/dev/zero", "nothing": "gone", "itself": "bad.png"}[kind])
    words = {"pipe": "is a named pipe", "device": "is a device", "large": "67,108,865 bytes"}.get(
        kind, "cannot be read"
    )
    with pytest.raises(VerifyError, match=rf"class0/bad\.png: .*{words}"):
        opened(folder)
    images = opened(folder, skip_bad=True)
    loader = Loader(images, range(len(images)), lambda image, _: Preprocess(None, (8, 8), (0,), (1,))(image), 8, True)
    assert [len(batch.labels) for batch in loader] == [2 * 2]
    assert loader.skipped == ["class0/bad.png"]


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_data_that_is_neither_a_folder_nor_a_file_is_refused(tmp_path, kind):
    path = "/dev/zero" if kind == "device" else tmp_path / "pipe"
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(VerifyError, match=rf"is a (named )?{kind}, not a file"):
        opened(path)


def test_a_large_member_of_a_zip_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/0.png", "b/0.png"):
            with archive.open(name, "w") as member:
                for _ in range(100 if name == "b/0.png" else 1):
                    member.write(bytes(10**6))
    with pytest.raises(VerifyError, match=r"b/0\.png: has 100,000,000 bytes, but at most 67,108,864 are read"):
        opened(tmp_path / "data.zip")
    images = opened(tmp_path / "data.zip", skip_bad=True)
    tracemalloc.start()
    try:
        with pytest.raises(OSError, match="100,000,000"):
            images.open(1)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_a_member_that_is_in_a_zip_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("a/0.png", b"first")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a/0.png", b"second")
    with pytest.raises(VerifyError, match=r"holds a/0\.png twice"):
        Folder(tmp_path / "data.zip")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_many_pixels_is_not_decoded():
    file = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(file, "PNG")
    assert len(file.getvalue()) < 10**5
    with pytest.raises(ValueError, match=f"13000×13000 are 169,000,000 pixels, but at most {MAX_PIXELS:,}"):
        decode(file.getvalue())


def png_of(side):
    """A file with the header of a picture of ``side`` × ``side`` pixels, but without any pixels."""
    chunks = (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("side", [9_000, 13_000, 20_000])
def test_of_few_pictures_a_large_one_is_said_at_once(folder, packed, side):
    (folder / "class1" / "0.png").write_bytes(png_of(side))
    if packed:
        with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
            for path in sorted(folder.rglob("*.png")):
                archive.write(path, path.relative_to(folder))
    (folder / "class1" / "1.png").write_bytes(b"damaged, which decoding says")
    with pytest.raises(VerifyError, match=rf"^class1/0\.png: .*{side * side}|{side * side:,}"):
        opened(folder.with_suffix(".zip") if packed else folder)


def test_what_is_no_picture_names_no_object():
    for data in (b"", b"junk", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n"):
        with pytest.raises(OSError, match=r"^it is not a picture in a format that is read \(BMP, "):
            decode(data)


def test_a_picture_that_grows_with_its_shorter_side_is_not_resized():
    thin = Image.new("RGB", (1, 10_000))
    with pytest.raises(ValueError, match="256×2560000 are 655,360,000 pixels"):
        Preprocess(256, (8, 8), (0.5,) * 3, (0.5,) * 3).framed(thin)


@pytest.mark.parametrize("sizes, written", [((3, 8, 8), "{size: 100000}"), ((3, 100_000, 100_000), "{mean: 0.5}")])
def test_a_size_beyond_memory_is_refused(sizes, written):
    with pytest.raises(SpecError, match="100000×100000 are 10,000,000,000 pixels"):
        preprocess_of(model(), sizes, written=written)


def test_another_number_of_classes_is_refused_before_their_images_are_listed(folder, monkeypatch):
    monkeypatch.setattr("verify.data.folder._entries", lambda *_: pytest.fail("the images were listed"))
    with pytest.raises(VerifyError, match="has 2 classes, but the network has 5 outputs"):
        open_images(str(folder), (3, 8, 8), 5)
