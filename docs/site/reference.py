"""Pages that are generated while the site is built: ops, commands, the Python API; others have modules of their own."""

from typing import Any

import architecture
import outputs
import screens
import speed
import yaml
from links import ROOT

import calc
from calc.cli.commands import application
from calc.cli.ops import described
from calc.ops import op_class, words
from calc.ops.base.fields import show
from calc.report.markdown import escape_markdown

KEYS = ROOT / "docs" / "site" / "keys.yaml"


def pages() -> dict[str, str]:
    """Every generated page, by its path on the site."""
    return {
        "reference/ops.md": ops(),
        "reference/commands.md": commands(),
        "reference/outputs.md": outputs.page(),
        "reference/python.md": python(),
        "reference/architecture.md": architecture.page(),
        "speed.md": speed.page(),
    }


def images() -> dict[str, str]:
    """Every generated picture, by its path on the site."""
    drawn = {f"reference/architecture-{name}.svg": architecture.picture(name) for name in architecture.COLOURS}
    return drawn | screens.pictures()


def meanings() -> dict[str, str]:
    """What keys of ops mean, by ``key`` or ``op.key``."""
    return dict(yaml.safe_load(KEYS.read_text(encoding="utf-8")))


def meaning(op: str, key: str, known: dict[str, str]) -> str:
    """What ``key`` of ``op`` means. Raises KeyError where nothing is written of it."""
    return known.get(f"{op}.{key}") or known[key]


def ops() -> str:
    """The page of ops: of each its inputs, its MACs or why it has none, and its keys."""
    known = meanings()
    head = (
        "# Ops\n\n"
        "This page lists every op with its keys. Ops and keys have the names of PyTorch, if PyTorch has them. "
        "`calc ops WORD` prints one of these sections. "
        "[The spec language](../language.md#chains-and-layers) describes how to write a layer.\n\n"
    )
    listed = " · ".join([f"[`{word}`](#{word})" for word in words()])
    return head + listed + "\n\n" + "\n".join([_op(word, known) for word in words()])


def _op(word: str, known: dict[str, str]) -> str:
    op, about = op_class(word), described(op_class(word))
    text = [_inline(part) for part in _paragraphs(op.__doc__ or "")]
    lines = [f"## {word} {{ #{word} }}", "", *[line for part in text for line in (part, "")]]
    inputs = ", ".join([f"`{name.rstrip('?')}`{' (optional)' if name.endswith('?') else ''}" for name in op.roles])
    lines += [f"**Inputs**: {inputs or 'none'}", ""]
    counted = f"`{about['macs']}`" if about["macs"] else f"none: {escape_markdown(about['no_macs'])}"
    lines += [f"**MACs**: {counted}", ""]
    if about["keys"]:
        lines += ["| Key | Accepts | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key in about["keys"]:
        default = "*required*" if key["required"] else f"`{show(key['default'])}`"
        told = escape_markdown(meaning(word, key["key"], known))
        lines.append(f"| `{key['key']}` | {escape_markdown(key['accepts'])} | {default} | {_code(told)} |")
    return "\n".join([*lines, ""])


def _paragraphs(docstring: str) -> list[str]:
    blocks = docstring.strip().split("\n\n")
    return [" ".join([line.strip() for line in block.splitlines()]) for block in blocks]


def _inline(text: str) -> str:
    """``text`` of a docstring as Markdown: what stands in double backticks is code, all else is as it stands."""
    parts = text.split("``")
    return "".join([f"`{part}`" if number % 2 else escape_markdown(part) for number, part in enumerate(parts)])


def _code(text: str) -> str:
    return text.replace("\\`", "`")


def commands() -> str:
    """The page of commands: of each its help, its arguments and its options."""
    application_ = application()
    top = application_.make_context("calc", [], resilient_parsing=True)
    names = application_.list_commands(top)
    lines = [
        "# Commands",
        "",
        "`calc COMMAND --help` prints these texts. A command exits with 0 if all is well, 1 if a check failed, "
        "and 2 if the input is wrong.",
        "",
    ]
    lines += [" · ".join([f"[`{name}`](#{name})" for name in names]), ""]
    for name in names:
        command = application_.get_command(top, name)
        lines += _command(name, command, command.make_context(name, [], parent=top, resilient_parsing=True))
    return "\n".join(lines)


def _command(name: str, command: Any, context: Any) -> list[str]:
    told, _, examples = (command.help or "").partition("\b\n")
    lines = [f"## {name} {{ #{name} }}", "", *[line for part in _paragraphs(told) for line in (_inline(part), "")]]
    if examples:
        lines += ["```text", examples.rstrip(), "```", ""]
    rows = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    lines += ["| Argument or option | Meaning |", "| --- | --- |"]
    lines += [
        f"| `{left.strip().replace('|', chr(92) + '|')}` | {escape_markdown(right.strip())} |" for left, right in rows
    ]
    return [*lines, ""]


def python() -> str:
    """The page of the Python API: the front door, a name at a time."""
    lines = [
        "# Python",
        "",
        "These are all names that `from calc import NAME` can import. `help(calc)` lists them in a terminal.",
        "",
    ]
    order = ("load", "analyse", "Analysis")
    for name in [*order, *[name for name in dir(calc) if not name.startswith("_") and name not in order]]:
        lines += [f"::: {getattr(calc, name).__module__}.{name}", ""]
    return "\n".join(lines)
