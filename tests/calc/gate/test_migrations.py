"""Locks of earlier versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.gate.lockfile import Lock, lock_text, parse_lock
from calc.gate.snapshot import snapshot
from calc.spec import load
from tests.calc.gate.networks import SPEC, of

REPOSITORY = Path(__file__).parents[3]


def written_by_version_1(*policies: str) -> str:
    """What calc wrote when ``fp16`` was what ``16`` is: of each of ``policies`` the numbers under that name."""
    now = ["16" if policy == "fp16" else policy for policy in policies]
    once = tuple(dict.fromkeys(now))
    data: dict[str, Any] = json.loads(lock_text(Lock(once, (), {"b.yaml": of(SPEC, *once)})))
    data |= {"schema": "calc.lock/1", "bits": policies}
    spec = data["specs"]["b.yaml"]
    found = {}
    for name, number in spec["quantities"].items():
        found[name] = number
        if name.endswith("@16"):
            found[f"{name[:-2]}fp16"] = number
            if "16" not in policies:
                del found[name]
    spec["quantities"] = found
    for row in spec["layers"]:
        if "bits" in row:
            by_policy = dict(zip(once, row["bits"], strict=True))
            row["bits"] = [by_policy[policy] for policy in now]
    return json.dumps(data)


@pytest.mark.parametrize(
    "before, after",
    [
        (("8", "adaptive"), ("8", "adaptive")),
        (("8", "fp16", "fp32"), ("8", "16", "fp32")),
        (("fp16", "8", "16"), ("8", "16")),
    ],
)
def test_fp16_is_locked_as_what_it_was(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    found = parse_lock(written_by_version_1(*before), "x")
    assert found == Lock(after, (), {"b.yaml": of(SPEC, *after)})


@pytest.mark.parametrize(
    "data",
    [
        {"specs": 8},
        {"specs": {"b.yaml": 8}},
        {"specs": {"b.yaml": {"quantities": 8, "layers": 8}}},
        {"specs": {"b.yaml": {"quantities": {}, "layers": [8, {"bits": 8}, {"bits": []}]}}},
        {"bits": ["fp16", 8]},
    ],
)
def test_what_is_no_lock_is_said_as_ever(data: dict[str, Any]) -> None:
    text = json.dumps({"schema": "calc.lock/1", "bits": ["fp16"], "folders": [], "specs": {}} | data)
    with pytest.raises(SpecError, match=r"^x: "):
        parse_lock(text, "x")


def test_every_number_of_the_lock_here_is_one_of_paper() -> None:
    text = (REPOSITORY / "calc.lock.json").read_text(encoding="utf-8")
    found = parse_lock(text, "calc.lock.json")
    earlier = text.replace("calc.lock/2", "calc.lock/1", 1)
    assert parse_lock(earlier, "calc.lock.json") == found
    for name in ("seed_notebook", "mobilenetv2"):
        locked = found.specs[f"specs/{name}.yaml"]
        analyses = [analyse(load(name), bits=f"{policy}:paper") for policy in found.policies]
        assert snapshot(analyses, found.policies, REPOSITORY) == locked
