"""A small network and a folder of small images for tests that classify."""

from pathlib import Path

import numpy
import torch
from PIL import Image

from calc.spec.load import loads
from verify.build import build
from verify.lively import lively

SPEC = """
name: small
params: {classes: 3}
input: [3, 8, 8]
preprocess: {mean: 0.5, std: 0.25}
layers:
  conv: {conv2d: {out_channels: 6, kernel_size: 3, stride: 2, padding: 1, bias: false}}
  bn: batch_norm
  act: relu6
  last: {conv2d: {out_channels: 8, kernel_size: 1}}
  pool: {adaptive_avg_pool2d: 1}
  flatten: flatten
  drop: {dropout: 0.1}
  fc: {linear: classes}
"""


def model():
    return loads(SPEC)


def save_weights(path: Path, graph) -> Path:
    network = build(graph)
    torch.save(lively(network.state_dict(), seed=1), path)
    return path


def save_images(folder: Path, per_class: int = 7, classes: int = 3) -> Path:
    """Save images of noise around one colour per class, so that a network can learn them."""
    noise = numpy.random.default_rng(0)
    for label in range(classes):
        (folder / f"class{label}").mkdir(parents=True)
        for number in range(per_class):
            pixels = noise.integers(0, 90, (8, 8, 3))
            pixels[..., label % 3] += 120
            Image.fromarray(pixels.astype("uint8")).save(folder / f"class{label}" / f"{number}.png")
    return folder
