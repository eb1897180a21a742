"""Counters run in processes of their own; the tests use the counter of torch."""

from pathlib import Path

import pytest

from verify.peers import PEERS, PeerJob, PeerOutcome, installed, run_peer
from verify.peers.scoreboard import MicroSpec, micro_specs, scoreboard

pytestmark = pytest.mark.torch
pytest.importorskip("torch")
CONFORMANCE = Path(__file__).parents[2] / "conformance"
COUNTED = ("linear", "attention_causal")


@pytest.fixture(scope="module")
def outcomes() -> list[PeerOutcome]:
    """The outcomes of a missing file and then of two networks; each process loads torch for seconds."""
    return list(run_peer("torch", [PeerJob(str(CONFORMANCE / f"{name}.yaml")) for name in ("nowhere", *COUNTED)]))


@pytest.mark.zoo
def test_a_network_after_one_that_stops_is_counted_right(outcomes: list[PeerOutcome]) -> None:
    stopped, after, _ = outcomes
    macs = {spec.path.stem: spec.macs for spec in micro_specs(CONFORMANCE)}
    assert stopped.totals == {}
    assert "cannot be read" in stopped.error
    assert after.totals == {"torch": 2 * (macs[COUNTED[0]] or 0)}


@pytest.mark.zoo
def test_the_scoreboard_tells_right_from_wrong(outcomes: list[PeerOutcome], monkeypatch: pytest.MonkeyPatch) -> None:
    specs = [one for one in micro_specs(CONFORMANCE) if one.path.stem in COUNTED]
    by_spec = {outcome.job.spec: outcome for outcome in outcomes}
    monkeypatch.setattr("verify.peers.scoreboard.run_peer", lambda _, jobs: [by_spec[job.spec] for job in jobs])
    rows = [line for line in scoreboard(specs, ["torch"]).splitlines() if line.startswith(("| linear", "| attention"))]
    assert [row.split(" | ")[1:] for row in rows] == [["✓", "× 0 |"], ["✓", "✓ |"]]


def test_the_truth_is_read_from_the_spec(tmp_path: Path) -> None:
    claims = "claims: [{macs: {value: 27, product: 3 * (4 + 5)}, source: here}]\n"
    (tmp_path / "one.yaml").write_text(f"# Three rows. And more.\nname: one\n{claims}input: [4]\nlayers: [relu]\n")
    assert micro_specs(tmp_path) == [MicroSpec(tmp_path / "one.yaml", "Three rows", 27)]


def test_a_wrong_truth_is_no_tick(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(
        "# About.\nname: one\nclaims: [{macs: 21, source: here}]\ninput: [4]\n"
        "layers: {fc: {linear: {out_features: 5, bias: false}}}\n"
    )
    assert "| ✗ |" in scoreboard(micro_specs(tmp_path), [])


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "torch", "no_such_package")
    assert not installed("torch")
    monkeypatch.undo()
    assert installed("torch")
