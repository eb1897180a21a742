"""Every field of every op, and every value of every kind of file, made hostile: it is taken or said, and never worse.

By default a part of the cases runs, spread evenly over fields and values; ``-m hostile`` runs every one.
"""

import copy
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, settings

from calc.analysis import analyse
from calc.errors import MAX_LINE, OpError, SpecError
from calc.ops import WORDS, op_class
from calc.report import render
from calc.report.rows import View
from calc.spec import loads
from tests.calc.cli.conftest import Ran, calc
from tests.drawn_specs import single_layers
from tests.strategies import import_drawing

__all__ = ["calc"]

ONE_IN = 48
"""So many cases of the full run stand for one of the default run."""
FILES_OF_A_KIND = 50
"""Cases of the default run for each kind of file."""
MOST_SECONDS = 5.0
"""Of one case, on the processor. The usual case takes a few milliseconds, the first imports what it needs."""
MOST_BYTES = 200 * 2**20

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    7,
    2**31,
    2**63,
    10**30,
    -(10**30),
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "x",
    "3",
    "1e999",
    "9" * 400,
    "٣",
    "-",
    "..",
    "/dev/zero",
    "=cmd()",
    "<script>",
    "\x1b[2J",
    "\u202etxt",
    "a" * 100_000,
    "$p",
    "in * in * in",
    "9 * 9 * 9 * 9" * 50,
    "conv2d",
    [],
    [None],
    [0],
    [3, -1],
    [[1, 2], [3]],
    [1] * 5_000,
    ["a"] * 2_000,
    {},
    {"": 1},
    {"macs": "x", "conv2d": None},
    {"a": {"a": {"a": {"a": {}}}}},
    {f"key{i}": i for i in range(2_000)},
)


def written(tree: Any) -> str:
    """``tree`` as JSON, which is YAML but for what is no finite number."""
    return json.dumps(tree).replace("NaN", ".nan").replace("-Infinity", "-.inf").replace("Infinity", ".inf")


def paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of ``tree``, itself included."""
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from paths(value, (*path, key))


def changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``tree`` with ``value`` at ``path``."""
    if not path:
        return value
    found = copy.deepcopy(tree)
    parent = found
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return found


def within_limits(case: Callable[[], None]) -> None:
    """Run ``case``; it may take ``MOST_SECONDS`` of the processor."""
    started = time.process_time()
    case()
    assert time.process_time() - started < MOST_SECONDS


def within_memory(case: Callable[[], None]) -> None:
    """Run ``case``; it may take ``MOST_BYTES`` at once. It runs several times slower so."""
    tracemalloc.start()
    try:
        case()
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def readable(message: str) -> None:
    """Something is said, in lines that neither drive a terminal nor fill it."""
    lines = message.split("\n")
    assert message.strip()
    assert len(lines) <= 200
    assert [line[:200] for line in lines if not line.isprintable() or len(line) > MAX_LINE] == []


def test_the_limits_can_be_exceeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "MOST_SECONDS", 0.02)
    with pytest.raises(AssertionError):
        within_limits(lambda: _busy(MOST_SECONDS))
    with pytest.raises(AssertionError):
        within_memory(lambda: bytearray(MOST_BYTES + 1) and None)
    with pytest.raises(AssertionError):
        readable("drives \x1b[2J a terminal")


def _busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


# Fields of ops


def layers_of(word: str) -> dict[str, Any]:
    """A spec of one layer ``word``: the first that is drawn."""
    first = settings(phases=[Phase.generate], max_examples=500, derandomize=True, database=None)
    found: dict[str, Any] = json.loads(find(single_layers(word), lambda _: True, settings=first).text)
    return found


def fields_of(word: str) -> Iterator[Callable[[], None]]:
    """A case for each field of ``word`` and each hostile value; and for a value in place of all the fields."""
    spec = layers_of(word)
    (name,) = [name for name, layer in spec["layers"].items() if word in layer]
    arguments = spec["layers"][name][word]
    for value in HOSTILE:
        yield lambda value=value: taken_or_said(changed(spec, ("layers", name, word), value))
        for field in (*op_class(word).fields(), "unknown"):
            hostile = {**arguments, field: value}
            yield lambda hostile=hostile: taken_or_said(changed(spec, ("layers", name, word), hostile))


def taken_or_said(spec: Any) -> None:
    """Analyse and report ``spec``, or read what is wrong with it; anything but an error of ours escapes."""
    try:
        analysis = analyse(loads(written(spec)), bits="adaptive")
        for format_name in ("table", "csv", "json"):
            render(analysis, format_name, View(all_layers=True))
    except (SpecError, OpError) as error:
        readable(str(error))


@pytest.fixture(scope="module", autouse=True)
def _drawing() -> None:
    import_drawing()


@pytest.mark.parametrize("word", WORDS)
def test_fields_of_ops(word: str) -> None:
    at = WORDS.index(word)  # so that the values left out differ from op to op
    for number, case in enumerate(fields_of(word)):
        if (number + at) % ONE_IN == 0:
            within_limits(case)


@pytest.mark.hostile
@pytest.mark.parametrize("word", WORDS)
def test_every_value_of_fields_of_ops(word: str) -> None:
    for case in fields_of(word):
        within_limits(case)


@pytest.mark.hostile
@pytest.mark.parametrize("word", WORDS)
def test_memory_of_fields_of_ops(word: str) -> None:
    for case in [*fields_of(word)][:: ONE_IN // 2]:
        within_memory(case)


# Files

SPEC: dict[str, Any] = {
    "name": "Small",
    "source": "nowhere",
    "params": {"width": 4, "sizes": [1, 2]},
    "input": {"shape": [3, 8, 8], "channels": "first", "dtype": "float32"},
    "preprocess": {"size": 9, "crop": 8, "mean": [0.5, 0.5, 0.5], "std": 0.5},
    "blocks": {
        "Block": {
            "params": {"out": "width", "act": "relu"},
            "inputs": ["x"],
            "layers": {"c": {"conv2d": {"out_channels": "out", "kernel_size": 3, "padding": 1}}, "a": "$act"},
        }
    },
    "layers": {
        "stem{i}": {"Block": {"out": "width"}, "repeat": 2, "bits": "w4a8"},
        "loop{n}": {"chain": [{"Block": {"out": "n * width"}}], "for": "n", "over": "sizes"},
        "split": {
            "branches": {"left": [{"conv2d": {"out_channels": 8, "kernel_size": 1}}], "right": []},
            "merge": "concat",
        },
        "res": {"residual": ["relu"], "shortcut": ["identity"], "shortcut_when": "width > 2"},
        "tied": {"conv2d": {"out_channels": 4, "kernel_size": 1}, "when": "width < 2"},
        "aux": {"chain": ["flatten", {"linear": 2}], "training_only": True},
        "sum": {"add": {}, "from": ["res", "res"]},
    },
    "output": "sum",
    "budgets": {"macs": "1G", "bitops.weight@8": "10G", "layer[stem*].params": 1000},
    "claims": [{"macs": 1000, "bits": "8", "input": [3, 8, 8], "source": "here"}],
}
RULES: dict[str, Any] = {
    "rules": [
        {"bits": 8},
        {"bits": "w4a8", "name": "blocks.*", "kind": "depthwise", "position": "10%..90%"},
        {"bits": 2, "position": "first"},
    ],
}
CLAIMS: dict[str, Any] = {
    "source": "nowhere",
    "spec": "small.yaml",
    "bits": "8",
    "claims": [
        {"macs": "2.9M", "input": [3, 16, 16], "set": {"width": 8}, "batch": 1, "expect": "rounded", "where": "page 1"},
        {"params": 100, "layer": "stem0", "convention": "weight", "ends": "8", "name": "block 0"},
        {"bitops": {"value": "1.45e6", "product": "9 * 32 * 32", "expect": "exact"}, "part": "convolutions"},
        {"layer": "stem0.c", "out_channels": 4, "output_size": "8x8"},
    ],
}


def mutants(tree: Any) -> Iterator[Callable[[], Any]]:
    """``tree`` with each hostile value at each place, without each place, and with an unknown key in each mapping."""
    for path in paths(tree):
        for value in HOSTILE:
            yield lambda path=path, value=value: changed(tree, path, value)
        if path and isinstance(path[-1], str):
            yield lambda path=path: without(tree, path)
            yield lambda path=path: changed(tree, (*path[:-1], "unknwn"), 1)


def without(tree: Any, path: tuple[Any, ...]) -> Any:
    """A copy of ``tree`` that lacks what is at ``path``."""
    found = copy.deepcopy(tree)
    parent = found
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    return found


Calc = Callable[..., Ran]


def run_on(tree: Any, arguments: list[str], path: Path, calc: Calc) -> None:
    """``calc`` with ``arguments`` on the file ``path``, which holds ``tree``."""
    path.write_text(json.dumps(tree) if path.suffix == ".json" else written(tree), encoding="utf-8")
    ran = calc(*[str(path) if word == "FILE" else word for word in arguments])
    assert ran.code in (0, 1, 2)
    assert "Traceback" not in ran.err
    if ran.code == 2:
        readable(ran.err or ran.out)


def result(calc: Calc, *arguments: str) -> Any:
    ran = calc(*arguments)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def documents(calc: Calc, folder: Path) -> dict[str, tuple[Any, list[str], str]]:
    """By kind of file: a good one, the command that reads it, and the name of the file."""
    small = folder / "small.yaml"
    small.write_text(written(SPEC))
    lock = folder / "good.lock.json"
    assert calc("lock", str(small), "--bits", "8", "--lock", str(lock)).code == 0
    return {
        "spec": (SPEC, ["run", "FILE", "--bits", "spec"], "spec.yaml"),
        "budgets": (SPEC, ["budgets", "FILE"], "spec.yaml"),
        "rules": (RULES, ["run", "seed_notebook", "--bits", "FILE"], "rules.yaml"),
        "claims": (CLAIMS, ["audit", "FILE"], "claims.yaml"),
        "lock": (json.loads(lock.read_text()), ["check", "--lock", "FILE"], "calc.lock.json"),
        "result": (
            result(calc, "run", str(small), "--bits", "8", "--format", "json"),
            ["diff", "FILE", str(small)],
            "result.json",
        ),
    }


KINDS = ("spec", "budgets", "rules", "claims", "lock", "result")


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_file_is_taken(kind: str, tmp_path: Path, calc: Calc) -> None:
    tree, arguments, name = documents(calc, tmp_path)[kind]
    path = tmp_path / name
    path.write_text(json.dumps(tree) if path.suffix == ".json" else written(tree), encoding="utf-8")
    ran = calc(*[str(path) if word == "FILE" else word for word in arguments])
    assert ran.code in (0, 1), ran.err


@pytest.mark.parametrize("kind", KINDS)
def test_values_of_files(kind: str, tmp_path: Path, calc: Calc) -> None:
    tree, arguments, name = documents(calc, tmp_path)[kind]
    found = list(mutants(tree))
    for mutant in found[KINDS.index(kind) :: len(found) // FILES_OF_A_KIND]:
        within_limits(lambda mutant=mutant: run_on(mutant(), arguments, tmp_path / name, calc))


@pytest.mark.hostile
@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_files(kind: str, tmp_path: Path, calc: Calc) -> None:
    tree, arguments, name = documents(calc, tmp_path)[kind]
    for mutant in mutants(tree):
        within_limits(lambda mutant=mutant: run_on(mutant(), arguments, tmp_path / name, calc))
