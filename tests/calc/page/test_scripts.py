"""The modules of the page's script, run by node: the digits of numbers, states and links, the order of rows."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import calc.page
from calc.page.contents import Offered, contents
from calc.spec.load import loads
from calc.sweeps.axes import read_axis
from tests.calc.page.test_page import counted_by_the_page

MODULES = Path(calc.page.__file__).parent / "static"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
NET = "name: Net\nparams: {n: 8}\ninput: [3, 8, 8]\nlayers: [{conv2d: {out_channels: n, kernel_size: 3}}, {relu: {}}]\n"


def data(text: str = NET, *axes: str, policies: tuple[str, ...] = ("8", "int4g128")) -> dict[str, Any]:
    model = loads(text)
    return contents(model, Offered([read_axis(axis, model, ("batch",)) for axis in axes], policies), {}, {})


def ran(script: str, **given: Any) -> Any:
    """What ``script`` gives back, which has ``given`` and all that the modules export."""
    names = ("dom", "tape", "network", "state", "table")
    imports = "".join([f'import * as {name} from "{(MODULES / name).as_uri()}.js";\n' for name in names])
    program = f"{imports}const given = {json.dumps(given)};\nconst found = (() => {{ {script} }})();\n"
    program += (
        'process.stdout.write(JSON.stringify(found, (_, value) => typeof value === "bigint" ? `${value}` : value));'
    )
    command = ["node", "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout)


def test_every_digit_of_a_number_is_written() -> None:
    values = [0.5, 1.5, 2.5, 1e6, 2.0**53 + 2, 2.0**60 + 2**9, 1e21, 1.7e30, -(2.0**70)]
    assert ran("return given.values.map(dom.exact)", values=values) == [f"{round(value):,}" for value in values]
    assert ran("return [dom.exact(2n ** 80n), dom.exact(Infinity)]") == [f"{2**80:,}", "Infinity"]
    assert ran('return [1, 2, 0].map((count) => dom.numberOf(count, "layer"))') == ["1 layer", "2 layers", "0 layers"]


def test_integers_of_any_size_come_in_and_go_out(tmp_path: Path) -> None:
    samples, size = 2**53 + 1, 10**9 - 1
    text = f"name: Flat\ninput: [3, {size}, {size}]\nlayers: [{{relu: {{}}}}, {{flatten: {{}}}}]\n"
    found = data(text, f"batch=1,{samples}", f"input=3x{size}x{size}")
    setting = {"choices": [len(control["choices"]) - 1 for control in found["controls"]], "policy": "8", "bits": {}}
    (shown,) = counted_by_the_page(found, [setting], tmp_path)
    assert shown["layers"][1]["shape"] == [str(3 * size**2)]
    assert int(shown["totals"]["activation_elements"]) == samples * 2 * 3 * size**2


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString"])
def test_a_param_may_be_called_as_what_objects_have(name: str, tmp_path: Path) -> None:
    text = NET.replace("{n: 8}", f"{{{name}: 8, more: false}}").replace("out_channels: n", f"out_channels: {name}")
    text = text.replace("{relu: {}}", "{conv2d: {out_channels: 5, kernel_size: 1}, when: more}")
    found = data(text, f"{name}=8,16", "more=false,true", "batch=1")
    names = [control["name"] for control in found["controls"]]
    setting = {"choices": [int(each == name) for each in names], "policy": "8", "bits": {}}
    (shown,) = counted_by_the_page(found, [setting], tmp_path)
    assert int(shown["totals"]["params"]) == 16 * 3 * 3 * 3 + 16
    link = "const s = { ...state.start(given.page), choices: given.choices }; return state.toFragment(given.page, s);"
    said = ran(link, page=found, choices=setting["choices"])
    assert f"{name}=16" in said
    back = ran("return state.fromFragment(given.page, given.said, () => true)", page=found, said=said)
    assert back["choices"] == setting["choices"]


def test_what_is_chosen_is_what_the_network_does_not_have_of_itself() -> None:
    script = """
      const asked = (choices) => Object.fromEntries(state.moved(given.page, { ...state.start(given.page), choices }));
      return given.choices.map(asked)
    """
    offered = data(NET, "n=4,8", "input=3x8x8", "batch=1,2")
    names = [control["name"] for control in offered["controls"]]
    at = names.index("n")
    opened = [control["own"] for control in offered["controls"]]
    assert opened[at] == 1
    assert ran(script, page=offered, choices=[opened]) == [{}]
    without = data(NET, "n=4,16", "input=3x8x8", "batch=2,4")
    assert [control["own"] for control in without["controls"] if control["name"] in ("n", "batch")] == [None, None]
    first = [control["own"] or 0 for control in without["controls"]]
    assert ran(script, page=without, choices=[first]) == [{"n": "4", "batch": "2"}]


def test_bits_that_do_not_count_are_in_no_link() -> None:
    script = """
      const net = new network.Network(given.page);
      return given.links.map((link) => {
        const found = state.fromFragment(given.page, link, () => true);
        const bits = net.countingBits(found, net.at(found).rows);
        return [...bits].map(([name, of]) => [name, ...of]);
      })
    """
    links = ["layer=3,4,0", "layer=3,4,1&layer=3,4,none&layer=2,2,0", "bits=int4g128&layer=3,4,0", "layer=99,1,0"]
    assert ran(script, page=data(), links=links) == [[["0", 3, 4]], [["0", 2, 2]], [], []]


def test_a_column_is_sorted_both_ways_and_under_any_definition() -> None:
    rows = [{"name": name, "kind": "", "counts": {"bitops.weight": count, "bitops.product": count, "macs": count}}
            for name, count in (("b", 2), ("a10", 1), ("a9", 3))]  # fmt: skip
    script = """
      const columns = [["name", "name"], ["bitops", "bitops.product"]].map(([key, name]) =>
        ({ key, name, title: key, of: (row) => name === "name" ? row.name : row.counts[name] }));
      const pressed = [];
      let sorted = { sort: "", reversed: false };
      for (const key of given.presses) {
        sorted = table.sortedNext(sorted, key);
        pressed.push(table.shownRows(given.rows, columns, { find: "", ...sorted }).map((row) => row.name).join(" "));
      }
      return pressed
    """
    found = ran(script, rows=rows, presses=["bitops", "bitops", "bitops", "name", "name", "bitops"])
    assert found == ["a9 b a10", "a10 b a9", "b a10 a9", "a9 a10 b", "b a10 a9", "a9 b a10"]
    links = "const read = (link) => state.fromFragment(given.page, link, () => true);"
    links += "return ['sort=bitops.uniq&hide=printed.fvcore', 'sort=macs&reversed=1'].map(read)"
    old, other = ran(links, page=data())
    assert (old["sort"], old["reversed"], old["hidden"]) == ("bitops", False, ["printed"])
    assert (other["sort"], other["reversed"]) == ("macs", True)
    again = "return state.toFragment(given.page, { ...state.start(given.page), sort: 'macs', reversed: true })"
    assert "sort=macs&reversed=1" in ran(again, page=data())


def test_a_link_is_read_before_there_is_a_page() -> None:
    link = "width=0.5&set.find=2&bits=w4a8&layer=3%2C4%2Ca%2Cb&kv=fp8&deployed=1&count-as=fvcore&find=x&hide=in"
    link += "&pinned=bits%3D8"
    assert ran("return state.chosenIn(given.link)", link=link) == {
        "controls": {"width": "0.5", "find": "2"}, "bits": "w4a8", "layers": {"a,b": [3, 4]}, "kv": "fp8",
        "deployed": True, "counter": "fvcore",
    }  # fmt: skip
    nothing = {"controls": {}, "bits": "", "layers": {}, "kv": "", "deployed": False, "counter": ""}
    assert ran("return state.chosenIn('')") == nothing
