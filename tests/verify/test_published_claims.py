"""The claims of torchvision's own figures are those of the torchvision that is installed."""

from pathlib import Path

import pytest

from calc.claims import read_claims
from calc.spec import load

pytestmark = pytest.mark.torch
pytest.importorskip("torchvision")
CLAIMS = Path(__file__).parents[2] / "specs" / "claims" / "published.yaml"


def test_every_claim_is_in_torchvisions_metadata() -> None:
    from torchvision import models

    claims = [claim for claim in read_claims(str(CLAIMS)) if claim.about.source.startswith("torchvision")]
    assert len({(claim.about.spec, claim.about.name) for claim in claims}) > 120
    for claim in claims:
        reference = (load(claim.about.spec).reference or "").removeprefix("torchvision/")
        meta = models.get_model_weights(reference)[claim.about.name].meta
        expected = f"{meta['_ops']:.3f}G" if claim.quantity == "macs" else str(meta["num_params"])
        assert claim.text == expected, (claim.about.spec, claim.about.name)
