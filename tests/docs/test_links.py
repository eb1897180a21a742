"""Every link of every page leads somewhere: to a file, and to a heading in it. Nothing is asked over the network."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.docs.pages import ROOT, pages

PAGES = [*pages(), "CHANGELOG.md"]


@cache
def headings(path: Path) -> frozenset[str]:
    """The anchors of a page, as GitHub and MkDocs make them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return frozenset(re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip()) for title in titles)


def links(text: str) -> list[str]:
    """Where the links and pictures of a page lead."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inside = [child for token in tokens for child in token.children or ()]
    found = [child.attrGet("href") or child.attrGet("src") for child in inside if child.type in ("link_open", "image")]
    return [str(target) for target in found]


def wrong(page: str, target: str) -> str:
    """What is wrong with a link, or nothing."""
    path, _, anchor = target.partition("#")
    if re.match(r"\w+:", path):
        return "" if path.startswith("https:") else "is no https"
    found = (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page
    if not found.exists():
        return "is not there"
    return "has no such heading" if anchor and anchor not in headings(found) else ""


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [f"{target} {said}" for target in links(text) if (said := wrong(page, target))] == []


@pytest.mark.parametrize(
    "target, said",
    [
        ("docs/zoo.md#packaged-networks", ""),
        ("docs/reference/index.md#ops", ""),
        ("docs/reference/ops.md", "is not there"),  # a page of the site alone
        ("docs/none.md", "is not there"),
        ("docs/zoo.md#none", "has no such heading"),
        ("http://example.org", "is no https"),
    ],
)
def test_one_that_leads_nowhere_is_seen(target: str, said: str) -> None:
    assert wrong("README.md", target) == said
