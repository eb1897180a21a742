"""The editor in a browser: what is typed is counted, errors are marked, files come in and go out, names stay text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import calc.editor
from calc.analysis import analyse
from calc.spec import load
from calc.spec.load import loads

pytest.importorskip("starlette", reason="needs the extra page")
from tests.calc.editor.asking import SMALL
from tests.calc.editor.test_server import Running, running
from tests.calc.page.browser import NEEDS_BROWSER, expect_total, quiet_tab, serious_faults

pytestmark = NEEDS_BROWSER
READY = "#sliders :is(input, select)"
"""What is there once the page has its programs."""
HOSTILE = "<img src=x onerror=marked()>\"><script>marked()</script>{{marked()}}${marked()}'-marked()-'\u202e"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "net.yaml").write_text(SMALL, "utf-8")
    with running(folder, "net.yaml") as found:
        yield found


@pytest.fixture
def opened(server: Running) -> Iterator[Any]:
    """A browser's page, which asks nobody but the server."""
    home = f"http://127.0.0.1:{server.port}{server.home}"
    with quiet_tab(lambda address: address.startswith((home, "data:", "blob:"))) as tab:
        tab.goto(home)
        tab.wait_for_selector(READY)
        yield tab


_PASTE = """(element, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


_DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


def put(tab: Any, text: str) -> None:
    """Paste ``text`` in place of all."""
    tab.locator(".cm-content").press("ControlOrMeta+a")
    tab.locator(".cm-content").evaluate(_PASTE, text)


def test_what_is_typed_is_counted_and_what_is_wrong_is_marked(opened: Any) -> None:
    expect_total(opened, "params", 2 * 3 * 3 * 3 + 2)
    put(opened, SMALL.replace("out_channels: 2", "out_channels: 5"))
    expect_total(opened, "params", 5 * 3 * 3 * 3 + 5)
    put(opened, SMALL.replace("kernel_size: 3", "kernel_size: 3, strid: 2"))
    problem = opened.locator("#problems li")
    problem.wait_for()
    assert problem.inner_text().startswith("line 4:47 (conv2d): unknown key strid\n  hint: did you mean stride?")
    assert opened.locator(".cm-lintRange-error").inner_text() == "strid"
    assert "refused" in opened.locator("body").get_attribute("class")
    problem.locator("button").press("Enter")
    opened.keyboard.press("End")
    for _ in range(len("strid: 2}")):
        opened.keyboard.press("Backspace")
    opened.keyboard.type("stride: 2}")
    expect_total(opened, "macs", 3 * 3 * 2 * 3 * 3 * 3)
    assert opened.locator("#problems li").count() == 0
    opened.reload()
    expect_total(opened, "macs", 3 * 3 * 2 * 3 * 3 * 3)
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "begin"


def test_the_controls_keep_what_is_chosen_while_the_text_changes(opened: Any) -> None:
    opened.locator("#begin").select_option("mobilenetv2")
    model = load("mobilenetv2")
    expect_total(opened, "macs", analyse(model).totals.macs)
    opened.locator("#sliders label", has_text="resolution").wait_for()
    opened.locator("#vary").fill("width=0.5,1.0")
    opened.locator("#vary").press("Enter")
    opened.locator("#sliders label", has_text="width").wait_for()
    opened.locator("#control-resolution").press("ArrowRight")  # 224 → 256
    opened.locator("#policy").select_option("adaptive")
    expected = analyse(model, {"resolution": 256}, bits="adaptive").totals
    expect_total(opened, "macs", expected.macs)
    text = Path(model.file).read_text("utf-8").replace("classes: 1000", "classes: 10")
    opened.locator("#pin").click()
    put(opened, text)
    expect_total(opened, "weight_bytes", analyse(loads(text), {"resolution": 256}, bits="adaptive").totals.weight_bytes)
    assert opened.locator("#sliders output >> nth=0").inner_text() == "256"
    lost = analyse(loads(text)).totals.params - analyse(model).totals.params
    opened.locator("#totals tr", has_text=f"{lost:,}").wait_for()  # beside what was pinned, a network of before
    opened.locator(".cm-content").press("ControlOrMeta+z")
    expect_total(opened, "weight_bytes", expected.weight_bytes)


def test_files_come_in_and_go_out(opened: Any, tmp_path: Path) -> None:
    config = {"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 10}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    opened.locator("#file").set_input_files(tmp_path / "config.json")
    opened.locator(".cm-content", has_text="family:gpt2").wait_for()
    opened.locator("#notes", has_text="by the fields of its config").wait_for()
    opened.locator("h1", has_text=re.compile("^(?!n$)")).wait_for()
    (tmp_path / "net.onnx").write_bytes(b"\0\1\2")
    opened.locator("#file").set_input_files(tmp_path / "net.onnx")
    opened.locator("#problems li").wait_for()
    opened.locator("#again").wait_for()
    opened.evaluate(_DROP, ["own.yaml", SMALL])
    expect_total(opened, "params", 2 * 3 * 3 * 3 + 2)
    opened.locator("h1", has_text=re.compile("^n$")).wait_for()
    held = {
        "yaml": SMALL,
        "policy": '- {name: "0", bits: ',  # 8, or what language models begin with where the config's page came in time
        "json": '"model": "n"',
        "csv": "name,op,",
        "html": "<title>n</title>",
    }
    for format_name, text in held.items():
        with opened.expect_download() as found:
            opened.locator(f'[data-download="{format_name}"]').click()
        ending = "_policy.yaml" if format_name == "policy" else f".{format_name}"
        assert found.value.suggested_filename == f"n{ending}"
        assert text in Path(found.value.path()).read_text("utf-8")


def test_names_texts_and_errors_come_out_as_text(opened: Any) -> None:
    name = json.dumps(HOSTILE)
    put(opened, f"name: {name}\ninput: [4]\nlayers:\n  - {name}: {{linear: 7}}\n".replace("\\u202e", "\u202e"))
    opened.locator("#problems li, h1:has-text('marked')").first.wait_for()
    put(opened, f"name: {name}\ninput: [4]\nlayers:\n  - {{linear: 7, bits: {name}}}\n  - {name}\n")
    opened.locator("#problems li", has_text="marked").first.wait_for()
    put(opened, f"name: {name}\ninput: [4]\nlayers:\n  - linear: 7\n")
    opened.locator("h1", has_text="marked").wait_for()
    assert opened.locator("h1").inner_text().startswith("<img src=x onerror=marked()>")
    assert "\u202e" not in opened.locator("h1").inner_text()
    assert "\u202e" not in opened.locator(".cm-content").inner_text()
    assert opened.locator("main img, #problems img, main script").count() == 0


def test_there_is_no_serious_fault_for_those_who_do_not_see_it(opened: Any) -> None:
    put(opened, SMALL.replace("kernel_size", "kernel"))
    opened.locator("#problems li").first.wait_for()
    for scheme in ("light", "dark"):
        assert serious_faults(opened, opened.url, scheme, READY) == []


def test_the_bundled_packages_are_those_that_are_asked_for() -> None:
    home = Path(calc.editor.__file__).parent
    asked = json.loads((home / "codemirror/package.json").read_text("utf-8"))["dependencies"]
    head = (home / "static/codemirror.js").read_text("utf-8").partition("*/")[0]
    bundled = dict(re.findall(r"((?:@\w+/)?[\w-]+) ([\d.]+) \(MIT\)", head))
    assert asked.items() <= bundled.items()
    licences = (home / "static/codemirror.LICENSES.txt").read_text("utf-8")
    assert all(f"{name} {version}" in licences for name, version in bundled.items())
