"""Forty networks of timm, one a family: imported, proved, short; and the MACs and params that timm has published.

Of these some; with TIMM=all every one of the 160 rows, which takes half an hour of one core.
"""

import os
from pathlib import Path
from statistics import median

import pytest

from calc.errors import SpecError
from calc.sources.written import imported_text
from tests.verify.importers.proving import said
from verify.importers import load_source, lowered, traced
from verify.importers.proof import prove
from verify.importers.published import figures, read_rows

pytestmark = pytest.mark.oracles("timm")

NETWORKS = {
    "botnet26t_256": 197,
    "convnextv2_atto": 77,
    "cs3darknet_s": 51,
    "densenet121": 50,
    "dla46_c": 111,
    "dpn68b": 77,
    "edgenext_xx_small": 182,
    "efficientformerv2_s0": 196,
    "efficientvit_b0": 102,
    "eva02_tiny_patch14_224": 91,
    "fasternet_t0": 53,
    "gcvit_xxtiny": 345,
    "ghostnetv2_100": 141,
    "hgnetv2_b0": 92,
    "hrnet_w18_small": 199,
    "inception_next_atto": 66,
    "levit_128s": 149,
    "mambaout_femto": 64,
    "mixer_s32_224": 37,
    "mixnet_s": 219,
    "mobilenetv3_small_050": 66,
    "mobilenetv4_conv_small": 70,
    "mobilevit_xxs": 90,
    "mobilevitv2_050": 86,
    "poolformer_s12": 63,
    "pvt_v2_b0": 150,
    "regnety_002": 58,
    "repvgg_a0": 41,
    "repvit_m0_9": 90,
    "resnet18": 41,
    "resnetblur18": 50,
    "rexnet_100": 70,
    "skresnet18": 71,
    "swin_tiny_patch4_window7_224": 158,
    "test_maxvit": 201,
    "test_nfnet": 137,
    "test_vit": 60,
    "test_vit_relpos": 64,
    "tf_efficientnet_b0": 69,
    "xcit_nano_12_p16_224": 145,
}
"""The smallest of each family, or nearly so, and how many lines its import has at most."""

PUBLISHED = {row.name: row for row in read_rows(Path(__file__).parent / "timm_published.csv")}
"""Rows of timm's results/benchmark-infer-*.csv: columns infer_img_size, infer_gmacs, param_count."""

SOME = (
    "convnextv2_atto@288",
    "darknet53@256",
    "efficientnet_b3@288",
    "gcvit_xxtiny@224",
    "ghostnetv2_100@224",
    "gmixer_24_224@224",
    "hrnet_w18_small@224",
    "levit_192@224",
    "mobilenetv2_075@224",
    "mobilenetv3_large_100@256",
    "mobilenetv4_conv_small@320",
    "pvt_v2_b0@224",
    "regnety_006@224",
    "resnet26t@320",
    "rexnetr_100@224",
    "test_vit@160",
    "tf_efficientnet_lite3@300",
    "visformer_small@224",
)
HELD = tuple(PUBLISHED) if os.environ.get("TIMM") == "all" else SOME


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_timm_is_proved(name: str) -> None:
    found = lowered(traced(load_source(f"timm/{name}", {})))
    text = imported_text(found.imported)
    proof = prove(found, text)
    assert said(proof) == []
    assert text.count("\n") <= NETWORKS[name]
    assert proof.outputs.startswith("outputs at batch 2 equal")


def test_imports_are_short() -> None:
    assert len(NETWORKS) == 40
    assert median(NETWORKS.values()) <= 120


@pytest.mark.parametrize("name", HELD)
def test_macs_and_params_are_as_published(name: str) -> None:
    row = PUBLISHED[name]
    if row.why.startswith("refused"):
        with pytest.raises(SpecError):
            figures(row)
    else:
        assert (figures(row) == (row.gmacs, row.params)) == (not row.why)
