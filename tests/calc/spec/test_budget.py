"""A few hundred bytes that ask for millions of layers, steps or values are refused where a limit is reached."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calc.errors import Place, SpecError
from calc.spec import expand, loads
from calc.spec.budget import Exceeded, WorkBudget

HEAD = "name: hostile\ninput: {shape: [4, 8], channels: last}\n"


def doubled(quote: str = "") -> str:
    return f"p0: {quote}[1, 1]{quote}, " + ", ".join(f"p{i + 1}: {quote}[p{i}, p{i}]{quote}" for i in range(25))


BLOCKS = ", ".join(f"B{i}: {{layers: [B{i + 1}, B{i + 1}]}}" for i in range(40))
CALLS = ", ".join(f"B{i}: {{params: {{p: }}, layers: [{{B{i + 1}: {{p: '[p, p]'}}}}]}}" for i in range(25))
ATTACKS = {
    "lists": (f"params: {{{doubled()}}}\nlayers: [{{linear: len(p25)}}]", "a list of more than 100000 values"),
    "expressions": (f"""params: {{{doubled("'")}}}\nlayers: [{{linear: len(p25)}}]""", "a list of more than 100000"),
    "over": (f"params: {{{doubled()}}}\nlayers: [{{relu: , for: x, over: p25}}]", "a list of more than 100000 values"),
    "block params": (
        f"blocks: {{B: {{params: {{{doubled()}}}, layers: [{{linear: len(p25)}}]}}}}\nlayers: [B]",
        "a list of more than 100000 values",
    ),
    "arguments": (
        f"blocks: {{{CALLS}, B25: {{params: {{p: }}, layers: [{{linear: len(p)}}]}}}}\n"
        "layers: [{B0: {p: '[1, 1]'}}]",
        "a list of more than 100000 values",
    ),
    "repeat": ("layers: [{relu: , repeat: 1000000}]", "has more than 10000 layers"),
    "dropped": ("layers: [{relu: , when: false, repeat: 1000000}]", "takes more than 200000 steps"),
    "long when": (
        "layers: [{relu: , when: '" + "i * 3 + 2 > 7 - 8 * i and " * 18 + "i < 0', repeat: 1000000}]",
        "takes more than 200000 steps",
    ),
    "nested": (
        "layers: [{chain: [{chain: [{relu: , repeat: 1000}], repeat: 1000}], repeat: 1000}]",
        "has more than 10000 layers",
    ),
    "blocks": (f"blocks: {{{BLOCKS}, B40: {{layers: [relu]}}}}\nlayers: [B0]", "has more than 10000 layers"),
    "empty blocks": (f"blocks: {{{BLOCKS}, B40: {{layers: []}}}}\nlayers: [B0]", "takes more than 20000 steps"),
    "ranges": (
        "layers: [{linear: '" + " + ".join(["len(range(i, 9999))"] * 20) + "', repeat: 9000}]",
        "puts more than 1000000 values",
    ),
    "maxima": (
        "params: {p: range(9999)}\nlayers: [{linear: 'max(p) + max(p) + i', repeat: 9000}]",
        "puts more than 1000000 values",
    ),
    "a long list handed on": (
        "params: {p: range(9999)}\nblocks: {B: {params: {q: }, layers: [{linear: len(q)}]}}\n"
        "layers: [{B: {q: p}, repeat: 9000}]",
        "puts more than 1000000 values",
    ),
    "inputs": (
        f"layers: [relu, {{concat: {{dim: 1}}, from: [{', '.join(['0'] * 5000)}], repeat: 9000}}]",
        "read more than 250000 inputs",
    ),
    "inputs in a block": (
        "blocks: {B: {layers: {a: relu, b: {concat: {dim: 1}, from: ["
        + ", ".join(["a"] * 500)
        + "]}, c: {slice: {dim: 1, end: 4}}}}}\nlayers: [{B: , repeat: 4000}]",
        "read more than 250000 inputs",
    ),
    "a long list as a word": (
        "params: {p: range(9999)}\nlayers: [{$p: , repeat: 9000}]",
        "which is neither an op nor a block",
    ),
    "lstm": ("layers: [{lstm: {hidden_size: 4, num_layers: 1000000}}]", "more than the 1000 that are allowed"),
    "lstms": (
        "layers: [{lstm: {hidden_size: i + 1, num_layers: 1000, bidirectional: true}, repeat: 1000}]",
        "the network has more than 50000 products",
    ),
}


SMALLER = {"empty blocks": 1_000}
"""Those that come to their limit in seconds get a smaller one: so many layers."""
PROGRAM = """
import json, sys
if sys.platform == "linux":
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
from calc import analyse, load
from calc.errors import SpecError
from calc.spec import expand
refused = {}
for path, most in json.loads(sys.argv[1]).items():
    try: analyse(expand(load(path), max_layers=most) if most else load(path))
    except SpecError as error: refused[path] = str(error)
if sys.platform == "linux":
    refused["peak in KiB"] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps(refused))
"""


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is said of each attack, all in one process that has 100 seconds, and the most memory that it took."""
    folder = tmp_path_factory.mktemp("attacks")
    for name, (text, _) in ATTACKS.items():
        (folder / f"{name}.yaml").write_text(f"{HEAD}{text}\n")
    limits = {str(folder / f"{name}.yaml"): SMALLER.get(name) for name in ATTACKS}
    command = [sys.executable, "-c", PROGRAM, json.dumps(limits)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {Path(path).stem: said for path, said in found.items()}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_at_its_limit(refused: dict[str, Any], name: str) -> None:
    assert re.search(rf"\.yaml:\d+:\d+: .*{re.escape(ATTACKS[name][1])}", refused[name])


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of its memory from /proc")
def test_all_of_them_together_take_little_memory(refused: dict[str, Any]) -> None:
    (peak_kib,) = refused["peak in KiB"]
    assert int(peak_kib) * 1024 < 200 * 10**6


def test_what_is_written_out_may_be_there() -> None:
    assert len(expand(loads(f"{HEAD}layers:\n" + "- relu\n" * 10_500)).nodes) == 1 + 10_500


def test_another_number_of_layers() -> None:
    spec = loads(f"{HEAD}layers: [{{relu: , repeat: 10001}}]\n")
    assert len(expand(spec, max_layers=10_001).nodes) == 1 + 10_001
    with pytest.raises(SpecError, match="has more than 10000 layers"):
        expand(spec, max_layers=10_000)


def test_turns_that_are_dropped_are_steps_too() -> None:
    spec = loads(f"{HEAD}layers: [{{relu: , when: false, repeat: 200}}, relu]\n")
    assert len(expand(spec, max_layers=10).nodes) == 1 + 1  # 200 turns are 20 · 10 steps
    with pytest.raises(SpecError, match="takes more than 20 steps to expand"):
        expand(spec, max_layers=1)


def test_a_budget_raises_when_it_is_exceeded_and_not_before() -> None:
    budget = WorkBudget(written=0, max_layers=5)
    budget.check_layers(5)
    budget.check_steps(100, Place("a", 1, 2))
    budget.spend(500)
    budget.read(125)
    refused = {
        "the spec has more than 5 layers": lambda: budget.check_layers(6),
        "the spec takes more than 100 steps to expand": lambda: budget.check_steps(101, Place("a", 1, 2)),
        "the spec puts more than 500 values into lists and blocks": lambda: budget.spend(1),
        "the layers of the spec read more than 125 inputs": lambda: budget.read(1),
    }
    for fact, ask in refused.items():
        with pytest.raises(Exceeded) as caught:
            ask()
        assert (str(caught.value), caught.value.fact) == (fact, fact)
        assert caught.value.hint == "look for a large repeat or list; calc run --max-layers N allows more"


def test_what_exceeds_is_said_where_it_was_first_known() -> None:
    exceeded = Exceeded("too much")
    assert exceeded.at(Place("a", 1, 2)) is exceeded
    assert exceeded.at(Place("a", 3, 4)).place == Place("a", 1, 2)


@pytest.mark.parametrize("written, layers", [(0, 10_000), (10_000, 10_000), (10_001, 10_001)])
def test_a_budget_has_what_is_written_and_no_less_than_the_default(written: int, layers: int) -> None:
    budget = WorkBudget(written)
    assert (budget.layers, budget.steps, budget.values, budget.inputs) == (
        layers, 20 * layers, 100 * layers, 25 * layers,
    )  # fmt: skip


def test_an_input_may_not_cost_more_either() -> None:
    spec = loads("name: a\nparams: {n: 200}\ninput: [max(range(n))]\nlayers: [relu]\n")
    assert expand(spec).nodes[0].shape.sizes == (199,)
    with pytest.raises(SpecError) as caught:
        expand(spec, max_layers=1)
    (problem,) = caught.value.problems
    assert problem.fact == "the spec puts more than 100 values into lists and blocks"
    assert (problem.hint, problem.in_file) == (
        "look for a large repeat or list; calc run --max-layers N allows more",
        Place("<text>", 3, 8),
    )
