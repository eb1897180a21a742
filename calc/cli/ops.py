"""The command ``calc ops``, which lists the ops of the language."""

import sys
from typing import Annotated, Any

import typer

from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.streams import terminal_width
from calc.errors import OpError, nearest
from calc.ops import is_op, op_class, outside, words
from calc.ops.base import Op
from calc.ops.base.fields import show
from calc.report.cells import paragraph
from calc.spec.schema import STRUCTURES


def ops(
    word: Annotated[
        str | None,
        typer.Argument(
            help="The op to explain, with the values of each argument.",
            autocompletion=lambda incomplete: [word for word in words() if word.startswith(incomplete)],
        ),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table or json.", autocompletion=lambda: ["table", "json"])
    ] = "table",
) -> None:
    """List the ops with their arguments and formulas.

    \b
    Examples:
      calc ops
      calc ops conv2d
      calc ops --format json
    """
    one_of("--format", format_, ("table", "json"))
    if word is not None and not is_op(word) and word not in outside().refused:
        if word in STRUCTURES:
            fact = f"{word} is not an op: it builds structure out of layers"
            raise OpError(fact, "docs/language.md: Chains and layers")
        raise OpError(f"unknown op {word!r}", nearest(word, words()))
    found = [op_class(word)] if word else _every_op()
    width = terminal_width()
    if format_ == "json":
        import json

        emit(json.dumps([described(op) for op in found], indent=2, ensure_ascii=False) + "\n")
    elif word:
        emit(_page(found[0], width))
    else:
        emit("".join([_lines(op, width) for op in found]))


def _every_op() -> list[type[Op]]:
    """Return all ops.

    Those of other distributions that are refused or cannot be loaded are reported on standard error.
    """
    found, refused = [], list(outside().refused.values())
    for word in words():
        try:
            found.append(op_class(word))
        except OpError as error:
            refused.append(error.fact)
    sys.stderr.writelines([f"refused: {reason}\n" for reason in refused])
    return found


def described(op: type[Op]) -> dict[str, Any]:
    """Return an op as plain data: its keys in order, its inputs, and its MACs or the reason why it has none."""
    keys = [
        {"key": field.name, "accepts": field.rule.wants, "required": field.required}
        | ({} if field.required else {"default": field.default})
        for field in op.fields().values()
    ]
    return {
        "op": op.word,
        "summary": (op.__doc__ or "").partition("\n")[0],
        "inputs": list(op.roles),
        "keys": keys,
        "macs": op.formula or None,
        "no_macs": op.no_macs or None,
    }


def _lines(op: type[Op], width: int | None) -> str:
    keys = [field.name if field.required else f"{field.name}={show(field.default)}" for field in op.fields().values()]
    macs = op.formula or f"no MACs: {op.no_macs}"
    lines = [("", f"{op.word}: {', '.join(keys) or 'no keys'}"), ("    ", macs)]
    return "".join([_wrapped(start, text, width) for start, text in lines])


def _page(op: type[Op], width: int | None) -> str:
    summary = described(op)["summary"].replace("``", "")
    macs = op.formula or f"none: {op.no_macs}"
    lines = [("", f"{op.word}: {summary}"), ("  inputs  ", ", ".join(op.roles) or "none"), ("  MACs    ", macs)]
    longest = max([len(name) for name in op.fields()], default=0)
    for field in op.fields().values():
        default = "required" if field.required else f"default {show(field.default)}"
        lines.append((f"  {field.name:{longest}}  ", f"{field.rule.wants}; {default}"))
    return "".join([_wrapped(start, text, width) for start, text in lines])


def _wrapped(start: str, text: str, width: int | None) -> str:
    """Return a line, wrapped to ``width`` if it is for a terminal. Further lines begin below the text."""
    lines = [f"{start}{text}"] if width is None else paragraph(text, width, start, None if start else "    ")
    return "".join([f"{line}\n" for line in lines])
