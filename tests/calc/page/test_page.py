"""Every number of a page is the engine's, at settings drawn at random: what the page runs, run by node."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

import calc.page
from calc.analysis import Analysis, analyse
from calc.colours import BLUE, GREY, OF_BITS, ORANGE
from calc.errors import OpError, SpecError
from calc.model.graph import Bits
from calc.page.contents import USUAL_POLICIES, Offered, preview
from calc.page.document import html_page
from calc.page.offered import offer
from calc.precision import Assigned, resolve
from calc.precision.base import is_quantised
from calc.report.rows import COLUMNS
from calc.report.summary import totals
from calc.spec import ModelSpec, load
from calc.spec.load import loads
from calc.spec.phases import of_call
from calc.sweeps.axes import read_axis

BATCH = ("batch",)
MODULES = Path(calc.page.__file__).parent / "static"
NODE = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="network">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def counted_by_the_page(data: dict[str, Any], settings: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    (folder / "asked.json").write_text(json.dumps({"page": data, "settings": settings}), "utf-8")
    command = ["node", str(Path(__file__).with_name("engine.mjs")), str(MODULES), str(folder / "asked.json")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def drawn_setting(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """Choices, a policy, and bits of a few layers."""
    free = [name for name in data["policies"] if any(name in each["settings"] for each in data["programs"])]
    policy = random.choice([*data["policies"], f"w{random.randint(1, 32)}a{random.randint(1, 32)}"])
    setting = {
        "choices": [random.randrange(len(control["choices"])) for control in data["controls"]],
        "deployed": data["deployed"] and random.random() < 0.4,
        "policy": policy,
        "kv": random.choice(data["kv"]),
        "bits": {},
    }
    if policy in free or policy.startswith("w"):
        alike = (setting["deployed"], True)
        program = next(each for each in data["programs"] if (each["deployed"], each["free"]) == alike)
        layers = data["networks"][program["network"]]["names"]
        rows = {name: program["rows"][number] for name, number in zip(layers, program["rowOf"], strict=True)}
        names = [name for name, row in rows.items() if row[9] is not None]
        quantised = {name for name, row in rows.items() if row[10]}
        for name in random.sample(names, min(len(names), random.randint(0, 4))):
            activations = random.randint(1, 32)
            weights = random.randint(1, 32) if name in quantised else activations
            setting["bits"][name] = [weights, activations]
    return setting


class WithLayers:
    """A policy, of which some layers have other bits."""

    def __init__(self, policy: Any, bits: dict[str, list[int]]) -> None:
        self.policy, self.bits, self.name = policy, bits, "drawn"

    def assign(self, graph: Any, counts: Any) -> Any:
        given = self.policy.assign(graph, counts)
        return tuple(map(self._own, graph.nodes, counts, given))

    def _own(self, node: Any, row: Any, given: Assigned | None) -> Assigned | None:
        if node.name not in self.bits or given is None:
            return given
        weights, activations = self.bits[node.name]
        return Assigned(Bits(weights if is_quantised(row) else given.bits.weight, activations), "")


def counted_by_the_engine(
    model: ModelSpec, data: dict[str, Any], setting: dict[str, Any], count_as: str | None = None
) -> Analysis:
    params: dict[str, Any] = {}
    for control, number in zip(data["controls"], setting["choices"], strict=True):
        choice = control["choices"][number]
        params |= choice["numbers"] | choice["fixed"]
    batch = params.pop("batch")
    if "context" in params and "context" not in model.parameters:
        params |= of_call(model.parameters, (), params.pop("phase"), None, params.pop("context"))
    sizes = [params.pop(name) for name in list(params) if name.endswith("]")]
    policy = resolve(setting["policy"])
    return analyse(
        model,
        params,
        (3, *sizes) if sizes else None,
        bits=WithLayers(policy, setting["bits"]) if setting["bits"] else policy,
        batch=batch,
        deployed=setting["deployed"],
        kv=setting["kv"] or None,
        count_as=count_as,
    )


def counted_or_refused(
    model: ModelSpec, data: dict[str, Any], setting: dict[str, Any], count_as: str | None
) -> Analysis | str:
    try:
        return counted_by_the_engine(model, data, setting, count_as)
    except OpError as error:
        return str(error).partition("\n")[0]


def agree(model: ModelSpec, data: dict[str, Any], count: int, folder: Path, seed: int = 1) -> None:
    random = Random(seed)
    settings = [drawn_setting(data, random) for _ in range(count)]
    for setting, shown in zip(settings, counted_by_the_page(data, settings, folder), strict=True):
        counter = random.choice(data["counters"])["name"]
        expected = counted_or_refused(model, data, setting, counter)
        if not isinstance(expected, Analysis):
            assert shown == {"refused": expected}
            continue
        assert "refused" not in shown, (setting, shown)
        under = expected.counted
        assert under is not None
        assert int(shown["totals"][f"counted.{counter}"]) == under.total, (setting, counter)
        assert int(shown["totals"].get(f"printed.{counter}", under.total)) == under.printed, (setting, counter)
        for name, value in shown["totals"].items():
            family, _, member = name.partition(".")
            if family not in ("counted", "printed"):
                told = expected.totals.bitops[member] if family == "bitops" else getattr(expected.totals, name)
                assert type(told)(value) == told, (setting, name)
        for row, layer, live in zip(shown["layers"], expected.layers, expected.live_bytes, strict=True):
            assert row["name"] == layer.name
            assert tuple(map(int, row["shape"])) == layer.output_shape
            assert row["bits"] == [layer.weight_bits, layer.activation_bits]
            counts = {name: int(value) for name, value in row["counts"].items() if name != "bitops.uniq"}
            assert counts["macs"] == layer.macs
            assert counts["params"] == layer.params
            assert counts["weight_bits"] == layer.weight_bits_total
            assert counts["live_bytes"] == live
            assert counts["bitops.product"] == layer.bitops["product"]
            assert float(row["counts"]["bitops.uniq"]) == layer.bitops["uniq"]
        for total in ("macs", "params"):
            assert sum([int(block["counts"][total]) for block in shown["blocks"]]) == int(shown["totals"][total])


@NODE
def test_every_number_is_the_engines(tmp_path: Path) -> None:
    model = load("mobilenetv2")
    axes = [
        read_axis("width=0.35,1.0", model),
        read_axis("resolution=96,225", model),
        read_axis("batch=1,3", model, BATCH),
    ]
    html = html_page(model, Offered(axes, [*USUAL_POLICIES, "int4g128"]))
    assert len(html.encode()) < 500_000
    agree(model, data_of(html), 12, tmp_path)


@NODE
@pytest.mark.parametrize("name, bits, deployed", [("mobilenetv2", "adaptive", True), ("llama3_1b", "int4g128", False)])
def test_a_preview_shows_what_the_engine_counted(name: str, bits: str, deployed: bool, tmp_path: Path) -> None:
    found = analyse(load(name), bits=bits, batch=2, deployed=deployed)
    (shown,) = counted_by_the_page(preview(found), [{"bits": {}, "first": True}], tmp_path)
    assert [row["name"] for row in shown["layers"]] == [layer.name for layer in found.layers]
    for total in ("params", "macs", "weight_bytes", "peak_activation_bytes", "bytes_moved"):
        assert int(shown["totals"][total]) == getattr(found.totals, total)
    assert int(shown["totals"]["bitops.product"]) == found.totals.bitops["product"]


def test_a_preview_of_what_is_not_counted_is_refused() -> None:
    model = loads("name: n\ninput: [4]\nlayers:\n  - opaque: {op: x, shape: [4], reason: none}\n")
    with pytest.raises(OpError, match="n has layers that are not counted"):
        preview(analyse(model))


@pytest.mark.zoo
@NODE
@pytest.mark.parametrize(
    "name", ["resnet18", "vit_b_16", "swin_t", "efficientnet_b0", "shufflenet_v2_x1_0", "unet", "llama3_8b", "gpt2",
             "qwen3_0_6b", "bert_base"]
)  # fmt: skip
def test_every_number_of_ten_specs_is_the_engines(name: str, tmp_path: Path) -> None:
    model = load(name)
    agree(
        model,
        data_of(html_page(model, Offered((), ["8", "w4a8", "adaptive", "int4g128"]))),
        100,
        tmp_path,
        seed=len(name),
    )


NET = """\
name: Net
params: {n: 8, act: relu, wide: false}
input: [3, 16, 16]
layers:
  - conv2d: {out_channels: n, kernel_size: 3, padding: 1}
  - $act
  - {conv2d: {out_channels: 32, kernel_size: 1}, when: wide}
  - adaptive_avg_pool2d: 1
  - flatten
  - linear: 10
"""


@NODE
def test_params_that_are_no_numbers_are_offered_too(tmp_path: Path) -> None:
    model = loads(NET)
    axes = [read_axis("n=8,16,40", model), read_axis("wide=false,true", model), read_axis("act=relu,gelu", model)]
    agree(model, data_of(html_page(model, Offered(axes, ["8"]))), 40, tmp_path)


@NODE
def test_powers_are_the_engines(tmp_path: Path) -> None:
    # 0.104 ** 3 · 10^9 is 1124864 in Python's doubles, and 1124863.9999999998 in JavaScript's
    text = NET.replace("n: 8", "n: 0.2").replace("out_channels: n,", "out_channels: int(n ** 3 * 10 ** 9) % 7 + 1,")
    text = text.replace("linear: 10", "linear: int(9.0 * n ** -0.5 + 100 * (1.0 + n) ** 1.7)")
    axes = [read_axis("n=0.104,0.119,0.113,1.5", loads(text)), read_axis("wide=false,true", loads(text))]
    data = data_of(html_page(loads(text), Offered(axes, ["8"])))
    assert len(data["powers"]) == 3 * 4
    agree(loads(text), data, 24, tmp_path)


def test_what_is_offered_is_called_as_a_spec_has_it() -> None:
    text = NET.replace("wide: false", "wide: false, sizes: [1, 2], eps: 1.0").replace(
        "linear: 10", "layer_norm: {eps: eps}"
    )
    text = text.replace("kernel_size: 1}", 'kernel_size: "sizes[0]"}')
    model = loads(text)
    axes = ["wide=false,true", "sizes=[1, 2],[3, 4]", "eps=0.5,1,1.0e-7", "act=relu,gelu", "n=8,16", "input=3x16x16"]
    found = offer(model, [read_axis(axis, model) for axis in axes], {}, {})
    labels = {control.name: [choice.label for choice in control.choices] for control in found.controls}
    assert labels["wide"] == ["false", "true"]
    assert labels["sizes"] == ["[1, 2]", "[3, 4]"]
    assert labels["eps"] == ["0.5", "1.0", "1e-07"]
    for control in found.controls:
        for choice in control.choices:
            (again,) = read_axis(f"{control.name}={choice.label}", model, BATCH).values
            if control.name != "input":
                (value,) = [*choice.numbers.values(), *choice.fixed.values()]
                assert (again, type(again)) == (value, type(value))


@NODE
def test_values_that_give_no_network_are_said(tmp_path: Path) -> None:
    model = loads(NET.replace("kernel_size: 3, padding: 1", "kernel_size: 7"))
    data = data_of(
        html_page(model, Offered([read_axis("input=3x16x16,3x4x4", model), read_axis("batch=1", model, BATCH)], ["8"]))
    )
    shown = counted_by_the_page(data, [{"choices": [1, 0], "policy": "8", "bits": {}, "deployed": False}], tmp_path)
    with pytest.raises(SpecError) as found:
        analyse(model, input=(3, 4, 4))
    assert shown == [{"refused": str(found.value).partition("\n")[0]}]


@NODE
def test_bits_are_rounded_up_to_bytes_once(tmp_path: Path) -> None:
    layers = "".join(["  - linear: {out_features: 3, bias: false}\n" for _ in range(2)])
    data = data_of(html_page(loads(f"name: Odd\ninput: [3]\nlayers:\n{layers}"), Offered((), ["w1a1", "w4a4"])))
    settings = [{"policy": policy, "bits": {}} for policy in ("w1a1", "w3a3")]
    one, three = counted_by_the_page(data, settings, tmp_path)
    assert one["totals"]["weight_bytes"] == str((2 * 9 * 1 + 7) // 8) == "3"
    assert three["totals"]["weight_bytes"] == str((2 * 9 * 3 + 7) // 8) == "7"
    (alone,) = counted_by_the_page(data, [{"policy": "w1a1", "bits": {"0": [8, 1]}}], tmp_path)
    assert alone["totals"]["weight_bytes"] == str((9 * 8 + 9 * 1 + 7) // 8) == "11"  # 81 bits, one above 10 bytes


def test_it_may_load_nothing() -> None:
    html = html_page(loads(NET), Offered((), ["8"]))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"""(src|href)=|url\(|@import|\bfetch\(|innerHTML|eval\(""", html.replace("default-src", ""))


def test_its_colours_are_those_of_figures() -> None:
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6});", (MODULES / "page.css").read_text("utf-8")))
    own = {f"bits-{bits}": shade for bits, shade in OF_BITS.items()}
    own |= {"bits-other": GREY, "memory": BLUE, "peak": ORANGE}
    assert {name: found[name] for name in own} == own


def test_its_words_are_those_of_reports() -> None:
    found = analyse(load("qwen3_0_6b"), bits="bf16")
    said = {line.label: line.value for line in totals(found)}
    titles = {total["name"]: total["title"] for total in preview(found)["totals"]}
    for name in ("macs", "causal_macs", "params", "weight_bytes", "bytes_moved", "kv_bytes", "kv_bytes_per_token",
                 "peak_activation_bytes", "activation_elements"):  # fmt: skip
        assert said[titles[name]] == f"{getattr(found.totals, name):,}"
    assert said[titles["bitops.product"]] == f"{found.totals.bitops['product']:,}"
    heads = {column["name"]: column["title"] for column in preview(found)["columns"]}
    listed = {column.key: column.title for column in COLUMNS}
    assert [heads[name] for name in ("params", "macs", "bitops.weight")] == [
        listed[key] for key in ("params", "macs", "bitops")
    ]


def test_names_are_text() -> None:
    hostile = "</script><img onerror=alert(1)>"
    html = html_page(loads(NET.replace("name: Net", f'name: "{hostile}"')), Offered((), ["8"]))
    assert hostile not in html
    assert html.count("</script>") == 2


@pytest.mark.parametrize(
    "axis, said",
    [
        ("batch=0,1", "--vary batch: must be whole numbers from 1 on"),
        ("input=3x16,3x8", "--vary input: input has 3 sizes"),
        ("n=1..3000", "--vary: 432,000 combinations (16 input × 9 batch × 3000 n); at most 20,000"),
    ],
)
def test_what_cannot_be_offered(axis: str, said: str) -> None:
    model = loads(NET)
    with pytest.raises(OpError, match=re.escape(said)):
        html_page(model, Offered([read_axis(axis, model, BATCH)], ["8"]))
