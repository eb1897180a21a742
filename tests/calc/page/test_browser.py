"""The page in a browser: every control by keyboard, the same again from its link, no request, no error, no fault."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.page.contents import Offered
from calc.page.document import html_page
from calc.spec import load
from calc.spec.load import loads
from calc.sweeps.axes import read_axis
from tests.calc.page.browser import NEEDS_BROWSER, quiet_tab, serious_faults, wait_for_link

pytestmark = NEEDS_BROWSER
HOSTILE = '"><img onerror=marked()>{{7*7}}\u202e'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    model = load("mobilenetv2")
    (folder / "net.html").write_text(html_page(model, Offered([read_axis("width=0.5,1.0", model)])), "utf-8")
    return folder


@pytest.fixture
def opened(written: Path) -> Iterator[Any]:
    """A browser's page, which asks for nothing outside."""
    with quiet_tab(lambda address: address.startswith("file:")) as tab:
        tab.goto((written / "net.html").as_uri())
        yield tab


def total(tab: Any, name: str) -> int:
    return int(tab.locator(f'[data-total="{name}"]').inner_text().replace(",", ""))


def test_every_control_by_keyboard_and_the_same_from_its_link(opened: Any) -> None:
    model = load("mobilenetv2")
    assert total(opened, "macs") == analyse(model).totals.macs
    opened.locator("#control-resolution").press("ArrowRight")  # resolution 224 → 256
    opened.locator("#control-batch").press("ArrowRight")  # batch 1 → 2
    opened.locator("#control-width").press("ArrowLeft")  # width 1.0 → 0.5
    opened.locator("#policy").select_option("adaptive")
    opened.locator("#deployed").press("Space")
    expected = analyse(model, {"width": 0.5, "resolution": 256}, bits="adaptive", batch=2, deployed=True).totals
    for name in ("params", "macs", "weight_bytes", "peak_activation_bytes", "bytes_moved"):
        assert total(opened, name) == getattr(expected, name)
    opened.locator('[data-bits="0 features.0.0"]').fill("3")
    opened.locator('[data-bits="0 features.0.0"]').press("Enter")
    before = total(opened, "weight_bytes")
    assert before != expected.weight_bytes
    opened.locator("#pin").press("Enter")
    opened.locator("#weights").fill("5")
    opened.locator("#weights").press("Enter")
    shown = opened.locator("#totals").inner_text()
    assert "%" in shown
    wait_for_link(opened, "bits=5")
    opened.reload()
    assert opened.locator("#totals").inner_text() == shown
    opened.locator("#find").fill("features.17")
    opened.locator("#rows-weights").fill("3")
    opened.locator("#apply").press("Enter")
    assert opened.locator("#rows tbody tr").first.locator("input").first.input_value() == "3"
    assert opened.locator("#changed").inner_text() == "3 layers have bits of their own"
    opened.locator("#rows thead button", has_text="MACs").first.press("Enter")
    assert opened.locator("#rows tbody th").first.inner_text().startswith("features.17.conv")


def test_lines_that_stay_show_the_rows_of_another_order(opened: Any) -> None:
    opened.locator("#by").select_option("layers")
    rows = analyse(load("mobilenetv2")).layers
    columns = [each.get_attribute("data-sort") for each in opened.locator("#rows thead button").all()]
    first = opened.locator("#rows tbody tr").first
    for name, wanted in (("macs", max(rows, key=lambda row: row.macs)), ("name", min(rows, key=lambda row: row.name))):
        opened.locator(f'#rows thead [data-sort="{name}"]').press("Enter")
        assert first.locator("th").inner_text() == wanted.name
        cells = first.locator("th, td").all_inner_texts()
        assert cells[columns.index("macs")] == f"{wanted.macs:,}"
    opened.locator("#find").fill("no layer is called so")
    assert opened.locator("#count").inner_text() == f"0 of {len(rows)} rows"


def test_a_language_model_at_a_phase_a_context_and_a_format_of_its_cache(opened: Any, tmp_path: Path) -> None:
    model = load("qwen3_0_6b")
    offered = Offered([read_axis("context=128,2048", model, ("context",))], ["bf16", "q8_0"], ["fp8"], ["fvcore"])
    (tmp_path / "net.html").write_text(html_page(model, offered), "utf-8")
    opened.goto((tmp_path / "net.html").as_uri())
    for name, value in {"control-phase": "decode", "policy": "q8_0", "kv": "fp8", "counter": "fvcore"}.items():
        opened.locator(f"#{name}").select_option(value)
    opened.locator("#convention").select_option("bitops.uniq")
    opened.locator("#control-context").press("ArrowRight")
    found = analyse(model, {"tokens": 1, "past": 2047}, bits="q8_0", kv="fp8", count_as="fvcore")
    assert found.counted is not None
    assert total(opened, "kv_bytes") == found.totals.kv_bytes
    assert total(opened, "counted.fvcore") == found.counted.total
    assert total(opened, "bitops.uniq") == round(found.totals.bitops["uniq"])
    assert opened.locator("#diagram .times").first.inner_text() == "×28"
    shown = opened.locator("#totals").inner_text()
    wait_for_link(opened, "context=2048")
    opened.reload()
    assert opened.locator("#totals").inner_text() == shown


def test_there_is_no_serious_fault_for_those_who_do_not_see_it(opened: Any) -> None:
    for scheme in ("light", "dark"):
        assert serious_faults(opened, opened.url, scheme) == []


def test_names_come_out_as_text(opened: Any, tmp_path: Path) -> None:
    text = f"name: {HOSTILE!r}\ninput: [4]\nlayers:\n  - linear: 2\n".replace("\\u202e", "\u202e")
    html = html_page(loads(text), Offered((), ["int8"])).replace(
        '"names":["0"]', '"names":["\\u003cscript\\u003emarked()\\u003c/script\\u003e"]'
    )
    (tmp_path / "net.html").write_text(html, "utf-8")
    opened.goto((tmp_path / "net.html").as_uri())
    assert opened.locator("h1").inner_text().startswith('"><img onerror=marked()>{{7*7}}')
    assert opened.locator("#rows tbody th").first.inner_text() == "<script>marked()</script>"
    assert opened.locator("img").count() == 0
    assert opened.locator("main script").count() == 0


def test_sorting_and_bits_that_count_outlast_other_choices(opened: Any) -> None:
    opened.locator("#by").select_option("layers")
    head = opened.locator('#rows thead [data-sort="bitops"]')
    head.press("Enter")
    largest = opened.locator("#rows tbody th").first.inner_text()
    opened.locator("#convention").select_option("bitops.uniq")
    column = opened.locator('#rows th:has([data-sort="bitops"])')
    assert column.get_attribute("aria-sort") == "descending"
    assert opened.locator("#rows tbody th").first.inner_text() == largest
    head.press("Enter")
    assert column.get_attribute("aria-sort") == "ascending"
    assert opened.locator("#rows tbody th").first.inner_text() != largest
    wait_for_link(opened, "reversed=1")
    opened.reload()
    assert opened.locator('#rows th:has([data-sort="bitops"])').get_attribute("aria-sort") == "ascending"
    address = opened.url.partition("#")[0]
    opened.goto("about:blank")  # a page that stays may still write its own link over the one that is given
    opened.goto(address + "#layer=3,3,features.0.0&layer=3,3,none&layer=3,3,features.0.1")
    assert opened.locator("#changed").inner_text() == "1 layer has bits of its own"
    opened.wait_for_function("() => !/none|features\\.0\\.1/.test(location.hash)")
    wait_for_link(opened, "layer=3,3,features.0.0")


LAYERS = 5000
MANY = f"name: Many\ninput: [4]\nlayers:\n  - {{relu: , repeat: {LAYERS - 1}}}\n  - linear: 3\n"


def test_the_legend_says_what_each_colour_is(opened: Any) -> None:
    assert opened.locator("#legend").inner_text().split("  ") == ["8 bits"]
    opened.locator("#policy").select_option("adaptive")
    bars = opened.locator("#bars i")
    shades = {bar.evaluate("bar => getComputedStyle(bar).backgroundColor") for bar in bars.all()}
    named = opened.locator("#legend i")
    assert shades == {each.evaluate("each => getComputedStyle(each).backgroundColor") for each in named.all()}
    texts = [each.inner_text() for each in opened.locator("#legend span").all()]
    assert texts == ["2 bits", "4 bits", "8 bits", "several widths in a block"]


def test_a_long_table_has_the_rows_that_are_seen(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "net.html").write_text(html_page(loads(MANY), Offered((), ["8"])), "utf-8")
    opened.goto((tmp_path / "net.html").as_uri())
    opened.locator("#by").select_option("layers")
    assert opened.locator("#count").inner_text() == f"{LAYERS:,} of {LAYERS:,} rows"
    assert opened.locator("#rows table").get_attribute("aria-rowcount") == str(LAYERS + 1)
    names = [layer.name for layer in analyse(loads(MANY)).layers]
    box = opened.locator("#rows")
    height = box.evaluate("box => box.scrollHeight")
    for place in (0, LAYERS // 2, LAYERS - 1, 17):
        box.evaluate("(box, place) => { box.scrollTop = place * 28 }", place)
        row = opened.locator(f'#rows tr[aria-rowindex="{place + 2}"]')
        row.wait_for()
        assert row.locator("th").inner_text() == names[place]
        assert opened.locator("#rows tbody tr").count() < 60
        assert box.evaluate("box => box.scrollHeight") == height
    box.focus()
    opened.keyboard.press("End")
    opened.locator(f'#rows tr[aria-rowindex="{LAYERS + 1}"]', has_text="12").wait_for()


@pytest.mark.parametrize("width", [390, 700, 1280])
def test_every_screen_shows_how_far_the_totals_are_from_what_is_pinned(opened: Any, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 844})
    opened.locator("#pin").press("Enter")
    opened.locator("#control-batch").press("ArrowRight")
    assert opened.locator("#totals .change").first.is_visible()
    assert opened.locator(".wide").first.evaluate("box => box.scrollWidth - box.clientWidth") == 0
    assert opened.evaluate("document.documentElement.scrollWidth") == width


def test_a_table_that_is_wider_than_its_box_has_a_shadow_there(opened: Any) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    box = opened.locator("#rows")
    box.scroll_into_view_if_needed()
    box.locator("tbody tr").first.wait_for()  # rows are made where somebody sees them
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    shadows = box.evaluate("box => getComputedStyle(box).backgroundAttachment")
    assert shadows == "local, local, scroll, scroll"  # what moves with the table hides what stays, at its ends


def test_a_width_that_is_none_does_not_stay_in_its_field(opened: Any) -> None:
    opened.locator("#by").select_option("layers")
    before = total(opened, "weight_bytes")
    for field in ("#weights", "#activations", '[data-bits="0 features.0.0"]'):
        for wrong in ("0", "33", "1.5"):
            opened.locator(field).fill(wrong)
            opened.locator(field).press("Enter")
            assert opened.locator("#said").inner_text().startswith("bits must be whole numbers from 1 to 32")
            assert opened.locator(field).input_value() == "8"
    assert total(opened, "weight_bytes") == before
    opened.locator("#policy").select_option("adaptive")
    opened.locator("#weights").fill("33")
    opened.locator("#weights").press("Enter")
    assert opened.locator("#weights").input_value() == ""
    assert opened.locator("#policy").input_value() == "adaptive"


def test_bits_of_some_layers_are_not_offered_where_the_bits_are_a_format(opened: Any, tmp_path: Path) -> None:
    (tmp_path / "net.html").write_text(html_page(load("mobilenetv2"), Offered((), ["8", "bf16"])), "utf-8")
    opened.goto((tmp_path / "net.html").as_uri())
    assert opened.locator("#apply").is_enabled()
    opened.locator("#policy").select_option("bf16")
    for field in ("#apply", "#rows-weights", "#rows-activations"):
        assert opened.locator(field).is_disabled()
    assert opened.locator("#changed").inner_text().startswith("bf16 is for all layers")
    assert opened.locator("#apply").get_attribute("aria-describedby") == "changed"
    opened.locator("#policy").select_option("8")
    assert opened.locator("#apply").is_enabled()
    assert opened.locator("#changed").inner_text() == ""


def test_all_rows_are_printed(opened: Any) -> None:
    opened.locator("#by").select_option("layers")
    seen = opened.locator("#rows tbody tr[aria-rowindex]").count()
    rows = len(analyse(load("mobilenetv2")).layers)
    assert seen < rows
    opened.evaluate("""() => window.addEventListener("beforeprint", () => {
      window.printed = document.querySelectorAll("#rows tbody tr[aria-rowindex]").length;
      window.inputs = document.querySelectorAll("#rows tbody input").length;
    })""")
    pdf = opened.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3
    assert opened.evaluate("[printed, inputs]") == [rows, 0]
    assert opened.locator("#rows tbody tr[aria-rowindex]").count() == seen
    opened.emulate_media(media="print")
    assert not opened.locator("#copy").is_visible()
    assert opened.locator("#rows").evaluate("box => getComputedStyle(box).maxHeight") == "none"


def test_the_table_is_copied_as_csv(opened: Any) -> None:
    opened.locator("#by").select_option("layers")
    opened.locator("#find").fill("features.17")
    opened.locator("#policy").select_option("w4a8")
    opened.locator("#convention").select_option("bitops.uniq")
    opened.locator("#copy").press("Enter")
    opened.locator("#said", has_text="copied").wait_for()
    lines = list(csv.DictReader(opened.evaluate("navigator.clipboard.readText()").splitlines()))
    found = [layer for layer in analyse(load("mobilenetv2"), bits="w4a8").layers if "features.17" in layer.name]
    assert [line["name"] for line in lines] == [layer.name for layer in found]
    assert [int(line["macs"]) for line in lines] == [layer.macs for layer in found]
    assert [float(line["bitops.uniq"]) for line in lines] == [layer.bitops["uniq"] for layer in found]
    assert "causal_macs" not in lines[0]  # which is a column that is not shown
    assert lines[0]["bits"] == "4/8"
