"""How soon a page paints, how long a slider takes to show its effect, how the table scrolls, in a headless Chromium.

    python tests/benchmarks/page.py [SPEC...]

Needs Chromium and the extra oracles. Prints milliseconds of the browser's clock: to the first paint, from a slider's
event until all of the page is laid out anew (the least and the median of 40 moves), and of a frame while a table of
all layers scrolls (of 60). Beside other work the least is nearest to what the page takes.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from calc.page.document import html_page
from calc.spec import load

SPECS = ("mobilenetv2", "deepseek_v3")
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_MOVES = """() => {
  const sliders = [...document.querySelectorAll("#sliders input")];
  const moves = [];
  for (let move = 0; move < 40; move += 1) {
    const slider = sliders[move % sliders.length];
    const most = Number(slider.max);
    slider.value = String((Number(slider.value) + 1 + move) % (most + 1));
    const began = performance.now();
    slider.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    moves.push(performance.now() - began);
  }
  return moves;
}"""
_SCROLLS = """async () => {
  const by = document.getElementById("by");
  by.value = "layers";
  by.dispatchEvent(new Event("change"));
  const box = document.getElementById("rows");
  box.scrollIntoView();
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const frames = [];
  for (let frame = 0; frame < 60; frame += 1) {
    const began = performance.now();
    box.scrollTop = (frame * 997) % box.scrollHeight;
    box.dispatchEvent(new Event("scroll"));
    box.getBoundingClientRect();
    frames.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  return frames;
}"""


def measured(tab: Any, spec: str, folder: Path) -> str:
    """A line on the page of ``spec``."""
    file = folder / f"{spec}.html"
    file.write_text(html_page(load(spec)), "utf-8")
    paints = []
    for _ in range(5):
        tab.goto(file.as_uri())
        while not tab.evaluate("performance.getEntriesByName('first-contentful-paint').length"):
            tab.wait_for_timeout(20)
        paints.append(tab.evaluate(_PAINT))
    moves, frames = tab.evaluate(_MOVES), tab.evaluate(_SCROLLS)
    told = [f"{what} {min(of):.1f} (median {statistics.median(of):.1f}) ms" for what, of in
            (("first paint", paints), ("a slider", moves), ("a scrolled frame", frames))]  # fmt: skip
    return f"{spec}: {file.stat().st_size:,} bytes; {'; '.join(told)}"


def main() -> None:
    """Print a line a spec."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        for spec in sys.argv[1:] or SPECS:
            print(measured(tab, spec, Path(folder)), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
