"""The networks of specs/more in plain torch, and params that make of each a small one that runs at once."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from torch import nn

from tests.more.references.clip_text import ClipText
from tests.more.references.conformer_block import ConformerBlock
from tests.more.references.crnn import Crnn
from tests.more.references.dcgan_generator import DcganGenerator
from tests.more.references.mamba_block import MambaBlock
from tests.more.references.nas_macro import NasMacro
from tests.more.references.pointnet import PointNet
from tests.more.references.raft import raft
from tests.more.references.resnet20 import ResNet20
from tests.more.references.sd15_cross_attention import Sd15CrossAttention
from tests.more.references.sd15_vae_decoder import Sd15VaeDecoder
from tests.more.references.siamese import Siamese
from tests.more.references.super_resolution import Espcn, Fsrcnn
from tests.more.references.t5_small import T5
from tests.more.references.tiny import AnomalyAutoencoder, DsCnn
from tests.more.references.unet import Unet, Unet3d
from tests.more.references.wavenet import WaveNet
from tests.more.references.whisper_tiny import Whisper
from tests.more.references.yolov3_tiny import YoloV3Tiny
from tests.more.references.yolov8n import YoloV8


class Case(NamedTuple):
    """``params`` are given to the spec and to ``network``, ``sizes`` to the spec alone."""

    network: Callable[..., nn.Module]
    params: dict[str, Any] = {}
    sizes: dict[str, Any] = {}


MIXED = ("Skip", "MB6", "MB3", "Skip", "MB3", "MB6", "Skip", "MB3")
NETWORKS = {
    "anomaly_autoencoder": Case(AnomalyAutoencoder),
    "clip_text": Case(ClipText, {"tokens": 9, "vocabulary": 50, "dim": 24, "heads": 3, "depth": 2}),
    "conformer_block": Case(ConformerBlock, {"dim": 24, "heads": 3, "kernel": 5}, {"frames": 11}),
    "crnn": Case(Crnn, {"channels": 3, "hidden": 12, "classes": 5}, {"width": 37}),
    "dcgan_generator": Case(DcganGenerator, {"latent": 10, "width": 4, "channels": 2}),
    "ds_cnn": Case(DsCnn, {"width": 8, "classes": 5}),
    "espcn": Case(Espcn, {"scale": 2, "channels": 3}, {"height": 9, "width": 13}),
    "fsrcnn": Case(Fsrcnn, {"scale": 4, "features": 8, "shrunk": 3, "maps": 2}, {"height": 9, "width": 13}),
    "mamba_block": Case(MambaBlock, {"dim": 20, "state": 3, "kernel": 3}, {"tokens": 7}),
    "nas_macro": Case(NasMacro, {"op": MIXED, "classes": 5}, {"resolution": 19}),
    "pointnet": Case(PointNet, {"classes": 5}, {"points": 37}),
    "raft_large": Case(partial(raft, False), {"updates": 2}, {"height": 128, "width": 136}),
    "raft_small": Case(partial(raft, True), {"updates": 2}, {"height": 128, "width": 136}),
    "resnet20": Case(ResNet20, {"depth": 14, "width": 6, "classes": 5}, {"resolution": 17}),
    "sd15_cross_attention": Case(
        Sd15CrossAttention, {"channels": 32, "context": 12, "heads": 4}, {"size": 5, "tokens": 7}
    ),
    "sd15_vae_decoder": Case(Sd15VaeDecoder, {"width": 32, "resnets": 2}, {"latent": 3}),
    "siamese": Case(Siamese, {"code": 5, "resolution": 71}),
    "t5_small": Case(
        T5,
        {"vocabulary": 50, "dim": 16, "heads": 3, "head": 4, "hidden": 20, "depth": 2, "buckets": 16},
        {"tokens": 140, "targets": 31},
    ),
    "unet": Case(Unet, {"width": 4, "channels": 2, "classes": 3}, {"resolution": 188}),
    "unet_3d": Case(Unet3d, {"width": 1, "channels": 2, "classes": 4}, {"size": [92, 100, 92]}),
    "wavenet": Case(WaveNet, {"stacks": 2, "dilations": 3, "residual": 6, "skip": 5, "levels": 7}, {"samples": 23}),
    "whisper_tiny": Case(
        Whisper, {"mels": 5, "frames": 17, "tokens": 7, "vocabulary": 50, "dim": 24, "heads": 3, "depth": 2}
    ),
    "yolov3_tiny": Case(YoloV3Tiny, {"classes": 3, "anchors": 2}, {"resolution": 64}),
    "yolov8n": Case(YoloV8, {"classes": 3}, {"resolution": 64}),
}
VARIANTS = {
    "conformer_block": Case(ConformerBlock, {"dim": 24, "heads": 3, "kernel": 5, "relative": True, "frames": 11}),
    "t5_small": Case(T5, {"vocabulary": 50, "dim": 8, "heads": 2, "head": 3, "depth": 1}, {"tokens": 1, "targets": 1}),
    "unet": Case(Unet, {"padding": 1, "width": 4}, {"resolution": 48}),
    "unet_3d": Case(Unet3d, {"padding": 1, "width": 2}, {"size": [8, 16, 24]}),
}
DEAR = {"crnn", "raft_large", "raft_small", "yolov8n"}
"""Those that take seconds: the default run leaves them to the zoo."""
