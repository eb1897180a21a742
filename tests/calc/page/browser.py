"""A headless Chromium for tests: what a page says or asks for that it should not, and what some people cannot read."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NEEDS_BROWSER = [
    pytest.mark.oracles("playwright", "axe_playwright_python"),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium"),
    pytest.mark.xdist_group("browser"),
]


@contextmanager
def quiet_tab(is_own: Callable[[str], bool]) -> Iterator[Any]:
    """A tab that must neither write to the console nor ask for an address that ``is_own`` does not know.

    A script that runs where only text should stand calls ``marked()``, and must not.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_context(accept_downloads=True, permissions=["clipboard-read", "clipboard-write"]).new_page()
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda asked: None if is_own(asked.url) else said.append(asked.url))
        tab.add_init_script("window.marks = 0; window.marked = () => { window.marks += 1 }")
        yield tab
        assert said == []
        assert tab.evaluate("marks") == 0
        browser.close()


def serious_faults(tab: Any, address: str, scheme: str, ready: str = "body") -> list[str]:
    """What axe-core finds at ``address`` once ``ready`` is there, for a reader of a ``scheme``, light or dark."""
    from axe_playwright_python.sync_playwright import Axe

    other = tab.context.browser.new_context(bypass_csp=True, color_scheme=scheme).new_page()
    other.goto(address)
    other.wait_for_selector(ready)
    found = Axe().run(other).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def expect_total(tab: Any, name: str, value: int) -> None:
    """Wait until the page shows it."""
    there = '([name, shown]) => document.querySelector(`[data-total="${name}"]`)?.textContent === shown'
    tab.wait_for_function(there, arg=[name, f"{value:,}"])


def wait_for_link(tab: Any, holds: str) -> None:
    """Wait until the address says it: it follows once the controls rest."""
    tab.wait_for_function("(said) => decodeURIComponent(location.hash).includes(said)", arg=holds)
