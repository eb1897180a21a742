"""The command ``calc import``, which converts a network of PyTorch, timm, torchvision, ONNX or a config into a spec."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.network import Input, Opaque
from calc.cli.output import emit
from calc.errors import printable
from calc.spec.options import input_sizes


def import_(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The network, in one of the forms above.")],
    input_: Input = None,
    flat: Annotated[bool, typer.Option("--flat", help="Write one line for each layer, under its full name.")] = False,
    opaque: Opaque = False,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Write the spec even if the proof fails, marked as not proved.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
) -> None:
    """Convert a PyTorch or ONNX network into a spec.

    \b
    SOURCE is one of
      torchvision/NAME      a network of torchvision
      timm/NAME             a network of timm
      pkg.module:callable   what your function or class returns; runs your code
      file.py:callable      the same, from a file; runs your code
      net.pt2               a program saved by torch.export; runs none of your code
      net.onnx              an ONNX file; needs the extra onnx and no PyTorch
      config.json           the config of a language model from Hugging Face; needs nothing

    Before a spec is printed, it is run beside the original: the shapes, the tensors of the state dict, the MACs
    of every module and the outputs must be the same. A config has no tensors; it becomes a spec that extends
    its family. Other commands also take a SOURCE in place of a spec.

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
