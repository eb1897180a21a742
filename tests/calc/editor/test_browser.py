"""The editor in a browser: what is typed is counted, errors are marked, files come in and go out, names stay text."""

import csv
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
from tests.calc.page.browser import NEEDS_BROWSER, expect_total, quiet_tab, serious_faults, wait_for_link

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


def offer_too(tab: Any, text: str, label: str) -> None:
    """Let the page offer it, and wait until its first control of that name says ``label``."""
    tab.locator("#vary").fill(text)
    tab.locator("#vary").press("Enter")
    tab.locator("#sliders label", has_text=re.compile(f"^{text.partition('=')[0]} *{re.escape(label)}$")).wait_for()


def downloaded(tab: Any, format_name: str) -> Path:
    with tab.expect_download() as found:
        tab.locator(f'[data-download="{format_name}"]').click()
    return Path(found.value.path())


def test_what_is_shown_is_what_is_counted_where_the_specs_own_value_is_not_offered(opened: Any) -> None:
    opened.locator("#begin").select_option("mobilenetv2")
    model = load("mobilenetv2")
    expect_total(opened, "macs", analyse(model).totals.macs)
    offer_too(opened, "width=0.35,0.5", "0.35")
    narrow = analyse(model, {"width": 0.35}).totals
    expect_total(opened, "macs", narrow.macs)
    rows = list(csv.DictReader(downloaded(opened, "csv").read_text("utf-8").splitlines()))
    assert sum([int(row["macs"]) for row in rows]) == narrow.macs
    text = Path(model.file).read_text("utf-8").replace("classes: 1000", "classes: 10")
    put(opened, text)  # which is counted long before there are programs for it
    expect_total(opened, "params", analyse(loads(text), {"width": 0.35}).totals.params)
    opened.reload()
    opened.wait_for_selector(READY)
    expect_total(opened, "params", analyse(loads(text), {"width": 0.35}).totals.params)
    offer_too(opened, "width=0.5,1.0", "1.0")


def test_what_was_wrong_with_an_offer_is_said_until_another_is_taken(opened: Any) -> None:
    opened.locator("#vary").fill("nothing=1")
    opened.locator("#vary").press("Enter")
    opened.locator("#state", has_text="n has no such param").wait_for()
    opened.locator("#vary").fill("batch=3,5")
    opened.locator("#vary").press("Enter")
    opened.locator("#sliders label", has_text=re.compile("^batch *3$")).wait_for()
    assert opened.locator("#state").inner_text() == ""


def test_a_text_that_never_was_a_network_has_none_of_before(opened: Any) -> None:
    put(opened, SMALL.replace("kernel_size", "kernel"))
    opened.locator("#state", has_text="1 problem; the page shows the network of before").wait_for()
    opened.reload()
    opened.locator("#state", has_text="1 problem; the page is empty until the text has none").wait_for()
    put(opened, SMALL)
    expect_total(opened, "params", 2 * 3 * 3 * 3 + 2)


def test_a_control_that_was_not_moved_follows_the_text(opened: Any) -> None:
    opened.locator("#begin").select_option("mobilenetv2")
    model = load("mobilenetv2")
    opened.locator("#sliders label", has_text="resolution").wait_for()
    opened.locator("#control-batch").press("ArrowRight")  # 1 → 2
    text = Path(model.file).read_text("utf-8").replace("resolution: 224", "resolution: 112")
    put(opened, text)
    opened.locator("#sliders label", has_text=re.compile("^resolution *112$")).wait_for()
    expect_total(opened, "macs", analyse(loads(text), batch=2).totals.macs)


def test_a_downloaded_page_opens_as_it_was(opened: Any, tmp_path: Path) -> None:
    opened.locator("#policy").select_option("w4a8")
    opened.locator("#control-batch").press("ArrowRight")
    opened.locator('[data-bits="0 0"]').fill("3")
    opened.locator('[data-bits="0 0"]').press("Enter")
    opened.locator("#pin").press("Enter")
    opened.locator("#control-batch").press("ArrowRight")
    opened.locator('#rows thead [data-sort="macs"]').press("Enter")
    shown = opened.locator("#totals .number").all_inner_texts()
    assert any("+100.0 %" in text for text in shown)
    (tmp_path / "net.html").write_bytes(downloaded(opened, "html").read_bytes())
    alone = opened.context.new_page()
    alone.goto((tmp_path / "net.html").as_uri())
    assert alone.locator("#totals .number").all_inner_texts() == shown
    assert alone.locator("#changed").inner_text() == "1 layer has bits of its own"
    assert alone.locator('#rows [aria-sort="descending"]').inner_text().startswith("MACs")


def test_one_question_for_programs_at_a_time(opened: Any) -> None:
    asked: list[Any] = []
    ended: list[Any] = []
    opened.on("requestfailed", lambda request: ended.append(request))
    opened.route("**/page", lambda _: None)  # there is no answer
    for name in ("a", "b", "c"):
        with opened.expect_request("**/page") as found:
            put(opened, SMALL.replace("name: n", f"name: {name}"))
        asked.append(found.value)
    while len(ended) < 2:
        opened.wait_for_event("requestfailed")
    assert ended == asked[:-1]
    opened.unroute("**/page")
    put(opened, SMALL.replace("name: n", "name: d"))
    opened.locator("h1", has_text="d").wait_for()


def test_without_programs_the_controls_ask_the_engine_and_the_link_stays(opened: Any) -> None:
    opened.locator("#control-batch").press("ArrowRight")
    wait_for_link(opened, "batch=2")
    asked: list[str] = []

    def fail(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"failed": "there are none"})

    opened.route("**/page", fail)
    opened.reload()
    opened.locator("#state", has_text="since there are none").wait_for()
    expect_total(opened, "macs", 2 * 6 * 6 * 2 * 3 * 3 * 3)  # of the link
    wait_for_link(opened, "batch=2")
    opened.locator("#by").select_option("blocks")
    opened.locator("#convention").select_option("bitops.product")
    expect_total(opened, "bitops.product", 2 * 6 * 6 * 2 * 3 * 3 * 3 * 8 * 8)
    opened.wait_for_function("() => document.querySelector('#state').textContent.includes('since there are none')")
    assert len(asked) == 1


def test_the_marks_and_lists_of_problems_need_no_style_that_the_policy_forbids(opened: Any) -> None:
    put(opened, SMALL.replace("kernel_size: 3", "kernel_size: 3, strid: 2, paddin: 1"))
    opened.locator(".cm-lintRange-error").first.hover()
    opened.locator(".cm-tooltip-lint", has_text="did you mean stride").wait_for()
    opened.locator(".cm-lint-marker").first.hover()
    opened.locator(".cm-tooltip-lint", has_text="did you mean padding").wait_for()
    opened.locator(".cm-content").press("ControlOrMeta+Shift+M")
    opened.locator(".cm-panel-lint li").first.wait_for()
    for key in ("ArrowDown", "ArrowUp", "Enter", "Escape"):
        opened.locator(".cm-panel-lint ul").press(key)
    opened.locator(".cm-content").press("F8")
    opened.keyboard.type("padding")
    opened.locator(".cm-content").press("ControlOrMeta+f")
    opened.locator(".cm-search input").first.fill("conv2d")
    opened.locator(".cm-search input").first.press("Enter")
    opened.locator(".cm-searchMatch").first.wait_for()


def test_files_come_in_and_go_out(opened: Any, tmp_path: Path) -> None:
    config = {"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 10}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    opened.locator("#file").set_input_files(tmp_path / "config.json")
    opened.locator(".cm-content", has_text="family:gpt2").wait_for()
    opened.locator("#notes", has_text="made from the fields of its config").wait_for()
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
