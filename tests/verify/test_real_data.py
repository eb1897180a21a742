"""Reference figures on real weights and pictures, if an environment variable names their folder.

MACBITS_DATA names a folder with mobilenet_v2_imagenet.safetensors, imagenet_sample_224.zip and cifar10_subset.zip.
"""

import os
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.spec import load
from verify.data import open_images, preprocess_of
from verify.evaluate import Evaluator, evaluated_bits
from verify.train import Checkpoints, Trainer, TrainingOptions
from verify.train.trainer import Samples

DATA = Path(os.environ.get("MACBITS_DATA", ""))
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif("MACBITS_DATA" not in os.environ, reason="MACBITS_DATA names no folder of weights and pictures"),
]


def test_mobilenetv2_classifies_as_its_reference_figures_and_8_bit_costs_little():
    model = load("mobilenetv2_tf")
    images = open_images(str(DATA / "imagenet_sample_224.zip"), (3, 224, 224), 1000)
    weights = str(DATA / "mobilenet_v2_imagenet.safetensors")
    evaluator = Evaluator(analyse(model), weights, images, preprocess_of(model, (3, 224, 224)))
    exact, eight = (evaluator.measure(each).score for each in evaluated_bits(model, ["fp32", "8"]))
    assert exact.top1 == pytest.approx(87.6, abs=0.3)
    assert exact.top5 == pytest.approx(97.5, abs=0.3)
    assert eight.top1 == pytest.approx(exact.top1 - 1.5, abs=0.3)  # as docs/accuracy.md measured it


def test_the_notebooks_network_learns_in_three_epochs(tmp_path):
    model = load("seed_notebook")
    train, test = (open_images(str(DATA / "cifar10_subset.zip"), (3, 32, 32), 10, split) for split in ("train", "test"))
    trainer = Trainer(
        analyse(model, bits="spec"),
        *(Samples(images, list(range(len(images)))) for images in (train, test)),
        preprocess_of(model, (3, 32, 32)),
        TrainingOptions(epochs=3),
        Checkpoints(tmp_path),
    )
    losses = [row.train_loss for row in trainer.run()]
    assert losses == sorted(losses, reverse=True)
    assert trainer.history[-1].validation_accuracy > 3 * 10
    assert sum(row.seconds for row in trainer.history) < 3 * 60
