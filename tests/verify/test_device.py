"""A device is tried before anything is built, and the network runs on it."""

import pytest
import torch

from calc.analysis import analyse
from calc.spec import expand, loads
from verify import verification
from verify.build import Network, build
from verify.device import usable_device
from verify.errors import VerifyError
from verify.verification import verify

pytestmark = pytest.mark.torch

SPEC = "{name: one, input: [3], layers: {only: {linear: 2}}}"


@pytest.mark.parametrize("name", ["cpu", "cpu:0", "meta"])
def test_devices_that_every_machine_has(name: str) -> None:
    assert usable_device(name) == torch.device(name)


@pytest.mark.parametrize(
    "name, fact",
    [
        ("foo", "cannot be used here: it is not a device of torch"),
        ("", "cannot be used here"),
        ("cpu:9", "there is only one cpu"),
        ("meta:1", "there is only one meta"),
        ("xla", "cannot be used here"),
        ("mtia", "cannot be used here"),
        ("privateuseone", "cannot be used here"),
    ],
)
def test_devices_that_cannot_be_used(name: str, fact: str) -> None:
    with pytest.raises(VerifyError, match=fact):
        usable_device(name)


def test_a_bad_device_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "build", lambda *_, **__: pytest.fail("something was built"))
    with pytest.raises(VerifyError, match="'foo' cannot be used"):
        verify(analyse(expand(loads(SPEC))), device="foo")


def test_network_and_input_are_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in, which is the CPU under another name, replaces a second device, which not every machine has."""
    asked: list[tuple[str, object]] = []

    def built(graph, device="cpu", initialise=True):  # type: ignore[no-untyped-def]  # build's signature
        asked.append(("network", device))
        return build(graph, "cpu", initialise)

    def sampled(graph, batch, device="cpu", seed=0):  # type: ignore[no-untyped-def]  # sample's signature
        asked.append(("input", device))
        return sample(graph, batch, "meta" if device == "meta" else "cpu", seed)

    sample = Network.sample
    there = torch.device("cuda", 5)
    monkeypatch.setattr(verification, "usable_device", lambda _: there)
    monkeypatch.setattr(verification, "build", built)
    monkeypatch.setattr(Network, "sample", staticmethod(sampled))
    assert verify(analyse(expand(loads(SPEC)), bits="8"), device="cuda:5").agrees
    assert ("network", there) in asked
    assert ("input", there) in asked


def test_published_weights_are_refused_where_nothing_runs() -> None:
    with pytest.raises(VerifyError, match="not used on meta"):
        verify(analyse(expand(loads(SPEC))), against=True, weights="DEFAULT", device="meta")
