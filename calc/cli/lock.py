"""The command ``calc lock``, which writes specs to a lock file."""

from pathlib import Path
from typing import Annotated

import typer

from calc import writing
from calc.cli.completion import complete_networks, complete_policies
from calc.cli.network import Batch, ContextTokens, Deployed, Input, Kv, NewTokens, Opaque, Phase, Set
from calc.cli.output import emit
from calc.errors import OpError, printable
from calc.gate import gate
from calc.gate.lockfile import DEFAULT, Lock, lock_text, replaced
from calc.gate.variant import SpecVariant, with_options
from calc.report.gate.words import name, plural
from calc.spec.options import positive

MOST_NAMED = 5
"""The largest number of specs that are named if they are not locked any more."""


def lock(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="YAML files in the folder of the lock or below it, names of packaged specs, or sources (calc import "
            "--help).",
            autocompletion=complete_networks,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="One or several policies (see calc run): 8, w4a8, int4g128, 8:deployed, adaptive, a YAML file.",
            autocompletion=complete_policies("fp32", "8", "4", "w4a8", "adaptive", "mac-share", "spec"),
        ),
    ] = None,
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    kv: Kv = None,
    input_: Input = None,
    batch: Batch = "1",
    deployed: Deployed = False,
    opaque: Opaque = False,
    add: Annotated[
        bool, typer.Option("--add", help="Keep the existing entries of the lock, and its policies.")
    ] = False,
    lock_: Annotated[str, typer.Option("--lock", metavar="FILE", help="The lock file to write.")] = DEFAULT,
) -> None:
    """Record the exact numbers of networks in a lock file.

    calc check compares with them later. The lock holds shapes, MACs, params, weight bits, BitOps of every
    convention, peak activation bytes, and one line for each layer. The same specs always give the same file,
    byte for byte. An existing lock is replaced, unless a newer version of calc wrote it.

    With --set, --input, --batch, --kv, --deployed or --opaque, the lock records this variant under a name
    that contains these options. --phase, --tokens and --context set the params tokens and past of a language model.

    \b
    Examples:
      calc lock specs/*.yaml --bits 8 adaptive
      calc lock mobilenetv2 --set width=0.5 --input 3x160x160 --add
      calc lock mobilenetv2 --deployed --add
      calc lock net.yaml --lock ci/net.lock.json
      calc lock llama3_8b --phase decode --context 8192 --bits q4_K_M --add
      calc lock mypkg.models:make_net --input 3x224x224
    """
    if not specs:
        raise OpError("no spec to lock", "name the specs before --bits, which takes every word after it")
    path = Path(lock_)
    before = replaced(path)
    options = SpecVariant("", tuple(set_ or ()), tuple(input_ or ()), positive("--batch", batch), deployed, opaque, kv)
    options = options.called(phase, tokens, context)
    wanted = [with_options(spec, options) for spec in specs]
    if add and before is not None:
        found = gate.added(before, wanted, bits or [], path.parent)
    else:
        found = gate.locked(wanted, bits or ["fp32"], path.parent)
    written = write_lock(found, path)
    layers = sum(len(snapshot.layers) for snapshot in found.specs.values())
    policies = ", ".join(found.policies)
    counted = f"{layers:,} {'layer' if layers == 1 else 'layers'}"
    emit(
        printable(f"{path}: {plural(len(found.specs), 'spec')}, {counted}, bits {policies}")
        + ("\n" if written else " (unchanged)\n")
        + ("" if before is None else _dropped(before, found))
    )


def _dropped(before: Lock, after: Lock) -> str:
    """Return a line for specs, and one for policies, that the old lock has and the new one does not."""
    specs = sorted(before.specs.keys() - after.specs.keys())
    shown = [*map(name, specs[:MOST_NAMED]), *([f"… {len(specs) - MOST_NAMED} more"] if specs[MOST_NAMED:] else [])]
    policies = [name(policy) for policy in before.policies if policy not in after.policies]
    lines = [f"no longer locked: {', '.join(shown)}\n"] if shown else []
    return "".join(lines + ([f"no longer at bits {', '.join(policies)}\n"] if policies else []))


def write_lock(lock: Lock, path: Path) -> bool:
    """Write the lock, unless the file already has this text. Raises OpError if it cannot be written.

    Returns True if the file was written.
    """
    text = lock_text(lock).encode()
    if path.is_file() and path.read_bytes() == text:
        return False
    writing.write(path, text)
    return True
