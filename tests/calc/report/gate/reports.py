"""Reports for the tests of the formats: every status once, with names as hostile as a file can hold."""

import pytest

from calc.errors import Place, Problem
from calc.gate.budgets import Breach, budget
from calc.gate.difference import difference
from calc.gate.gate import Outcome
from calc.gate.snapshot import LockedLayer, Snapshot
from calc.report.gate.words import Report

HOSTILE = (
    "\x1b[2J\x1b]8;;http://evil.example\x07",
    "::error file=x::gone\n::set-output name=a::b",
    "##[error]gone",
    "]]></failure><script>alert(1)</script>&amp;",
    "a|b`c`**d**[e](http://evil.example)<img src=x>@somebody #12 www.evil.example",
    "\"quoted\", 'twice'\\n=1+1\t\x00\x85\u2028\ufffe",
    "100%,:%0A%25",
    "\udcff\u202e\u200b",
    "n" * 5000,
)
hostile = pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))


def snapshot_of(name: str, macs: int, size: int) -> Snapshot:
    """A network of three layers all named after ``name``."""
    rows = (
        LockedLayer(
            f"{name}0", name, {name: 1, "stride": macs}, ("input",), (size,), params=macs, macs=macs, bits=("8",)
        ),
        LockedLayer(f"{name}1", name, {}, (f"{name}0",), (size,), params=macs),
        LockedLayer(f"{name}2", "relu", {}, (f"{name}1",), (size,)),
    )
    quantities = {"macs": macs, "params": 2 * macs, f"elementwise.{name}": macs, "bitops.weight@8": 8 * macs}
    return Snapshot(name, {"input": (3, size)}, (name,), quantities, rows)


def outcome(spec: str, name: str, status: str = "changed") -> Outcome:
    """A spec that grew: totals moved, a layer edited, one renamed, one gone."""
    before, after = snapshot_of(name, 100, 4), snapshot_of(name, 300, 4)
    renamed = after.layers[2]._replace(name=f"{name}.other")
    found = difference(before, after._replace(layers=(after.layers[0], renamed._replace(inputs=(f"{name}0",)))))
    limit = budget("macs", "250")._replace(name=name, written=name)
    places = {row.name: Place(f"{spec}.family", 7, 9) for row in after.layers}
    return Outcome(
        spec,
        spec,
        status,
        after,
        found,
        found.moves[1:],
        places,
        breaches=(Breach(limit, 300, name),),
        budgets=(limit,),
    )


def every_status(name: str) -> Report:
    """One spec of each status, all named after ``name``."""
    problem = Problem(Place(name, 3, 4), f"unknown {name}", f"did you mean {name}?", name, name, (f"in {name}",))
    return Report(
        (
            Outcome(f"a{name}", f"a{name}", "same"),
            outcome(f"b{name}", name),
            outcome(name, name, "allowed"),
            Outcome(f"d{name}", f"d{name}", "missing"),
            Outcome(f"e{name}", f"e{name}", "extra"),
            Outcome(f"f{name}", f"f{name}", "unreadable", problems=(problem,)),
            Outcome(f"g{name}", f"g{name}", "same", inconsistent=True),
        ),
        name,
        (name,),
    )


PASSING = Report((Outcome("a.yaml", "a.yaml", "same"), Outcome("b.yaml", "b.yaml", "same")), "calc.lock.json", ("8",))
