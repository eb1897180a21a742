"""Arrays of an .npz file are read in place of pictures."""

import io
import zipfile
from pathlib import Path

import numpy
import pytest
import torch

from calc.spec import loads
from verify.data import open_images, preprocess_of
from verify.data.arrays import MAX_BYTES
from verify.errors import VerifyError

pytestmark = pytest.mark.torch
GREY = "{name: n, input: [1, 4, 5], layers: [relu], preprocess: {mean: 0.5, std: 0.25}}"


def saved(path: Path, **arrays: numpy.ndarray) -> str:
    numpy.savez(path, **arrays)
    return str(path)


def test_numbers_are_given_as_they_are_and_bytes_as_pictures(tmp_path: Path) -> None:
    labels = numpy.array([0, 1, 1])
    bytes_ = numpy.arange(60, dtype=numpy.uint8).reshape(3, 1, 4, 5)
    transform = preprocess_of(loads(GREY), (1, 4, 5))
    pictures = open_images(saved(tmp_path / "a.npz", x=bytes_, y=labels), (1, 4, 5), 2)
    expected = (torch.from_numpy(bytes_[2]).to(torch.float32) / 255 - 0.5) / 0.25
    assert torch.equal(transform(pictures.open(2)), expected)
    values = open_images(saved(tmp_path / "b.npz", x=bytes_ * 2.5, y=labels), (1, 4, 5), 2)
    assert torch.equal(transform(values.open(2)), torch.from_numpy(bytes_[2] * 2.5).to(torch.float32))
    assert list(values.labels) == [0, 1, 1]
    assert pictures.identity != values.identity


@pytest.mark.parametrize("shape, index", [((3, 4, 5), (2, 1, 3)), ((3, 4, 5, 1), (2, 1, 3, 0))])
def test_the_axis_of_channels_is_added_or_moved(tmp_path: Path, shape: tuple[int, ...], index: tuple[int, ...]) -> None:
    x = numpy.arange(60.0).reshape(shape)
    images = open_images(saved(tmp_path / "a.npz", images=x, labels=numpy.zeros((3, 1), int)), (1, 4, 5), 2)
    assert images.open(2).shape == (1, 4, 5)
    assert images.open(2)[0, 1, 3] == x[index]


def test_a_file_of_two_splits(tmp_path: Path) -> None:
    x, y = numpy.zeros((4, 7)), numpy.arange(4)
    path = saved(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[:1] + 1, y_test=y[:1])
    assert [len(open_images(path, (7,), 4, split)) for split in ("train", "test")] == [4, 1]


@pytest.mark.parametrize(
    "arrays, fact",
    [
        ({"x": numpy.zeros((2, 3)), "y": numpy.zeros(2, int)}, "each input is 3, but the network's input is 1×4×5"),
        ({"x": numpy.zeros((2, 1, 4, 5)), "y": numpy.zeros(3, int)}, "the labels are 3 int64, but there are 2 inputs"),
        ({"x": numpy.zeros((2, 1, 4, 5)), "y": numpy.zeros(2)}, "labels are 2 float64"),
        (
            {"x": numpy.zeros((2, 1, 4, 5)), "y": numpy.array([0, 2])},
            "labels run from 0 to 2, but the network has 2",
        ),
        ({"x": numpy.zeros((2, 1, 4, 5))}, "holds x, but no array called y or labels or targets"),
        ({"z": numpy.zeros(2)}, "holds z, but no array called x or inputs or images or data"),
        ({"x": numpy.zeros((0, 1, 4, 5)), "y": numpy.zeros(0, int)}, "holds no inputs"),
        ({"x": numpy.array([["a"]]), "y": numpy.zeros(1, int)}, "the inputs have the dtype <U1, which is not a number"),
        ({"x": numpy.array([None, {}]), "y": numpy.zeros(2, int)}, "cannot be read"),
    ],
)
def test_what_does_not_fit_is_said_with_both(tmp_path: Path, arrays: dict[str, numpy.ndarray], fact: str) -> None:
    with pytest.raises(VerifyError) as refused:
        open_images(saved(tmp_path / "a.npz", **arrays), (1, 4, 5), 2)
    assert fact in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    with pytest.raises(VerifyError, match=r"a\.npz"):
        open_images(str(path), (1, 4, 5), 2)
    with pytest.raises(VerifyError, match="no such file"):
        open_images(str(tmp_path / "none.npz"), (1, 4, 5), 2)


def test_a_head_that_says_more_than_can_be_held_is_refused_before_it_is_read(tmp_path: Path) -> None:
    head = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (MAX_BYTES, 1, 4, 5)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", head.getvalue())
        archive.writestr("y.npy", b"")
    with pytest.raises(VerifyError, match="at most 8,589,934,592 are read"):
        open_images(str(tmp_path / "a.npz"), (1, 4, 5), 2)
