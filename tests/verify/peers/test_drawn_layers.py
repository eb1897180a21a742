"""Every emulation against the counter itself, on drawn layers of every op.

Needs the extra ``peers``; run with ``-m peers``. Layers are built of torch.nn's own modules. Where a difference is
known, docs/conventions.md names it.
"""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from calc.analysis import analyse
from calc.conventions import counted
from calc.spec import load
from tests.drawn_specs import DrawnSpec, single_layers
from tests.strategies import BUILT, import_drawing
from verify.peers import PEERS, PeerJob, installed, run_peer

LAYERS = 10
"""How many are drawn of each op."""
OWN_MODULES = (
    "window_attention*",
    "relative_attention",
    "relative_position_attention",
    "pooling_attention",
    "selective_scan",
    "max_unpool?d",
    "class_token",
    "tensor",
)
"""Ops that are no module of torch.nn: what `verify` builds runs otherwise than the published code that is emulated."""
_FLOPS = ("conv*d", "einsum", "local_response_norm", "gru", "lstm", "rnn", "*_pool?d", "upsample")
KNOWN: dict[str, tuple[str, ...]] = {
    "fvcore": ("einsum",),
    "thop": ("conv*d", "*avg_pool?d", "gru", "lstm", "rnn"),
    "ptflops": ("einsum", "gru", "rnn", "scaled_dot_product_attention"),
    "ptflops-pytorch": (
        "conv*d",
        "linear",
        "local_response_norm",
        "gru",
        "lstm",
        "rnn",
        "multihead_attention",
        "*_pool?d",
    ),
    "torchinfo": ("conv*d", "gru", "lstm", "rnn"),
    "calflops": ("conv*d",),
    "calflops-flops": _FLOPS,
    "deepspeed": ("conv*d",),
    "deepspeed-flops": _FLOPS,
    "torchprofile": (
        "conv_transpose?d",
        "avg_pool?d",
        "einsum",
        "lstm",
        "multihead_attention",
        "multiply",
        "upsample",
    ),
    "torch": ("einsum", "scaled_dot_product_attention"),
}
"""By convention: the ops, as globs, some of whose layers it does not emulate, as docs/conventions.md says."""


class Compared(NamedTuple):
    """One layer: the fields of its op, what the counter prints and what its emulation says."""

    convention: str
    word: str
    fields: dict[str, Any]
    printed: int | float
    emulated: int


def drawn(word: str, folder: Path) -> list[Path]:
    """Specs of one layer ``word``, the same at every run."""
    texts: dict[str, None] = {}

    @settings(
        max_examples=LAYERS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(single_layers(word))
    def collect(spec: DrawnSpec) -> None:
        texts.setdefault(spec.text)

    collect()
    paths = [folder / f"{word}-{i}.yaml" for i in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def differences(compared: Iterable[Compared]) -> list[str]:
    """One line a convention and op: how many layers differ, the fields that set them apart, and the first of them."""
    groups: dict[tuple[str, str], list[Compared]] = {}
    for one in compared:
        groups.setdefault((one.convention, one.word), []).append(one)
    lines = []
    for (convention, word), layers in groups.items():
        differing = [one for one in layers if one.printed != one.emulated]
        if not differing or any(fnmatchcase(word, glob) for glob in KNOWN.get(convention, ())):
            continue
        first = differing[0]
        apart = {
            field: value
            for field, value in first.fields.items()
            if all(one.fields.get(field) == value for one in differing)
            and not all(one.fields.get(field) == value for one in layers)
        }
        lines.append(
            f"{convention}: {word}: {len(differing)} of {len(layers)} differ, all with {apart}: "
            f"prints {first.printed}, emulated {first.emulated} for {first.fields}"
        )
    return lines


def _layer(path: Path, word: str) -> dict[str, Any]:
    """The fields of the layer, with how many inputs it has and of how many axes the first is."""
    spec = json.loads(path.read_text(encoding="utf-8"))
    layer = next(layer for layer in spec["layers"].values() if word in layer)
    first = next(iter(spec["input"].values())) if "first" in spec["input"] else spec["input"]
    return {**layer[word], "inputs": len(layer.get("from", "1")), "axes": len(first["shape"])}


@pytest.mark.peers
@pytest.mark.torch
@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer != "pycls"])
def test_drawn_layers_are_counted_as_the_counter_does(peer: str, tmp_path: Path) -> None:
    if not installed(peer):
        pytest.skip(f"{PEERS[peer]} is not installed")
    import_drawing()
    words = {
        str(path): word
        for word in BUILT
        if not any(fnmatchcase(word, glob) for glob in OWN_MODULES)
        for path in drawn(word, tmp_path)
    }
    compared = []
    for outcome in run_peer(peer, [PeerJob(path) for path in words]):
        word, workload = words[outcome.job.spec], analyse(load(outcome.job.spec)).workload
        fields = _layer(Path(outcome.job.spec), word)
        for convention, printed in outcome.totals.items():
            if printed is not None:  # where a counter stops it may print nothing
                emulated = counted(convention, workload).printed
                compared.append(Compared(convention, word, fields, printed, emulated))
    assert not (found := differences(compared)), "\n".join(found)


def test_differences_are_told_by_the_fields_that_set_them_apart() -> None:
    layers = [
        Compared("thop", "softmax", {"dim": 1, "inputs": 1}, 8, 8),
        Compared("thop", "softmax", {"dim": 2, "inputs": 1}, 9, 8),
        Compared("thop", "relu", {"inputs": 1}, 0, 0),
    ]
    (line,) = differences(layers)
    assert "thop: softmax: 1 of 2 differ, all with {'dim': 2}: prints 9, emulated 8" in line


def test_layers_of_an_op_are_drawn_alike_at_every_run(tmp_path: Path) -> None:
    import_drawing()
    texts = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        texts.append([path.read_text(encoding="utf-8") for path in drawn("softmax", folder)])
    assert texts[0] == texts[1]
    assert texts[0]
