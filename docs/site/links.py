"""Links out of docs: on the site each file of the repository that a page links to is a page of its own."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"(\]\()([^)\s#]*)((?:#[^)\s]*)?\))")
_FENCE = re.compile(r"^( *)(`{3,})[^\n]*\n.*?^\1\2 *$\n?", re.MULTILINE | re.DOTALL)
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files at the top of the repository, and the pages of the site that they are."""
GENERATED = {
    "#ops": "reference/ops.md",
    "#commands": "reference/commands.md",
    "#json-csv-and-the-lock": "reference/outputs.md",
    "#python": "reference/python.md",
    "#architecture": "reference/architecture.md",
}
"""Pages that only the site has, and the headings of docs/reference/index.md that stand for them in the repository."""


def targets(text: str, source: str) -> Iterator[str]:
    """The files of the repository that the Markdown ``text`` of the file ``source`` links to, by their paths."""
    for _, target, _ in _LINK.findall(_FENCE.sub("", text)):
        if target and not re.match(r"\w+:", target):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def sources(pages: Iterable[tuple[str, str]]) -> list[str]:
    """What lies outside docs of all that the pages, each a path and its text, link to."""
    found = {target for source, text in pages for target in targets(text, source)}
    return sorted(target for target in found if site_path(target).startswith("source/"))


def site_path(path: str) -> str:
    """The page of the site that stands for a file of the repository."""
    if path in PAGES:
        return PAGES[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}.md"


def rewritten(text: str, source: str, page: str) -> str:
    """``text`` of the file ``source`` with its links as the page ``page`` of the site needs them; code stays."""

    def link(match: re.Match[str]) -> str:
        if re.match(r"\w+:", match[2]):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[2])) if match[2] else source
        anchor = match[3].removesuffix(")")
        generated = GENERATED.get(anchor) if path == "docs/reference/index.md" else None
        if not (generated or match[2]):
            return match[0]  # a heading of the page itself
        target, end = (generated, ")") if generated else (site_path(path), match[3])
        return f"{match[1]}{posixpath.relpath(target, posixpath.dirname(page) or '.')}{end}"

    parts, at = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(link, text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*parts, _LINK.sub(link, text[at:])])


def source_page(path: str) -> str:
    """The page that shows a file, or lists what is in a folder. Raises OSError where neither is there."""
    found = ROOT / path
    head = f"---\ntitle: {path}\nsearch: {{exclude: true}}\n---\n\n# {path}\n\n"
    if found.is_dir():
        files = sorted(file.name for file in found.iterdir() if file.suffix in (".yaml", ".py"))
        return head + "".join([f"- `{name}`\n" for name in files])
    language = {".yaml": "yaml", ".py": "python"}.get(found.suffix, "text")
    return f"{head}````{language}\n{found.read_text(encoding='utf-8').rstrip()}\n````\n"
