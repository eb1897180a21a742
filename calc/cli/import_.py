"""``calc import``: a network from PyTorch code, timm, torchvision, ONNX or a language model's config, as a spec."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.network import Input, Opaque
from calc.cli.output import emit
from calc.errors import printable
from calc.spec.options import input_sizes


def import_(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A network, in one of the forms above.")],
    input_: Input = None,
    flat: Annotated[bool, typer.Option("--flat", help="A line a layer, each under its full name.")] = False,
    opaque: Opaque = False,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Write it even if the proof fails, marked as not proved.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead; whole, or not at all.")
    ] = None,
) -> None:
    """Read a network where it is and print it as a spec: the same layers, names, shapes and counts, proved.

    \b
    SOURCE is one of
      torchvision/NAME      a network of torchvision
      timm/NAME             a network of timm, whose code is run
      pkg.module:callable   what a callable of yours returns, which is run; Class.method too
      file.py:callable      the same, of a file
      net.pt2               a program saved by torch.export; none of your code is run
      net.onnx              an ONNX file; needs the extra onnx, and no PyTorch
      config.json           the config of a language model of Hugging Face; needs nothing

    What is written is run beside the original first: every shape, every tensor of the state dict, the MACs of every
    module and the outputs have to be the same. A config has no tensors: it becomes the spec of its family. Other
    commands take a SOURCE where they take a spec.

    \b
    Examples:
      calc import timm/mobilenetv3_large_100 -o net.yaml
      calc import mypkg.models:make_net --input 3x224x224
      calc import model.onnx --flat
      calc run mypkg.models:make_net --input 3x224x224 --bits 8
    """
    from calc.api.import_model import import_model
    from calc.cli.progress import steps

    with steps(source) as tell:
        found = import_model(source, input_sizes(input_), opaque=opaque, flat=flat, unproved=unproved, tell=tell)
    emit(found.text, None if output is None else Path(output))
    command = "" if found.stored_as is None else found.stored_as.command(source if output is None else output)
    notes = [*found.notes, *([f"as they are stored: {command}"] if command else [])]
    sys.stderr.write("".join([f"{printable(note)}\n" for note in notes]))
