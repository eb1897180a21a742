"""Writes the pictures that docs/page.md and docs/serve.md show: page and editor, wide and narrow, light and dark.

    python docs/figures/page.py

Needs Chromium and the extras page and oracles.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from calc.page.contents import Offered
from calc.page.document import html_page
from calc.page.offered import axes_of_page
from calc.spec import load
from tests.calc.editor.test_server import running

HEIGHTS = {1280: 1000, 390: 844}
VARIED = ("width=0.35,0.5,0.75,1.0,1.4",)


def draw(browser: Any, address: str, name: str) -> None:
    """One picture for each width and scheme of what is at ``address`` once its controls are there."""
    for width, height in HEIGHTS.items():
        for scheme in ("light", "dark"):
            tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab.goto(address)
            tab.wait_for_selector("#sliders :is(input, select)")
            tab.screenshot(path=str(Path(__file__).with_name(f"{name}_{width}_{scheme}.png")))
            tab.close()


def main() -> None:
    """The page of MobileNetV2 alone, and with the editor beside it."""
    model = load("mobilenetv2")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "mobilenetv2.html"
        file.write_text(html_page(model, Offered(axes_of_page(VARIED, model), ("adaptive", "8", "w4a8"))), "utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        draw(browser, file.as_uri(), "page")
        with running(Path(folder), "mobilenetv2") as server:
            draw(browser, f"http://127.0.0.1:{server.port}{server.home}", "editor")
        browser.close()


if __name__ == "__main__":
    main()
