"""Small networks of each family with norms give the same outputs once they are deployed, and the peak is torch's."""

import pytest

from calc.analysis import analyse
from calc.spec import load
from tests.zoo.networks import FAST, sizes_of
from verify.build import build
from verify.deployed import compare_deployed
from verify.peak import measured_peak_bytes, planned_peak_bytes

pytestmark = pytest.mark.zoo


@pytest.mark.parametrize("spec", [spec for spec in FAST if not spec.startswith(("convnext", "s3d", "swin", "vit"))])
def test_outputs_and_peak_of_the_deployed_network(spec: str) -> None:
    analysis = analyse(load(spec), input=sizes_of(spec).small, deployed=True)
    assert analysis.original is not None
    outputs = compare_deployed(analysis.original, analysis.graph)
    assert outputs.equal, outputs
    assert planned_peak_bytes(analysis) == measured_peak_bytes(analysis, build(analysis.graph))
