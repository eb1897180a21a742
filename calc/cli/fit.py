"""The command ``calc fit``, which finds the largest context of a language model that fits into a memory."""

from typing import Annotated

import typer

from calc.cli.completion import complete_policies
from calc.cli.network import Batch, Device, Kv, Runtime, Set, Spec
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.cli.warned import say_file_types, warn
from calc.errors import OpError
from calc.report.pages import FORMATS
from calc.spec.options import assignments, positive

USUAL_LEAST, USUAL_MOST = 2048, 131_072
"""The smallest and the largest context that are tried by default."""


def fit(
    spec: Spec,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="BYTES", help="The memory that is available: 24GiB, 80GB; by default, that of the device."
        ),
    ] = None,
    bits: Annotated[
        str,
        typer.Option(
            help="A policy (see calc run): bf16, int4g128:llm, q4_K_M, or a YAML file of rules.",
            autocompletion=complete_policies("bf16", "fp8", "int4g128:llm", "q4_K_M"),
        ),
    ] = "bf16",
    kv: Kv = None,
    device: Device = None,
    runtime: Runtime = None,
    context: Annotated[
        str | None,
        typer.Option(
            metavar="FROM..TO",
            help="The contexts to try, in tokens including the new one: 8192..131072. By default, from 2048 up to the "
            "context that the model was trained with, or 131072.",
        ),
    ] = None,
    batch: Batch = "1",
    set_: Set = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Find the largest context of a language model that fits.

    The report adds up the memory of a decode step as the context grows: weights, cache of keys and values, and
    activations. Exit code 1 if no context fits.

    \b
    Examples:
      calc fit llama3_8b --memory 24GiB --bits q4_K_M
      calc fit llama3_8b --memory 16GiB --bits int4g128:llm --kv fp8 --context 8192..131072
      calc fit llama3_70b --device h100_sxm --bits q4_K_M --kv q8_0 --runtime llama.cpp
    """
    from calc.analysis import Analysis, analyse
    from calc.fitting import contexts_within
    from calc.report.fitting import fit_page
    from calc.sources import load, read_source
    from calc.spec.phases import PAST, TOKENS, call_of, of_call, trained_for

    one_of("--format", format_, FORMATS)
    contexts = None if context is None else _contexts(context)
    memory_bytes = _memory(memory, device)
    if read_source(spec) is not None:
        fact = f"{spec[:200]}: an imported network has one size, so its context cannot vary"
        raise OpError(fact, "the model's config.json, or a packaged spec: calc list")
    model = load(spec)
    if not {TOKENS, PAST} <= model.parameters.keys():
        raise OpError(f"{model.name[:60]} is not a language model with a cache, so there is no context to vary")
    given = assignments(set_, model)
    samples = positive("--batch", batch)

    least, most = contexts or _usual(trained_for(model, given))

    def at(tokens: int) -> Analysis:
        call = of_call(model.parameters, given, None, 1, tokens)
        return analyse(model, given | call, bits=bits, batch=samples, kv=kv, device=device, runtime=runtime)

    # refuses a context that is too long, by the largest one that was asked for
    call_of(model, given | of_call(model.parameters, given, None, 1, most))
    found = contexts_within(at, memory_bytes, least, most)
    warn(at(most).warnings, strict=False)
    say_file_types(at(most), [bits])
    emit_page(fit_page(found, at(most)), format_, output)
    if found.largest is None:
        raise typer.Exit(1)


def _memory(text: str | None, device: str | None) -> int:
    """Return the available bytes: those given, or those of the device. Raises OpError without either."""
    from calc.amounts import amount

    if text is None:
        if device is None:
            raise OpError("the memory is not given", "--memory 24GiB, or --device NAME")
        from calc.serving.device import read_device

        return read_device(device).memory_bytes
    try:
        found = amount(text)
    except OpError as error:
        raise OpError(f"--memory {error.fact}", error.hint) from None
    if found.denominator != 1:
        raise OpError(f"--memory {text[:40]}: must be whole bytes", "with a unit: 24GiB, 80GB")
    return int(found)


def _usual(most: int | None) -> tuple[int, int]:
    """Return the contexts to try for a model that was trained for ``most`` tokens, if that is known."""
    most = most or USUAL_MOST
    return min(USUAL_LEAST, most), most


def _contexts(text: str) -> tuple[int, int]:
    """Read ``8192..131072``, or a number as both ends. Raises OpError."""
    first, dots, last = text.partition("..")
    least = positive("--context", first)
    most = positive("--context", last) if dots else least
    if most < least:
        raise OpError(f"--context {text[:60]}: ends before it begins", f"--context {most}..{least}")
    return least, most
