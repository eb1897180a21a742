"""``calc verify``: builds the network, runs it, and compares every layer with calc's counts."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.network import Deployed, Input, Set, Spec
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.outputs import guarded
from calc.cli.pages import emit_page
from calc.cli.specs import spec_names
from calc.errors import OpError
from calc.precision import resolve
from calc.sources import load
from calc.sources.code import apart
from calc.spec.options import assignments, input_sizes, positive
from verify.cli import as_bad_input, as_bad_option, require_torch, require_torchvision
from verify.cli.progress import progress
from verify.device import require_device_name
from verify.reference_name import SOURCE as TORCHVISION
from verify.reference_name import reference_source, require_reference


@guarded
def verify(
    spec: Spec = "",
    bits: Annotated[str, typer.Option(help="A policy (see calc run). Weights of up to 16 bits are quantised.")] = "8",
    set_: Set = None,
    input_: Input = None,
    batch: Annotated[str, typer.Option(metavar="N", help="The number of samples that run.")] = "1",
    deployed: Deployed = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Also build a reference and compare keys, outputs and totals. torchvision means the network that the "
            "spec names; a source (calc import --help), such as mypkg.models:make_net or net.py:make_net, runs "
            "its code.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="ENTRY", help="Load published weights of the reference, such as DEFAULT. They are downloaded."
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="The device of PyTorch: cpu, cuda, …; with meta nothing is computed.")
    ] = "cpu",
    all_layers: Annotated[bool, typer.Option("--all-layers", help="Also list the layers without MACs.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Verify every packaged spec against its reference.")] = False,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
) -> None:
    """Check the counts by running the network in PyTorch.

    Three independent counts and the codes of quantised weights must agree with calc. With --deployed the
    network runs with its norms folded, and its outputs are compared with those of the original network.

    If anything differs, all differences are printed and the exit code is 1.

    \b
    Examples:
      calc verify specs/mobilenetv2.yaml --bits adaptive
      calc verify resnet50 --against torchvision
      calc verify net.yaml --against mypkg.models:make_net
      calc verify mobilenetv2 --deployed
      calc verify --all
    """
    require_torch("verify")
    one_of("--format", format_, ("table", "json"))
    own = None if against in (None, TORCHVISION) else reference_source(against)
    if all_ == bool(spec):
        raise OpError("calc verify takes a spec, or --all", "calc verify mobilenetv2")
    compared = against == TORCHVISION or weights is not None
    if own is not None and weights is not None:
        fact = "--weights belong to the reference that the spec names, but --against names another"
        raise OpError(fact, "leave one of them out")
    if compared or all_:
        require_torchvision("verify")
    if all_:
        options = (set_, input_, against, weights, output, all_layers, deployed)
        if any(options) or (batch, device, format_) != ("1", "cpu", "table"):
            raise OpError("--all takes no option but --bits", "it compares every spec with its reference on the CPU")
        resolve(bits)
        from verify.cli.summary import verify_all

        raise typer.Exit(0 if verify_all(spec_names(), bits) else 1)
    if (compared or own) and deployed:
        raise OpError(
            "--deployed compares with the network as written, but --against compares that network with its reference",
            "run calc verify once with each of them",
        )
    samples = positive("--batch", batch)
    sizes = input_sizes(input_)
    model = load(spec, sizes)
    given = assignments(set_, model)
    analysis = analyse(model, given, sizes, bits=bits, batch=samples, deployed=deployed)
    # options are checked before torch is loaded, which takes seconds
    with as_bad_option():
        require_device_name(device, runs=False)
        if compared:
            require_reference(analysis.graph, weights, on_meta=device.startswith("meta"))
    with as_bad_input(analysis.graph):
        from verify import report
        from verify.importers.reference import loaded_reference
        from verify.published import published
        from verify.verification import runs
        from verify.verification import verify as run

        against_any = compared or own is not None
        with (
            progress(analysis.graph.model, runs(analysis, device, against_any), "layers") as done,
            nullcontext() if own is None else apart(own),
        ):
            figures = published(model, given) if compared else ()
            reference = None if own is None else loaded_reference(own, analysis.graph)
            verification = run(analysis, compared, weights, device, figures=figures, done=done, reference=reference)
    if format_ == "json":
        emit(report.to_json(verification), None if output is None else Path(output))
    else:
        emit_page(report.page(verification, all_layers), format_, output)
    raise typer.Exit(0 if verification.agrees else 1)
