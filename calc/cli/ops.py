"""``calc ops``: what the language knows, read from the ops themselves."""

from typing import Annotated, Any

import typer

from calc.cli.options import one_of
from calc.cli.output import emit
from calc.errors import OpError, nearest
from calc.ops import WORDS, op_class
from calc.ops.base import Op
from calc.ops.base.fields import show


def ops(
    word: Annotated[
        str | None,
        typer.Argument(
            help="One op, with what each key accepts.",
            autocompletion=lambda incomplete: [word for word in WORDS if word.startswith(incomplete)],
        ),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table or json.", autocompletion=lambda: ["table", "json"])
    ] = "table",
) -> None:
    """List the ops with their keys, defaults and formulas.

    \b
    Examples:
      calc ops
      calc ops conv2d
      calc ops --format json
    """
    one_of("--format", format_, ("table", "json"))
    if word is not None and word not in WORDS:
        raise OpError(f"unknown op {word!r}", nearest(word, WORDS))
    found = [op_class(known) for known in ([word] if word else WORDS)]
    if format_ == "json":
        import json

        emit(json.dumps([described(op) for op in found], indent=2, ensure_ascii=False) + "\n")
    elif word:
        emit(_page(found[0]))
    else:
        emit("".join(map(_line, found)))


def described(op: type[Op]) -> dict[str, Any]:
    """An op as plain data: its keys in order, its inputs, its MACs or why it has none."""
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


def _line(op: type[Op]) -> str:
    keys = [field.name if field.required else f"{field.name}={show(field.default)}" for field in op.fields().values()]
    return f"{op.word}: {', '.join(keys) or 'no keys'}\n    {_macs(op)}\n"


def _page(op: type[Op]) -> str:
    found = described(op)
    lines = [f"{op.word}: {found['summary']}", f"  inputs  {', '.join(op.roles) or 'none'}", f"  MACs    {_macs(op)}"]
    width = max([len(name) for name in op.fields()], default=0)
    for field in op.fields().values():
        default = "required" if field.required else f"default {show(field.default)}"
        lines.append(f"  {field.name:{width}}  {field.rule.wants}; {default}")
    return "\n".join(lines) + "\n"


def _macs(op: type[Op]) -> str:
    return op.formula if op.formula else f"no MACs: {op.no_macs}"
