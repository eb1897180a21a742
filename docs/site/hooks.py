"""What MkDocs calls while it builds the site: pages that are generated, and links out of docs."""

from typing import Any

import links
import reference
import screens
from mkdocs.structure.files import File, Files

ROOT = links.ROOT


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not written by hand: the reference, the files at the top, those that are linked to."""
    made = {page: (ROOT / name).read_text(encoding="utf-8") for name, page in links.PAGES.items() if page != "index.md"}
    linking = [(f"docs/{file.src_uri}", file.content_string) for file in files.documentation_pages()]
    linking += [(name, made[page]) for name, page in links.PAGES.items() if page in made]
    made |= {links.site_path(path): links.source_page(path) for path in links.sources(linking)}
    made |= reference.pages()
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    for image, drawn in reference.images().items():
        files.append(File.generated(config, image, content=drawn))
    return files


WIDE = ("zoo.md", "scoreboard.md", "formats.md")
"""Pages with tables that need the room of the table of contents."""


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as the site needs them, and pictures of terminals where a comment asks for one."""
    if page.file.src_uri in WIDE:
        page.meta["hide"] = ["toc"]
    markdown = screens.placed(markdown, page.file.src_uri)
    own = {site: name for name, site in links.PAGES.items() if site != "index.md"}
    uri = page.file.src_uri
    return links.rewritten(markdown, own.get(uri, f"docs/{uri}"), uri)
