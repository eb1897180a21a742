"""Docstrings as Markdown, for mkdocstrings: an example that is tested becomes a block of code."""

from typing import Any

from griffe import Extension, Object


class Examples(Extension):
    """Puts what begins with >>> and the lines below it, up to an empty one, into a block."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """``text`` with its examples as blocks of code."""
    parts = text.split("\n\n")
    return "\n\n".join([f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in parts])
