"""Forty networks of timm, one a family: imported, proved, and of some the MACs that timm has published."""

import pytest

from calc.analysis import analyse
from calc.conventions import counted
from calc.sources.written import imported_text
from tests.verify.importers.proving import said
from verify.importers import Lowered, load_source, lowered, traced
from verify.importers.proof import prove

pytestmark = pytest.mark.oracles("timm")

NETWORKS = (
    "botnet26t_256",
    "convnextv2_atto",
    "cs3darknet_s",
    "densenet121",
    "dla46_c",
    "dpn68b",
    "edgenext_xx_small",
    "efficientformerv2_s0",
    "efficientvit_b0",
    "eva02_tiny_patch14_224",
    "fasternet_t0",
    "gcvit_xxtiny",
    "ghostnetv2_100",
    "hgnetv2_b0",
    "hrnet_w18_small",
    "inception_next_atto",
    "levit_128s",
    "mambaout_femto",
    "mixer_s32_224",
    "mixnet_s",
    "mobilenetv3_small_050",
    "mobilenetv4_conv_small",
    "mobilevit_xxs",
    "mobilevitv2_050",
    "poolformer_s12",
    "pvt_v2_b0",
    "regnety_002",
    "repvgg_a0",
    "repvit_m0_9",
    "resnet18",
    "resnetblur18",
    "rexnet_100",
    "skresnet18",
    "swin_tiny_patch4_window7_224",
    "test_maxvit",
    "test_nfnet",
    "test_vit",
    "test_vit_relpos",
    "tf_efficientnet_b0",
    "xcit_nano_12_p16_224",
)
"""The smallest of each family, or nearly so."""

PUBLISHED = {
    "convnextv2_atto": (288, "0.91", "fvcore"),
    "darknet53": (256, "9.31", "fvcore"),
    "gcvit_xxtiny": (224, "2.14", "fvcore"),
    "ghostnetv2_100": (224, "0.18", "fvcore"),
    "gmixer_24_224": (224, "5.28", "fvcore"),
    "hrnet_w18_small": (224, "1.61", "fvcore"),
    "levit_192": (224, "0.66", "fvcore"),
    "mobilenetv2_075": (224, "0.22", "fvcore"),
    "mobilenetv3_large_100": (256, "0.29", "fvcore"),
    "mobilenetv4_conv_small": (320, "0.39", "fvcore"),
    "pvt_v2_b0": (224, "0.57", "macs"),
    "regnety_006": (224, "0.61", "fvcore"),
    "resnet26t": (320, "5.24", "fvcore"),
    "test_vit": (160, "0.04", "macs"),
    "tf_efficientnet_lite3": (300, "1.65", "fvcore"),
    "visformer_small": (224, "4.88", "fvcore"),
}
"""The side of the image, the GMACs that timm prints for it, and the convention that gives them.

From results/benchmark-infer-*.csv, columns infer_img_size and infer_gmacs, which fvcore counts. It takes a fused
attention for nothing; timm counted its networks of attention unfused, with all products, as our own MACs are.
"""


def imported(name: str, *sizes: int) -> Lowered:
    return lowered(traced(load_source(f"timm/{name}", {"input": sizes} if sizes else {})))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_timm_is_proved(name: str) -> None:
    found = imported(name)
    proof = prove(found, imported_text(found.imported))
    assert said(proof) == []
    assert proof.outputs.startswith("outputs at batch 2 equal")


@pytest.mark.parametrize("name", PUBLISHED)
def test_macs_are_as_published(name: str) -> None:
    side, gmacs, convention = PUBLISHED[name]
    found = analyse(imported(name, 3, side, side).imported.graph)
    assert f"{counted(convention, found.workload).printed / 1e9:.2f}" == gmacs
