"""How long a key takes to become a new table in the editor of calc serve, in a headless Chromium.

    python tests/benchmarks/editor.py [SPEC]

Needs Chromium and the extras page and oracles. Prints milliseconds: of the clock from the key to the table, and of the
processor for the engine's share, from text to data.
"""

import gc
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from calc.editor.answers import answer
from calc.editor.requests import question
from calc.editor.specs import packaged_text
from tests.calc.editor.asking import CHOSEN
from tests.calc.editor.test_server import running

KEYS = 60
_WATCH = """() => {
  window.times = [];
  let began = 0;
  document.querySelector(".cm-content").addEventListener("keydown", () => { began = performance.now() }, true);
  new MutationObserver(() => { if (began) times.push(performance.now() - began); began = 0 }).observe(
    document.getElementById("totals"), { childList: true });
}"""


def in_browser(spec: str) -> list[float]:
    """From each of ``KEYS`` keys to the table that follows it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), spec) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{server.port}{server.home}")
        tab.wait_for_selector("#sliders :is(input, select)")
        tab.evaluate(_WATCH)
        tab.locator(".cm-content").press("ControlOrMeta+Home")
        tab.keyboard.type("# \n")
        tab.keyboard.press("ArrowUp")
        tab.keyboard.press("End")
        for _ in range(KEYS):
            tab.wait_for_timeout(200)
            tab.keyboard.type("x")
        tab.wait_for_timeout(1000)
        found: list[float] = tab.evaluate("times")
        browser.close()
    return found[-KEYS:]


def in_engine(spec: str) -> float:
    """The least of many runs."""
    gc.disable()
    asked = question("counts", json.dumps({"text": packaged_text(spec), **CHOSEN}).encode())
    times = []
    for _ in range(30):
        began = time.process_time()
        json.dumps(answer(asked))
        times.append(time.process_time() - began)
    return min(times) * 1000


def main() -> None:
    spec = sys.argv[1] if len(sys.argv) > 1 else "mobilenetv2"
    keys = in_browser(spec)
    print(f"{spec}: key to table {statistics.median(keys):.1f} ms (median of {len(keys)}, least {min(keys):.1f})")
    print(f"{spec}: text to data {in_engine(spec):.1f} ms of CPU")


if __name__ == "__main__":
    main()
