"""Every emulation against the counter itself. Needs the extra ``peers``; run with ``-m peers``.

One network a family here; ``python -m verify.peers`` goes through all packaged specs, which takes an hour.
"""

import pytest

from calc.analysis import analyse
from calc.spec import load
from calc.spec.load import find_spec
from verify.peers import PEERS, installed
from verify.peers.__main__ import check_environment, is_known
from verify.peers.known import DIFFERENCES

pytestmark = [pytest.mark.peers, pytest.mark.torch]
pytest.importorskip("torch")
SPECS = (
    "mobilenetv2",
    "mobilenetv2_tf",
    "mobilenetv1",
    "resnet50",
    "vit_b_32",
    "swin_t",
    "densenet121",
    "googlenet",
    "mnasnet0_5",
    "shufflenet_v2_x0_5",
    "efficientnet_b0",
    "regnet_y_400mf",
    "convnext_tiny",
    "squeezenet1_1",
    "alexnet",
    "lraspp_mobilenet_v3_large",
    "seed_notebook",
)


@pytest.mark.parametrize("peer", PEERS)
def test_the_emulation_is_what_the_counter_prints(peer: str) -> None:
    if not installed(peer):
        pytest.skip(f"{PEERS[peer]} is not installed")
    assert check_environment(peer, {find_spec(name): analyse(load(name)) for name in SPECS})


def test_a_difference_is_known_only_where_it_is_listed_and_small() -> None:
    (convention, _), *_ = DIFFERENCES
    assert is_known(convention, "maxvit_t", 10**9 + 10**4, 10**9)
    assert not is_known(convention, "maxvit_t", 2 * 10**9, 10**9)
    assert not is_known(convention, "mobilenetv2", 10**9 + 10**4, 10**9)
