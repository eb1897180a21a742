"""Writes the pictures of a page that docs/page.md shows: wide and narrow, light and dark.

    python docs/figures/page.py

Needs Chromium and the extra oracles.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from calc.page.contents import Offered
from calc.page.document import html_page
from calc.page.offered import axes_of_page
from calc.spec import load

HEIGHTS = {1280: 1000, 390: 844}
VARIED = ("width=0.35,0.5,0.75,1.0,1.4",)


def main() -> None:
    """One picture for each width and scheme."""
    model = load("mobilenetv2")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "mobilenetv2.html"
        file.write_text(html_page(model, Offered(axes_of_page(VARIED, model), ("adaptive", "8", "w4a8"))), "utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width, height in HEIGHTS.items():
            for scheme in ("light", "dark"):
                tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                tab.goto(file.as_uri())
                tab.screenshot(path=str(Path(__file__).with_name(f"page_{width}_{scheme}.png")))
        browser.close()


if __name__ == "__main__":
    main()
