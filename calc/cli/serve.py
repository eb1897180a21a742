"""The command ``calc serve``, which serves the page with an editor to the browser of this machine."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.completion import complete_networks
from calc.cli.network import Input
from calc.errors import OpError
from calc.extras import install_hint
from calc.spec.options import input_sizes, positive

_HIGHEST_PORT = 65_535


def serve(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC]...",
            help="The networks to open: files in this folder, names of packaged specs, or sources. By default, "
            "MobileNetV2.",
            autocompletion=complete_networks,
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        str | None, typer.Option(metavar="N", help="The port to listen on. By default, a free one from 8127 on.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    input_: Input = None,
) -> None:
    """Edit a spec in the browser and see its costs as you type.

    The table, the charts and the errors are updated with every change, by the same engine as all other commands.

    The command prints an address with a token, and opens it in the browser. Only programs on this machine that know the
    token can reach it. It reads no files outside of this folder, and does not run code that is typed. Ctrl-C stops it.

    \b
    Examples:
      calc serve
      calc serve net.yaml resnet18
      calc serve model.onnx --input 3x224x224 --no-browser
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        are = "are" if len(missing) > 1 else "is"
        raise OpError(f"calc serve needs {' and '.join(missing)}, which {are} not installed", install_hint("page"))
    number = None if port is None else positive("--port", port)
    if number is not None and number > _HIGHEST_PORT:
        raise OpError(f"--port {number}: must be at most {_HIGHEST_PORT}")
    from calc.editor.server import serve as serve_texts
    from calc.editor.specs import USUAL, given_texts

    texts = given_texts(specs or [USUAL], input_sizes(input_), Path.cwd())

    def ready(address: str) -> None:
        sys.stdout.write(f"{address}\nCtrl-C ends it.\n")
        sys.stdout.flush()
        if not no_browser:
            import webbrowser
            from threading import Thread

            # webbrowser.open may wait until the browser ends
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    serve_texts(texts, number, ready)
    sys.stdout.write("\nended\n")
