"""The command ``calc write``, which writes a spec as one file with everything resolved."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.network import Input, MaxLayers, Opaque, Set, Spec
from calc.cli.output import emit
from calc.cli.pages import Output
from calc.spec.options import assignments, input_sizes, positive


def write(
    spec: Spec,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
    max_layers: MaxLayers = None,
    flat: Annotated[
        bool, typer.Option("--flat", help="Write one line for each layer, under its full name, for comparing files.")
    ] = False,
    output: Output = None,
) -> None:
    """Write a spec as one file, with everything resolved.

    The output has no extends, uses, params or conditions. Repeated chains become blocks with params and tables;
    with --flat each layer is on one line. The output is read again before it is printed, and must be the same
    network in every field of every layer.

    \b
    Examples:
      calc write resnet50 --output resnet50_alone.yaml
      calc write mobilenetv2 --set width=0.5 --input 3x160x160
      diff <(calc write before.yaml --flat) <(calc write after.yaml --flat)
    """
    from calc.sources import load
    from calc.spec import expand
    from calc.spec.write import heading_of, require_same, spec_text

    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    params = assignments(set_, model)
    most = None if max_layers is None else positive("--max-layers", max_layers)
    graph = expand(model, params, sizes, max_layers=most)
    if params:
        graph = replace(graph, reference=None)  # the published network has different params
    given = "".join([f" --set {text}" for text in set_ or ()] + [f" --input {text}" for text in input_ or ()])
    remark = f"{model.name}{given}: written out by calc write"
    text = spec_text(graph, heading_of(model, params, remark, as_published=not given), flat=flat)
    require_same(graph, text)
    emit(text, None if output is None else Path(output))
