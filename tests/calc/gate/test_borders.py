"""Cuts at the borders of blocks, for networks whose blocks repeat."""

import pytest

from calc.gate.align import align
from calc.gate.borders import at_borders, renumbered
from calc.gate.difference import difference
from calc.gate.snapshot import LockedLayer
from calc.report.gate.text import difference_lines
from tests.calc.gate.networks import of

BLOCK = ("conv.0:conv2d:6", "conv.1:relu:6", "conv.2:conv2d:2")
"""The layers of one block, ``name:op:size``."""


def network(blocks: int, head: bool = True) -> list[LockedLayer]:
    """A stem, some blocks of the same layers, and a head."""
    inner = [f"f.{i}.{layer}" for i in range(1, blocks + 1) for layer in BLOCK]
    parts = [text.split(":") for text in ["f.0:conv2d:2", *inner, *[f"f.{blocks + 1}:linear:9"] * head]]
    return [LockedLayer(name, op, {}, (), (int(size),)) for name, op, size in parts]


@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("first", range(7))
def test_a_run_is_slid_to_a_border_from_wherever_it_was_cut(first: int, head: bool) -> None:
    long, short = network(3, head), network(2, head)
    cut = [(i, i if i < 1 + first else None if i < 4 + first else i - 3) for i in range(len(long))]
    assert cut[0] == (0, 0)
    whole = {i for i, j in at_borders(long, short, cut) if j is None}
    assert whole in ({1, 2, 3}, {4, 5, 6}, {7, 8, 9})
    assert {j for i, j in at_borders(short, long, [(j, i) for i, j in cut]) if i is None} == whole


def test_a_run_at_borders_stays_and_so_does_one_that_cannot_slide() -> None:
    long, short = network(3), network(2)
    cut = [(i, i if i < 4 else None if i < 7 else i - 3) for i in range(len(long))]
    assert at_borders(long, short, cut) == cut
    other = [*long[:5], LockedLayer("f.2.conv.9", "gelu", {}, (), (6,)), *long[5:]]
    gone = [(i, i if i < 5 else None if i == 5 else i - 1) for i in range(len(other))]
    assert at_borders(other, long, gone) == gone


def test_two_runs_slide_each_on_its_own() -> None:
    long, short = network(4), network(2)
    cut = [(i, i if i < 2 else None if i < 5 else i - 3 if i < 6 else None if i < 9 else i - 6) for i in range(14)]
    found = at_borders(long, short, cut)
    assert [j for _, j in found if j is not None] == list(range(len(short)))
    gone = [i for i, j in found if j is None]
    assert len(gone) == 6
    assert {(i - 1) // 3 for i in gone} in ({0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3})


def test_a_repeated_block_less_is_one_block_that_went() -> None:
    pairs = align(network(4), network(3))
    gone = [i for i, j in pairs if j is None]
    assert len(gone) == len(BLOCK)
    assert gone[0] % 3 == 1


MOBILE = """\
name: Mobile
input: [8, 8, 8]
blocks:
  Inverted:
    params: {out: }
    layers:
      - residual:
          conv:
            - {conv2d: {out_channels: 16, kernel_size: 1}}
            - relu6
            - {conv2d: {out_channels: out, kernel_size: 1}}
        shortcut_when: in == out
layers:
  features:
    - {conv2d: {out_channels: 8, kernel_size: 1}}
    - Inverted: 8
      repeat: 3
    - Inverted: 12
"""


@pytest.mark.parametrize("before, after, change", [(3, 2, "removed"), (2, 3, "added")])
def test_a_repeat_more_or_less_is_told_as_one_block(before: int, after: int, change: str) -> None:
    one, other = (of(MOBILE.replace("repeat: 3", f"repeat: {n}")) for n in (before, after))
    told = [line.split(":")[0].split() for line in difference_lines(difference(one, other)) if change in line]
    assert told == [[change, "features.3.*", "(4", "layers)"]]


def test_names_that_differ_in_one_part() -> None:
    assert renumbered("f.1.conv", "f.2.conv")
    assert not renumbered("f.1.conv", "f.1.conv")
    assert not renumbered("f.1.conv", "f.2.norm")
    assert not renumbered("f.1", "f.1.conv")
