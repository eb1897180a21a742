"""Training learns, resumes bit for bit, and keeps earlier results when something fails."""

import errno
import os
from dataclasses import replace

import pytest
import torch

from calc.analysis import analyse
from calc.errors import OpError
from calc.spec.load import loads
from tests.verify.small import SPEC, save_images
from verify.data import open_images, preprocess_of
from verify.errors import VerifyError
from verify.quantise import Scheme, quantise
from verify.train import Checkpoints, Trainer, TrainingOptions
from verify.train.report import training_bitops
from verify.train.trainer import Samples

pytestmark = pytest.mark.torch

OPTIONS = TrainingOptions(epochs=3, batch_size=8, learning_rate=0.02)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return open_images(str(save_images(tmp_path_factory.mktemp("data") / "images", per_class=12)), (3, 8, 8), 3)


def trainer(images, folder, options=OPTIONS, bits="4", spec=SPEC, **more):
    folder.mkdir(exist_ok=True)
    samples = Samples(images, list(range(len(images))))
    analysis, preprocess = analyse(loads(spec), bits=bits), preprocess_of(loads(spec), (3, 8, 8))
    return Trainer(analysis, samples, samples, preprocess, options, Checkpoints(folder), **more)


def state_of(made):
    return {**made.network.state_dict(), **made.quantiser.state_dict()}


def curves(made):
    return [row[:-1] for row in made.history]


@pytest.mark.parametrize("optimiser, learned_steps", [("adam", True), ("sgd", False)])
def test_a_resumed_run_equals_one_that_was_not_bit_for_bit(images, tmp_path, learned_steps, optimiser):
    options = replace(OPTIONS, learned_steps=learned_steps, optimiser=optimiser, augment=True)
    whole = trainer(images, tmp_path / "whole", options)
    list(whole.run())
    next(trainer(images, tmp_path / "parts", options).run())
    torch.rand(7)  # whatever the process did in between
    rest = trainer(images, tmp_path / "parts", options)
    rest.resume()
    assert len(rest.history) == 1
    assert [row.epoch for row in rest.run()] == [2, 3]
    assert curves(rest) == curves(whole)
    assert all(torch.equal(tensor, state_of(whole)[key]) for key, tensor in state_of(rest).items())


def test_it_learns_and_the_rate_falls_by_a_cosine(images, tmp_path):
    made = trainer(images, tmp_path, replace(OPTIONS, epochs=8))
    rows = list(made.run())
    assert rows[-1].train_loss < 0.7 * rows[0].train_loss
    assert rows[-1].validation_accuracy > 80
    assert rows[0].learning_rate == 0.02
    assert rows[4].learning_rate == pytest.approx(0.02 / 2)


def test_stored_weights_stay_in_full_precision(images, tmp_path):
    made = trainer(images, tmp_path, bits="2")
    next(made.run())
    weight = made.network.conv.weight.detach()
    assert len(weight.unique()) > 4
    assert torch.equal(made.quantiser.rounded(made.network)["conv.weight"].values, quantise(weight, Scheme(2)).values)


def test_learned_steps_move_and_their_codes_are_in_range(images, tmp_path):
    made = trainer(images, tmp_path, replace(OPTIONS, learned_steps=True))
    before = {key: tensor.clone() for key, tensor in made.quantiser.state_dict().items()}
    next(made.run())
    assert all(not torch.equal(tensor, before[key]) for key, tensor in made.quantiser.state_dict().items())
    codes = made.quantiser.rounded(made.network)["fc.weight"].codes
    assert -8 <= int(codes.min()) <= int(codes.max()) <= 7


@pytest.mark.parametrize("bits, per_channel", [("8", True), ("16", False)])
def test_learned_steps_stay_above_zero_at_high_widths(images, tmp_path, bits, per_channel):
    options = replace(OPTIONS, epochs=6, learned_steps=True, per_channel=per_channel)
    made = trainer(images, tmp_path, options, bits)
    before = {key: tensor.clone() for key, tensor in made.quantiser.state_dict().items()}
    rows = list(made.run())
    assert rows[-1].train_loss < 0.7 * rows[0].train_loss
    for key, step in made.quantiser.state_dict().items():
        assert (step > before[key] / 2).all()
        assert (step < before[key] * 2).all()


def test_bitops_by_calc_and_measured_agree(images, tmp_path):
    made = trainer(images, tmp_path)
    next(made.run())
    rows = training_bitops(made)
    assert [row.layer for row in rows] == ["conv", "last", "fc"]
    assert [row.calc for row in rows] == [6 * 27 * 16 * 4, 8 * 6 * 16 * 4, 3 * 8 * 4]
    assert [row.measured for row in rows] == [row.calc for row in rows]


def test_a_checkpoint_of_another_run_is_refused(images, tmp_path):
    next(trainer(images, tmp_path).run())
    with pytest.raises(VerifyError, match=r"learning_rate was 0\.02, now 0\.5"):
        trainer(images, tmp_path, replace(OPTIONS, learning_rate=0.5)).resume()
    with pytest.raises(VerifyError, match="bits was"):
        trainer(images, tmp_path, bits="2").resume()
    with pytest.raises(VerifyError, match="layers was"):
        trainer(images, tmp_path, spec=SPEC.replace("out_channels: 8", "out_channels: 9")).resume()
    with pytest.raises(VerifyError, match=r"preprocess was \(None, \(8, 8\), \(0\.5,"):
        trainer(images, tmp_path, spec=SPEC.replace("mean: 0.5", "mean: 0.4")).resume()


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["optimiser"]["param_groups"].append(state["optimiser"]["param_groups"][0]),
        lambda state: state["network"].pop("fc.bias"),
        lambda state: state.pop("steps"),
    ],
)
def test_a_checkpoint_of_another_version_is_an_error(images, tmp_path, change):
    next(trainer(images, tmp_path).run())
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    change(state)
    torch.save(state, tmp_path / "last.pt")
    with pytest.raises(VerifyError, match=r"last\.pt: saved by another version"):
        trainer(images, tmp_path).resume()


def test_a_changed_byte_in_a_checkpoint_is_an_error(images, tmp_path):
    made = trainer(images, tmp_path)
    next(made.run())
    data = bytearray((tmp_path / "last.pt").read_bytes())
    data[data.index(made.network.fc.bias.detach().numpy().tobytes())] ^= 1
    (tmp_path / "last.pt").write_bytes(data)
    with pytest.raises(VerifyError, match="cannot be resumed: damaged"):
        trainer(images, tmp_path).resume()


def test_a_damaged_checkpoint_is_an_error(images, tmp_path):
    (tmp_path / "last.pt").write_bytes(b"junk")
    with pytest.raises(VerifyError, match=r"last\.pt: cannot be resumed"):
        trainer(images, tmp_path).resume()


def test_a_full_disk_leaves_the_checkpoint_before(images, tmp_path, monkeypatch):
    made = trainer(images, tmp_path)
    epochs = made.run()
    next(epochs)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OpError, match=r"No space left.*what it held before is still there"):
        next(epochs)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_loss_that_is_not_finite_says_where(images, tmp_path):
    made = trainer(images, tmp_path)
    epochs = made.run()
    next(epochs)
    made.network.fc.bias.data.fill_(float("inf"))
    with pytest.raises(VerifyError, match="in epoch 2, step 6; 1 epochs are saved"):
        next(epochs)
    assert (tmp_path / "last.pt").exists()


def test_a_batch_of_one_image_that_batch_norm_refuses_is_an_error(images, tmp_path):
    spec = SPEC.replace("  fc:", "  late: batch_norm\n  fc:")
    with pytest.raises(VerifyError, match="a batch of 1 image in epoch 1: Expected more than 1 value per channel"):
        next(trainer(images, tmp_path, replace(OPTIONS, batch_size=35), spec=spec).run())


def test_the_best_checkpoint_is_the_one_with_the_best_accuracy(images, tmp_path):
    made = trainer(images, tmp_path)
    list(made.run())
    best = torch.load(tmp_path / "best.pt", weights_only=True)["history"][-1]
    assert best[4] == max(row.validation_accuracy for row in made.history)
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,train_loss,train_accuracy,validation_loss,validation_accuracy")
    assert len(lines) == 1 + 3
